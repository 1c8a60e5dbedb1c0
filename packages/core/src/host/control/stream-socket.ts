import type { Socket } from 'node:net'
import { assertCloseFrame, CLOSED_ABNORMALLY, CLOSE_MS } from '../../driver/close-frame'
import type { DriverSocket, DriverSocketReceiver, SocketLimits } from '../../driver/contract'
import { sendQueueFull, socketClosed, socketFailed } from '../../driver/driver-errors'
import type { Kit, TimerHandle } from '../../kit'
import { FrameLengthError, FrameSplitter, frameHeader } from './frame-splitter'

export interface StreamSocketOptions {
  readonly kit: Pick<Kit, 'clock' | 'defer'>
  readonly limits: SocketLimits
  readonly url: string
  readonly peer: string
  /** Longest wait in ms for the first frame, and for the rest of one that has begun [no limit]. */
  readonly frameMs?: number
}

const NORMAL = 1000
const TOO_LARGE = 1009

/**
 * Frames on a byte stream, each after its length. A stream has no close frame: the code and the reason of `close` stay
 * on this side, and an end of the stream that the peer brought about counts as 1000.
 */
export class StreamSocket implements DriverSocket {
  readonly url: string
  readonly peer: string
  readonly host = 'localhost'
  readonly #raw: Socket
  readonly #options: StreamSocketOptions
  readonly #splitter: FrameSplitter
  readonly #highWaterBytes: number
  #receiver: DriverSocketReceiver | undefined
  #corked = false
  #draining = false
  /** Set once `close` or `terminate` was called, or the connection broke: only `onClose` follows. */
  #ended = false
  #closing = { code: NORMAL, reason: '' }
  #closed = false
  /** Set while a frame is waited for that has to come in time. */
  #frameTimer: TimerHandle | undefined

  /** Takes a connected stream of which nothing was read, and reads nothing until a receiver is attached. */
  constructor(raw: Socket, options: StreamSocketOptions) {
    this.url = options.url
    this.peer = options.peer
    this.#raw = raw
    this.#options = options
    this.#splitter = new FrameSplitter(options.limits.frameBytes)
    this.#highWaterBytes = Math.floor(options.limits.sendQueueBytes / 4)
    raw.on('error', (error) => this.#fail(error))
    raw.on('end', () => this.#onEnd())
    raw.on('close', (broken) => this.#onClose(broken))
  }

  /** Counts the lengths of frames (1 to 4 bytes each) with the frames. */
  get bufferedAmount(): number {
    return this.#raw.writableLength
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
    if (this.#closed) return this.#options.kit.defer(() => this.#tellClosed())
    this.#raw.on('data', (bytes: Buffer) => this.#onData(bytes))
    this.#raw.resume()
    this.#awaitFrame()
  }

  send(bytes: Uint8Array): boolean {
    if (this.#ended || !this.#raw.writable) throw socketClosed(this)
    const { sendQueueBytes } = this.#options.limits
    const queuedBytes = this.bufferedAmount + bytes.length
    if (queuedBytes > sendQueueBytes) throw sendQueueFull(this, bytes.length, sendQueueBytes)
    if (!this.#corked) this.#cork()
    this.#raw.write(frameHeader(bytes.length))
    if (queuedBytes <= this.#highWaterBytes) {
      this.#raw.write(bytes)
      return true
    }
    this.#draining = true
    this.#raw.write(bytes, this.#onTaken)
    return false
  }

  close(code: number, reason: string): void {
    assertCloseFrame(code, reason)
    if (this.#ended) return
    this.#ended = true
    this.#closing = { code, reason }
    const timer = this.#options.kit.clock.setTimeout(() => this.terminate(), CLOSE_MS)
    this.#raw.once('close', () => this.#options.kit.clock.clearTimeout(timer))
    this.#raw.end()
    // What still comes is read and dropped, for the end that follows it.
    this.#raw.resume()
  }

  terminate(): void {
    this.#ended = true
    this.#closing = { code: CLOSED_ABNORMALLY, reason: '' }
    this.#raw.destroy()
  }

  #cork(): void {
    this.#corked = true
    this.#raw.cork()
    this.#options.kit.defer(() => {
      this.#corked = false
      this.#raw.uncork()
    })
  }

  readonly #onTaken = (error?: Error | null): void => {
    if (error || !this.#draining || this.#ended || this.bufferedAmount > this.#highWaterBytes) return
    this.#draining = false
    this.#receiver?.onDrain()
  }

  #onData(bytes: Buffer): void {
    try {
      for (const frame of this.#splitter.push(bytes)) {
        if (this.#ended) return
        this.#forgetFrameTimer()
        this.#receiver?.onFrame(frame)
      }
      if (!this.#splitter.isWhole) this.#awaitFrame()
    } catch (error) {
      if (!(error instanceof FrameLengthError)) throw error
      this.#report(error)
      this.close(TOO_LARGE, '')
    }
  }

  #awaitFrame(): void {
    const { kit, frameMs } = this.#options
    if (frameMs === undefined || this.#ended) return
    this.#frameTimer ??= kit.clock.setTimeout(() => {
      this.#report(new Error(`no whole frame came within ${frameMs} ms`))
      this.terminate()
    }, frameMs)
  }

  #forgetFrameTimer(): void {
    if (this.#frameTimer !== undefined) this.#options.kit.clock.clearTimeout(this.#frameTimer)
    this.#frameTimer = undefined
  }

  #onEnd(): void {
    if (!this.#splitter.isWhole) this.#fail(new Error('it ended within a frame'))
  }

  #fail(cause: Error): void {
    this.#report(cause)
    this.#ended = true
  }

  #report(cause: Error): void {
    if (!this.#ended) this.#receiver?.onError(socketFailed(this, cause))
  }

  #onClose(broken: boolean): void {
    this.#ended = true
    this.#closed = true
    this.#forgetFrameTimer()
    if (broken) this.#closing = { code: CLOSED_ABNORMALLY, reason: '' }
    this.#tellClosed()
  }

  #tellClosed(): void {
    this.#receiver?.onClose(this.#closing.code, this.#closing.reason)
  }
}
