import { P2pError } from '../errors'
import type { DriverSocket, DriverSocketReceiver } from '../driver/contract'
import type { SocketState } from '../driver/socket'
import { encodeFrame, encodingOf, PackageType } from '../wire/package'
import type { CP2pPackage, EncodedBody, Encoding } from '../wire/package'
import { GREETING_EVENT } from './greeting'
import { Inbox } from './inbox'
import type { InboxOwner } from './inbox'
import type { LinkContext } from './link-context'
import { LinkSocket } from './link-socket'
import type { SocketBacking } from './link-socket'
import { Outbox } from './outbox'
import type { OutboxOwner } from './outbox'
import { PendingTable } from './pending-table'
import type { PendingRequest } from './pending-table'
import type { RunningRequest, WireFailure } from './running-request'

/** What a link tells its node. */
export interface LinkEvents {
  onOpen(link: Link): void
  onError(error: P2pError, link: Link): void
  /** The queue fell below the high-water mark after a talk gave false. */
  onDrain(link: Link): void
  /** Called once; `wasOpen` is false for a link that broke while it greeted. */
  onClose(link: Link, wasOpen: boolean, code: number, reason: string): void
}

/** One connection and all that is under way on it. */
export class Link implements DriverSocketReceiver, SocketBacking, InboxOwner, OutboxOwner {
  readonly context: LinkContext
  readonly socket: LinkSocket
  readonly pending: PendingTable
  readonly outbox: Outbox
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly bodyDepth: number
  state: SocketState = 'greeting'
  lastReceivedAt: number
  /** Grows with each request on any link. */
  lastUse = 0
  readonly #events: LinkEvents
  readonly #driverSocket: DriverSocket
  readonly #inbox: Inbox
  #opened = false

  constructor(id: string, inbound: boolean, driverSocket: DriverSocket, context: LinkContext, events: LinkEvents) {
    this.url = driverSocket.url
    this.peer = driverSocket.peer
    this.host = driverSocket.host
    this.context = context
    this.bodyDepth = context.limits.bodyDepth
    this.lastReceivedAt = context.kit.clock.now()
    this.pending = new PendingTable(context.limits.pendingRequests)
    this.outbox = new Outbox(context, driverSocket, this)
    this.#events = events
    this.#driverSocket = driverSocket
    this.#inbox = new Inbox(context, this)
    this.socket = new LinkSocket(id, inbound, this)
  }

  get bufferedAmount(): number {
    return this.outbox.bufferedAmount
  }

  /** True while a request of the peer is handed to its handlers. */
  get isRouting(): boolean {
    return this.#inbox.isRouting
  }

  /** Greets, and is open then. Called in the tick in which the driver handed its socket over. */
  open(): void {
    this.#driverSocket.attach(this)
    this.outbox.transmit(encodeFrame(PackageType.TALK, GREETING_EVENT, this.context.greeting, ''))
    if (this.state !== 'greeting') return
    this.state = 'open'
    this.#opened = true
    this.#events.onOpen(this)
  }

  /** A request leaves on it. */
  markUsed(): void {
    this.lastUse = ++this.context.uses
  }

  /** Encodes and sends one package of ours: see Outbox.send. */
  send(type: PackageType, event: string, body: EncodedBody, tag: string): boolean {
    return this.sendFrame(encodeFrame(type, event, body, tag), encodingOf(body), tag)
  }

  /** Sends an encoded package; `encoding` is that of its body. */
  sendFrame(frame: Uint8Array, encoding: Encoding, tag = ''): boolean {
    if (this.state !== 'open') throw this.closedError()
    return this.outbox.send(frame, encoding, tag)
  }

  /** Tells the peer that nobody waits for the answer of that tag any more. */
  cancel(tag: string): void {
    if (this.state === 'open') this.outbox.cancel(tag)
  }

  answer(type: PackageType, event: string, body: EncodedBody, tag: string): void {
    if (this.state === 'open') this.outbox.answer(type, event, body, tag)
  }

  fail(failure: WireFailure): void {
    if (this.state === 'open') this.outbox.fail(failure)
  }

  onContracts(digests: ReadonlyMap<string, string>): void {
    this.context.contracts.learn(this, digests)
  }

  readAnswer(request: PendingRequest, received: CP2pPackage): void {
    this.context.contracts.readAnswer(this, request, received)
  }

  finished(request: RunningRequest): void {
    this.#inbox.finished(request)
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

  closedError(): P2pError {
    return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the socket to ${this.peer} is closed: connect again`)
  }

  onUnsent(error: P2pError, reason: string): void {
    this.#events.onError(error, this)
    this.close(1008, reason)
  }

  onUnsupported(error: P2pError, tag: string): void {
    const request = this.pending.take(tag)
    if (request === undefined) this.#events.onError(error, this)
    else request.reject(error)
  }

  onFrame(bytes: Uint8Array): void {
    const { counters, kit, tap } = this.context
    counters.framesIn++
    if (this.state === 'open') {
      this.lastReceivedAt = kit.clock.now()
      if (tap !== undefined) tap.onReceived(bytes, this.socket)
      this.#inbox.take(bytes)
    } else {
      counters.droppedFrames++
    }
  }

  onDrain(): void {
    this.#events.onDrain(this)
  }

  onError(error: P2pError): void {
    if (this.#opened) this.#events.onError(error, this)
  }

  onClose(code: number, reason: string): void {
    this.state = 'closed'
    this.outbox.clear()
    this.pending.rejectAll(() => this.closedError())
    this.#inbox.abortAll(this.closedError())
    this.#events.onClose(this, this.#opened, code, reason)
  }
}
