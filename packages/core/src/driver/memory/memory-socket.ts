import type { Kit, TimerHandle } from '../../kit'
import { ABNORMAL, CLOSE_MS, TOO_LARGE, assertCloseFrame } from '../close-frame'
import type { CloseFrame } from '../close-frame'
import type { DriverSocket, DriverSocketReceiver } from '../contract'
import { protocolViolated, sendQueueFull, socketClosed } from '../driver-errors'
import { NamedSocket, highWaterOf } from '../named-socket'
import type { SocketFacts } from '../named-socket'
import type { MemoryNetwork } from './memory-network'

export interface MemorySocketOptions extends SocketFacts {
  readonly kit: Pick<Kit, 'clock'>
  readonly network: MemoryNetwork
  readonly onGone: (socket: MemorySocket) => void
}

/**
 * One end of a connection within the process. It behaves as a WebSocket does, its close handshake included. A peer
 * without a receiver reads nothing: frames to it stay in the queue here.
 */
export class MemorySocket extends NamedSocket implements DriverSocket {
  readonly #options: MemorySocketOptions
  readonly #highWaterBytes: number
  #partner: MemorySocket | undefined
  #receiver: DriverSocketReceiver | undefined
  #outbox: Uint8Array[] = []
  #queuedBytes = 0
  #draining = false
  #flushing = false
  /** What we sent, or shall send after the outbox. */
  #closeFrame: CloseFrame | undefined
  #closeTimer: TimerHandle | undefined
  /** Set once the connection is gone. */
  #ending: CloseFrame | undefined

  constructor(options: MemorySocketOptions) {
    super(options)
    this.#options = options
    this.#highWaterBytes = highWaterOf(options.limits)
  }

  /** Makes two ends one connection. */
  static join(one: MemorySocket, other: MemorySocket): void {
    one.#partner = other
    other.#partner = one
  }

  get bufferedAmount(): number {
    return this.#queuedBytes
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
    const ending = this.#ending
    const partner = this.#partner
    if (ending !== undefined) this.#options.network.carry(() => receiver.onClose(ending.code, ending.reason))
    else if (partner !== undefined) partner.#flushSoon()
  }

  send(bytes: Uint8Array): boolean {
    if (!this.#isOpen) throw socketClosed(this)
    const { sendQueueBytes } = this.#options.limits
    if (this.#queuedBytes + bytes.length > sendQueueBytes) throw sendQueueFull(this, bytes.length, sendQueueBytes)
    // A copy: both sides live in one process, and what the receiver keeps must not change under it.
    this.#outbox.push(new Uint8Array(bytes))
    this.#queuedBytes += bytes.length
    this.#flushSoon()
    if (this.#queuedBytes <= this.#highWaterBytes) return true
    this.#draining = true
    return false
  }

  close(code: number, reason: string): void {
    assertCloseFrame(code, reason)
    if (!this.#isOpen) return
    this.#closeFrame = { code, reason }
    this.#closeTimer = this.#options.kit.clock.setTimeout(() => this.terminate(), CLOSE_MS)
    this.#flushSoon()
  }

  terminate(): void {
    if (this.#ending !== undefined) return
    this.#endPartner(ABNORMAL)
    this.#endSoon(ABNORMAL)
  }

  get #isOpen(): boolean {
    return this.#closeFrame === undefined && this.#ending === undefined
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.network.carry(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    const partner = this.#partner
    if (this.#ending !== undefined || partner === undefined || !partner.#reads) return
    const frames = this.#outbox
    this.#outbox = []
    for (const frame of frames) {
      this.#queuedBytes -= frame.length
      partner.#take(frame)
    }
    this.#drainMaybe()
    if (this.#closeFrame !== undefined && this.#outbox.length === 0) partner.#follow(this.#closeFrame)
  }

  /** A socket that was closed reads on without a receiver, for the close frame that answers its own. */
  get #reads(): boolean {
    return this.#receiver !== undefined || this.#closeFrame !== undefined
  }

  #take(frame: Uint8Array): void {
    if (!this.#isOpen) return
    const { frameBytes } = this.#options.limits
    if (frame.length <= frameBytes) return this.#receiver?.onFrame(frame)
    const cause = new RangeError(`a frame of ${frame.length} bytes is longer than ${frameBytes} (limits.frameBytes)`)
    this.close(TOO_LARGE, '')
    this.#receiver?.onError(protocolViolated(this, cause))
  }

  #drainMaybe(): void {
    if (!this.#draining || this.#queuedBytes > this.#highWaterBytes) return
    this.#draining = false
    if (this.#isOpen) this.#receiver?.onDrain()
  }

  /** The peer's close frame came: answer it, with our own where we sent one already. */
  #follow(frame: CloseFrame): void {
    if (this.#ending !== undefined) return
    const answer = this.#closeFrame ?? frame
    this.#endPartner(answer)
    this.#end(frame)
  }

  #endPartner(frame: CloseFrame): void {
    const partner = this.#partner
    if (partner !== undefined) this.#options.network.carry(() => partner.#end(frame))
  }

  /** Ends at once for senders, and tells the receiver later: never from within its own call. */
  #endSoon(frame: CloseFrame): void {
    const receiver = this.#forget(frame)
    if (receiver !== undefined) this.#options.network.carry(() => receiver.onClose(frame.code, frame.reason))
  }

  #end(frame: CloseFrame): void {
    if (this.#ending === undefined) this.#forget(frame)?.onClose(frame.code, frame.reason)
  }

  #forget(frame: CloseFrame): DriverSocketReceiver | undefined {
    this.#ending = frame
    this.#outbox = []
    this.#queuedBytes = 0
    if (this.#closeTimer !== undefined) this.#options.kit.clock.clearTimeout(this.#closeTimer)
    this.#options.onGone(this)
    return this.#receiver
  }
}
