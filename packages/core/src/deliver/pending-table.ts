import { P2pError } from '../errors'
import type { PackageType } from '../wire/package'

/** A request of ours that waits for its answer. */
export interface PendingRequest {
  readonly type: PackageType
  readonly event: string
  /** On the node's clock in ms; Infinity for none. */
  readonly deadline: number
  resolve(body: unknown): void
  reject(error: P2pError): void
}

/** The requests of ours that wait on one socket, by tag. Each is taken out exactly once. */
export class PendingTable {
  readonly #requests = new Map<string, PendingRequest>()
  readonly #limit: number
  #lastTag = 0

  /** @param limit most requests that may wait at once */
  constructor(limit: number) {
    this.#limit = limit
  }

  get size(): number {
    return this.#requests.size
  }

  /** Throws ERR_TRUSTP2P_LIMIT_PENDING when no more requests may wait. */
  assertRoom(): void {
    if (this.#requests.size < this.#limit) return
    throw new P2pError(
      'ERR_TRUSTP2P_LIMIT_PENDING',
      `${this.#limit} requests wait for answers on this socket already: wait for some, or raise limits.pendingRequests`
    )
  }

  /** A tag that is unique on its socket: a counter in base 36. */
  nextTag(): string {
    return (++this.#lastTag).toString(36)
  }

  add(tag: string, request: PendingRequest): void {
    this.#requests.set(tag, request)
  }

  get(tag: string): PendingRequest | undefined {
    return this.#requests.get(tag)
  }

  take(tag: string): PendingRequest | undefined {
    const request = this.#requests.get(tag)
    if (request !== undefined) this.#requests.delete(tag)
    return request
  }

  /** Takes out what is due at `now`; gives the earliest deadline that is left. */
  takeDue(now: number, onDue: (tag: string, request: PendingRequest) => void): number {
    let earliest = Infinity
    for (const [tag, request] of this.#requests) {
      if (request.deadline > now) {
        earliest = Math.min(earliest, request.deadline)
      } else {
        this.#requests.delete(tag)
        onDue(tag, request)
      }
    }
    return earliest
  }

  /** Takes all out and rejects them. */
  rejectAll(error: (request: PendingRequest) => P2pError): void {
    for (const [tag, request] of this.#requests) {
      this.#requests.delete(tag)
      request.reject(error(request))
    }
  }
}
