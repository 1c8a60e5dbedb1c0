import type { WorkerConfig } from '../../config/config'
import { errorText } from '../../errors'
import type { Kit } from '../../kit'
import { firstLine } from '../failure'
import { Asks } from './asks'
import { restoreError } from './carried-error'
import { Line } from './line'
import { isCountedItem, isFromRoom } from './protocol'
import type { FromRoom, LiveFacts, RoomItem, Task, ToRoom } from './protocol'
import { Pulse } from './pulse'
import type { Room, RoomEnd } from './room'

export interface RoomLinkOptions {
  readonly kit: Kit
  readonly room: Room
  readonly config: WorkerConfig
  /** What to tell the room of its sockets with each ping. */
  readonly live: () => readonly LiveFacts[]
  /** Takes what the room sends by itself. */
  readonly onItem: (item: RoomItem) => void
  /** An answer came that nobody waits for any more. */
  readonly onLate: () => void
  /** There is room in the queue again. */
  readonly onRoom: () => void
  /** The room ended by itself, hangs, or sends what it may not: it is over. Called once. */
  readonly onOver: (over: RoomOver) => void
}

/** Why a room is over. */
export type RoomOver =
  | { readonly kind: 'end'; readonly end: RoomEnd }
  | { readonly kind: 'hang' }
  | { readonly kind: 'broken'; readonly what: string }

/** A node's end of the line to a room. */
export class RoomLink {
  readonly room: Room
  readonly #options: RoomLinkOptions
  readonly #line: Line
  readonly #asks = new Asks()
  readonly #pulse: Pulse
  #ended = false

  constructor(options: RoomLinkOptions) {
    const { kit, room, config, onRoom } = options
    this.room = room
    this.#options = options
    this.#line = new Line({
      port: room,
      defer: kit.defer,
      queue: config.queue,
      queueBytes: config.queueBytes,
      onItem: (item) => this.#takeSafely(item),
      onBroken: (what) => this.#over({ kind: 'broken', what }),
      isCounted: isCountedItem,
      onRoom
    })
    this.#pulse = new Pulse({
      clock: kit.clock,
      hangMs: config.hangMs,
      ping: () => this.send({ kind: 'ping', live: options.live() }),
      onHang: () => this.#over({ kind: 'hang' })
    })
    room.onEnd((end) => this.#over({ kind: 'end', end }))
  }

  /** True where one more item of that many bytes may be sent that counts against the queue. */
  hasRoom(bytes = 0): boolean {
    return this.#line.hasRoom(bytes)
  }

  /** Sends an item that is bounded otherwise. */
  send(item: ToRoom): void {
    this.#line.send(item)
  }

  /** Sends an item that counts against the queue. Gives false where that is full. */
  sendCounted(item: ToRoom): boolean {
    const hasRoom = this.#line.hasRoom()
    if (hasRoom) this.#line.sendCounted(item)
    return hasRoom
  }

  /** Has the room do something, whether the queue is full or not; gives what comes of it. */
  do(task: Task, value?: unknown): Promise<unknown> {
    const { id, answer } = this.#asks.add()
    this.send({ kind: 'do', id, task, value })
    return answer
  }

  /** Sends an item that counts and is answered by number: the caller has asked `hasRoom`. */
  ask(make: (id: number) => ToRoom, bytes = 0, transfer?: ArrayBuffer): { id: number; answer: Promise<unknown> } {
    const asked = this.#asks.add()
    this.#line.sendCounted(make(asked.id), bytes, transfer)
    return asked
  }

  /** Rejects what waits with the error, and ends the room. */
  async end(error: Error): Promise<void> {
    this.#close()
    this.#asks.end(error)
    await this.room.terminate()
  }

  /** The same, but lets the room serve another thread. */
  async release(error: Error): Promise<void> {
    this.#close()
    this.#asks.end(error)
    await this.room.release()
  }

  #over(over: RoomOver): void {
    if (this.#ended) return
    this.#close()
    this.#options.onOver(over)
  }

  #close(): void {
    this.#ended = true
    this.#pulse.stop()
    this.#line.close()
  }

  /** Nothing that a room sends ends the node. */
  #takeSafely(item: unknown): void {
    try {
      if (isFromRoom(item)) this.#take(item)
      else this.#over({ kind: 'broken', what: 'what no thread sends' })
    } catch (error) {
      this.#over({ kind: 'broken', what: `what could not be taken (${firstLine(errorText(error))})` })
    }
  }

  #take(item: FromRoom): void {
    if (item.kind === 'done') {
      if (!this.#asks.resolve(item.id, item.value)) this.#options.onLate()
    } else if (item.kind === 'failed') {
      if (!this.#asks.reject(item.id, restoreError(item.error))) this.#options.onLate()
    } else if (item.kind === 'pong') this.#pulse.beat()
    else this.#options.onItem(item)
  }
}
