import { CP2pPackage, errorCode, errorText, P2pError, PackageType } from 'trustp2p'
import type { DriverSocket, PackageFields, PeerCode } from 'trustp2p'

/** Answers a request of the thread: what it gives, or what its promise settles with, is sent. */
export type PeerHandler = (body: unknown, received: CP2pPackage) => unknown

/** How a peer says something. */
export interface SayOptions {
  /** REQUEST of `request`, TALK of `talk`. */
  readonly type?: PackageType
}

interface Waiting {
  readonly event: string
  resolve(body: unknown): void
  reject(error: Error): void
}

interface Listening {
  readonly event: string | undefined
  resolve(received: CP2pPackage): void
  reject(error: Error): void
}

const NO_HANDLER = 'ERR_TRUSTP2P_THREAD_NO_HANDLER'
const FAILED = 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED'
const GREETING = { protocol_version: '1.0', alt: '1', encodings: [0, 1] }

/**
 * The other end of a connection to the node of a bench, played by the test. It greets as a node does, answers requests
 * by its handlers, others with ERR_TRUSTP2P_THREAD_NO_HANDLER and pings with a pong, and keeps what it hears.
 */
export class ThreadPeer {
  /** Requests and talks that were heard, oldest first. */
  readonly received: CP2pPackage[] = []
  /** Settles with the close code and its reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  readonly #socket: DriverSocket
  readonly #handlers = new Map<string, PeerHandler>()
  readonly #waiting = new Map<string, Waiting>()
  readonly #listening = new Set<Listening>()
  readonly #unanswered = new Map<string, string>()
  #taken = 0
  #lastTag = 0
  #isClosed = false

  /** Takes a socket in the tick in which its driver gave it. */
  constructor(socket: DriverSocket) {
    this.#socket = socket
    this.closed = new Promise((resolve) => {
      socket.attach({
        onFrame: (bytes) => this.#hear(CP2pPackage.decode(bytes)),
        onDrain: () => undefined,
        onError: () => undefined,
        onClose: (code, reason) => {
          this.#end(`the connection was closed with ${code} ${reason}`.trimEnd())
          resolve({ code, reason })
        }
      })
    })
    this.send({ type: PackageType.TALK, event: 'version', body: GREETING })
  }

  /** Events of its requests that have no answer yet. */
  get asked(): readonly string[] {
    return [...this.#waiting.values()].map(({ event }) => event)
  }

  /** Events of the thread's requests that this peer has not answered. */
  get unanswered(): readonly string[] {
    return [...this.#unanswered.values()]
  }

  /** True once the connection is gone. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Asks the thread. Rejects with a P2pError that has the code of the answer, or ERR_TRUSTP2P_SOCKET_CLOSED. */
  request(event: string, body: unknown = null, { type = PackageType.REQUEST }: SayOptions = {}): Promise<unknown> {
    const tag = `peer-${++this.#lastTag}`
    return new Promise((resolve, reject) => {
      this.send({ type, event, body, tag })
      this.#waiting.set(tag, { event, resolve, reject })
    })
  }

  /** Tells the thread. */
  talk(event: string, body: unknown = null, { type = PackageType.TALK }: SayOptions = {}): void {
    this.send({ type, event, body })
  }

  /** Answers the thread's requests of an event from now on; what it throws is sent as an error, with its code. */
  onRequest(event: string, handler: PeerHandler): void {
    this.#handlers.set(event, handler)
  }

  /** Gives the next request or talk, of that event where one is named, that no call gave before. */
  next(event?: string): Promise<CP2pPackage> {
    const index = this.received.findIndex((heard, at) => at >= this.#taken && isWanted(heard, event))
    const found = this.received[index]
    if (found !== undefined) {
      this.#taken = index + 1
      return Promise.resolve(found)
    }
    return new Promise((resolve, reject) => {
      if (this.#isClosed) reject(closedError('the connection is closed'))
      else this.#listening.add({ event, resolve, reject })
    })
  }

  /** Sends any package, or any bytes: for what no good peer would say. Throws ERR_TRUSTP2P_SOCKET_CLOSED. */
  send(frame: PackageFields | Uint8Array): void {
    this.#socket.send(frame instanceof Uint8Array ? frame : CP2pPackage.encode(frame))
  }

  /** Closes the connection in an orderly way. */
  async close(code = 1000, reason = ''): Promise<void> {
    if (!this.#isClosed) this.#socket.close(code, reason)
    await this.closed
  }

  /** Drops the connection, as a lost network does. */
  async drop(): Promise<void> {
    if (!this.#isClosed) this.#socket.terminate()
    await this.closed
  }

  #hear(received: CP2pPackage): void {
    const { type, event } = received
    if (type === PackageType.RESPONSE || type === PackageType.HEARTBEAT_PONG) return this.#settle(received)
    if (type === PackageType.TALK && event === 'version') return
    this.received.push(received)
    const isQuestion = type === PackageType.REQUEST || type === PackageType.HEARTBEAT_PING
    if (isQuestion) void this.#answer(received)
    for (const listening of this.#listening) {
      if (!isWanted(received, listening.event)) continue
      this.#listening.delete(listening)
      this.#taken = this.received.length
      listening.resolve(received)
      return
    }
  }

  #settle(received: CP2pPackage): void {
    const waiting = this.#waiting.get(received.tag)
    this.#waiting.delete(received.tag)
    if (received.error === undefined) waiting?.resolve(received.body)
    else waiting?.reject(new P2pError(received.error as PeerCode, textOf(received.body), { details: { remote: true } }))
  }

  async #answer(received: CP2pPackage): Promise<void> {
    const { event, tag } = received
    const isPing = received.type === PackageType.HEARTBEAT_PING
    this.#unanswered.set(tag, event)
    const answer = isPing ? { type: PackageType.HEARTBEAT_PONG, event: 'pong' } : { type: PackageType.RESPONSE, event }
    try {
      this.#reply({ ...answer, tag, body: await this.#bodyFor(received, isPing) })
    } catch (error) {
      const [code, text] = [errorCode(error) ?? FAILED, errorText(error)]
      this.#reply({ ...answer, tag, error: code, body: { error: text, code } })
    }
  }

  #bodyFor(received: CP2pPackage, isPing: boolean): unknown {
    const handler = this.#handlers.get(received.event)
    if (handler !== undefined) return handler(received.body, received)
    if (isPing) return { sleep: false }
    throw new P2pError(NO_HANDLER, `the test has no handler for '${received.event}': call peer.onRequest`)
  }

  #reply(fields: PackageFields): void {
    this.#unanswered.delete(fields.tag ?? '')
    if (!this.#isClosed) this.send(fields)
  }

  #end(text: string): void {
    this.#isClosed = true
    const error = closedError(text)
    for (const waiting of [...this.#waiting.values(), ...this.#listening]) waiting.reject(error)
    this.#waiting.clear()
    this.#listening.clear()
    this.#unanswered.clear()
  }
}

function isWanted(received: CP2pPackage, event: string | undefined): boolean {
  return event === undefined || received.event === event
}

function closedError(text: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', text)
}

function textOf(body: unknown): string {
  if (typeof body === 'object' && body !== null && 'error' in body && typeof body.error === 'string') return body.error
  return 'the node answered with an error'
}
