import type { Kit, TimerHandle } from '../../kit'
import { ABNORMAL, CLOSED_ABNORMALLY, CLOSE_MS, TOO_LARGE, assertCloseFrame } from '../close-frame'
import type { CloseFrame } from '../close-frame'
import type { DriverSocket, DriverSocketReceiver } from '../contract'
import { protocolViolated, sendQueueFull, socketClosed, socketFailed } from '../driver-errors'
import { NamedSocket, highWaterOf } from '../named-socket'
import type { SocketFacts } from '../named-socket'
import { OPEN, causeOf, pageCode } from './web-socket'
import type { WebSocketEvent, WebSocketLike } from './web-socket'

/** Browsers do not tell when a queue has room: time between two looks at one that was too long, in ms. */
export const DRAIN_LOOK_MS = 20

const NOT_UNDERSTOOD = 1003

export interface WebDriverSocketOptions extends SocketFacts {
  readonly kit: Pick<Kit, 'clock' | 'defer'>
  readonly onGone: (socket: WebDriverSocket) => void
}

/** One WebSocket of a browser, which dialled it. */
export class WebDriverSocket extends NamedSocket implements DriverSocket {
  readonly #ws: WebSocketLike
  readonly #options: WebDriverSocketOptions
  readonly #highWaterBytes: number
  #receiver: DriverSocketReceiver | undefined
  /** Frames that came before the receiver did: a browser has none yet, other platforms may. */
  #early: Uint8Array[] = []
  #earlyBytes = 0
  #drainTimer: TimerHandle | undefined
  #closeTimer: TimerHandle | undefined
  /** What `close` was called with. */
  #closeFrame: CloseFrame | undefined
  /** Set once `close` or `terminate` was called, or the connection is gone: only `onClose` follows. */
  #ended = false
  /** How the connection ended, once it has. */
  #ending: CloseFrame | undefined
  #toldOfEnd = false

  /** Takes an open `ws`. */
  constructor(ws: WebSocketLike, options: WebDriverSocketOptions) {
    super(options)
    this.#ws = ws
    this.#options = options
    this.#highWaterBytes = highWaterOf(options.limits)
    ws.addEventListener('message', (event) => this.#onMessage(event))
    ws.addEventListener('error', (event) => this.#onError(event))
    ws.addEventListener('close', (event) => this.#onClose(event))
  }

  get bufferedAmount(): number {
    return this.#ws.bufferedAmount
  }

  attach(receiver: DriverSocketReceiver): void {
    this.#receiver = receiver
    const missed = this.#toldOfEnd ? this.#ending : undefined
    if (this.#early.length === 0 && missed === undefined) return
    this.#options.kit.defer(() => {
      this.#deliverEarly(receiver)
      if (missed !== undefined) receiver.onClose(missed.code, missed.reason)
    })
  }

  send(bytes: Uint8Array): boolean {
    if (this.#ended || this.#ws.readyState !== OPEN) throw socketClosed(this)
    const { sendQueueBytes } = this.#options.limits
    const queuedBytes = this.#ws.bufferedAmount + bytes.length
    if (queuedBytes > sendQueueBytes) throw sendQueueFull(this, bytes.length, sendQueueBytes)
    this.#ws.send(bytes)
    if (queuedBytes <= this.#highWaterBytes) return true
    this.#drainTimer ??= this.#options.kit.clock.setTimeout(this.#lookForDrain, DRAIN_LOOK_MS)
    return false
  }

  close(code: number, reason: string): void {
    assertCloseFrame(code, reason)
    if (this.#ended) return
    this.#end()
    this.#closeFrame = { code, reason }
    this.#ws.close(pageCode(code), reason)
    this.#closeTimer = this.#options.kit.clock.setTimeout(() => this.terminate(), CLOSE_MS)
  }

  /** A page can drop no connection: it is forgotten here, and closes on its own once the network has what is queued. */
  terminate(): void {
    if (this.#ending !== undefined) return
    this.#end()
    this.#forget(ABNORMAL)
    this.#ws.close(pageCode(CLOSED_ABNORMALLY), '')
    this.#options.kit.defer(() => this.#tellOfEnd(ABNORMAL))
  }

  #end(): void {
    this.#ended = true
    this.#early = []
  }

  readonly #lookForDrain = (): void => {
    this.#drainTimer = undefined
    if (this.#ended) return
    if (this.#ws.bufferedAmount <= this.#highWaterBytes) return this.#receiver?.onDrain()
    this.#drainTimer = this.#options.kit.clock.setTimeout(this.#lookForDrain, DRAIN_LOOK_MS)
  }

  #onMessage({ data }: WebSocketEvent): void {
    if (this.#ended) return
    if (!isBuffer(data)) return this.#refuse(NOT_UNDERSTOOD, 'text frames are not understood')
    const { frameBytes } = this.#options.limits
    if (data.byteLength <= frameBytes) return this.#take(new Uint8Array(data))
    const why = `a frame of ${data.byteLength} bytes is longer than ${frameBytes} (limits.frameBytes)`
    this.#refuse(TOO_LARGE, '', why)
  }

  #take(frame: Uint8Array): void {
    if (this.#receiver !== undefined && this.#early.length === 0) return this.#receiver.onFrame(frame)
    this.#earlyBytes += frame.length
    this.#early.push(frame)
    if (this.#earlyBytes > this.#options.limits.sendQueueBytes) this.terminate()
  }

  #deliverEarly(receiver: DriverSocketReceiver): void {
    for (let frame = this.#early.shift(); frame !== undefined; frame = this.#early.shift()) receiver.onFrame(frame)
  }

  #refuse(code: number, reason: string, why = reason): void {
    this.close(code, reason)
    this.#receiver?.onError(protocolViolated(this, new Error(why)))
  }

  #onError(event: WebSocketEvent): void {
    if (!this.#ended) this.#receiver?.onError(socketFailed(this, causeOf(event)))
  }

  #onClose({ code = CLOSED_ABNORMALLY, reason = '' }: WebSocketEvent): void {
    if (this.#ending !== undefined) return
    const asked = this.#closeFrame
    const isEcho = asked !== undefined && pageCode(asked.code) === code
    const ending = { code: isEcho ? asked.code : code, reason }
    this.#ended = true
    this.#forget(ending)
    this.#tellOfEnd(ending)
  }

  #forget(ending: CloseFrame): void {
    const { clock } = this.#options.kit
    this.#ending = ending
    if (this.#drainTimer !== undefined) clock.clearTimeout(this.#drainTimer)
    if (this.#closeTimer !== undefined) clock.clearTimeout(this.#closeTimer)
  }

  #tellOfEnd({ code, reason }: CloseFrame): void {
    this.#toldOfEnd = true
    this.#options.onGone(this)
    this.#receiver?.onClose(code, reason)
  }
}

function isBuffer(data: unknown): data is ArrayBuffer {
  return typeof data === 'object' && data !== null && 'byteLength' in data && typeof data.byteLength === 'number'
}
