import type { Generation } from './generation'

/** Who is told how far a version is. */
export interface RetirementListener {
  /** Its handlers have finished, and its `stop()` comes. */
  onDrained(): void
  /** Nothing of it is left. */
  onEnd(): void
}

/** The versions of one thread that were replaced or removed, while they finish. */
export class Retirement {
  readonly #endings = new Map<Generation, Promise<void>>()

  /** Those that have not ended, oldest first. */
  get generations(): readonly Generation[] {
    return [...this.#endings.keys()]
  }

  get isEmpty(): boolean {
    return this.#endings.size === 0
  }

  /** Lets a version finish its handlers and stops it. Settles when it has ended. */
  add(generation: Generation, listener: RetirementListener): Promise<void> {
    const end = async (): Promise<void> => {
      await generation.drain(generation.settings.drainTimeoutMs)
      listener.onDrained()
      await generation.stop()
      this.#endings.delete(generation)
      listener.onEnd()
    }
    const ended = end()
    this.#endings.set(generation, ended)
    return ended
  }

  /** Settles when all have ended, also those that come meanwhile. */
  async settled(): Promise<void> {
    while (this.#endings.size > 0) await Promise.all(this.#endings.values())
  }
}
