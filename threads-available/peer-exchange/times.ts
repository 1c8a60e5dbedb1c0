/** For how long addresses of one claim, or of one answer, are dialled, in ms: what is left then is passed over. */
export const PATIENCE_MS = 20_000
/** Entries that are kept of who claimed, what held and what failed, each. */
const REMEMBERED = 1_000

/** When something was, by its name; the oldest is forgotten for another. */
export class Times {
  readonly #at = new Map<string, number>()

  /** How long ago it was, in ms; Infinity where it never was. */
  since(key: string, now: number): number {
    return now - (this.#at.get(key) ?? -Infinity)
  }

  set(key: string, now: number): void {
    this.#at.delete(key)
    this.#at.set(key, now)
    for (const oldest of this.#at.keys()) {
      if (this.#at.size <= REMEMBERED) return
      this.#at.delete(oldest)
    }
  }
}
