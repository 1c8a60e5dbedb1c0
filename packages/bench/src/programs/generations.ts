/** How many generations are remembered: the ring is full after the warm-up, so that it grows the heap no more. */
const REMEMBERED = 1_000

/**
 * Remembers the latest generations of a thread without keeping them alive. A thread calls `add` with each of its
 * instances.
 */
export class Generations {
  /** How many instances were made. */
  count = 0
  readonly #classes: (WeakRef<object> | undefined)[] = new Array<undefined>(REMEMBERED).fill(undefined)
  readonly #instances: (WeakRef<object> | undefined)[] = new Array<undefined>(REMEMBERED).fill(undefined)

  add(instance: object): void {
    const place = this.count % REMEMBERED
    this.#classes[place] = new WeakRef(instance.constructor)
    this.#instances[place] = new WeakRef(instance)
    this.count += 1
  }

  /** How many of the latest 1,000 are alive, in whole or in part; the one that runs is among them. */
  alive(): number {
    return this.#instances.filter(
      (instance, place) => instance?.deref() !== undefined || this.#classes[place]?.deref() !== undefined
    ).length
  }
}
