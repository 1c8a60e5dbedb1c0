import type { Log } from '../../kit'
import type { Surroundings } from '../generation'
import type { Manifest } from '../manifest'
import { NodeServices } from './node-services'
import type { Service } from './node-services'
import type { NodeFacts, ToRoom } from './protocol'
import { SocketBook } from './socket-book'
import { watchSockets } from './socket-watch'

export interface NodeWindowOptions {
  readonly name: string
  readonly log: Log
  readonly surroundings: Surroundings
  readonly send: (item: ToRoom) => void
  /** Sends an item that counts against the queue; drops it where that is full. */
  readonly tell: (item: ToRoom) => void
}

/** What a room sees of its node: all of it once, then what changes; and what it may ask of it. */
export class NodeWindow {
  readonly book = new SocketBook()
  readonly #options: NodeWindowOptions
  #services: NodeServices | undefined
  #unwatch = (): void => undefined

  constructor(options: NodeWindowOptions) {
    this.#options = options
  }

  /** Gives what the room is to know at first; from now on it is told what changes, and may ask what `manifest` allows. */
  open(manifest: Manifest): NodeFacts {
    const { name, surroundings, log, send, tell } = this.#options
    this.#services = new NodeServices({ name, manifest, surroundings, log, book: this.book, send, tell })
    const facts = this.#facts()
    this.#unwatch = this.#watch()
    return facts
  }

  /** Does what the room asks for; nothing before `open`. */
  serve(item: Service): void {
    this.#services?.serve(item)
  }

  /** The room is gone. */
  close(): void {
    this.#unwatch()
    this.#services?.end()
    this.book.clear()
  }

  #facts(): NodeFacts {
    const { node, limits, contracts } = this.#options.surroundings
    return {
      listens: node.server !== null,
      dials: node.client !== null,
      id: node.id,
      addresses: [...node.addresses],
      sockets: node.sockets.map((socket) => this.book.add(socket)),
      bodyDepth: limits.bodyDepth,
      contracts: contracts?.texts ?? []
    }
  }

  #watch(): () => void {
    const { surroundings, send } = this.#options
    const { contracts } = surroundings
    const unwatch = watchSockets(surroundings, this.book, send)
    const forget = contracts?.onChange(() => send({ kind: 'contracts', texts: contracts.texts }))
    return () => {
      unwatch()
      forget?.()
    }
  }
}
