import type { RoomPort } from './room'

/** What crosses a port: what was sent in one turn, and how much of what came was taken. */
export interface Envelope {
  readonly items: readonly unknown[]
  /** How many of the items count against the queue, and the bytes of their bodies. */
  readonly count: number
  readonly bytes: number
  /** The counts of the envelopes that were worked off since the last one. */
  readonly took: number
  readonly tookBytes: number
}

export interface LineOptions {
  readonly port: RoomPort
  readonly defer: (callback: () => void) => void
  /** Most counted items, and most bytes of theirs, that the other side has not taken. */
  readonly queue: number
  readonly queueBytes: number
  /** Works off one item. Does not throw: the items behind it would be lost. */
  readonly onItem: (item: unknown) => void
  /** The other side sent what no such line sends. */
  readonly onBroken: (what: string) => void
  /** There is room in the queue again. */
  readonly onRoom?: () => void
  /** Tells the items that the other side has to count, where it is not trusted to [none]. */
  readonly isCounted?: (item: unknown) => boolean
}

/**
 * One end of a way between a node and a room. What is sent in one turn crosses as one message, in order. Each side
 * counts what the other has not taken yet: that is the queue, and it is bounded.
 */
export class Line {
  readonly #options: LineOptions
  #items: unknown[] = []
  #transfer: ArrayBuffer[] = []
  #count = 0
  #bytes = 0
  #underWay = 0
  #underWayBytes = 0
  #took = 0
  #tookBytes = 0
  #scheduled = false
  #closed = false

  constructor(options: LineOptions) {
    this.#options = options
    options.port.onMessage((message) => this.#receive(message))
  }

  /** How many counted items the other side has not taken. */
  get underWay(): number {
    return this.#underWay
  }

  /** True where one more counted item of that many bytes may be sent. One that is alone may be of any size. */
  hasRoom(bytes = 0): boolean {
    const { queue, queueBytes } = this.#options
    if (this.#underWay >= queue) return false
    return this.#underWay === 0 || this.#underWayBytes + bytes <= queueBytes
  }

  /** Sends an item that counts against the queue: the caller has asked `hasRoom`. */
  sendCounted(item: unknown, bytes = 0, transfer?: ArrayBuffer): void {
    if (this.#closed) return
    this.#underWay += 1
    this.#underWayBytes += bytes
    this.#count += 1
    this.#bytes += bytes
    if (transfer !== undefined) this.#transfer.push(transfer)
    this.send(item)
  }

  /** Sends an item that is bounded otherwise: an answer, a notice. */
  send(item: unknown): void {
    if (this.#closed) return
    this.#items.push(item)
    this.#schedule()
  }

  /** Sends nothing more, and works nothing off. */
  close(): void {
    this.#closed = true
    this.#items = []
    this.#transfer = []
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    this.#options.defer(() => this.flush())
  }

  /** Sends what waits now. */
  flush(): void {
    this.#scheduled = false
    if (this.#closed || (this.#items.length === 0 && this.#took === 0)) return
    const envelope: Envelope = {
      items: this.#items,
      count: this.#count,
      bytes: this.#bytes,
      took: this.#took,
      tookBytes: this.#tookBytes
    }
    const transfer = this.#transfer
    this.#items = []
    this.#transfer = []
    this.#count = this.#bytes = this.#took = this.#tookBytes = 0
    try {
      this.#options.port.post(envelope, transfer)
    } catch {
      this.#options.onBroken('what cannot be cloned')
    }
  }

  #receive(message: unknown): void {
    if (this.#closed) return
    const { queue, onBroken, onItem, onRoom } = this.#options
    if (!isEnvelope(message)) return onBroken('a message that is no envelope')
    const tookTooMuch = message.took > this.#underWay || message.tookBytes > this.#underWayBytes
    if (tookTooMuch || this.#took + message.count > queue || this.#isShort(message)) return onBroken('more than it may')
    this.#underWay -= message.took
    this.#underWayBytes -= message.tookBytes
    for (const item of message.items) {
      if (this.#closed) return
      onItem(item)
    }
    this.#took += message.count
    this.#tookBytes += message.bytes
    if (this.#took > 0) this.#schedule()
    if (message.took > 0) onRoom?.()
  }

  /** True for an envelope that holds more counted items than it says. */
  #isShort({ items, count }: Envelope): boolean {
    const { isCounted } = this.#options
    return isCounted !== undefined && items.length > count && items.filter(isCounted).length > count
  }
}

function isEnvelope(message: unknown): message is Envelope {
  if (typeof message !== 'object' || message === null) return false
  const { items, count, bytes, took, tookBytes } = message as { readonly [Key in keyof Envelope]?: unknown }
  return Array.isArray(items) && [count, bytes, took, tookBytes].every(isCount)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && Number.isFinite(value)
}
