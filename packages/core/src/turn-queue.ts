/** Makes changes one after the other, in the order in which they were asked for, whether those before failed or not. */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve()

  /** Settles as the change does. */
  run<Result>(change: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(change)
    this.#last = done.catch(() => undefined)
    return done
  }

  /** Settles once no change is under way. */
  async settled(): Promise<void> {
    await this.#last
  }
}
