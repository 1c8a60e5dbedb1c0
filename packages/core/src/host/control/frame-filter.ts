import { P2pError } from '../../errors'
import type { ThreadInfo } from '../../thread/thread-events'
import { PackageType } from '../../wire/package'
import { fieldsOf } from './control-router'
import type { ControlledNode } from './node-report'
import type { FrameView } from './watched-frame'

/** Which frames a watcher is shown; all of those where nothing is said. */
export interface WatchFilter {
  /** Those of the events that this thread handles, requests and their answers alike. */
  readonly thread?: string
  /** Those of the socket with this id, peer or URL. */
  readonly socket?: string
  /** Those of this event; with `*` at its end, of all events that begin so. */
  readonly event?: string
}

/** Decides whether a watcher is shown a frame. */
export class FrameFilter {
  readonly #filter: WatchFilter
  readonly #node: ControlledNode
  /** The events of the thread, each as `type:event`. */
  #handled: ReadonlySet<string> = new Set()
  readonly #matchesEvent: (event: string) => boolean

  /**
   * Takes the filter of a request. Throws ERR_TRUSTP2P_CONTROL_INVALID for what is no filter, and for a socket that is
   * not open; ERR_TRUSTP2P_THREAD_NOT_FOUND for a thread that is not enabled.
   */
  constructor(body: unknown, node: ControlledNode) {
    this.#filter = readFilter(body)
    this.#node = node
    this.#matchesEvent = eventMatcher(this.#filter.event)
    this.#assertThread()
    this.#assertSocket()
    this.refresh()
  }

  /** Looks anew at what the thread handles. */
  refresh(): void {
    const { thread } = this.#filter
    if (thread === undefined) return
    const info = this.#find(thread)
    this.#handled = new Set(info?.events.map(({ type, event }) => `${type}:${event}`))
  }

  matches(view: FrameView): boolean {
    const { socket, thread, event } = this.#filter
    if (socket !== undefined && !isSocket(view, socket)) return false
    if (thread === undefined && event === undefined) return true
    const found = view.package
    if (found === undefined) return false
    if (!this.#matchesEvent(found.event)) return false
    return thread === undefined || this.#handled.has(handledKey(found.type, found.event))
  }

  #assertThread(): void {
    const { thread } = this.#filter
    if (thread === undefined || this.#find(thread) !== undefined) return
    const names = this.#node.threads.list().map(({ name }) => name)
    const known = names.length === 0 ? 'none is enabled' : `there are ${names.join(', ')}`
    throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', `no thread '${thread}' is enabled: ${known}`)
  }

  #assertSocket(): void {
    const { socket } = this.#filter
    if (socket === undefined) return
    const { sockets } = this.#node.status()
    if (sockets.some(({ id, peer, url }) => [id, peer, url].includes(socket))) return
    const text = `no open socket has the id, the peer or the URL "${socket}": \`status --json\` lists them`
    throw new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', text)
  }

  #find(name: string): ThreadInfo | undefined {
    return this.#node.threads.list().find((thread) => thread.name === name)
  }
}

function readFilter(body: unknown): WatchFilter {
  const { thread, socket, event } = fieldsOf(body)
  return { ...text('thread', thread), ...text('socket', socket), ...text('event', event) }
}

function text(name: string, value: unknown): Record<string, string> {
  if (value === undefined) return {}
  if (typeof value === 'string' && value !== '') return { [name]: value }
  throw new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', `"${name}" of a filter is a text that is not empty`)
}

function eventMatcher(wanted: string | undefined): (event: string) => boolean {
  if (wanted === undefined) return () => true
  if (!wanted.endsWith('*')) return (event) => event === wanted
  const start = wanted.slice(0, -1)
  return (event) => event.startsWith(start)
}

function isSocket({ socket }: FrameView, wanted: string): boolean {
  return socket.id === wanted || socket.peer === wanted || socket.url === wanted
}

/** An answer belongs to who handles its request. */
function handledKey(type: PackageType, event: string): string {
  if (type === PackageType.RESPONSE) return `${PackageType.REQUEST}:${event}`
  return type === PackageType.HEARTBEAT_PONG ? `${PackageType.HEARTBEAT_PING}:ping` : `${type}:${event}`
}
