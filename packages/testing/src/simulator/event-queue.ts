/** Something that is to happen. */
export interface QueuedEvent {
  /** Virtual time in ms. */
  readonly at: number
  /** Grows with each event: those of one instant happen in the order in which they were added. */
  readonly order: number
  readonly run: () => void
  /** Where it stands in the heap; -1 once it has left. */
  place: number
}

/** What is to happen, the earliest first: a binary heap, whose events can be taken out again. */
export class EventQueue {
  readonly #heap: QueuedEvent[] = []
  #lastOrder = 0

  get size(): number {
    return this.#heap.length
  }

  /** When the first one is due; Infinity where there is none. */
  get firstAt(): number {
    return this.#heap[0]?.at ?? Infinity
  }

  add(at: number, run: () => void): QueuedEvent {
    const event = { at, order: (this.#lastOrder += 1), run, place: this.#heap.length }
    this.#heap.push(event)
    this.#rise(event)
    return event
  }

  /** Takes the first one out. */
  take(): QueuedEvent | undefined {
    const first = this.#heap[0]
    if (first !== undefined) this.remove(first)
    return first
  }

  /** Harmless for one that has left. */
  remove(event: QueuedEvent): void {
    const { place } = event
    const last = this.#heap[place] === event ? this.#heap.pop() : undefined
    if (last === undefined) return
    event.place = -1
    if (last === event) return
    this.#put(last, place)
    this.#rise(last)
    this.#sink(last)
  }

  #put(event: QueuedEvent, place: number): void {
    this.#heap[place] = event
    event.place = place
  }

  #rise(event: QueuedEvent): void {
    while (event.place > 0) {
      const { place } = event
      const parent = this.#heap[(place - 1) >> 1]
      if (parent === undefined || !isBefore(event, parent)) return
      const parentPlace = parent.place
      this.#put(parent, place)
      this.#put(event, parentPlace)
    }
  }

  #sink(event: QueuedEvent): void {
    for (;;) {
      const { place } = event
      const left = this.#heap[2 * place + 1]
      const right = this.#heap[2 * place + 2]
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, event)) return
      const childPlace = child.place
      this.#put(child, place)
      this.#put(event, childPlace)
    }
  }
}

function isBefore(one: QueuedEvent, other: QueuedEvent): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order)
}
