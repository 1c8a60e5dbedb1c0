import { P2pError } from '../errors'
import type { TypedEvent } from '../contract/contract-table'
import type { PackageType } from '../wire/package'

/** A request of ours that waits for its answer. */
export interface PendingRequest {
  readonly tag: string
  readonly type: PackageType
  readonly event: string
  /** Whose contract reads the answer. */
  readonly typed: TypedEvent | undefined
  /** On the node's clock in ms; Infinity for none. */
  readonly deadline: number
  resolve(body: unknown): void
  reject(error: P2pError): void
}

type Slots = (PendingRequest | undefined)[]

const FIRST_SLOTS = 16
const TAG_RADIX = 36

/**
 * The requests of ours that wait on one socket, by tag. Each is taken out exactly once. Tags count up, so a ring of
 * slots by their number holds them at a fraction of what a Map costs, whose every entry the collector would move once
 * more; a tag whose slot is taken waits in a Map beside it.
 */
export class PendingTable {
  readonly #limit: number
  /** A power of two, at most half full. */
  #slots: Slots = emptySlots(FIRST_SLOTS)
  readonly #overflow = new Map<string, PendingRequest>()
  #size = 0
  #lastTag = 0
  /** Called when the last one was taken out [nobody wants to know]. */
  onEmpty: (() => void) | undefined

  /** @param limit most requests that may wait at once */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#size
  }

  /** Throws ERR_TRUSTP2P_LIMIT_PENDING when no more requests may wait. */
  assertRoom(): void {
    if (this.#size < this.#limit) return
    throw new P2pError(
      'ERR_TRUSTP2P_LIMIT_PENDING',
      `${this.#limit} requests wait for answers on this socket already: wait for some, or raise limits.pendingRequests`
    )
  }

  /** A tag that is unique on its socket: a counter in base 36. */
  nextTag(): string {
    return (++this.#lastTag).toString(TAG_RADIX)
  }

  add(request: PendingRequest): void {
    if (++this.#size * 2 > this.#slots.length) this.#grow()
    this.#place(request)
  }

  take(tag: string): PendingRequest | undefined {
    const index = slotOf(tag, this.#slots)
    const request = this.#slots[index]
    if (request?.tag !== tag) return this.#takeOverflow(tag)
    this.#slots[index] = undefined
    this.#countDown()
    return request
  }

  get(tag: string): PendingRequest | undefined {
    const request = this.#slots[slotOf(tag, this.#slots)]
    return request?.tag === tag ? request : this.#overflow.get(tag)
  }

  /** Takes out what is due at `now`; gives the earliest deadline that is left. */
  takeDue(now: number, onDue: (request: PendingRequest) => void): number {
    let earliest = Infinity
    for (const request of this.#all()) {
      if (request.deadline > now) {
        earliest = Math.min(earliest, request.deadline)
      } else {
        this.take(request.tag)
        onDue(request)
      }
    }
    return earliest
  }

  /** Takes all out and rejects them. */
  rejectAll(error: (request: PendingRequest) => P2pError): void {
    for (const request of this.#all()) {
      this.take(request.tag)
      request.reject(error(request))
    }
  }

  #takeOverflow(tag: string): PendingRequest | undefined {
    const request = this.#overflow.get(tag)
    if (request === undefined) return undefined
    this.#overflow.delete(tag)
    this.#countDown()
    return request
  }

  #countDown(): void {
    if (--this.#size === 0) this.onEmpty?.()
  }

  #place(request: PendingRequest): void {
    const index = slotOf(request.tag, this.#slots)
    if (this.#slots[index] === undefined) this.#slots[index] = request
    else this.#overflow.set(request.tag, request)
  }

  #grow(): void {
    const waiting = this.#all()
    this.#slots = emptySlots(this.#slots.length * 2)
    this.#overflow.clear()
    for (const request of waiting) this.#place(request)
  }

  /** A snapshot. */
  #all(): PendingRequest[] {
    return [...this.#slots.filter((request) => request !== undefined), ...this.#overflow.values()]
  }
}

function emptySlots(count: number): Slots {
  return new Array<PendingRequest | undefined>(count).fill(undefined)
}

/** Longest tag of a counter: Number.MAX_SAFE_INTEGER in base 36. The rest of a longer one, of a peer, is not read. */
const LONGEST_COUNTER = 11

/** Neighbours of a counter have neighbouring slots; any other text has some slot. */
function slotOf(tag: string, slots: Slots): number {
  const length = Math.min(tag.length, LONGEST_COUNTER)
  let number = 0
  for (let index = 0; index < length; index++) {
    const unit = tag.charCodeAt(index)
    number = Math.imul(number, TAG_RADIX) + (unit > 0x60 ? unit - 0x57 : unit - 0x30)
  }
  return number & (slots.length - 1)
}
