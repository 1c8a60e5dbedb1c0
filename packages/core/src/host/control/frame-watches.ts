import type { FrameTap } from '../../deliver/link-context'
import type { P2pSocket } from '../../driver/socket'
import { P2pError } from '../../errors'
import type { Clock } from '../../kit'
import { fieldsOf } from './control-router'
import { FrameFilter } from './frame-filter'
import { FrameWatch } from './frame-watch'
import type { NumberedBatch } from './frame-watch'
import type { ControlledNode } from './node-report'
import { FrameView } from './watched-frame'
import type { FrameWay } from './watched-frame'

export interface FrameWatchesOptions {
  readonly clock: Clock
  readonly node: ControlledNode
  /** Lets a tap see the frames of the node, or none. */
  readonly setTap: (tap: FrameTap | undefined) => void
  /** Sends a batch to a watcher; gives false where it has enough to read. */
  readonly send: (socket: P2pSocket, batch: NumberedBatch) => boolean
}

/** After these a thread may handle other events than before. */
const THREAD_EVENTS = ['thread:started', 'thread:reloaded', 'thread:stopped'] as const

/** Who watches the frames of a node: one watch for each control socket. While nobody does, nothing is tapped. */
export class FrameWatches {
  readonly #options: FrameWatchesOptions
  readonly #watches = new Map<P2pSocket, FrameWatch>()
  readonly #forgetThreads: (() => void)[] = []

  constructor(options: FrameWatchesOptions) {
    this.#options = options
  }

  /** Begins a watch, in place of the one before it. Throws what FrameFilter throws. */
  start(body: unknown, socket: P2pSocket): void {
    const { clock, node, send } = this.#options
    const filter = new FrameFilter(body, node)
    this.#watches.get(socket)?.close()
    const watch = watchNumber(body)
    const told = new FrameWatch({ clock, filter, send: (batch) => send(socket, { watch, ...batch }) })
    this.#watches.set(socket, told)
    if (this.#watches.size === 1) this.#begin()
  }

  /** Ends a watch; harmless where there is none. */
  stop(socket: P2pSocket): void {
    this.#watches.get(socket)?.close()
    if (this.#watches.delete(socket) && this.#watches.size === 0) this.#end()
  }

  /** The watcher at this socket has read what it had. */
  drained(socket: P2pSocket): void {
    this.#watches.get(socket)?.resume()
  }

  #begin(): void {
    const { node, setTap } = this.#options
    const refresh = () => {
      for (const { filter } of this.#watches.values()) filter.refresh()
    }
    this.#end()
    this.#forgetThreads.push(...THREAD_EVENTS.map((event) => node.on(event, refresh)))
    setTap({
      onReceived: (frame, socket) => this.#show(frame, 'in', socket),
      onSent: (frame, socket) => this.#show(frame, 'out', socket)
    })
  }

  #end(): void {
    for (const forget of this.#forgetThreads.splice(0)) forget()
    this.#options.setTap(undefined)
  }

  #show(frame: Uint8Array, way: FrameWay, socket: P2pSocket): void {
    const view = new FrameView(frame, way, socket)
    for (const watch of this.#watches.values()) watch.take(view)
  }
}

/** The number that a watcher gave its watch. */
function watchNumber(body: unknown): number {
  const { watch = 0 } = fieldsOf(body)
  if (typeof watch === 'number') return watch
  throw new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', '"watch" of this control request is a number')
}
