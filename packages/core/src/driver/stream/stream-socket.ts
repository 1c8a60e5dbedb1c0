import type { Socket } from 'node:net'
import type { Kit, TimerHandle } from '../../kit'
import { ABNORMAL, CLOSE_MS, LATE_BYTES, TOO_LARGE, assertCloseFrame, isCloseCode, isRefusal } from '../close-frame'
import type { CloseFrame } from '../close-frame'
import type { DriverSocket, DriverSocketReceiver } from '../contract'
import { protocolViolated, sendQueueFull, socketClosed, socketFailed } from '../driver-errors'
import { LifeSigns, NO_SIGN_OF_LIFE, trafficOf } from '../life-signs'
import { NamedSocket, highWaterOf } from '../named-socket'
import type { SocketFacts } from '../named-socket'
import { FrameBatch } from './frame-batch'
import {
  ControlKind,
  EMPTY_CONTROL_BYTES,
  FrameFormatError,
  FrameLengthError,
  FrameParser,
  controlFrame
} from './frame-codec'
import { LatePace } from '../net/late-pace'
import { ReadTurns } from '../net/read-turns'
import { SendQueue } from '../net/send-queue'
import { SlicedReads } from '../net/sliced-reads'

export interface StreamSocketOptions extends SocketFacts {
  readonly kit: Pick<Kit, 'clock' | 'defer'>
  readonly onGone: (socket: StreamSocket) => void
}

const NOT_UNDERSTOOD = 1002

const PING = controlFrame(ControlKind.PING)
const PONG = controlFrame(ControlKind.PONG)

/** Frames on a byte stream, each after its length; control frames close it and keep it alive. */
export class StreamSocket extends NamedSocket implements DriverSocket {
  readonly #raw: Socket
  readonly #options: StreamSocketOptions
  readonly #parser: FrameParser
  readonly #sendQueueBytes: number
  readonly #highWaterBytes: number
  readonly #batch = new FrameBatch()
  readonly #queue: SendQueue
  readonly #alive: LifeSigns
  readonly #turns: ReadTurns
  readonly #reads: SlicedReads
  #receiver: DriverSocketReceiver | undefined
  #flushing = false
  #reading = false
  #draining = false
  /** A pong leaves with the next flush: one for all pings that came meanwhile. */
  #pongDue = false
  /** Set once `close` or `terminate` was called, or the connection broke: only `onClose` follows. */
  #ended = false
  #closeFrame: CloseFrame | undefined
  #closeTimer: TimerHandle | undefined
  /** What the receiver is told at the end: the peer's close frame, once it came. */
  #ending = ABNORMAL
  #gone = false

  /** Takes an open connection that is paused, and reads nothing until a receiver is attached. */
  constructor(raw: Socket, options: StreamSocketOptions) {
    super(options)
    this.#raw = raw
    this.#options = options
    this.#parser = new FrameParser(options.limits.frameBytes, { onFrame: this.#onFrame, onControl: this.#onControl })
    this.#sendQueueBytes = options.limits.sendQueueBytes
    this.#highWaterBytes = highWaterOf(options.limits)
    this.#alive = new LifeSigns(EMPTY_CONTROL_BYTES, raw.bytesRead)
    this.#queue = new SendQueue(raw, this.#onTaken)
    const reads = new SlicedReads(raw, () => this.#turns.admit())
    this.#reads = reads
    this.#turns = new ReadTurns(options.kit.clock, {
      pause: () => reads.pause(),
      resume: () => reads.resume(),
      readOn: () => reads.readOn(),
      deliver: (frame) => this.#deliver(frame)
    })
    raw.on('error', this.#onError)
    raw.on('end', this.#onEnd)
    raw.on('close', this.#onClose)
  }

  /** Counts the lengths of frames (1 to 4 bytes each) with the frames. */
  get bufferedAmount(): number {
    return this.#batch.bytes + this.#queue.bytes + this.#raw.writableLength
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
    if (this.#gone) return this.#options.kit.defer(() => receiver.onClose(this.#ending.code, this.#ending.reason))
    this.#read()
  }

  send(bytes: Uint8Array): boolean {
    if (this.#ended || !this.#raw.writable) throw socketClosed(this)
    const queuedBytes = this.bufferedAmount + bytes.length
    if (queuedBytes > this.#sendQueueBytes) throw sendQueueFull(this, bytes.length, this.#sendQueueBytes)
    this.#batch.addFrame(bytes)
    this.#flushSoon()
    if (queuedBytes <= this.#highWaterBytes) return true
    this.#draining = true
    return false
  }

  close(code: number, reason: string): void {
    assertCloseFrame(code, reason)
    if (this.#ended) return
    this.#ended = true
    this.#turns.clear()
    this.#sendClose({ code, reason })
    this.#readLate(isRefusal(code))
    // Without a receiver nothing was read so far: read on, for the close frame that answers ours.
    this.#read()
  }

  terminate(): void {
    this.#ended = true
    this.#raw.destroy()
  }

  onShared(moreFrames: number): void {
    this.#turns.charge(moreFrames)
  }

  /** Looks for signs of life since the last check: a silent peer is pinged, one that gave none after that is dropped. */
  checkAlive(): void {
    if (this.#ended || this.#receiver === undefined) return
    const verdict = this.#alive.look(trafficOf(this.#raw))
    if (verdict === 'silent') this.#queue.write(PING)
    if (verdict !== 'dead') return
    this.#fail(new Error(NO_SIGN_OF_LIFE))
    this.terminate()
  }

  #read(): void {
    if (this.#reading) return
    this.#reading = true
    this.#raw.on('data', this.#onData)
    this.#reads.start()
  }

  #readLate(isRefused: boolean): void {
    this.#reads.readAtMost(LATE_BYTES, isRefused ? LatePace.of(this.#options.kit.clock) : undefined)
  }

  #flushSoon(): void {
    if (this.#flushing) return
    this.#flushing = true
    this.#options.kit.defer(this.#flush)
  }

  readonly #flush = (): void => {
    if (!this.#flushing) return
    this.#flushing = false
    if (!this.#raw.writable) return
    this.#raw.cork()
    if (this.#pongDue) this.#queue.write(PONG)
    this.#pongDue = false
    const pieces = this.#batch.take()
    const last = pieces.pop()
    for (const piece of pieces) this.#queue.write(piece)
    // What is written last is taken last: then the queue is as short as it gets.
    if (last !== undefined) this.#queue.write(last, this.#draining ? this.#onTaken : undefined)
    this.#raw.uncork()
  }

  readonly #onTaken = (error?: Error | null): void => {
    if (error || !this.#draining || this.#ended || this.bufferedAmount > this.#highWaterBytes) return
    this.#draining = false
    this.#receiver?.onDrain()
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#parser.push(chunk)
    } catch (error) {
      if (!(error instanceof FrameFormatError)) throw error
      this.#refuse(error)
    }
    // Answers leave before anything else runs: the tick would come after all that a read ends with.
    if (this.#raw.readableLength === 0) this.#flush()
  }

  /** Nothing behind the fault can be read: what comes is dropped, up to the end that follows our close frame. */
  #refuse(error: FrameFormatError): void {
    this.#raw.off('data', this.#onData)
    this.#turns.flush()
    if (this.#ended) return
    this.#receiver?.onError(protocolViolated(this, error))
    this.close(error instanceof FrameLengthError ? TOO_LARGE : NOT_UNDERSTOOD, '')
  }

  readonly #onFrame = (bytes: Uint8Array): void => {
    if (this.#ended) this.#turns.charge(1)
    else this.#turns.take(bytes)
  }

  #deliver(frame: Uint8Array): void {
    if (!this.#ended) this.#receiver?.onFrame(frame)
  }

  readonly #onControl = (kind: number, payload: Uint8Array): void => {
    this.#turns.charge(1)
    if (kind === ControlKind.CLOSE) this.#follow(closeFrameOf(payload))
    else if (kind === ControlKind.PING) this.#answerPing()
  }

  /** A peer that does not read what it is sent gets no pongs either: they would wait in the queue, and never end. */
  #answerPing(): void {
    if (this.#ended || this.bufferedAmount > this.#highWaterBytes) return
    this.#pongDue = true
    this.#flushSoon()
  }

  /** The peer's close frame came: answer it, unless ours is on its way, and end. */
  #follow(frame: CloseFrame): void {
    if (this.#ending !== ABNORMAL) return
    this.#turns.flush()
    this.#ended = true
    this.#ending = frame
    if (this.#closeFrame === undefined) {
      this.#sendClose(frame)
      // Nothing but its end may come behind its own close frame.
      this.#readLate(true)
    }
    this.#raw.end()
  }

  /** Drops the connection where the peer takes too long. */
  #sendClose(frame: CloseFrame): void {
    this.#closeFrame = frame
    this.#closeTimer = this.#options.kit.clock.setTimeout(() => this.#raw.destroy(), CLOSE_MS)
    if (!this.#raw.writable) return
    this.#raw.cork()
    this.#flush()
    this.#queue.flush()
    this.#raw.write(controlFrame(ControlKind.CLOSE, closePayload(frame)))
    this.#raw.uncork()
  }

  readonly #onError = (cause: Error): void => {
    this.#turns.flush()
    this.#fail(cause)
    this.#ended = true
  }

  #fail(cause: Error): void {
    if (!this.#ended) this.#receiver?.onError(socketFailed(this, cause))
  }

  /** Without a close frame before it: the peer is gone. */
  readonly #onEnd = (): void => {
    if (this.#ending === ABNORMAL) this.#raw.destroy()
  }

  readonly #onClose = (): void => {
    this.#turns.flush()
    this.#queue.clear()
    this.#ended = true
    this.#gone = true
    if (this.#closeTimer !== undefined) this.#options.kit.clock.clearTimeout(this.#closeTimer)
    this.#options.onGone(this)
    this.#receiver?.onClose(this.#ending.code, this.#ending.reason)
  }
}

function closePayload({ code, reason }: CloseFrame): Uint8Array {
  return Buffer.concat([Uint8Array.of(code >> 8, code & 0xff), Buffer.from(reason)])
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/** Throws a FrameFormatError for a code that no close frame carries, and for a reason that is no UTF-8. */
function closeFrameOf(payload: Uint8Array): CloseFrame {
  const [high = 0, low = 0] = payload
  const code = (high << 8) | low
  if (!isCloseCode(code)) throw new FrameFormatError(`a close frame has the code ${code}, which is none`)
  try {
    return { code, reason: UTF8.decode(payload.subarray(2)) }
  } catch (cause) {
    throw new FrameFormatError('the reason of a close frame is no UTF-8', { cause })
  }
}
