import { P2pError } from '../errors'
import type { DriverSocket, DriverSocketReceiver } from '../driver/contract'
import type { SocketState } from '../driver/socket'
import type { LimitsConfig } from '../config/config'
import type { Kit } from '../kit'
import { CP2pPackage, Encoding, encodeFrame, PackageType, PROTOCOL_ALT, PROTOCOL_VERSION } from '../wire/package'
import type { EncodedBody } from '../wire/package'
import type { DeliverCounters } from './counters'
import { CANCEL_EVENT, GREETING_EVENT, incompatibility, PLAIN_PEER, readGreeting } from './greeting'
import type { PeerGreeting } from './greeting'
import { LinkSocket } from './link-socket'
import type { SocketBacking } from './link-socket'
import { CP2pMessage } from './message'
import { PendingTable } from './pending-table'
import type { PendingRequest } from './pending-table'
import { RateWindow } from './rate-window'
import { responseError } from './response-error'
import { RunningRequest } from './running-request'
import type { AnswerPort } from './running-request'
import { UngreetedQueue } from './ungreeted-queue'

/** What all links of a node share. */
export interface LinkContext {
  readonly kit: Kit
  readonly limits: LimitsConfig
  readonly counters: DeliverCounters
  /** The text of our greeting. */
  readonly greeting: string
  /** Takes a message; false when nobody handles its event. */
  route(message: CP2pMessage): boolean
  onOpen(link: Link): void
  onError(error: P2pError, link: Link): void
  /** Called once; `wasOpen` is false for a link that broke while it greeted. */
  onClose(link: Link, wasOpen: boolean, code: number, reason: string): void
}

const MINUTE_MS = 60_000

/** One connection and all that is under way on it. */
export class Link implements DriverSocketReceiver, SocketBacking, AnswerPort {
  readonly context: LinkContext
  readonly socket: LinkSocket
  readonly pending: PendingTable
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly bodyDepth: number
  state: SocketState = 'greeting'
  lastReceivedAt: number
  readonly #driverSocket: DriverSocket
  readonly #running = new Map<string, RunningRequest>()
  readonly #unknownEvents: RateWindow
  readonly #ungreeted: UngreetedQueue
  #greeting: PeerGreeting | undefined
  #badFrames = 0
  #opened = false
  #drainCallbacks: (() => void)[] = []

  constructor(id: string, inbound: boolean, driverSocket: DriverSocket, context: LinkContext) {
    this.url = driverSocket.url
    this.peer = driverSocket.peer
    this.host = driverSocket.host
    this.bodyDepth = context.limits.bodyDepth
    this.lastReceivedAt = context.kit.clock.now()
    this.pending = new PendingTable(context.limits.pendingRequests)
    this.context = context
    this.#driverSocket = driverSocket
    this.#unknownEvents = new RateWindow(context.limits.unknownEvents, MINUTE_MS)
    this.#ungreeted = new UngreetedQueue(context.kit.clock, context.limits)
    this.socket = new LinkSocket(id, inbound, this)
  }

  get bufferedAmount(): number {
    return this.#driverSocket.bufferedAmount + this.#ungreeted.bytes
  }

  get runningRequests(): number {
    return this.#running.size
  }

  /** Greets, and is open then. Called in the tick in which the driver handed its socket over. */
  open(): void {
    this.#driverSocket.attach(this)
    this.#transmit(encodeFrame(PackageType.TALK, GREETING_EVENT, this.context.greeting, ''))
    if (this.state !== 'greeting') return
    this.state = 'open'
    this.#opened = true
    this.context.onOpen(this)
  }

  /**
   * Encodes and sends one package of ours. Gives false when the queue is above the high-water mark.
   * Throws ERR_TRUSTP2P_SOCKET_CLOSED, _LIMIT_SEND_QUEUE, _WIRE_TOO_LARGE or _BODY_UNSUPPORTED.
   */
  send(type: PackageType, event: string, body: EncodedBody, tag: string): boolean {
    return this.sendFrame(encodeFrame(type, event, body, tag), typeof body !== 'string', tag)
  }

  /** Sends an encoded package; `needsBytes` when its body is no JSON. */
  sendFrame(frame: Uint8Array, needsBytes: boolean, tag = ''): boolean {
    if (this.state !== 'open') throw this.closedError()
    this.#assertFrameFits(frame)
    if (this.#ungreeted.active || (needsBytes && this.#greeting === undefined)) {
      return this.#ungreeted.add(frame, needsBytes, tag, this.#driverSocket.bufferedAmount, () =>
        this.#learn(PLAIN_PEER)
      )
    }
    if (needsBytes) this.#assertReadsBytes()
    this.context.counters.framesOut++
    return this.#driverSocket.send(frame)
  }

  /** Tells the peer that nobody waits for the answer of that tag any more; peers of 2018 do not know this. */
  cancel(tag: string): void {
    if (this.state !== 'open' || this.#greeting?.current !== true) return
    this.#transmit(encodeFrame(PackageType.SYSTEM, CANCEL_EVENT, 'null', tag))
  }

  answer(type: PackageType, event: string, body: EncodedBody, tag: string, error?: string): void {
    if (this.state === 'closed' || this.state === 'closing') return
    if (typeof body !== 'string') this.#assertReadsBytes()
    const frame = encodeFrame(type, event, body, tag, error)
    this.#assertFrameFits(frame)
    this.#transmit(frame)
  }

  finished(request: RunningRequest): void {
    this.#running.delete(request.tag)
  }

  late(): void {
    this.context.counters.lateReplies++
  }

  close(code: number, reason: string): void {
    if (this.state === 'closing' || this.state === 'closed') return
    this.state = 'closing'
    this.#driverSocket.close(code, reason)
  }

  terminate(): void {
    if (this.state === 'closed') return
    this.state = 'closing'
    this.#driverSocket.terminate()
  }

  /** Calls back once when the queue fell below the high-water mark, or the link closed. */
  onceDrained(callback: () => void): void {
    this.#drainCallbacks.push(callback)
  }

  closedError(): P2pError {
    return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the socket to ${this.peer} is closed: connect again`)
  }

  onFrame(bytes: Uint8Array): void {
    const { counters, kit, limits } = this.context
    counters.framesIn++
    if (this.state !== 'open') {
      counters.droppedFrames++
      return
    }
    this.lastReceivedAt = kit.clock.now()
    if (bytes.length === 0) {
      counters.emptyFrames++
      this.#learnOnce(PLAIN_PEER)
      return
    }
    let received: CP2pPackage
    try {
      received = CP2pPackage.decode(bytes, limits)
    } catch (error) {
      this.#refuse(error)
      return
    }
    this.#receive(received)
  }

  onDrain(): void {
    const callbacks = this.#drainCallbacks
    this.#drainCallbacks = []
    for (const callback of callbacks) callback()
  }

  onError(error: P2pError): void {
    this.context.onError(error, this)
  }

  onClose(code: number, reason: string): void {
    const wasOpen = this.#opened
    this.state = 'closed'
    this.#ungreeted.clear()
    this.pending.rejectAll(() => this.closedError())
    const gone = this.closedError()
    for (const request of this.#running.values()) request.abort(gone)
    this.#running.clear()
    this.onDrain()
    this.context.onClose(this, wasOpen, code, reason)
  }

  #receive(received: CP2pPackage): void {
    if (received.version !== PROTOCOL_VERSION || received.alt !== PROTOCOL_ALT) {
      const reason = incompatibility(received.version, received.alt)
      if (reason !== undefined) return this.close(1000, reason)
    }
    if (this.#greeting === undefined && received.event !== GREETING_EVENT) this.#learn(PLAIN_PEER)
    switch (received.type) {
      case PackageType.RESPONSE:
      case PackageType.HEARTBEAT_PONG:
        return this.#settle(received)
      case PackageType.REQUEST:
      case PackageType.HEARTBEAT_PING:
        return this.#run(received)
      case PackageType.SYSTEM:
        if (received.event === CANCEL_EVENT) return this.#cancelled(received.tag)
        return this.#tell(received)
      case PackageType.TALK:
        if (received.event === GREETING_EVENT) return this.#greeted(received)
        return this.#tell(received)
    }
  }

  #greeted(received: CP2pPackage): void {
    let body: unknown
    try {
      body = received.body
    } catch (error) {
      return this.#refuse(error)
    }
    const read = readGreeting(body)
    if ('incompatible' in read) this.close(1000, read.incompatible)
    else this.#learnOnce(read.greeting)
  }

  #learnOnce(greeting: PeerGreeting): void {
    if (this.#greeting === undefined) this.#learn(greeting)
  }

  #learn(greeting: PeerGreeting): void {
    this.#greeting = greeting
    const readsBytes = greeting.encodings.has(Encoding.BYTES)
    for (const held of this.#ungreeted.takeAll()) {
      if (!held.needsBytes || readsBytes) this.#transmit(held.frame)
      else this.#dropUnsupported(held.tag)
    }
  }

  #dropUnsupported(tag: string): void {
    this.context.counters.unsupportedFrames++
    const error = this.#unsupported()
    const request = this.pending.take(tag)
    if (request !== undefined) request.reject(error)
    else this.context.onError(error, this)
  }

  #settle(received: CP2pPackage): void {
    const request = this.pending.get(received.tag)
    const pong = received.type === PackageType.HEARTBEAT_PONG
    const answers = request !== undefined && (pong ? request.type === PackageType.HEARTBEAT_PING : true)
    if (!answers) {
      this.context.counters.strayAnswers++
      return
    }
    this.pending.take(received.tag)
    this.#resolve(request, received)
  }

  #resolve(request: PendingRequest, received: CP2pPackage): void {
    let body: unknown
    try {
      const failure = responseError(received, this.#greeting ?? PLAIN_PEER)
      if (failure !== undefined) return request.reject(failure)
      body = received.body
    } catch (error) {
      return request.reject(asP2pError(error))
    }
    request.resolve(body)
  }

  #run(received: CP2pPackage): void {
    const { type, event, tag } = received
    const { counters, limits } = this.context
    if (this.#running.has(tag)) {
      counters.repeatedRequests++
      return
    }
    const request = new RunningRequest(this, type, event, tag)
    if (this.#running.size >= limits.runningRequests) {
      counters.busyRequests++
      if (type === PackageType.HEARTBEAT_PING) request.reply({ sleep: false })
      else request.fail('ERR_TRUSTP2P_LIMIT_BUSY', `${limits.runningRequests} requests of this socket run already`)
      return
    }
    this.#running.set(tag, request)
    const handled = this.context.route(new CP2pMessage(received, this.socket, request))
    if (handled || request.settled) return
    if (type === PackageType.HEARTBEAT_PING) request.reply({ sleep: false })
    else request.fail('ERR_TRUSTP2P_THREAD_NO_HANDLER', 'no thread handles this event')
  }

  #cancelled(tag: string): void {
    const cancelled = new P2pError('ERR_TRUSTP2P_REQUEST_CANCELLED', 'the asker no longer waits for the answer')
    this.#running.get(tag)?.abort(cancelled)
  }

  #tell(received: CP2pPackage): void {
    if (this.context.route(new CP2pMessage(received, this.socket, undefined))) return
    this.context.counters.unknownEvents++
    this.#countUnknown()
  }

  #countUnknown(): void {
    if (this.#unknownEvents.exceeded(this.context.kit.clock.now())) this.close(1003, 'unknown talks')
  }

  /** Counts an undecodable frame; a package of an unknown kind is answered where it asks for an answer. */
  #refuse(thrown: unknown): void {
    const error = asP2pError(thrown)
    const { counters, limits } = this.context
    if (error.code === 'ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE' || error.code === 'ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING') {
      counters.unknownKinds++
      this.#answerUnknownKind(error)
      this.#countUnknown()
      return
    }
    counters.badFrames++
    this.#badFrames++
    this.context.onError(error, this)
    if (limits.badFrames > 0 && this.#badFrames >= limits.badFrames) this.close(1002, 'undecodable frames')
  }

  #answerUnknownKind(error: P2pError): void {
    const { type, event, tag } = error.details ?? {}
    if (typeof event !== 'string' || typeof tag !== 'string') return
    const answered = type === PackageType.RESPONSE ? this.pending.take(tag) : undefined
    if (answered !== undefined) answered.reject(error)
    if (type === PackageType.RESPONSE || tag === '') return
    new RunningRequest(this, PackageType.REQUEST, event, tag).fail(error.code, error.message)
  }

  /** Sends what the peer must get: a peer that does not read it is let go. */
  #transmit(frame: Uint8Array): void {
    if (this.state === 'closed' || this.state === 'closing') return
    this.context.counters.framesOut++
    try {
      this.#driverSocket.send(frame)
    } catch (error) {
      this.context.onError(asP2pError(error), this)
      this.close(1008, 'send queue full')
    }
  }

  #assertFrameFits(frame: Uint8Array): void {
    const { frameBytes } = this.context.limits
    if (frame.length <= frameBytes) return
    throw new P2pError(
      'ERR_TRUSTP2P_WIRE_TOO_LARGE',
      `a frame of ${frame.length} bytes is longer than limits.frameBytes (${frameBytes}): send less`
    )
  }

  #assertReadsBytes(): void {
    if (this.#greeting?.encodings.has(Encoding.BYTES) !== true) throw this.#unsupported()
  }

  #unsupported(): P2pError {
    const text = `the peer ${this.peer} has not said that it reads bodies of bytes: send it a JSON body`
    return new P2pError('ERR_TRUSTP2P_BODY_UNSUPPORTED', text)
  }
}

function asP2pError(error: unknown): P2pError {
  if (error instanceof P2pError) return error
  return new P2pError('ERR_TRUSTP2P_WIRE_MALFORMED', 'the frame cannot be decoded', { cause: error })
}
