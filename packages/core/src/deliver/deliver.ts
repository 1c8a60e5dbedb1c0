import { P2pError } from '../errors'
import type { NodeConfig } from '../config/config'
import type { DriverSocket } from '../driver/contract'
import type { P2pSocket } from '../driver/socket'
import type { Kit } from '../kit'
import { contentTag } from '../wire/content-tag'
import { encodeBody, encodeFrame, PackageType } from '../wire/package'
import type { EncodedBody } from '../wire/package'
import { abortWith } from './abort-with'
import { assertEvent, assertRequestType, assertTalkType, assertTimeout } from './assert-options'
import { createCounters } from './counters'
import type { DeliverCounters } from './counters'
import { Deadlines } from './deadlines'
import { createGreeting } from './greeting'
import type { Program } from './greeting'
import { Link } from './link'
import type { LinkEvents } from './link'
import type { FrameTap, LinkContext } from './link-context'
import { LinkSocket } from './link-socket'
import type { CP2pMessage, Router } from './message'
import { RepeatableRequests } from './repeatable-requests'
import { abortedError, timeoutError } from './request-errors'
import type { BroadcastOptions, BroadcastResult, RequestOptions, TalkOptions } from './options'

export interface DeliverOptions {
  readonly kit: Kit
  readonly config: Pick<NodeConfig, 'limits' | 'request'>
  readonly program: Program
  readonly router: Router
  readonly events: DeliverEvents
}

/** What deliver tells of its sockets. */
export interface DeliverEvents {
  onOpen(socket: P2pSocket): void
  onError(error: P2pError, socket: P2pSocket): void
  onDrain(socket: P2pSocket): void
  onClose(socket: P2pSocket, code: number, reason: string): void
}

/** Sends and correlates: talk, request, response, broadcast, timeouts. */
export class Deliver {
  readonly counters: DeliverCounters = createCounters()
  readonly #options: DeliverOptions
  readonly #links = new Set<Link>()
  readonly #deadlines: Deadlines
  readonly #repeatable: RepeatableRequests
  readonly #context: LinkContext
  readonly #linkEvents: LinkEvents
  #lastId = 0
  #draining = false
  #closedWith: P2pError | undefined
  #onEmpty: (() => void) | undefined

  constructor(options: DeliverOptions) {
    const { kit, config, events } = options
    this.#options = options
    this.#context = {
      kit,
      limits: config.limits,
      counters: this.counters,
      held: { requests: 0, bytes: 0 },
      uses: 0,
      greeting: JSON.stringify(createGreeting(options.program)),
      tap: undefined,
      route: (message) => this.#route(message)
    }
    this.#linkEvents = {
      onOpen: (link) => this.#opened(link),
      onError: (error, link) => events.onError(error, link.socket),
      onDrain: (link) => events.onDrain(link.socket),
      onClose: (link, wasOpen, code, reason) => this.#closed(link, wasOpen, code, reason)
    }
    this.#deadlines = new Deadlines(kit.clock, (now) => this.#endDueRequests(now))
    this.#repeatable = new RepeatableRequests({
      clock: kit.clock,
      limits: config.limits,
      counters: this.counters,
      stalledMs: config.request.stalledMs,
      links: this.#links
    })
  }

  /** Lets somebody see each frame from now on, or nobody any more. */
  set tap(tap: FrameTap | undefined) {
    this.#context.tap = tap
  }

  /** A snapshot of the open sockets, oldest first. */
  get sockets(): P2pSocket[] {
    const sockets: P2pSocket[] = []
    for (const link of this.#links) if (link.state === 'open') sockets.push(link.socket)
    return sockets
  }

  /** Inbound sockets that are not closed yet. */
  get inboundSockets(): number {
    let count = 0
    for (const link of this.#links) if (link.socket.inbound) count++
    return count
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

  /** Takes a socket that a driver handed over, in the same tick. It is open unless it broke while we greeted. */
  adopt(driverSocket: DriverSocket, direction: 'inbound' | 'outbound'): P2pSocket {
    const id = `s${(++this.#lastId).toString(36)}`
    const link = new Link(id, direction === 'inbound', driverSocket, this.#context, this.#linkEvents)
    this.#links.add(link)
    link.open()
    return link.socket
  }

  /** Asks a peer: see RequestOptions. Rejects with a P2pError, or a TypeError for what cannot be sent. */
  request(socket: P2pSocket, event: string, body: unknown, options: RequestOptions = {}): Promise<unknown> {
    try {
      const type = options.type ?? PackageType.REQUEST
      assertRequestType(type)
      const link = this.#linkOf(socket)
      if (options.coalesce === true || options.reroute === true) {
        return this.#askRepeatable(link, type, assertEvent(event), body, options)
      }
      return this.#ask(link, type, assertEvent(event), this.#encode(body), options)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Tells a peer. Gives false when the queue is above its high-water mark. Throws ERR_TRUSTP2P_SOCKET_CLOSED,
   * _LIMIT_SEND_QUEUE, _WIRE_TOO_LARGE or _BODY_UNSUPPORTED, or a TypeError for what cannot be sent.
   */
  talk(socket: P2pSocket, event: string, body: unknown, options: TalkOptions = {}): boolean {
    const type = options.type ?? PackageType.TALK
    assertTalkType(type)
    return this.#linkOf(socket).send(type, assertEvent(event), this.#encode(body), '')
  }

  /** Asks or tells several peers; settles when each has answered or failed. Rejects for misuse alone. */
  async broadcast(event: string, body: unknown, options: BroadcastOptions = {}): Promise<BroadcastResult[]> {
    const type = options.type ?? PackageType.REQUEST
    const encoded = this.#encode(body)
    const links = [...(options.sockets ?? this.sockets)].map((socket) => this.#linkOf(socket))
    assertEvent(event)
    if (type === PackageType.TALK || type === PackageType.SYSTEM) return tellAll(links, type, event, encoded)
    assertRequestType(type)
    return Promise.all(links.map((link) => this.#askOne(link, type, event, encoded, options)))
  }

  /** From now on requests of peers are refused, and talks dropped. */
  drain(): void {
    this.#draining = true
  }

  /** Settles what is pending with `error` and closes every socket; settles when the last one is gone. */
  close(error: P2pError, code: number, reason: string): Promise<void> {
    this.drain()
    this.#closedWith = error
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

  #linkOf(socket: P2pSocket): Link {
    if (this.#closedWith !== undefined) throw this.#closedWith
    const backing = typeof socket === 'object' && socket !== null ? LinkSocket.backingOf(socket) : undefined
    if (backing instanceof Link && backing.context === this.#context) return backing
    throw new TypeError('the first argument must be a P2pSocket of this node')
  }

  #encode(body: unknown): EncodedBody {
    return encodeBody(body, this.#options.config.limits.bodyDepth)
  }

  #ask(link: Link, type: PackageType, event: string, body: EncodedBody, options: RequestOptions): Promise<unknown> {
    const { signal } = options
    if (signal?.aborted === true) throw abortedError(event, signal)
    if (link.state !== 'open') throw link.closedError()
    const deadline = this.#deadlineOf(options)
    link.pending.assertRoom()
    const tag = link.pending.nextTag()
    link.send(type, event, body, tag)
    link.markUsed()
    if (deadline !== Infinity) this.#deadlines.watch(deadline)
    return new Promise((resolve, reject) => {
      link.pending.add({ tag, type, event, deadline, resolve, reject })
      if (signal !== undefined) abortWith(signal, link, tag, event)
    })
  }

  #askRepeatable(
    link: Link,
    type: PackageType,
    event: string,
    body: unknown,
    { coalesce = false, reroute = false, ...options }: RequestOptions
  ): Promise<unknown> {
    const { kit, config } = this.#options
    if (reroute && link.socket.inbound)
      throw new TypeError('reroute needs an outbound socket, not one of a peer that dialled us')
    const contentTagOfIt = coalesce ? contentTag(kit.crypto, { type, event, body }, config.limits.bodyDepth) : undefined
    const question = { type, event, body: this.#encode(body), contentTag: contentTagOfIt }
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

  async #askOne(
    link: Link,
    type: PackageType,
    event: string,
    body: EncodedBody,
    options: RequestOptions
  ): Promise<BroadcastResult> {
    const { socket } = link
    try {
      return { socket, status: 'answered', body: await this.#ask(link, type, event, body, options) }
    } catch (error) {
      if (error instanceof P2pError) return { socket, status: 'failed', error }
      throw error
    }
  }

  #endDueRequests(now: number): number {
    let earliest = Infinity
    for (const link of this.#links) {
      const left = link.pending.takeDue(now, (request) => {
        link.cancel(request.tag)
        request.reject(timeoutError(request.event, link.peer))
      })
      earliest = Math.min(earliest, left)
    }
    return earliest
  }

  #route(message: CP2pMessage): boolean {
    const { router } = this.#options
    if (!this.#draining || message.type === PackageType.HEARTBEAT_PING) return router.route(message)
    this.counters.droppedFrames++
    message.fail('ERR_TRUSTP2P_NODE_CLOSED', 'the node is closing')
    return true
  }

  #opened(link: Link): void {
    this.#options.events.onOpen(link.socket)
    if (link.socket.outbound) this.#repeatable.serverOpened()
  }

  #closed(link: Link, wasOpen: boolean, code: number, reason: string): void {
    this.#links.delete(link)
    if (wasOpen) this.#options.events.onClose(link.socket, code, reason)
    if (this.#links.size === 0) this.#onEmpty?.()
  }
}

function tellAll(links: readonly Link[], type: PackageType, event: string, body: EncodedBody): BroadcastResult[] {
  const frame = encodeFrame(type, event, body, '')
  return links.map((link) => {
    const { socket } = link
    try {
      link.sendFrame(frame, typeof body !== 'string')
      return { socket, status: 'sent' }
    } catch (error) {
      if (error instanceof P2pError) return { socket, status: 'failed', error }
      throw error
    }
  })
}
