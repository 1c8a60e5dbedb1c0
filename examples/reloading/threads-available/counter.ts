import { PackageType, Thread } from 'trustp2p'

const VERSION = 1

/** Counts its requests. The count goes over to the next version. */
export default class Counter extends Thread {
  #count = 0

  override get eventMap() {
    return { [PackageType.REQUEST]: { 'counter/next': this.onNext } }
  }

  /** Takes its time: a request that this version has begun is answered by it, whatever is saved meanwhile. */
  async onNext(): Promise<{ version: number; count: number }> {
    const count = (this.#count += 1)
    await new Promise((resolve) => this.setTimeout(() => resolve(count), 5))
    return { version: VERSION, count }
  }

  override snapshot(): number {
    return this.#count
  }

  /** What an older version wrote may be anything: where this throws, that version serves on. */
  override restore(count: unknown): void {
    if (typeof count !== 'number') throw new TypeError(`${String(count)} is no count`)
    this.#count = count
  }
}
