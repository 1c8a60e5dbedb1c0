import { assertCloseFrame, P2pError } from 'trustp2p'
import type { DriverSocket, DriverSocketReceiver, SocketLimits, TimerHandle } from 'trustp2p'
import type { Lane } from './lane'
import type { Machine } from './machine'

/** What an end of a connection is made of. */
export interface SimulatedSocketOptions {
  readonly machine: Machine
  readonly limits: SocketLimits
  readonly url: string
  readonly peer: string
  readonly host: string
  /** The way to the other end. */
  readonly lane: Lane
  /** The other end; undefined where it was never made. */
  readonly partner: () => SimulatedSocket | undefined
  /** A frame arrived, and is about to be handed over. */
  readonly onFrame: (bytes: Uint8Array) => void
  /** It reads from now on. */
  readonly onReads: () => void
  readonly onGone: (frame: CloseFrame) => void
}

/** How a connection ended. */
export interface CloseFrame {
  readonly code: number
  readonly reason: string
}

/** How long a peer has to follow an orderly close before its connection is dropped, in ms. */
const CLOSE_MS = 2_000
const TOO_LARGE = 1009
/** A connection that was lost without a close frame (RFC 6455, 7.1.5). */
export const ABNORMAL: CloseFrame = { code: 1006, reason: '' }

/** One end of a connection of the simulated network. It behaves as a WebSocket does, its close handshake included. */
export class SimulatedSocket implements DriverSocket {
  readonly #options: SimulatedSocketOptions
  readonly #highWaterBytes: number
  #receiver: DriverSocketReceiver | undefined
  #draining = false
  /** What we sent, or shall send after the frames that wait. */
  #closeFrame: CloseFrame | undefined
  #closeTimer: TimerHandle | undefined
  /** Set once the connection is gone. */
  #ending: CloseFrame | undefined

  constructor(options: SimulatedSocketOptions) {
    this.#options = options
    this.#highWaterBytes = Math.floor(options.limits.sendQueueBytes / 4)
  }

  get url(): string {
    return this.#options.url
  }

  get peer(): string {
    return this.#options.peer
  }

  get host(): string {
    return this.#options.host
  }

  get bufferedAmount(): number {
    return this.#options.lane.queuedBytes
  }

  get isGone(): boolean {
    return this.#ending !== undefined
  }

  /** One that was closed reads on without a receiver, for the close frame that answers its own. */
  get reads(): boolean {
    return this.#receiver !== undefined || this.#closeFrame !== undefined || this.isGone
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
    const ending = this.#ending
    if (ending === undefined) this.#options.onReads()
    else this.#options.machine.defer(() => receiver.onClose(ending.code, ending.reason))
  }

  send(bytes: Uint8Array): boolean {
    if (!this.#isOpen) throw this.#closedError()
    const { lane, limits } = this.#options
    if (lane.queuedBytes + bytes.length > limits.sendQueueBytes) throw this.#fullError(bytes.length)
    // A copy: both sides live in one process, and what the receiver keeps must not change under it.
    const frame = Buffer.from(bytes)
    lane.push({ bytes: frame.length, arrive: () => this.#options.partner()?.take(frame) })
    if (lane.queuedBytes <= this.#highWaterBytes) return true
    this.#draining = true
    return false
  }

  close(code: number, reason: string): void {
    assertCloseFrame(code, reason)
    if (!this.#isOpen) return
    const frame = { code, reason }
    const { machine, lane, partner, onReads } = this.#options
    this.#closeFrame = frame
    this.#closeTimer = machine.setTimeout(() => this.terminate(), CLOSE_MS)
    lane.push({ bytes: 0, arrive: () => partner()?.follow(frame) })
    onReads()
  }

  terminate(): void {
    if (this.isGone) return
    this.#endPartner(ABNORMAL)
    const receiver = this.#forget(ABNORMAL)
    // Never from within the receiver's own call.
    if (receiver !== undefined) this.#options.machine.defer(() => receiver.onClose(ABNORMAL.code, ABNORMAL.reason))
  }

  /** A frame of the other end. */
  take(frame: Uint8Array): void {
    if (!this.#isOpen) return
    const { frameBytes } = this.#options.limits
    this.#options.onFrame(frame)
    if (frame.length <= frameBytes) return this.#receiver?.onFrame(frame)
    this.close(TOO_LARGE, '')
    this.#receiver?.onError(this.#tooLongError(frame.length))
  }

  /** The close frame of the other end: answers it, with our own where we sent one already. */
  follow(frame: CloseFrame): void {
    if (this.isGone) return
    this.#endPartner(this.#closeFrame ?? frame)
    this.end(frame)
  }

  /** The connection is gone. */
  end(frame: CloseFrame): void {
    if (!this.isGone) this.#forget(frame)?.onClose(frame.code, frame.reason)
  }

  /** Its machine is gone, and hears of nothing. */
  vanish(): void {
    if (!this.isGone) this.#forget(ABNORMAL)
  }

  /** Bytes have left. */
  drain(): void {
    if (!this.#draining || this.bufferedAmount > this.#highWaterBytes) return
    this.#draining = false
    if (this.#isOpen) this.#receiver?.onDrain()
  }

  get #isOpen(): boolean {
    return this.#closeFrame === undefined && !this.isGone
  }

  #endPartner(frame: CloseFrame): void {
    const { lane, partner } = this.#options
    lane.pushLast(() => partner()?.end(frame))
  }

  #forget(frame: CloseFrame): DriverSocketReceiver | undefined {
    const { lane, machine, onGone } = this.#options
    this.#ending = frame
    lane.clear()
    if (this.#closeTimer !== undefined) machine.clearTimeout(this.#closeTimer)
    onGone(frame)
    return this.#receiver
  }

  #closedError(): P2pError {
    const { peer } = this
    const text = `the socket to ${peer} is closed: nothing was sent`
    return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', text, { details: { peer } })
  }

  #fullError(frameBytes: number): P2pError {
    const { peer, bufferedAmount } = this
    const { sendQueueBytes } = this.#options.limits
    const text = `a frame of ${frameBytes} bytes to ${peer} does not fit: ${bufferedAmount} of ${sendQueueBytes} wait already`
    return new P2pError('ERR_TRUSTP2P_LIMIT_SEND_QUEUE', text, { details: { peer, frameBytes, bufferedAmount } })
  }

  #tooLongError(length: number): P2pError {
    const { frameBytes } = this.#options.limits
    const text = `a frame of ${length} bytes from ${this.peer} is longer than ${frameBytes} (limits.frameBytes)`
    return new P2pError('ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED', text, { details: { peer: this.peer } })
  }
}
