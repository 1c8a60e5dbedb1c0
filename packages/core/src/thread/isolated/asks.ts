interface Ask {
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** What was asked of the other side of a line, by number. Numbers are never used again, so a late answer is known. */
export class Asks {
  readonly #open = new Map<number, Ask>()
  #lastId = 0
  #ended: { readonly error: unknown } | undefined

  /** How many wait. */
  get size(): number {
    return this.#open.size
  }

  /** Makes a number for what is asked, and the promise of its answer. */
  add(): { readonly id: number; readonly answer: Promise<unknown> } {
    const id = (this.#lastId += 1)
    const { error } = this.#ended ?? {}
    const answer = new Promise<unknown>((resolve, reject) => {
      if (this.#ended === undefined) this.#open.set(id, { resolve, reject })
      else reject(error)
    })
    return { id, answer }
  }

  /** Gives false for a number that nobody waits for. */
  resolve(id: number, value: unknown): boolean {
    const ask = this.#take(id)
    ask?.resolve(value)
    return ask !== undefined
  }

  reject(id: number, error: unknown): boolean {
    const ask = this.#take(id)
    ask?.reject(error)
    return ask !== undefined
  }

  /** Rejects all that wait, and all that come. */
  end(error: unknown): void {
    this.#ended ??= { error }
    for (const id of [...this.#open.keys()]) this.reject(id, error)
  }

  #take(id: number): Ask | undefined {
    const ask = this.#open.get(id)
    this.#open.delete(id)
    return ask
  }
}
