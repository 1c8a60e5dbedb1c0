import type { Clock, TimerHandle } from '../kit'
import { shownUrl } from '../driver/canonical-url'
import type { P2pError } from '../errors'
import { readPinned } from '../identity/pinned-address'
import type { Store } from '../store'
import { BookKeeper, unsaved } from './book-keeper'
import { pageKey } from './book-pages'
import type { BanOptions, KnownPeer, NodePeers, PeerBan, PeerQuery } from './known-peer'
import { readPeerQuery, spreadOver } from './peer-query'
import { PeerBook } from './peer-book'
import type { BlameResult, PeerBookLimits } from './peer-book'
import type { Meeting } from './peer-table'

/** Time between two looks at what open sockets have counted, and between two writes, in ms. */
export const FOLD_MS = 5_000

/** Least time between two looks for what is over, in ms. */
export const PURGE_MS = 600_000

/** An open socket, as far as it tells what its peer is worth. */
export interface CountedLink {
  /** Undefined for a peer that has not proved who it is. */
  readonly peerId: string | undefined
  readonly host: string
  readonly url: string
  readonly inbound: boolean
  /** Messages of the peer that a thread took, and its answers, since they were last asked for: they begin anew. */
  takeGood(): number
}

export interface PeerDeskOptions {
  readonly clock: Clock
  readonly limits: PeerBookLimits
  /** True for a peer that a rule keeps out [none is]. */
  readonly denies?: ((peerId: string) => boolean) | undefined
  /** Somebody was banned: who is open may have no place any more. */
  readonly onBan: () => void
  readonly onWarning: (error: P2pError) => void
}

/** Keeps the peer book of a node: from its sockets to its store, and for who asks. */
export class PeerDesk implements NodePeers {
  readonly book: PeerBook
  readonly #options: PeerDeskOptions
  readonly #links = new Set<CountedLink>()
  #keeper: BookKeeper | undefined
  /** While the store is read. */
  #opening: Promise<void> | undefined
  #timer: TimerHandle | undefined
  #purgedAt: number
  #isClosed = false

  constructor(options: PeerDeskOptions) {
    this.#options = options
    this.#purgedAt = options.clock.now()
    this.book = new PeerBook(options.clock, options.limits, (key) => this.#changed(key))
  }

  /**
   * Reads what the store has; from then on it is written there. A store that fails is told of as a warning, and the book
   * lasts as long as the node. One that is new is not read: it is opened when there is something to write. Never rejects.
   */
  async open(store: Store, { isNew = false }: { readonly isNew?: boolean } = {}): Promise<void> {
    this.#keeper = new BookKeeper(store, this.book, this.#options.onWarning)
    if (isNew) return
    this.#opening = this.#load(this.#keeper)
    await this.#opening
    this.#opening = undefined
  }

  /** A socket is open now. */
  opened(link: CountedLink): void {
    this.#note(link, link.takeGood())
    this.#links.add(link)
    this.#planLook()
  }

  /** A socket that was open is gone. */
  closed(link: CountedLink): void {
    if (this.#links.delete(link)) this.#note(link, link.takeGood())
  }

  /** A peer that was dialled to see whether it is there has proved who it is, and is hung up on. */
  reached(link: Pick<CountedLink, 'host' | 'url' | 'inbound'>, peerId: string): void {
    this.book.note(peerId, meetingOf(link))
  }

  /** A proved peer broke the protocol, or a limit. */
  blame(peerId: string, host: string): BlameResult {
    const result = this.book.blamePeer(peerId, { host })
    if (result === 'banned') void this.#keeper?.write()
    return result
  }

  list(query: PeerQuery = {}): KnownPeer[] {
    const { dialable = false, spread = false, limit } = readPeerQuery(query)
    this.#bringUpToDate()
    const known = this.book.list()
    const wanted = dialable ? known.filter((peer) => this.#isDialable(peer)) : known
    return (spread ? spreadOver(wanted) : wanted).slice(0, limit)
  }

  get(peer: string): KnownPeer | undefined {
    this.#bringUpToDate()
    return this.book.get(peer)
  }

  async ban(peer: string, options: BanOptions = {}): Promise<PeerBan> {
    if (this.#opening !== undefined) await this.#opening
    const ban = this.book.ban(peer, options)
    this.#options.onBan()
    await this.#written(ban.id, ['ban'])
    return ban
  }

  async unban(peer: string): Promise<boolean> {
    if (this.#opening !== undefined) await this.#opening
    const known = this.book.get(peer)
    const wasBanned = this.book.unban(peer)
    if (known !== undefined && wasBanned) await this.#written(known.id, ['ban', known.kind])
    return wasBanned
  }

  async forget(peer: string): Promise<boolean> {
    if (this.#opening !== undefined) await this.#opening
    const known = this.book.get(peer)
    const wasKnown = this.book.forget(peer)
    if (known !== undefined) await this.#written(known.id, ['ban', known.kind])
    return wasKnown
  }

  /** Writes what waits, as far as the store takes it. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#timer !== undefined) this.#options.clock.clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#opening
    await this.#keeper?.close()
  }

  #isDialable({ id, addresses }: KnownPeer): boolean {
    const { denies = () => false } = this.#options
    return addresses.length > 0 && this.book.objectionTo(id) === undefined && !denies(id)
  }

  async #load(keeper: BookKeeper): Promise<void> {
    try {
      await keeper.load()
      this.#planLook()
    } catch (error) {
      // What was not read must not be written over.
      this.#keeper = undefined
      this.#options.onWarning(unsaved('could not be read, and is not kept', error))
    }
  }

  async #written(id: string, kinds: readonly ('ban' | 'peer' | 'host')[]): Promise<void> {
    this.#fold()
    await this.#keeper?.writeNow(kinds.map((kind) => pageKey(kind, id)))
  }

  #changed(key: string): void {
    this.#keeper?.mark(key)
    this.#planLook()
  }

  /** Takes what open sockets have counted. */
  #fold(): void {
    for (const link of this.#links) {
      const good = link.takeGood()
      if (good > 0) this.#note(link, good)
    }
  }

  #note(link: CountedLink, good: number): void {
    if (link.peerId !== undefined) this.book.note(link.peerId, meetingOf(link), good)
    this.book.creditHost(link.host, good)
  }

  /**
   * Nobody waits for what is over, or has no room since a limit was lowered, to be forgotten: a node without sockets looks
   * for it when it is asked.
   */
  #bringUpToDate(): void {
    this.#fold()
    const now = this.#options.clock.now()
    if (now - this.#purgedAt < PURGE_MS) return
    this.#purgedAt = now
    this.book.settle()
  }

  #planLook(): void {
    if (this.#isClosed || this.#timer !== undefined) return
    if (this.#links.size === 0 && this.#keeper?.isBehind !== true) return
    this.#timer = this.#options.clock.setTimeout(() => this.#look(), FOLD_MS)
  }

  #look(): void {
    this.#timer = undefined
    this.#bringUpToDate()
    void this.#keeper?.write()
    this.#planLook()
  }
}

function meetingOf({ host, url, inbound }: Pick<CountedLink, 'host' | 'url' | 'inbound'>): Meeting {
  return inbound ? { host } : { host, address: shownUrl(readPinned(url).url) }
}
