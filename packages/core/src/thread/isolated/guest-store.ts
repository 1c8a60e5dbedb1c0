import type { StorePage, StoreRange, StoreSpace } from '../thread-store'
import type { GuestLine } from './guest-line'

/** The values of a thread in a room: they lie at its node. */
export class GuestStore implements StoreSpace {
  readonly #line: GuestLine

  constructor(line: GuestLine) {
    this.#line = line
  }

  async read(key: string): Promise<string | undefined> {
    return (await this.#line.ask({ kind: 'recall', key: textOf(key) }, 0)) as string | undefined
  }

  async write(key: string, text: string | undefined): Promise<void> {
    await this.#line.ask({ kind: 'keep', key: textOf(key), text }, text?.length ?? 0)
  }

  async page(prefix: string, range: StoreRange): Promise<StorePage> {
    return (await this.#line.ask({ kind: 'list', prefix, ...range }, 0)) as StorePage
  }
}

/** What is no text would end the worker, as an item that is none. */
function textOf(key: unknown): string {
  if (typeof key === 'string') return key
  throw new TypeError(`a key of a store is a text, not ${typeof key}`)
}
