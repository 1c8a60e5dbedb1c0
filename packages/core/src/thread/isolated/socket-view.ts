import { assertCloseFrame } from '../../driver/close-frame'
import type { P2pSocket, SocketProof, SocketState } from '../../driver/socket'
import type { LiveFacts, SocketFacts } from './protocol'

/** How a view reaches its socket. */
export interface SocketLine {
  close(id: string, code: number, reason: string): void
  terminate(id: string): void
}

/** A socket as a thread in a room sees it: what the node last told of it. */
export class SocketView implements P2pSocket {
  readonly id: string
  readonly url: string
  readonly peer: string
  readonly host: string
  readonly peerId: string | undefined
  readonly formerPeerId: string | undefined
  readonly proof: SocketProof | undefined
  readonly bInbound: boolean
  readonly #line: SocketLine
  #state: SocketState
  #lastReceivedAt: number
  #bufferedAmount: number
  #full = false

  constructor(facts: SocketFacts, line: SocketLine) {
    this.id = facts.id
    this.url = facts.url
    this.peer = facts.peer
    this.host = facts.host
    this.peerId = facts.peerId
    this.formerPeerId = facts.formerPeerId
    this.proof = facts.proof
    this.bInbound = facts.inbound
    this.#line = line
    this.#state = facts.state
    this.#lastReceivedAt = facts.lastReceivedAt
    this.#bufferedAmount = facts.bufferedAmount
  }

  /** True for a view, and for nothing else. */
  static is(value: unknown): value is SocketView {
    return typeof value === 'object' && value !== null && #line in value
  }

  /** Takes what the node tells of it. */
  static update(view: SocketView, [, lastReceivedAt, bufferedAmount]: LiveFacts): void {
    view.#lastReceivedAt = lastReceivedAt
    view.#bufferedAmount = bufferedAmount
  }

  static move(view: SocketView, state: SocketState): void {
    view.#state = state
  }

  /** Whether its queue is above the high-water mark. */
  static fill(view: SocketView, full: boolean): void {
    view.#full = full
  }

  static isFull(view: SocketView): boolean {
    return view.#full
  }

  get bOutbound(): boolean {
    return !this.bInbound
  }

  get inbound(): boolean {
    return this.bInbound
  }

  get outbound(): boolean {
    return !this.bInbound
  }

  get state(): SocketState {
    return this.#state
  }

  get lastReceivedAt(): number {
    return this.#lastReceivedAt
  }

  get bufferedAmount(): number {
    return this.#bufferedAmount
  }

  close(code = 1000, reason = ''): void {
    assertCloseFrame(code, reason)
    if (this.#state === 'closing' || this.#state === 'closed') return
    this.#state = 'closing'
    this.#line.close(this.id, code, reason)
  }

  terminate(): void {
    if (this.#state === 'closed') return
    this.#state = 'closing'
    this.#line.terminate(this.id)
  }
}

/** The sockets of a node, as a room knows them. A thread that keeps a socket always meets the same object. */
export class SocketViews {
  readonly #line: SocketLine
  readonly #open = new Map<string, SocketView>()
  /** Those that are not open, for as long as the thread holds them. */
  readonly #others = new Map<string, WeakRef<SocketView>>()
  readonly #forget = new FinalizationRegistry<string>((id) => {
    if (this.#others.get(id)?.deref() === undefined) this.#others.delete(id)
  })

  constructor(line: SocketLine) {
    this.#line = line
  }

  /** The open ones, oldest first. */
  get open(): readonly SocketView[] {
    return [...this.#open.values()]
  }

  /** A socket has opened. */
  gain(facts: SocketFacts): void {
    const { id, lastReceivedAt, bufferedAmount, state } = facts
    const view = this.#find(id) ?? new SocketView(facts, this.#line)
    SocketView.update(view, [id, lastReceivedAt, bufferedAmount])
    SocketView.move(view, state)
    this.#others.delete(id)
    this.#open.set(id, view)
  }

  /** A socket has closed. */
  lose(id: string): void {
    const view = this.#open.get(id)
    if (view === undefined) return
    this.#open.delete(id)
    SocketView.move(view, 'closed')
    this.#keep(view)
  }

  /** The view of a socket that the node names. What names it may have waited while the socket closed. */
  see(facts: SocketFacts | LiveFacts): SocketView {
    if (isLive(facts)) return this.#seeOpen(facts)
    const view = this.#find(facts.id)
    if (view === undefined) return this.#keep(new SocketView(isOpen(facts) ? closed(facts) : facts, this.#line))
    const { id, lastReceivedAt, bufferedAmount, state } = facts
    SocketView.update(view, [id, lastReceivedAt, bufferedAmount])
    if (view.state !== 'closed' && (view.state !== 'closing' || state === 'closed')) SocketView.move(view, state)
    return view
  }

  update(live: readonly LiveFacts[]): void {
    for (const facts of live) {
      const view = this.#open.get(facts[0])
      if (view !== undefined) SocketView.update(view, facts)
    }
  }

  fill(id: string, full: boolean): void {
    const view = this.#open.get(id)
    if (view !== undefined) SocketView.fill(view, full)
  }

  #seeOpen(facts: LiveFacts): SocketView {
    const view = this.#find(facts[0])
    if (view === undefined) throw new TypeError(`the node names the socket ${facts[0]}, which it never told of`)
    SocketView.update(view, facts)
    return view
  }

  #keep(view: SocketView): SocketView {
    this.#others.set(view.id, new WeakRef(view))
    this.#forget.register(view, view.id)
    return view
  }

  #find(id: string): SocketView | undefined {
    return this.#open.get(id) ?? this.#others.get(id)?.deref()
  }
}

function isLive(facts: SocketFacts | LiveFacts): facts is LiveFacts {
  return Array.isArray(facts)
}

function isOpen({ state }: SocketFacts): boolean {
  return state === 'open'
}

/** An open socket that the room does not know was lost before anybody there held it. */
function closed(facts: SocketFacts): SocketFacts {
  return { ...facts, state: 'closed' }
}
