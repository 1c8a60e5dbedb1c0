import { P2pError } from '../../errors'
import { Asks } from './asks'
import { restoreError } from './carried-error'
import { carryValue, restoreValue } from './carried-value'
import { Line } from './line'
import type { AskedItem, CarriedValue, FromRoom, SocketFacts, ToRoom } from './protocol'
import { isToRoom } from './protocol'
import type { RoomPort } from './room'
import { SocketView, SocketViews } from './socket-view'

type Distribute<Item> = Item extends { readonly id: number } ? Omit<Item, 'id'> : never

/** What a room asks of its node, before the line numbers it. */
export type Asked = Distribute<AskedItem>

export interface GuestLineOptions {
  readonly port: RoomPort
  readonly defer: (callback: () => void) => void
  readonly queue: number
  readonly queueBytes: number
  readonly onItem: (item: ToRoom) => void
}

/** A room's end of the line to its node. */
export class GuestLine {
  readonly sockets: SocketViews
  readonly #line: Line
  readonly #asks = new Asks()
  readonly #queue: number

  constructor({ port, defer, queue, queueBytes, onItem }: GuestLineOptions) {
    this.#queue = queue
    this.#line = new Line({
      port,
      defer,
      queue,
      queueBytes,
      onItem: (item) => {
        if (isToRoom(item) && !this.#settle(item)) onItem(item)
      },
      onBroken: () => undefined
    })
    this.sockets = new SocketViews({
      close: (socket, code, reason) => this.send({ kind: 'close', socket, code, reason }),
      terminate: (socket) => this.send({ kind: 'terminate', socket })
    })
  }

  send(item: FromRoom): void {
    this.#line.send(item)
  }

  /** Sends an item that counts against the queue. Gives false where that is full: nothing was sent then. */
  sendCounted(item: FromRoom, bytes = 0): boolean {
    const hasRoom = this.#line.hasRoom(bytes)
    if (hasRoom) this.#line.sendCounted(item, bytes)
    return hasRoom
  }

  /** Asks the node. Rejects with ERR_TRUSTP2P_LIMIT_BUSY where the queue is full. */
  ask(asked: Asked, bytes: number, signal?: AbortSignal): Promise<unknown> {
    const { id, answer } = this.#asks.add()
    if (!this.sendCounted({ ...asked, id }, bytes)) this.#asks.reject(id, this.busy())
    else if (signal !== undefined) this.#follow(id, answer, signal)
    return answer
  }

  /** What is told where the queue to the node is full. */
  busy(): P2pError {
    const text = `the node has not taken ${this.#queue} calls of this thread yet: await some, or raise worker.queue`
    return new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', text)
  }

  /** Makes a value ready to cross. Throws a TypeError for what cannot be cloned. */
  carry(value: unknown): CarriedValue {
    return carryValue(value, factsOfView)
  }

  /** Gives back what the node carried. */
  restore(carried: CarriedValue): unknown {
    return restoreValue(carried, (facts) => this.sockets.see(facts))
  }

  /** Where the code gives way no more: sends what waits. */
  flush(): void {
    this.#line.flush()
  }

  #follow(id: number, answer: Promise<unknown>, signal: AbortSignal): void {
    const cancel = (): void => this.send({ kind: 'cancel', id })
    if (signal.aborted) return cancel()
    const forget = (): void => signal.removeEventListener('abort', cancel)
    signal.addEventListener('abort', cancel)
    answer.then(forget, forget)
  }

  #settle(item: ToRoom): boolean {
    if (item.kind === 'answer') this.#asks.resolve(item.id, item.value)
    else if (item.kind === 'refusal') this.#asks.reject(item.id, restoreError(item.error))
    else return false
    return true
  }
}

function factsOfView(value: unknown): SocketFacts | undefined {
  if (!SocketView.is(value)) return undefined
  const { id, url, peer, host, peerId, formerPeerId, proof, inbound, state, lastReceivedAt, bufferedAmount } = value
  return { id, url, peer, host, peerId, formerPeerId, proof, inbound, state, lastReceivedAt, bufferedAmount }
}
