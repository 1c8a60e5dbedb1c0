import { KeepAlive } from '../driver/keep-alive'
import type { KeptAlive } from '../driver/keep-alive'
import type { Clock } from '../kit'
import type { EndCause } from './link-records'

/** How often an idle link is looked at before it is closed: it lasts up to a quarter longer than `idleMs`. */
const LOOKS = 4

const IDLE: EndCause = {
  code: 'ERR_TRUSTP2P_LIMIT_IDLE',
  text: 'nothing but heartbeats came or left for longer than limits.idleMs',
  limit: 'limits.idleMs'
}

/** What is watched of a link. */
export interface IdleLink {
  /** Messages that came or left so far, heartbeats apart. */
  readonly exchanges: number
  /** True while no request is under way on it. */
  readonly isQuiet: boolean
  close(code: number, reason: string, why: EndCause): void
}

/** Closes links that are of no use to anybody; one timer looks at all of them. */
export class IdleLinks {
  readonly #checks: KeepAlive
  readonly #watches = new Map<IdleLink, Watch>()

  constructor(clock: Clock, idleMs: number) {
    this.#checks = new KeepAlive(clock, Math.ceil(idleMs / LOOKS))
  }

  add(link: IdleLink): void {
    const watch = new Watch(link)
    this.#watches.set(link, watch)
    this.#checks.add(watch)
  }

  delete(link: IdleLink): void {
    const watch = this.#watches.get(link)
    if (watch === undefined) return
    this.#watches.delete(link)
    this.#checks.delete(watch)
  }

  /** Watches none of them any more. */
  end(): void {
    for (const link of this.#watches.keys()) this.delete(link)
  }
}

class Watch implements KeptAlive {
  readonly #link: IdleLink
  /** The first look is no end of a quarter. */
  #exchanges = -1
  #looks = 0

  constructor(link: IdleLink) {
    this.#link = link
  }

  checkAlive(): void {
    const { exchanges, isQuiet } = this.#link
    if (exchanges !== this.#exchanges || !isQuiet) {
      this.#exchanges = exchanges
      this.#looks = 0
    } else if (++this.#looks >= LOOKS) this.#link.close(1000, 'idle', IDLE)
  }
}
