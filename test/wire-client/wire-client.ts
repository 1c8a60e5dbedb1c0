import WebSocket from 'ws'
import { ALT, Encoding, FRAME_BYTES, Type, VERSION, WireError } from './wire-codec'
import type { Envelope } from './wire-codec'
import { decodeBody, decodeEnvelope, encodeBody, encodeEnvelope } from './wire-codec'
import { codeOr, isRecord, isVersion1, newerFaultOf, readRecord } from './wire-codec'

const SEND_QUEUE_BYTES = 4_194_304
const RUNNING_REQUESTS = 1_000
const UNKNOWN_EVENTS = 1_000
const HANDSHAKE_MS = 10_000
const CLOSE_WAIT_MS = 2_000
const FRAME_PING_MS = 20_000
const PING_AFTER_SILENCE_MS = 10_000
const MINUTE_MS = 60_000
const REMOTE_FAILURE = 'ERR_TRUSTP2P_REQUEST_REMOTE'

export type RequestHandler = (body: unknown, signal: AbortSignal) => unknown
export type TalkHandler = (body: unknown) => unknown
export type PeerGreeting = Readonly<Record<string, unknown>>
export type AskOptions = { timeoutMs?: number; signal?: AbortSignal }
export interface WireClientOptions {
  program?: string
  programVersion?: string
  heartbeat?: boolean
  onGreeting?: (greeting: PeerGreeting) => void
  onClose?: (code: number, reason: string) => void
  onFault?: (error: unknown) => void
}

/** Pings and requests count their tags together, but a RESPONSE must never settle a ping. */
function questionKey(answerType: number, tag: string): string {
  return `${answerType} ${tag}`
}

/**
 * A client by somebody who had docs/reference/wire.md and nothing else of this project: what it does not do, the page
 * did not tell. One connection; dial again with another client. Register handlers before `connect`: the peer may ask
 * at once.
 */
export class WireClient {
  private socket: WebSocket | undefined
  private greeting: PeerGreeting | undefined
  private lastTag = 0
  private readonly questions = new Map<string, (outcome: Envelope | WireError) => void>()
  private readonly running = new Map<string, AbortController>()
  private readonly requestHandlers = new Map<string, RequestHandler>()
  private readonly talkHandlers = new Map<string, TalkHandler>()
  private readonly unknownTalks = { count: 0, since: 0 }
  private readonly packages = { heardAt: 0, pingedAt: 0, peerSleeps: false }
  private readonly frames = { heardAt: 0, pingedAt: 0 }
  private timer: NodeJS.Timeout | undefined

  constructor(private readonly options: WireClientOptions = {}) {}

  get peerGreeting(): PeerGreeting | undefined {
    return this.greeting
  }

  onRequest(event: string, handler: RequestHandler): void {
    this.requestHandlers.set(event, handler)
  }

  onTalk(event: string, handler: TalkHandler): void {
    this.talkHandlers.set(event, handler)
  }

  connect(url: string): Promise<void> {
    if (this.socket) return Promise.reject(new WireError('ERR_WIRE_CLIENT_USED'))
    const limits = { maxPayload: FRAME_BYTES, handshakeTimeout: HANDSHAKE_MS }
    const socket = new WebSocket(url, { ...limits, perMessageDeflate: false })
    this.socket = socket
    const heard = (): void => void (this.frames.heardAt = performance.now())
    socket.on('ping', heard).on('pong', heard).on('message', heard)
    socket.on('message', (data, isBinary) => void this.guard(() => this.receive(data, isBinary)))
    socket.on('close', (code, reason) => this.finish(code, reason.toString()))
    return new Promise((resolve, reject) => {
      socket.on('error', (error) => reject(new WireError('ERR_WIRE_CLIENT_CONNECT', error.message)))
      socket.on('open', () => {
        this.packages.heardAt = this.frames.heardAt = performance.now()
        this.greet()
        this.lookAfterPeer()
        resolve()
      })
    })
  }

  /** A failure rejects with a `WireError`, which holds the code. */
  async request(event: string, body: unknown, options: AskOptions = {}): Promise<unknown> {
    return this.ask(Type.REQUEST, event, body, options)
  }

  async ping(): Promise<unknown> {
    return this.ask(Type.PING, 'ping', {}, { timeoutMs: MINUTE_MS })
  }

  talk(event: string, body: unknown): void {
    this.send(Type.TALK, event, body, '')
  }

  close(code = 1000, reason = ''): Promise<void> {
    const socket = this.socket
    if (!socket || socket.readyState === WebSocket.CLOSED) return Promise.resolve()
    return new Promise((resolve) => {
      socket.once('close', () => resolve())
      this.shut(code, reason)
    })
  }

  private greet(): void {
    const protocol = { protocol_version: VERSION, alt: ALT, library: 'wire-client', library_version: '0.1.0' }
    const { program = 'unnamed', programVersion = '0.0.0' } = this.options
    const encodings = [Encoding.JSON, Encoding.BYTES]
    this.talk('version', { ...protocol, program, program_version: programVersion, encodings })
  }

  private checkCompatible(version: unknown, alt: unknown): boolean {
    if (!isVersion1(version)) this.shut(1000, 'incompatible versions')
    else if (alt !== ALT) this.shut(1000, 'incompatible alts')
    else return true
    return false
  }

  private readGreeting(greeting: Record<string, unknown>): void {
    if (!this.checkCompatible(greeting.protocol_version, greeting.alt)) return
    this.greeting = greeting
    this.options.onGreeting?.(greeting)
  }

  /** Undefined before the greeting, and for a peer of 2018. */
  private get peerEncodings(): readonly unknown[] | undefined {
    const encodings = this.greeting?.encodings
    return Array.isArray(encodings) ? encodings : undefined
  }

  private get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN
  }

  private ask(type: number, event: string, body: unknown, options: AskOptions): Promise<unknown> {
    const { timeoutMs = 300_000, signal } = options
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new WireError('ERR_WIRE_CLIENT_CANCELLED'))
      const tag = (++this.lastTag).toString(36)
      const key = questionKey(type === Type.PING ? Type.PONG : Type.RESPONSE, tag)
      this.send(type, event, body, tag)
      const giveUp = (code: string): void => {
        settle(new WireError(code))
        if (type !== Type.REQUEST || !this.peerEncodings || !this.isOpen) return
        void this.guard(() => this.send(Type.SYSTEM, 'cancel', null, tag))
      }
      const cancel = (): void => giveUp('ERR_WIRE_CLIENT_CANCELLED')
      const timer = setTimeout(() => giveUp('ERR_WIRE_CLIENT_TIMEOUT'), timeoutMs)
      const settle = (outcome: Envelope | WireError): void => {
        this.questions.delete(key)
        clearTimeout(timer)
        signal?.removeEventListener('abort', cancel)
        resolve(this.readAnswer(outcome))
      }
      signal?.addEventListener('abort', cancel)
      this.questions.set(key, settle)
    })
  }

  private async readAnswer(answer: Envelope | WireError): Promise<unknown> {
    if (answer instanceof WireError) throw answer
    if (answer.type === Type.RESPONSE && answer.error !== '') {
      const text = readRecord(answer).error
      throw new WireError(codeOr(REMOTE_FAILURE, answer.error), typeof text === 'string' ? text : answer.error)
    }
    const body = decodeBody(answer)
    if (answer.type === Type.PONG) this.packages.peerSleeps = isRecord(body) && body.sleep === true
    else if (!this.peerEncodings && isRecord(body) && typeof body.error === 'string') {
      throw new WireError(REMOTE_FAILURE, body.error)
    }
    return body
  }

  private send(type: number, event: string, body: unknown, tag: string, error = ''): void {
    if (!this.socket || !this.isOpen) throw new WireError('ERR_WIRE_CLIENT_CLOSED')
    if (event === '' && type !== Type.RESPONSE) throw new WireError('ERR_WIRE_CLIENT_EMPTY_EVENT')
    const encoding = body instanceof Uint8Array ? Encoding.BYTES : Encoding.JSON
    const isUnreadable = encoding === Encoding.BYTES && !this.peerEncodings?.includes(encoding)
    if (isUnreadable) throw new WireError('ERR_WIRE_CLIENT_PEER_READS_NO_BYTES')
    const content = { event, body: encodeBody(body), tag, encoding, error }
    const data = encodeEnvelope({ version: VERSION, alt: ALT, type, ...content })
    if (this.socket.bufferedAmount + data.length <= SEND_QUEUE_BYTES) return this.socket.send(data)
    const isAnswer = type === Type.RESPONSE || type === Type.PONG
    if (!isAnswer) throw new WireError('ERR_WIRE_CLIENT_QUEUE_FULL')
    this.shut(1008, 'send queue full')
  }

  private receive(data: WebSocket.RawData, isBinary: boolean): unknown {
    if (!this.isOpen) return undefined
    if (!isBinary) return this.shut(1003, 'text frames are not understood')
    if (!(data instanceof Uint8Array) || data.length === 0) return undefined
    this.packages.heardAt = performance.now()
    let envelope: Envelope
    try {
      envelope = decodeEnvelope(data)
    } catch {
      return this.shut(1002, 'undecodable frames')
    }
    if (!this.checkCompatible(envelope.version, envelope.alt)) return undefined
    const fault = newerFaultOf(envelope)
    return fault ? this.dropNewer(envelope, fault) : this.dispatch(envelope)
  }

  private dropNewer(envelope: Envelope, fault: WireError): void {
    const { type, tag } = envelope
    if (type === Type.RESPONSE) this.questions.get(questionKey(type, tag))?.(fault)
    // The tag of a PONG is ours: a RESPONSE with it could hit a request of the peer that it has nothing to do with.
    else if (tag !== '' && type !== Type.PONG && !this.running.has(tag)) this.refuse(envelope, fault)
    this.countUnknownTalk()
  }

  private dispatch(envelope: Envelope): unknown {
    const { type, event, tag } = envelope
    if (type === Type.RESPONSE || type === Type.PONG) return this.questions.get(questionKey(type, tag))?.(envelope)
    this.packages.peerSleeps = false
    if (type === Type.PING) return this.send(Type.PONG, 'pong', { sleep: false }, tag)
    if (type === Type.REQUEST) return this.serve(envelope)
    if (type === Type.SYSTEM && event === 'cancel') return this.running.get(tag)?.abort()
    if (type === Type.TALK && event === 'version') return this.readGreeting(readRecord(envelope))
    const handler = type === Type.TALK ? this.talkHandlers.get(event) : undefined
    return handler ? handler(decodeBody(envelope)) : this.countUnknownTalk()
  }

  private async serve(request: Envelope): Promise<void> {
    const { event, tag } = request
    if (tag === '' || this.running.has(tag)) return
    const handler = this.requestHandlers.get(event)
    if (!handler) return this.refuse(request, new WireError('ERR_TRUSTP2P_THREAD_NO_HANDLER', 'unknown event'))
    if (this.running.size >= RUNNING_REQUESTS) return this.refuse(request, new WireError('ERR_TRUSTP2P_LIMIT_BUSY'))
    const controller = new AbortController()
    const { signal } = controller
    this.running.set(tag, controller)
    try {
      const answer = await handler(decodeBody(request), signal)
      if (!signal.aborted) this.send(Type.RESPONSE, event, answer, tag)
    } catch (error) {
      if (!signal.aborted) this.refuse(request, error)
    } finally {
      this.running.delete(tag)
    }
  }

  private refuse({ event, tag }: Envelope, cause: unknown): void {
    const code = codeOr('ERR_TRUSTP2P_THREAD_HANDLER_FAILED', isRecord(cause) ? cause.code : undefined)
    const text = cause instanceof Error ? cause.message : String(cause)
    // Half a surrogate pair at the cut would be no Unicode text.
    const error = text.slice(0, 500).replace(/\p{Surrogate}$/u, '')
    this.send(Type.RESPONSE, event.length > 256 ? '' : event, { error, code }, tag, code)
  }

  private countUnknownTalk(): void {
    const now = performance.now()
    if (now - this.unknownTalks.since > MINUTE_MS) Object.assign(this.unknownTalks, { count: 0, since: now })
    if (++this.unknownTalks.count > UNKNOWN_EVENTS) this.shut(1003, 'unknown talks')
  }

  private lookAfterPeer(): void {
    const { packages, frames, socket } = this
    const now = performance.now()
    const [framePingOpen, pingOpen] = [frames.pingedAt > frames.heardAt, packages.pingedAt > packages.heardAt]
    if (framePingOpen && now - frames.pingedAt >= FRAME_PING_MS) return socket?.terminate()
    if (pingOpen && now - packages.pingedAt >= MINUTE_MS) return this.shut(1000, 'lost driver')
    if (!framePingOpen && now - frames.heardAt >= FRAME_PING_MS) {
      frames.pingedAt = now
      socket?.ping()
    }
    // A server of 2018 answers no ping, so only a peer that has greeted is pinged.
    const wantsPings = this.options.heartbeat !== false && this.peerEncodings && !packages.peerSleeps
    if (wantsPings && !pingOpen && now - packages.heardAt >= PING_AFTER_SILENCE_MS) {
      packages.pingedAt = now
      this.ping().catch(() => undefined)
    }
    this.timer = setTimeout(() => this.lookAfterPeer(), 3_000 + Math.random() * 1_000)
  }

  private shut(code: number, reason: string): void {
    for (const controller of this.running.values()) controller.abort()
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.socket?.terminate(), CLOSE_WAIT_MS)
    this.socket?.close(code, reason)
  }

  private finish(code: number, reason: string): void {
    clearTimeout(this.timer)
    for (const controller of this.running.values()) controller.abort()
    const fault = new WireError('ERR_WIRE_CLIENT_CLOSED', `closed with ${code} ${reason}`)
    for (const settle of this.questions.values()) settle(fault)
    this.options.onClose?.(code, reason)
  }

  /** A fault in one package, such as a talk handler that throws, must not end the process. */
  private async guard(action: () => unknown): Promise<void> {
    try {
      await action()
    } catch (error) {
      this.options.onFault?.(error)
    }
  }
}
