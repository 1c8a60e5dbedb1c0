import type { P2pSocket } from './driver/socket'
import { Emitter } from './emitter'
import type { P2pError } from './errors'
import type { ExplainLog } from './explain/explain-log'
import type { Kit, Log } from './kit'
import { assertNodeEvent } from './node-events'
import type { NodeEvents } from './node-events'
import type { ThreadBootstrap } from './thread/thread-bootstrap'
import type { ThreadEvents } from './thread/thread-events'

export interface NodeAnnouncerOptions {
  readonly kit: Pick<Kit, 'log' | 'context'>
  readonly explain: Pick<ExplainLog, 'addError'>
  /** Whose hooks hear of sockets: asked for when there is something to tell. */
  readonly threads: () => Pick<ThreadBootstrap, `socket${'Connected' | 'Opened' | 'Failed' | 'Closed'}`>
}

/** Tells what happens in a node: its log, its listeners and its threads, in this order. */
export class NodeAnnouncer extends Emitter<NodeEvents> {
  readonly #options: NodeAnnouncerOptions
  readonly #socketLogs = new WeakMap<P2pSocket, Log>()

  constructor(options: NodeAnnouncerOptions) {
    super(options.kit.log, options.kit.context)
    this.#options = options
  }

  socketOpened(socket: P2pSocket): void {
    const { kit, threads } = this.#options
    const { id, peer, url, inbound } = socket
    const log = kit.log.child({ socket: id, peer })
    this.#socketLogs.set(socket, log)
    log.debug({ url, inbound }, 'socket open')
    if (inbound) {
      this.emit('socket:connection', socket)
      threads().socketConnected(socket)
    } else {
      this.emit('socket:open', socket)
      threads().socketOpened(socket)
    }
  }

  socketFailed(error: P2pError, socket: P2pSocket): void {
    // A peer causes as many of these as it likes.
    this.#socketLogs.get(socket)?.debug({ err: error }, 'socket error')
    this.emit('socket:error', error, socket)
    this.#options.threads().socketFailed(error, socket)
  }

  socketClosed(socket: P2pSocket, code: number, reason: string): void {
    this.#socketLogs.get(socket)?.debug({ code, reason }, 'socket closed')
    this.emit('socket:close', socket, code, reason)
    this.#options.threads().socketClosed(socket)
  }

  warn(error: P2pError): void {
    this.#options.kit.log.warn({ code: error.code }, error.message)
    this.emit('warning', error)
  }

  /** What the threads tell of themselves: they log it on their own. */
  threadEvents({ critical }: Pick<ThreadEvents, 'critical'>): ThreadEvents {
    const { explain } = this.#options
    return {
      critical,
      emit: (event, info) => {
        const failed = event === 'thread:failed' ? info.error : undefined
        if (failed !== undefined) explain.addError(undefined, failed, { stage: 'thread' })
        this.emit(event, info)
      },
      moved: (move) => this.emit('thread:state', move),
      warning: (error) => {
        explain.addError(undefined, error, { stage: 'thread' })
        this.emit('warning', error)
      },
      on: (event, listener) => {
        assertNodeEvent(event)
        return this.on(event, listener)
      }
    }
  }
}
