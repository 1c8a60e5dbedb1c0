import { P2pError } from '../errors'
import type { BanCause, PeerBan } from './known-peer'

/** Most bans that are made by hand; and most that limits make, of which one more lets the oldest go. */
export const MOST_BANS = 10_000

/** Who is kept out until when. A ban by hand stands before one by a limit, and is never pushed out. */
export class BanList {
  readonly #byHand = new Map<string, PeerBan>()
  /** The oldest first. */
  readonly #byLimit = new Map<string, PeerBan>()
  readonly #onChange: (id: string) => void

  /** @param onChange told of each id whose ban came, changed or went */
  constructor(onChange: (id: string) => void = () => undefined) {
    this.#onChange = onChange
  }

  get size(): number {
    return this.#byHand.size + this.#byLimit.size
  }

  /** The ban of an id at `now`, in ms since 1970; undefined where it has none. */
  get(id: string, now: number): PeerBan | undefined {
    if (this.size === 0) return undefined
    const ban = this.#byHand.get(id) ?? this.#byLimit.get(id)
    if (ban === undefined || ban.until > now) return ban
    this.delete(id)
    return undefined
  }

  /** Adds a ban, in place of one of the same id. Throws ERR_TRUSTP2P_LIMIT_BANS. */
  add(ban: PeerBan): void {
    const bans = this.#listOf(ban.by)
    // Nobody has looked at them since they ended.
    if (ban.by === 'hand' && bans.size >= MOST_BANS) this.purge(ban.since)
    if (bans.size >= MOST_BANS && !bans.has(ban.id)) {
      if (ban.by === 'hand') throw tooMany(ban.id)
      for (const oldest of [...bans.keys()].slice(0, 1)) this.delete(oldest)
    }
    this.#byHand.delete(ban.id)
    this.#byLimit.delete(ban.id)
    bans.set(ban.id, ban)
    this.#onChange(ban.id)
  }

  /** Ends a ban; false where there is none. */
  delete(id: string): boolean {
    const had = [this.#byHand.delete(id), this.#byLimit.delete(id)].includes(true)
    if (had) this.#onChange(id)
    return had
  }

  /** Forgets the bans that are over at `now`. */
  purge(now: number): void {
    for (const ban of this.all()) if (ban.until <= now) this.delete(ban.id)
  }

  /** All of them, those of limits first, and of these the oldest. */
  all(): PeerBan[] {
    return [...this.#byLimit.values(), ...this.#byHand.values()]
  }

  #listOf(by: BanCause): Map<string, PeerBan> {
    return by === 'hand' ? this.#byHand : this.#byLimit
  }
}

function tooMany(id: string): P2pError {
  const text = `${id} is one ban too many: at most ${MOST_BANS} are made by hand; end some, or list networks in peers.deny`
  return new P2pError('ERR_TRUSTP2P_LIMIT_BANS', text)
}
