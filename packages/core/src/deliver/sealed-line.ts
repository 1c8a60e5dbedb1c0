import type { LimitsConfig } from '../config/config'
import type { DriverSocket } from '../driver/contract'
import { sendQueueFull, socketClosed } from '../driver/driver-errors'
import { P2pError } from '../errors'
import type { NoiseCiphers } from '../identity/noise-xx'
import { openFrames, RECORD_BYTES, SEAL_BYTES, sealFrames } from '../identity/sealed-records'
import type { Kit } from '../kit'

/** Where the frames of a link leave. */
export interface FrameLine {
  /** As that of a DriverSocket. */
  readonly bufferedAmount: number
  /** As that of a DriverSocket. */
  send(frame: Uint8Array): boolean
}

/** What a sealed line tells its link. */
export interface SealedLineOwner {
  /** The queue fell below the high-water mark after `send` gave false. */
  onDrain(): void
  /** What was queued could not be sent: the link ends. */
  onUnsent(error: P2pError, reason: string): void
}

export interface SealedLineOptions {
  readonly kit: Pick<Kit, 'defer'>
  readonly limits: LimitsConfig
  readonly ciphers: NoiseCiphers
  /** Longest frame that the peer takes, in bytes [ours]. */
  readonly peerFrameBytes: number
}

/** Never pushed to: most ticks send one frame, and an array that is pushed to makes room for sixteen more. */
const NONE: Uint8Array[] = []

/** Seals what leaves on a driver's socket, and opens what comes: all frames of one tick leave as one sealed frame. */
export class SealedLine implements FrameLine {
  readonly #socket: DriverSocket
  readonly #options: SealedLineOptions
  readonly #owner: SealedLineOwner
  readonly #recordBytes: number
  #frames: Uint8Array[] = NONE
  /** Of those frames, with what sealing adds at most. */
  #bytes = 0
  #flushing = false
  #full = false
  #closed = false

  constructor(socket: DriverSocket, options: SealedLineOptions, owner: SealedLineOwner) {
    const { limits, peerFrameBytes } = options
    this.#socket = socket
    this.#options = options
    this.#owner = owner
    this.#recordBytes = Math.min(RECORD_BYTES, limits.frameBytes, peerFrameBytes)
  }

  get bufferedAmount(): number {
    return this.#bytes + this.#socket.bufferedAmount
  }

  send(frame: Uint8Array): boolean {
    const { sendQueueBytes } = this.#options.limits
    if (this.#closed) throw socketClosed(this.#socket)
    const queuedBytes = this.bufferedAmount + frame.length + SEAL_BYTES
    if (queuedBytes > sendQueueBytes) throw sendQueueFull(this.#named, frame.length, sendQueueBytes)
    if (this.#frames.length === 0) this.#frames = [frame]
    else this.#frames.push(frame)
    this.#bytes += frame.length + SEAL_BYTES
    if (!this.#flushing) {
      this.#flushing = true
      this.#options.kit.defer(this.flush)
    }
    if (queuedBytes <= sendQueueBytes / 4) return true
    this.#full = true
    return false
  }

  /** Hands what waits to the driver, now. */
  readonly flush = (): void => {
    this.#flushing = false
    const frames = this.#frames
    if (frames.length === 0) return
    this.#frames = NONE
    this.#bytes = 0
    try {
      let hasRoom = true
      for (const record of sealFrames(this.#options.ciphers.send, frames, this.#recordBytes)) {
        hasRoom = this.#socket.send(record)
      }
      // Where the driver is full it tells when it has room; where it never was, nobody would.
      if (this.#full && hasRoom) this.#owner.onDrain()
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      this.#owner.onUnsent(error, 'send queue full')
    }
    this.#full = false
  }

  /** Nothing is taken from now on; what waits leaves. */
  close(): void {
    this.flush()
    this.#closed = true
  }

  /** Nothing is taken from now on; what waits is dropped. */
  drop(): void {
    this.#closed = true
    this.#frames = NONE
    this.#bytes = 0
  }

  /** Opens what came, and hands on its frames. Gives how many they are; 0 where it is not what the peer sealed. */
  open(record: Uint8Array, onFrame: (frame: Uint8Array) => void): number {
    return openFrames(this.#options.ciphers.receive, record, onFrame)
  }

  get #named() {
    const { peer } = this.#socket
    return { peer, bufferedAmount: this.bufferedAmount }
  }
}
