import { P2pError } from '../errors'
import { CLOSED_ABNORMALLY } from '../driver/close-frame'
import type { DriverSocket, DriverSocketReceiver } from '../driver/contract'
import type { SocketProof, SocketState } from '../driver/socket'
import { SEAL_BYTES } from '../identity/sealed-records'
import { networkOf } from '../network-of'
import { printable } from '../printable'
import { encodeFrame, encodingOf, PackageType } from '../wire/package'
import type { CP2pPackage, EncodedBody, Encoding } from '../wire/package'
import type { Refusal } from './admission'
import { Entrance } from './entrance'
import type { Admitted, EntranceOwner } from './entrance'
import { Inbox } from './inbox'
import type { InboxOwner } from './inbox'
import type { Culprit } from './deliver-options'
import type { LinkContext } from './link-context'
import { endCause, LinkRecords } from './link-records'
import type { EndCause } from './link-records'
import { LinkSocket } from './link-socket'
import type { SocketBacking } from './link-socket'
import type { Opening } from './opening'
import { Outbox } from './outbox'
import type { OutboxOwner } from './outbox'
import { PendingTable } from './pending-table'
import type { PendingRequest } from './pending-table'
import type { RunningRequest, WireFailure } from './running-request'
import { SealedLine } from './sealed-line'
import type { SealedLineOwner } from './sealed-line'
import type { TrafficKey } from './traffic-limit'
import { twinRefusal } from './twin-sockets'

/** What a link tells its node. */
export interface LinkEvents {
  onOpen(link: Link): void
  onError(error: P2pError, link: Link): void
  /** The queue fell below the high-water mark after a talk gave false. */
  onDrain(link: Link): void
  /** The peer, or somebody between, broke the protocol, or a limit: the link closes. */
  onOffence(link: Link, culprit: Culprit): void
  /** A peer that was probed has proved itself; `onClose` follows. */
  onReached(link: Link, peerId: string): void
  /** The peer is not let in; `onClose` follows. */
  onRefused(error: P2pError, link: Link): void
  /** Called once; `wasOpen` is false for a link that broke while it greeted. */
  onClose(link: Link, wasOpen: boolean, code: number, reason: string): void
}

/** What a link is made of. */
export interface LinkOptions {
  readonly id: string
  readonly inbound: boolean
  readonly driverSocket: DriverSocket
  /** What was dialled, or the listener. */
  readonly url: string
  readonly opening: Opening
  /** True where it is never to open: it ends once the peer has proved who it is [false]. */
  readonly probes?: boolean | undefined
}

/** For what a peer is not let in, and is to blame. */
const OFFENCES: ReadonlySet<string> = new Set(['ERR_TRUSTP2P_PROOF_FAILED', 'ERR_TRUSTP2P_LIMIT_GREETING'])

const CLOSING = 'a frame came while the socket was closing, and was dropped'
const LATE = 'a handler answered after the asker had gone, or a second time: nothing was sent'

/** One connection and all that is under way on it. */
export class Link
  implements DriverSocketReceiver, SocketBacking, InboxOwner, OutboxOwner, EntranceOwner, SealedLineOwner
{
  readonly context: LinkContext
  readonly socket: LinkSocket
  readonly pending: PendingTable
  readonly outbox: Outbox
  readonly records: LinkRecords
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly network: string
  readonly inbound: boolean
  readonly probes: boolean
  readonly bodyDepth: number
  readonly frameBytes: number
  state: SocketState = 'greeting'
  peerId: string | undefined
  formerPeerId: string | undefined
  proof: SocketProof | undefined
  lastReceivedAt: number
  /** Messages that came or left so far, heartbeats apart. */
  exchanges = 0
  /** Grows with each request on any link. */
  lastUse = 0
  good = 0
  /** Why no request is begun on it any more, ours or the peer's: its driver leaves, or the node does for a while. */
  draining: P2pError | undefined
  /** The socket of the same peer that takes its place: no request of ours is begun on it any more. */
  successor: Link | undefined
  readonly #events: LinkEvents
  readonly #driverSocket: DriverSocket
  readonly #inbox: Inbox
  /** Until the peer is let in: what it holds is of no use then. */
  #opening: Opening | undefined
  /** We can prove ourselves on it. */
  #canProve = false
  #entrance: Entrance | undefined
  #sealed: SealedLine | undefined
  /** Who waits for it to be open. */
  #waiting: ((error?: P2pError) => void) | undefined
  /** Why the peer was not let in. */
  #refusal: P2pError | undefined
  /** Who waits for something on it to end. */
  #onEnd: (() => void) | undefined
  #nextEnd: Promise<void> | undefined
  #opened = false
  #reached = false
  /** Whose rate what comes counts for: that of the peer, once it is proved, else of its host. */
  #sender: string

  constructor(options: LinkOptions, context: LinkContext, events: LinkEvents) {
    const { id, inbound, driverSocket, url, opening, probes = false } = options
    this.url = url
    this.inbound = inbound
    this.probes = probes
    this.#opening = opening
    this.peer = driverSocket.peer
    this.host = driverSocket.host
    this.network = networkOf(driverSocket.host)
    this.#sender = this.network
    this.context = context
    this.bodyDepth = context.limits.bodyDepth
    this.frameBytes = context.limits.frameBytes
    this.lastReceivedAt = context.kit.clock.now()
    this.pending = new PendingTable(context.limits.pendingRequests)
    this.records = new LinkRecords(context.explain, this)
    this.outbox = new Outbox(context, driverSocket, this)
    this.#events = events
    this.#driverSocket = driverSocket
    this.#inbox = new Inbox(context, this)
    this.socket = new LinkSocket(id, inbound, this)
  }

  get id(): string {
    return this.socket.id
  }

  get bufferedAmount(): number {
    return this.outbox.bufferedAmount
  }

  /** True while a request of the peer is handed to its handlers. */
  get isRouting(): boolean {
    return this.#inbox.isRouting
  }

  /** True while no request is under way on it, ours or the peer's. */
  get isQuiet(): boolean {
    return this.pending.size === 0 && this.#inbox.runningRequests === 0
  }

  /** Settles when something that is under way on it has ended, or it is closed: look then what is left. */
  nextEnd(): Promise<void> {
    this.#nextEnd ??= new Promise((resolve) => {
      this.#onEnd = () => {
        this.#onEnd = undefined
        this.#nextEnd = undefined
        this.pending.onEmpty = undefined
        resolve()
      }
      this.pending.onEmpty = this.#onEnd
    })
    return this.#nextEnd
  }

  /** The link by which its peer is reached now: itself, unless another one has taken its place. */
  get current(): Link {
    return this.successor?.state === 'open' ? this.successor.current : this
  }

  /** True while it is the way to its peer. */
  get isInUse(): boolean {
    return this.state === 'open' && this.current === this
  }

  /**
   * Greets, and is open then; where peers prove themselves, once this one has, or is known not to. Called in the tick in
   * which the driver handed its socket over.
   */
  open(): void {
    const opening = this.#opening
    if (opening === undefined) return
    const own = opening.frame(this.#driverSocket.exporter)
    this.#canProve = opening.handshake !== undefined
    const entrance = new Entrance(this.context, { opening, own }, this)
    this.#entrance = entrance
    this.#driverSocket.attach(this)
    const refusal = this.context.admission.judgeHost(this)
    if (refusal !== undefined) return this.refuse(refusal)
    if (opening.isSent) this.outbox.sent(own)
    else this.outbox.transmit(own)
    if (!this.#canProve && this.state === 'greeting') entrance.passUnproved()
  }

  /**
   * Settles once it is open, or the peer that it probes was reached; rejects with why the peer was refused, or with
   * ERR_TRUSTP2P_SOCKET_CLOSED.
   */
  whenOpen(): Promise<void> {
    if (this.#opened || this.#reached) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const settle = (error?: P2pError): void => (error === undefined ? resolve() : reject(error))
      if (this.state === 'closed') settle(this.#openingError(CLOSED_ABNORMALLY, ''))
      else this.#waiting = settle
    })
  }

  takeGood(): number {
    const { good } = this
    this.good = 0
    return good
  }

  transmit(frame: Uint8Array): void {
    this.outbox.transmit(frame)
  }

  /** The peer is let in. Its greeting is read before anybody is told, so that it gets what it reads. */
  admit({ proven, peerFrameBytes, greeting, held }: Admitted): void {
    this.#entrance = undefined
    this.#opening = undefined
    if (proven !== undefined) {
      this.peerId = proven.peerId
      this.#sender = proven.peerId
      this.formerPeerId = proven.succession?.from
      this.proof = proven.proof
    }
    if (proven?.ciphers !== undefined && this.state === 'greeting') {
      const { kit, limits } = this.context
      const options = { kit, limits, ciphers: proven.ciphers, peerFrameBytes: peerFrameBytes ?? limits.frameBytes }
      this.#sealed = new SealedLine(this.#driverSocket, options, this)
      this.outbox.redirect(this.#sealed, SEAL_BYTES)
    }
    this.#opens(greeting)
    for (const frame of held) this.onFrame(frame)
  }

  reached(peerId: string): void {
    if (this.state !== 'greeting') return
    this.#reached = true
    this.#waiting?.()
    this.#waiting = undefined
    this.records.reached()
    this.close(1000, 'reached')
    this.#events.onReached(this, peerId)
  }

  refusalOf(peerId: string): Refusal | undefined {
    if (this.inbound) return this.#crowdRefusal(peerId)
    this.successor = this.context.twins?.rivalOf(this, peerId)
    return this.successor && twinRefusal({ peer: this.peer, peerId })
  }

  #crowdRefusal(peerId: string): Refusal | undefined {
    const { limits, peerLinks } = this.context
    const most = limits.inboundSocketsPerPeer
    if (most === 0 || peerLinks.of(peerId).filter(({ inbound }) => inbound).length < most) return undefined
    return tooManyOf(peerId, most)
  }

  /** The rules have changed: who may not be here any more goes. */
  judgeAgain(): void {
    if (this.state === 'greeting') return this.#entrance?.judgeAgain()
    const refusal = this.state === 'open' ? this.context.admission.judge(this) : undefined
    if (refusal === undefined) return
    this.#events.onError(refusal.error, this)
    this.close(refusal.code, refusal.reason, endCause(refusal.error))
  }

  /** The peer is not let in. */
  refuse(refusal: Refusal): void {
    const { error, code, reason } = refusal
    this.#refusal = error
    this.records.refused(refusal)
    if (this.successor === undefined) this.#events.onRefused(error, this)
    if (OFFENCES.has(error.code)) this.punish(code, reason)
    else this.close(code, reason)
  }

  /** Where we can prove ourselves, and the greeting of the peer said nothing of it, somebody has altered the greeting. */
  onLateProof(): boolean {
    if (!this.#canProve || this.proof !== undefined) return false
    this.context.counters.failedProofs++
    const text = `${this.peer} sent a proof that its greeting did not offer: somebody between has altered the greeting`
    this.#end(new P2pError('ERR_TRUSTP2P_PROOF_FAILED', text), { code: 1008, reason: 'proof failed' })
    return true
  }

  #opens(greeting: Uint8Array | undefined): void {
    if (this.state !== 'greeting') return
    this.state = 'open'
    this.lastReceivedAt = this.context.kit.clock.now()
    if (greeting !== undefined) this.#receive(greeting)
    if (!this.#isOpen) return
    this.#opened = true
    this.#events.onOpen(this)
    this.#waiting?.()
    this.#waiting = undefined
  }

  /** What was received may have closed it. */
  get #isOpen(): boolean {
    return this.state === 'open'
  }

  /** A request leaves on it. */
  markUsed(): void {
    this.lastUse = ++this.context.uses
  }

  /** Encodes and sends one package of ours: see Outbox.send. */
  send(type: PackageType, event: string, body: EncodedBody, tag: string): boolean {
    if (type !== PackageType.HEARTBEAT_PING) this.exchanges++
    return this.#send(encodeFrame(type, event, body, tag), encodingOf(body), tag)
  }

  /** Sends an encoded package without a tag; `encoding` is that of its body. */
  sendFrame(frame: Uint8Array, encoding: Encoding): boolean {
    this.exchanges++
    return this.#send(frame, encoding, '')
  }

  #send(frame: Uint8Array, encoding: Encoding, tag: string): boolean {
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
    if (this.state !== 'open') return
    this.records.add({ stage: 'answer', ...failure })
    this.outbox.fail(failure)
  }

  onContracts(digests: ReadonlyMap<string, string>): void {
    this.context.contracts.learn(this, digests)
  }

  readAnswer(request: PendingRequest, received: CP2pPackage): void {
    this.context.contracts.readAnswer(this, request, received)
  }

  finished(request: RunningRequest): void {
    this.#inbox.finished(request)
    this.#onEnd?.()
  }

  late({ event, tag }: RunningRequest): void {
    this.context.counters.lateReplies++
    this.records.add({ stage: 'answer', code: 'ERR_TRUSTP2P_REQUEST_CANCELLED', text: LATE, event, tag })
  }

  close(code: number, reason: string, why?: EndCause): void {
    if (this.state === 'closing' || this.state === 'closed') return
    this.state = 'closing'
    this.records.ending(code, reason, why)
    this.#entrance?.clear()
    this.#sealed?.close()
    this.#driverSocket.close(code, reason)
  }

  terminate(): void {
    if (this.state === 'closed') return
    this.state = 'closing'
    this.records.ending(CLOSED_ABNORMALLY, '')
    this.#entrance?.clear()
    this.#sealed?.drop()
    this.#driverSocket.terminate()
  }

  punish(code: number, reason: string, why?: EndCause): void {
    if (this.state === 'closing' || this.state === 'closed') return
    this.close(code, reason, why)
    this.#events.onOffence(this, 'peer')
  }

  closedError(): P2pError {
    return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the socket to ${this.peer} is closed: connect again`)
  }

  onUnsent(error: P2pError, reason: string): void {
    // The peer has closed: what it said before that still comes, and `onClose` behind it.
    if (this.state === 'open' && error.code === 'ERR_TRUSTP2P_SOCKET_CLOSED') return
    this.#events.onError(error, this)
    this.close(1008, reason, endCause(error))
  }

  onUnsupported(error: P2pError, tag: string): void {
    const request = this.pending.take(tag)
    if (request !== undefined) return this.reject(request, error)
    this.records.unsent(error)
    this.#events.onError(error, this)
  }

  reject(request: PendingRequest, error: P2pError): void {
    this.records.requestFailed(error, request)
    request.reject(error)
  }

  onFrame(bytes: Uint8Array): void {
    if (this.#sealed !== undefined) this.#open(bytes, this.#sealed)
    else if (this.#entrance === undefined) this.#receive(bytes)
    else this.#entrance.take(bytes)
  }

  #open(record: Uint8Array, sealed: SealedLine): void {
    if (this.state !== 'open') return this.#drop()
    const count = sealed.open(record, this.#receive)
    if (count === 0) this.#onBrokenSeal()
    else if (count > 1) this.#driverSocket.onShared?.(count - 1)
  }

  /** Nothing behind it would open either. */
  #onBrokenSeal(): void {
    this.context.counters.brokenSeals++
    const text = `what ${this.peer} sealed came altered, repeated or out of order: the connection is closed`
    const error = new P2pError('ERR_TRUSTP2P_PROOF_SEAL_BROKEN', text)
    this.#events.onError(error, this)
    this.close(1002, 'sealed frame broken', endCause(error))
    this.#events.onOffence(this, 'host')
  }

  /** The peer is to blame for it. */
  #end(error: P2pError, { code, reason, limit }: { code: number; reason: string; limit?: string }): void {
    this.#events.onError(error, this)
    this.punish(code, reason, { ...endCause(error), limit })
  }

  #drop(): void {
    this.context.counters.droppedFrames++
    this.records.dropped('ERR_TRUSTP2P_SOCKET_CLOSED', CLOSING)
  }

  readonly #receive = (bytes: Uint8Array): void => {
    const { counters, kit, tap, traffic } = this.context
    counters.framesIn++
    if (this.state !== 'open') return this.#drop()
    const limit = traffic?.exceededBy(this.#sender, bytes.length)
    if (limit !== undefined) this.#onTooMuch(limit)
    else {
      this.lastReceivedAt = kit.clock.now()
      if (tap !== undefined) tap.onReceived(bytes, this.socket)
      this.#inbox.take(bytes)
    }
  }

  #onTooMuch(limit: TrafficKey): void {
    const text = `${this.peer} sends more than ${limit}: the connection is closed`
    this.context.counters.limitedFrames++
    this.#end(new P2pError('ERR_TRUSTP2P_LIMIT_TRAFFIC', text), { code: 1008, reason: 'sends too much', limit })
  }

  onDrain(): void {
    this.#events.onDrain(this)
  }

  onBadFrame(error: P2pError): void {
    if (this.#opened) this.#events.onError(error, this)
  }

  onError(error: P2pError): void {
    this.records.broke(error)
    if (error.code === 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED') {
      // What lies around sealed frames is nobody's proved word.
      this.#events.onOffence(this, this.#sealed === undefined ? 'peer' : 'host')
    }
    if (this.#opened) this.#events.onError(error, this)
  }

  onClose(code: number, reason: string): void {
    this.state = 'closed'
    this.#entrance?.clear()
    this.#sealed?.drop()
    this.#waiting?.(this.#openingError(code, reason))
    this.outbox.clear()
    this.records.ended(this.#opened, code, reason)
    this.pending.rejectAll((request) => this.#lost(request))
    this.#inbox.abortAll(this.closedError())
    this.#onEnd?.()
    this.#events.onClose(this, this.#opened, code, reason)
  }

  #lost(request: PendingRequest): P2pError {
    const error = this.closedError()
    this.records.requestFailed(error, request)
    return error
  }

  /** Why it closed before it was open. */
  #openingError(code: number, reason: string): P2pError {
    const said = reason === '' ? `${code}` : `${code} ${printable(reason)}`
    const text = `${this.url} closed the connection while we greeted: ${said}`
    return this.#refusal ?? new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', text, { details: { code, reason } })
  }
}

function tooManyOf(peerId: string, most: number): Refusal {
  const text = `${peerId} has ${most} sockets to this node already (limits.inboundSocketsPerPeer)`
  const error = new P2pError('ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS', text)
  return { error, code: 1013, reason: 'too many connections of your peer', peerId }
}
