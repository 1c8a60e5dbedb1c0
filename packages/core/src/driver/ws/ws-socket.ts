import type { Socket } from 'node:net'
import type { RawData, WebSocket } from 'ws'
import { errorCode } from '../../errors'
import type { Kit } from '../../kit'
import { LATE_BYTES, assertCloseFrame, isRefusal } from '../close-frame'
import type { DriverSocket, DriverSocketReceiver } from '../contract'
import { protocolViolated, sendQueueFull, socketClosed, socketFailed } from '../driver-errors'
import { LifeSigns, NO_SIGN_OF_LIFE, trafficOf } from '../life-signs'
import { NamedSocket, highWaterOf } from '../named-socket'
import type { SocketFacts } from '../named-socket'
import { LatePace } from '../net/late-pace'
import { ReadTurns } from '../net/read-turns'
import { SendQueue } from '../net/send-queue'
import { SlicedReads } from '../net/sliced-reads'
import type { Reads } from '../net/sliced-reads'
import { FlowingReads } from './flowing-reads'
import { FrameKind, writeMaskedFrame, writePlainFrame } from './ws-frame'
import type { WriteFrame } from './ws-frame'
import { onClosing } from './ws-library'

export interface WsSocketOptions extends SocketFacts {
  /** True for the side that dialled, which masks what it sends. */
  readonly dials: boolean
  readonly kit: Pick<Kit, 'clock' | 'defer'>
  readonly onGone: (socket: WsSocket) => void
}

const OPEN = 1
/** The answer to our pings, with its mask: what a pong has besides its payload. */
const PONG_BYTES = 6

const NOTHING = new Uint8Array(0)

const NOT_UNDERSTOOD = 1003

/** One object for all frames that the library compresses: what is left out (mask, fin) it fills in as it has to be. */
const BINARY = Object.freeze({ binary: true })

/** One WebSocket, of either side. */
export class WsSocket extends NamedSocket implements DriverSocket {
  readonly #ws: WebSocket
  readonly #raw: Socket
  readonly #queue: SendQueue
  readonly #options: WsSocketOptions
  readonly #sendQueueBytes: number
  readonly #highWaterBytes: number
  /** Messages are left to the library then: it alone knows how. */
  readonly #compresses: boolean
  readonly #write: WriteFrame
  #receiver: DriverSocketReceiver | undefined
  /** What the next pong repeats. */
  #ping: Buffer | undefined
  #corked = false
  #draining = false
  /** Set once `close` or `terminate` was called, or the connection broke: only `onClose` follows. */
  #ended = false
  #closed: { readonly code: number; readonly reason: string } | undefined
  /** Why the connection broke. */
  #failure: Error | undefined
  readonly #alive: LifeSigns
  readonly #turns: ReadTurns
  readonly #reads: Reads

  /** Takes an open `ws` and the connection below it, and reads nothing until a receiver is attached. */
  constructor(ws: WebSocket, raw: Socket, options: WsSocketOptions) {
    super(options)
    this.#ws = ws
    this.#raw = raw
    this.#options = options
    this.#sendQueueBytes = options.limits.sendQueueBytes
    this.#highWaterBytes = highWaterOf(options.limits)
    this.#alive = new LifeSigns(PONG_BYTES, raw.bytesRead)
    this.#queue = new SendQueue(raw, this.#onTaken)
    this.#compresses = ws.extensions !== ''
    this.#write = options.dials ? writeMaskedFrame : writePlainFrame
    const reads = this.#compresses ? new FlowingReads(ws, raw) : new SlicedReads(raw, () => this.#turns.admit())
    this.#reads = reads
    this.#turns = new ReadTurns(options.kit.clock, {
      pause: () => reads.pause(),
      resume: () => reads.resume(),
      readOn: () => reads.readOn(),
      deliver: (frame) => this.#deliver(frame)
    })
    // Its close frame comes behind all that was sent.
    onClosing(ws, () => this.#queue.flush())
    // A peer that ends its side reads on, and the library, which listened before, ends ours.
    raw.prependListener('end', () => this.#queue.flush())
    ws.pause()
    ws.on('message', this.#onMessage)
    ws.on('ping', this.#onPing)
    ws.on('pong', () => this.#turns.charge(1))
    ws.on('error', this.#onError)
    ws.on('close', this.#onClose)
    raw.on('error', this.#onBroken)
    // The library, which listens before, has taken them apart.
    raw.on('data', this.#onRead)
  }

  /** Counts the headers of frames (2 to 14 bytes each) with the frames. */
  get bufferedAmount(): number {
    return this.#ws.bufferedAmount + this.#queue.bytes
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
    const closed = this.#closed
    if (closed === undefined) this.#read()
    else this.#options.kit.defer(() => receiver.onClose(closed.code, closed.reason))
  }

  send(bytes: Uint8Array): boolean {
    if (this.#ended || this.#ws.readyState !== OPEN) throw socketClosed(this)
    const queuedBytes = this.bufferedAmount + bytes.length
    if (queuedBytes > this.#sendQueueBytes) throw sendQueueFull(this, bytes.length, this.#sendQueueBytes)
    if (!this.#corked) this.#cork()
    const hasRoom = queuedBytes <= this.#highWaterBytes
    if (!hasRoom) this.#draining = true
    // From the first frame above the mark each calls back, so that the last of them finds the queue below it: with its
    // header one that fits below may end above.
    const onTaken = this.#draining ? this.#onTaken : undefined
    if (this.#compresses) this.#ws.send(bytes, BINARY, onTaken)
    else this.#write(this.#queue, bytes, onTaken)
    return hasRoom
  }

  close(code: number, reason: string): void {
    assertCloseFrame(code, reason)
    if (this.#ended) return
    this.#ended = true
    this.#turns.clear()
    this.#ws.close(code, reason)
    this.#readLate(isRefusal(code))
    // Without a receiver nothing was read so far: read on, for the close frame that answers ours.
    if (this.#receiver === undefined) this.#read()
  }

  terminate(): void {
    this.#ended = true
    this.#ws.terminate()
  }

  onShared(moreFrames: number): void {
    this.#turns.charge(moreFrames)
  }

  /** Looks for signs of life since the last check: a silent peer is pinged, one that gave none after that is dropped. */
  checkAlive(): void {
    if (this.#ended || this.#receiver === undefined) return
    const verdict = this.#alive.look(trafficOf(this.#raw))
    if (verdict === 'silent') this.#writeControl(FrameKind.PING, NOTHING)
    else if (verdict === 'dead') this.#dropSilent()
  }

  #dropSilent(): void {
    this.#fail(new Error(NO_SIGN_OF_LIFE))
    this.terminate()
  }

  #cork(): void {
    this.#corked = true
    this.#raw.cork()
    this.#options.kit.defer(this.#flush)
  }

  #read(): void {
    this.#reads.start()
    // Only now: a stream that is read in slices does not flow for that.
    this.#ws.resume()
  }

  #readLate(isRefused: boolean): void {
    this.#reads.readAtMost(LATE_BYTES, isRefused ? LatePace.of(this.#options.kit.clock) : undefined)
  }

  /** Answers to what was read leave before anything else runs: the tick would come after all that a read ends with. */
  readonly #onRead = (chunk: Buffer): void => {
    this.#turns.chargeBytes(chunk.length)
    if (this.#raw.readableLength === 0) this.#flush()
  }

  readonly #flush = (): void => {
    if (!this.#corked) return
    this.#corked = false
    this.#raw.uncork()
  }

  readonly #onTaken = (error?: Error | null): void => {
    if (error || !this.#draining || this.#ended || this.bufferedAmount > this.#highWaterBytes) return
    this.#draining = false
    this.#receiver?.onDrain()
  }

  readonly #onMessage = (data: RawData, isBinary: boolean): void => {
    if (this.#ended) this.#turns.charge(1)
    else if (isBinary && data instanceof Uint8Array) this.#turns.take(data)
    else this.#refuseText()
  }

  /** Of many pings of one turn the last is answered (RFC 6455, 5.5.3), and none of a peer that does not read. */
  readonly #onPing = (payload: Buffer): void => {
    this.#turns.charge(1)
    if (this.#ping === undefined) this.#options.kit.defer(() => this.#answerPing())
    this.#ping = payload
  }

  #answerPing(): void {
    const payload = this.#ping
    this.#ping = undefined
    if (payload === undefined || this.#ended) return
    if (this.bufferedAmount <= this.#highWaterBytes) this.#writeControl(FrameKind.PONG, payload)
  }

  /** Behind a close frame, which the library writes by itself, too, nothing may come (RFC 6455, 5.5.1). */
  #writeControl(kind: number, payload: Uint8Array): void {
    if (this.#ws.readyState === OPEN) this.#write(this.#queue, payload, undefined, kind)
  }

  #deliver(frame: Uint8Array): void {
    if (!this.#ended) this.#receiver?.onFrame(frame)
  }

  #refuseText(): void {
    this.#turns.flush()
    if (this.#ended) return
    const reason = 'text frames are not understood'
    this.#blame(new Error(reason))
    this.close(NOT_UNDERSTOOD, reason)
  }

  /** Told of once the library has handed over what came before: it may still have much to inflate. */
  readonly #onBroken = (cause: Error): void => {
    this.#failure ??= cause
  }

  /** The library has begun to close. */
  readonly #onError = (cause: Error): void => {
    this.#turns.flush()
    // The codes of the library and of zlib are about what the peer sent.
    if (/^(WS_ERR|Z)_/.test(errorCode(cause) ?? '')) this.#blame(cause)
    else this.#fail(cause)
    if (!this.#ended) this.#readLate(true)
    this.#ended = true
  }

  #fail(cause: Error): void {
    if (!this.#ended) this.#receiver?.onError(socketFailed(this, cause))
  }

  #blame(cause: Error): void {
    if (!this.#ended) this.#receiver?.onError(protocolViolated(this, cause))
  }

  readonly #onClose = (code: number, reason: Buffer): void => {
    this.#turns.flush()
    this.#queue.clear()
    if (this.#failure !== undefined) this.#fail(this.#failure)
    this.#ended = true
    this.#closed = { code, reason: reason.toString() }
    this.#options.onGone(this)
    this.#receiver?.onClose(code, this.#closed.reason)
  }
}
