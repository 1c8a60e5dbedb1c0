import type { CodeOwner, Context, Place } from './kit'

/** A context that knows what runs until it waits for the first time: for platforms that can tell no more, and tests. */
export function createPlainContext(): Context {
  return new PlainContext()
}

class PlainContext implements Context {
  #current: Place | undefined

  get current(): Place | undefined {
    return this.#current
  }

  createPlace(owner: CodeOwner, what: string): Place {
    return { owner, what, number: 0 }
  }

  forget(): void {
    // It keeps none.
  }

  enter(place: Place | undefined): Place | undefined {
    const outer = this.#current
    this.#current = place
    return outer
  }

  leave(outer: Place | undefined): void {
    this.#current = outer
  }

  settled(): undefined {
    return undefined
  }

  open(): () => void {
    return () => undefined
  }
}
