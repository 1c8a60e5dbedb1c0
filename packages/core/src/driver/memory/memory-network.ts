import type { Kit } from '../../kit'
import type { MemorySocket } from './memory-socket'

/** Who listens under a name. */
export interface MemoryBinding {
  /** Makes the listener's end of a new connection. */
  createEnd(peer: string): MemorySocket
  /** Hands over that end, once both are joined. */
  accept(end: MemorySocket): void
}

/**
 * The place where memory drivers meet: who listens under which name, and the way from one socket to the other. Make
 * one per test or simulation: nodes that share one reach each other, and no others.
 */
export class MemoryNetwork {
  readonly #kit: Pick<Kit, 'defer'>
  readonly #bindings = new Map<string, MemoryBinding>()
  #dials = 0

  constructor(kit: Pick<Kit, 'defer'>) {
    this.#kit = kit
  }

  /** Takes a name, and gives true; gives false where it is taken already. */
  bind(name: string, binding: MemoryBinding): boolean {
    if (this.#bindings.has(name)) return false
    this.#bindings.set(name, binding)
    return true
  }

  /** Frees a name that this binding holds. */
  unbind(name: string, binding: MemoryBinding): void {
    if (this.#bindings.get(name) === binding) this.#bindings.delete(name)
  }

  /** Who listens under a name. */
  find(name: string): MemoryBinding | undefined {
    return this.#bindings.get(name)
  }

  /** A name for the next one that dials: `memory:1`. */
  nextPeer(): string {
    this.#dials += 1
    return `memory:${this.#dials}`
  }

  /**
   * Calls back when what was handed over now has reached the other side: everything passes here, in order, so this is
   * where a simulation adds latency, loss and partitions. Here it takes no time and loses nothing.
   */
  carry(deliver: () => void): void {
    this.#kit.defer(deliver)
  }
}
