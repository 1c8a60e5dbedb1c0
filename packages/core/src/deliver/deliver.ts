import type { LimitsConfig } from '../config/config'
import { P2pError } from '../errors'
import { ContractTable } from '../contract/contract-table'
import { DESCRIPTOR_WAIT_MS } from '../contract/limits'
import type { DriverSocket } from '../driver/contract'
import type { P2pSocket } from '../driver/socket'
import { ExplainLog } from '../explain/explain-log'
import { contentTag } from '../wire/content-tag'
import { encodeBody, PackageType, TypedBody } from '../wire/package'
import { abortWith } from './abort-with'
import { assertRequestType, assertReroute, assertTalkType, assertTimeout } from './assert-options'
import { Admission } from './admission'
import { resultOf, tellAll } from './broadcast'
import { createCounters } from './counters'
import type { DeliverCounters } from './counters'
import { Deadlines } from './deadlines'
import type { AdoptOptions, DeliverOptions, OpeningTarget } from './deliver-options'
import { drainLinks } from './drain-links'
import type { DrainOptions } from './drain-links'
import { CONTRACT_EVENT, createGreeting } from './greeting'
import { IdleLinks } from './idle-links'
import { InboundCount } from './inbound-count'
import { Link } from './link'
import type { LinkEvents } from './link'
import type { FrameTap, LinkContext } from './link-context'
import { LinkSocket } from './link-socket'
import { messageControl } from './message'
import type { CP2pMessage } from './message'
import { Opening } from './opening'
import { PeerRules } from './peer-rules'
import { PeerLinks } from './peer-links'
import { RepeatableRequests } from './repeatable-requests'
import { abortedError, timeoutError } from './request-errors'
import { TrafficLimit } from './traffic-limit'
import { TwinSockets } from './twin-sockets'
import { nameOf, TypedTraffic } from './typed-traffic'
import type { EventLike, Outgoing } from './typed-traffic'
import type { BroadcastOptions, BroadcastResult, RequestOptions, TalkOptions } from './options'

/** Sends and correlates: talk, request, response, broadcast, timeouts. */
export class Deliver {
  readonly counters: DeliverCounters = createCounters()
  /** Who is let in. */
  readonly admission: Admission
  readonly #options: DeliverOptions
  readonly #contracts: ContractTable
  readonly #links = new Set<Link>()
  readonly #inbound = new InboundCount()
  readonly #peerLinks = new PeerLinks()
  /** Undefined where links may be idle for ever. */
  #idle: IdleLinks | undefined
  readonly #deadlines: Deadlines
  readonly #repeatable: RepeatableRequests
  readonly #context: LinkContext
  readonly #linkEvents: LinkEvents
  readonly #typed: TypedTraffic
  #lastId = 0
  #draining = false
  #closedWith: P2pError | undefined
  #onEmpty: (() => void) | undefined

  constructor(options: DeliverOptions) {
    const { kit, config, admit, peers, rules = new PeerRules(), contracts = new ContractTable(kit.crypto) } = options
    this.#options = options
    this.#contracts = contracts
    const { clock } = kit
    const book = peers?.book
    this.admission = new Admission({ clock, limits: config.limits, counters: this.counters, rules, book, admit })
    this.#typed = this.#createTyped()
    this.#context = this.#createContext()
    this.#linkEvents = this.#createLinkEvents()
    this.#idle = this.#createIdle()
    this.#deadlines = new Deadlines(kit.clock, (now) => this.#endDueRequests(now))
    this.#repeatable = new RepeatableRequests({
      clock: kit.clock,
      limits: config.limits,
      counters: this.counters,
      stalledMs: config.request.stalledMs,
      links: this.#links
    })
  }

  /** The limits have changed: what is made of others than before is made anew, and counts from now on. */
  limitsChanged(before: LimitsConfig): void {
    const { kit, config } = this.#options
    const { limits } = config
    if (TrafficLimit.differs(before, limits)) this.#context.traffic = TrafficLimit.of(kit.clock, limits)
    if (before.idleMs !== limits.idleMs) this.#watchIdleAnew()
  }

  #watchIdleAnew(): void {
    this.#idle?.end()
    this.#idle = this.#createIdle()
    // Those that are not open yet come with their opening.
    for (const link of this.#links) if (link.inbound && link.state === 'open') this.#idle?.add(link)
  }

  /** Lets somebody see each frame from now on, or nobody any more. */
  set tap(tap: FrameTap | undefined) {
    this.#context.tap = tap
  }

  /** A snapshot of the open sockets, oldest first. */
  get sockets(): P2pSocket[] {
    const sockets: P2pSocket[] = []
    for (const link of this.#links) if (link.isInUse) sockets.push(link.socket)
    return sockets
  }

  /** Inbound sockets that are not closed yet. */
  get inboundSockets(): number {
    return this.#inbound.total
  }

  /** Those of one network, as `networkOf` names it. */
  inboundSocketsOf(network: string): number {
    return this.#inbound.of(network)
  }

  /** Requests of ours that wait for answers, or for a server. */
  get pendingRequests(): number {
    let count = this.#repeatable.homeless
    for (const link of this.#links) count += link.pending.size
    return count
  }

  /** Requests of peers that run, those included whose socket has gone. */
  get runningRequests(): number {
    let count = this.#context.held.requests
    for (const link of this.#links) if (link.isRouting) count++
    return count
  }

  /** Makes what is said first on a connection. Throws ERR_TRUSTP2P_PROOF_OFF where a peer is pinned, and none proves itself. */
  createOpening({ dials, pinned }: OpeningTarget): Opening {
    const { kit, config, auth, program } = this.#options
    if (auth === undefined && pinned !== undefined) throw authOff(pinned)
    const { crypto } = kit
    return new Opening({
      greeting: (more) => JSON.stringify({ ...createGreeting(program, this.#contracts.digests), ...more }),
      proofs: auth && { crypto, identity: auth.identity, network: auth.network, dials, pinned },
      required: auth?.required === true || pinned !== undefined,
      frameBytes: config.limits.frameBytes
    })
  }

  /**
   * Takes a socket that a driver handed over, in the same tick. It is open unless it broke while we greeted; where peers
   * prove themselves it is open later: see `whenOpen`.
   */
  adopt(driverSocket: DriverSocket, direction: 'inbound' | 'outbound', options: AdoptOptions = {}): P2pSocket {
    const id = `s${(++this.#lastId).toString(36)}`
    const inbound = direction === 'inbound'
    const { url = driverSocket.url, opening = this.createOpening({ dials: !inbound }), probes } = options
    const link = new Link({ id, inbound, driverSocket, url, opening, probes }, this.#context, this.#linkEvents)
    this.#links.add(link)
    if (link.socket.inbound) this.#inbound.add(link.host)
    link.open()
    return link.socket
  }

  /**
   * Settles once an adopted socket is open, or the peer that it probes was reached. Rejects with
   * ERR_TRUSTP2P_SOCKET_CLOSED, _SOCKET_INCOMPATIBLE, and where the peer did not prove who it is with
   * ERR_TRUSTP2P_PROOF_FAILED, _PROOF_MISSING, _PROOF_WRONG_PEER, _PROOF_TIMEOUT or ERR_TRUSTP2P_IDENTITY_KEY_INVALID;
   * where a rule keeps it out with ERR_TRUSTP2P_RULE_DENIED, and where the program does with ERR_TRUSTP2P_ADMIT_REFUSED,
   * _ADMIT_FAILED, _ADMIT_TIMEOUT or ERR_TRUSTP2P_LIMIT_ADMISSIONS. Gives the socket that the peer is reached by: another
   * one where it had one already.
   */
  async whenOpen(socket: P2pSocket): Promise<P2pSocket> {
    const link = this.#linkBehind(socket)
    try {
      await link.whenOpen()
    } catch (error) {
      if (link.current === link) throw error
      return link.current.socket
    }
    return socket
  }

  /** Asks a peer: see RequestOptions. Rejects with a P2pError, or a TypeError for what cannot be sent. */
  request(socket: P2pSocket, event: EventLike, body: unknown, options: RequestOptions = {}): Promise<unknown> {
    let link: Link | undefined
    try {
      const type = options.type ?? PackageType.REQUEST
      assertRequestType(type)
      link = this.#linkOf(socket)
      if (options.coalesce === true || options.reroute === true) {
        assertReroute(socket, options)
        return this.#askRepeatable(link, type, this.#typed.write(event, body), options)
      }
      return this.#begin(link, type, this.#typed.write(event, body), options)
    } catch (error) {
      if (link !== undefined) notBegun(link, error, nameOf(event))
      return Promise.reject(error)
    }
  }

  /**
   * Tells a peer. Gives false when the queue is above its high-water mark. Throws ERR_TRUSTP2P_SOCKET_CLOSED,
   * _LIMIT_SEND_QUEUE, _WIRE_TOO_LARGE or _BODY_UNSUPPORTED, or a TypeError for what cannot be sent.
   */
  talk(socket: P2pSocket, event: EventLike, body: unknown, options: TalkOptions = {}): boolean {
    const type = options.type ?? PackageType.TALK
    assertTalkType(type)
    const link = this.#linkOf(socket)
    try {
      const outgoing = this.#typed.write(event, body)
      this.#typed.assertReadable(link, outgoing)
      return link.send(type, outgoing.event, outgoing.body, '')
    } catch (error) {
      if (error instanceof P2pError) link.records.unsent(error, nameOf(event))
      throw error
    }
  }

  /** Asks or tells several peers; settles when each has answered or failed. Rejects for misuse alone. */
  async broadcast(event: EventLike, body: unknown, options: BroadcastOptions = {}): Promise<BroadcastResult[]> {
    const type = options.type ?? PackageType.REQUEST
    const links = [...(options.sockets ?? this.sockets)].map((socket) => this.#linkOf(socket))
    const outgoing = this.#typed.write(event, body)
    if (type === PackageType.TALK || type === PackageType.SYSTEM)
      return tellAll(links, { type, outgoing, typed: this.#typed })
    assertRequestType(type)
    return Promise.all(links.map((link) => resultOf(link.socket, () => this.#ask(link, type, outgoing, options))))
  }

  /** From now on requests of peers are refused, and talks dropped. */
  drain(): void {
    this.#draining = true
  }

  /** Settles what is pending with `error` and closes every socket; settles when the last one is gone. */
  close(error: P2pError, code: number, reason: string): Promise<void> {
    this.drain()
    this.#closedWith = error
    this.#typed.close()
    this.#deadlines.clear()
    this.#repeatable.rejectAll(error)
    for (const link of this.#links) {
      link.pending.rejectAll(() => error)
      link.close(code, reason)
    }
    return new Promise((resolve) => {
      this.#onEmpty = resolve
      if (this.#links.size === 0) resolve()
    })
  }

  /**
   * Ends sockets in an orderly way: no request is begun on them any more, those under way may finish for `timeoutMs`,
   * then they are closed with 1001. Settles when they are gone, or could not be closed in 3 s.
   */
  drainSockets(meant: (socket: P2pSocket) => boolean, options: DrainOptions): Promise<void> {
    const links = [...this.#links].filter(({ socket }) => meant(socket))
    return drainLinks(links, this.#options.kit.clock, options)
  }

  /** The rules have changed, for one peer where it is named: sockets of who may not be here any more are closed. */
  judgeAgain(peerId?: string): void {
    for (const link of [...this.#links]) {
      if (peerId === undefined || link.peerId === peerId || link.state === 'greeting') link.judgeAgain()
    }
  }

  /** Says why a message that waited cannot be read by the contracts of now; undefined where it can, and it is read by them. */
  judge(message: CP2pMessage): P2pError | undefined | Promise<P2pError | undefined> {
    return this.#typed.judge(message)
  }

  #createIdle(): IdleLinks | undefined {
    const { kit, config } = this.#options
    const { idleMs } = config.limits
    return idleMs === 0 ? undefined : new IdleLinks(kit.clock, idleMs)
  }

  #createTyped(): TypedTraffic {
    const { kit, config, events } = this.#options
    return new TypedTraffic({
      kit,
      table: this.#contracts,
      counters: this.counters,
      limits: config.limits,
      links: this.#links,
      ask: (link, digest) => this.#askContract(link, digest),
      onWarning: (error) => events.onWarning?.(error),
      linkOf: ({ socket }) => linkBehind(socket),
      route: (message) => this.#handOver(message)
    })
  }

  #createContext(): LinkContext {
    const { kit, config, explain = new ExplainLog(kit.clock, config, 0) } = this.#options
    return {
      kit,
      limits: config.limits,
      counters: this.counters,
      explain,
      held: { requests: 0, bytes: 0 },
      uses: 0,
      tap: undefined,
      contracts: this.#typed,
      traffic: TrafficLimit.of(kit.clock, config.limits),
      admission: this.admission,
      twins: this.#createTwins(),
      peerLinks: this.#peerLinks,
      route: (message) => this.#typed.route(message)
    }
  }

  #createLinkEvents(): LinkEvents {
    const { events } = this.#options
    return {
      onOpen: (link) => this.#opened(link),
      onError: (error, link) => events.onError(error, link.socket),
      onDrain: (link) => events.onDrain(link.socket),
      onReached: (link, peerId) => this.#options.peers?.reached(link, peerId),
      onRefused: (error, link) => events.onRefused?.(error, link.socket),
      onOffence: (link, culprit) => events.onOffence?.(link.socket, culprit),
      onClose: (link, wasOpen, code, reason) => this.#closed(link, wasOpen, code, reason)
    }
  }

  #createTwins(): TwinSockets | undefined {
    const { kit, auth, closesDuplicates = false } = this.#options
    if (auth === undefined || !closesDuplicates) return undefined
    return new TwinSockets({ clock: kit.clock, ownId: auth.identity.peerId, peerLinks: this.#peerLinks })
  }

  /** The link by which the peer of a socket is reached now. */
  #linkOf(socket: P2pSocket): Link {
    return this.#linkBehind(socket).current
  }

  #linkBehind(socket: P2pSocket): Link {
    if (this.#closedWith !== undefined) throw this.#closedWith
    const link = typeof socket === 'object' && socket !== null ? linkBehind(socket) : undefined
    if (link?.context === this.#context) return link
    throw new TypeError('the first argument must be a P2pSocket of this node')
  }

  #ask(link: Link, type: PackageType, outgoing: Outgoing, options: RequestOptions): Promise<unknown> {
    try {
      return this.#begin(link, type, outgoing, options)
    } catch (error) {
      notBegun(link, error, outgoing.event)
      throw error
    }
  }

  #begin(link: Link, type: PackageType, outgoing: Outgoing, options: RequestOptions): Promise<unknown> {
    const { signal } = options
    const { event, body, typed } = outgoing
    if (signal?.aborted === true) throw abortedError(event, signal)
    if (link.state !== 'open') throw link.closedError()
    if (link.draining !== undefined) throw link.draining
    const deadline = this.#deadlineOf(options)
    this.#typed.assertReadable(link, outgoing)
    link.pending.assertRoom()
    const tag = link.pending.nextTag()
    link.send(type, event, body, tag)
    link.markUsed()
    if (deadline !== Infinity) this.#deadlines.watch(deadline)
    return new Promise((resolve, reject) => {
      link.pending.add({ tag, type, event, typed, deadline, resolve, reject })
      if (signal !== undefined) abortWith(signal, link, tag, event)
    })
  }

  #askRepeatable(
    link: Link,
    type: PackageType,
    outgoing: Outgoing,
    { coalesce = false, reroute = false, ...options }: RequestOptions
  ): Promise<unknown> {
    const { kit, config } = this.#options
    if (link.draining !== undefined) throw link.draining
    this.#typed.assertReadable(link, outgoing)
    const { event, body, typed } = outgoing
    const content = coalesce ? { type, event, body: contentOf(body) } : undefined
    const question = {
      type,
      event,
      body,
      typed,
      contentTag: content && contentTag(kit.crypto, content, config.limits.bodyDepth)
    }
    return this.#repeatable.ask(link, question, {
      deadline: this.#deadlineOf(options),
      reroute,
      signal: options.signal
    })
  }

  /** On the node's clock. */
  #deadlineOf({ timeoutMs = this.#options.config.request.timeoutMs }: RequestOptions): number {
    assertTimeout(timeoutMs)
    return timeoutMs === 0 ? Infinity : this.#options.kit.clock.now() + timeoutMs
  }

  #askContract(link: Link, digest: string): Promise<unknown> {
    const body = encodeBody({ digest })
    const outgoing = { event: CONTRACT_EVENT, body, typed: undefined }
    try {
      return this.#ask(link, PackageType.REQUEST, outgoing, { timeoutMs: DESCRIPTOR_WAIT_MS })
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #endDueRequests(now: number): number {
    let earliest = Infinity
    for (const link of this.#links) {
      const left = link.pending.takeDue(now, (request) => {
        link.cancel(request.tag)
        link.reject(request, timeoutError(request.event, link.peer))
      })
      earliest = Math.min(earliest, left)
    }
    return earliest
  }

  #handOver(message: CP2pMessage): boolean {
    const { router } = this.#options
    const refusal = message.type === PackageType.REQUEST ? linkBehind(message.socket)?.draining : undefined
    if (refusal !== undefined) {
      const { code, message: text } = refusal
      message.fail(code, text)
      return true
    }
    if (!this.#draining || message.type === PackageType.HEARTBEAT_PING) return router.route(message)
    this.counters.droppedFrames++
    messageControl.drop(message, { code: 'ERR_TRUSTP2P_NODE_CLOSED', text: 'the node is closing' })
    message.fail('ERR_TRUSTP2P_NODE_CLOSED', 'the node is closing')
    return true
  }

  #opened(link: Link): void {
    if (link.inbound) this.#idle?.add(link)
    this.#peerLinks.add(link)
    this.#context.twins?.opened(link)
    this.#options.peers?.opened(link)
    this.#options.events.onOpen(link.socket)
    if (link.socket.outbound) this.#repeatable.serverOpened()
  }

  #closed(link: Link, wasOpen: boolean, code: number, reason: string): void {
    this.#links.delete(link)
    this.#idle?.delete(link)
    this.#peerLinks.delete(link)
    if (link.socket.inbound) this.#inbound.delete(link.host)
    if (wasOpen) this.#options.peers?.closed(link)
    if (wasOpen) this.#options.events.onClose(link.socket, code, reason)
    if (this.#links.size === 0) this.#onEmpty?.()
  }
}

/** Leaves a record of a request that could not be sent. */
function notBegun(link: Link, error: unknown, event: string): void {
  if (error instanceof P2pError) link.records.requestFailed(error, { event })
}

function authOff(pinned: string): P2pError {
  const text = `the address names the peer ${pinned}, but auth is off: nobody proves here who it is`
  return new P2pError('ERR_TRUSTP2P_PROOF_OFF', text)
}

function linkBehind(socket: P2pSocket): Link | undefined {
  const backing = LinkSocket.backingOf(socket)
  return backing instanceof Link ? backing : undefined
}

/** What content a tag is made of: a typed body counts as its bytes. */
function contentOf(body: Outgoing['body']): unknown {
  if (body instanceof TypedBody) return body.bytes
  return typeof body === 'string' ? JSON.parse(body) : body
}
