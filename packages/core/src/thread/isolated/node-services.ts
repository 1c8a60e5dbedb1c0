import { contractsOfJson } from '../../contract/contract'
import { P2pError, errorText } from '../../errors'
import type { RequestOptions } from '../../deliver/options'
import type { P2pSocket } from '../../driver/socket'
import type { Log } from '../../kit'
import { EncodedText, isPackageType, TypedBody } from '../../wire/package'
import type { PackageType } from '../../wire/package'
import type { Surroundings } from '../generation'
import { declaredNode } from '../node-facade'
import type { ThreadNode } from '../node-facade'
import type { Manifest } from '../manifest'
import type { ThreadDirectory } from '../thread'
import type { StoreSpace } from '../thread-store'
import { carryError, restoreError } from './carried-error'
import { carryValue, carryValues, restoreValue } from './carried-value'
import type { CarriedResult } from './guest-node'
import { isCarriedTyped } from './protocol'
import type { CarriedBody, CarriedOptions, CarriedValue, RoomItem, SocketFacts, ToRoom } from './protocol'
import { factsOf, isSocket } from './socket-book'
import type { SocketBook } from './socket-book'

export interface NodeServicesOptions {
  readonly name: string
  readonly manifest: Manifest
  readonly surroundings: Surroundings
  readonly log: Log
  readonly book: SocketBook
  readonly send: (item: ToRoom) => void
  /** Sends an item that counts against the queue; drops it where that is full. */
  readonly tell: (item: ToRoom) => void
}

/** What a room may ask of its node. */
export type Service = Exclude<RoomItem, { kind: 'reply' | 'fail' | 'failure' }>

/** Does what the thread in a room asks of its node. What its manifest does not declare is refused here, too. */
export class NodeServices {
  readonly #options: NodeServicesOptions
  readonly #node: ThreadNode
  readonly #threads: ThreadDirectory
  readonly #space: StoreSpace
  /** What is under way for it. */
  readonly #aborts = new Map<number, AbortController>()
  readonly #listening = new Map<string, () => void>()
  #ended = false

  constructor(options: NodeServicesOptions) {
    const { name, manifest, surroundings } = options
    this.#options = options
    this.#node = declaredNode(surroundings.node, name, manifest.sends)
    this.#threads = surroundings.directoryFor(manifest)
    this.#space = surroundings.storeOf(name)
  }

  serve(item: Service): void {
    switch (item.kind) {
      case 'request':
        return this.#answer(item.id, (signal) => this.#request(item, signal))
      case 'broadcast':
        return this.#answer(item.id, (signal) => this.#broadcast(item, signal))
      case 'ask':
        return this.#answer(item.id, () => this.#ask(item))
      case 'recall':
        return this.#answer(item.id, () => this.#space.read(item.key))
      case 'keep':
        return this.#answer(item.id, () => this.#space.write(item.key, item.text))
      case 'list':
        return this.#answer(item.id, () => this.#space.page(item.prefix, item))
      case 'sign':
        return this.#answer(item.id, () => this.#node.sign(item.statement))
      case 'verify':
        return this.#answer(item.id, () => this.#node.verify(item.statement))
      case 'dial':
        return this.#answer(item.id, (signal) => this.#dial(item, signal))
      case 'peers':
        return this.#answer(item.id, () => this.#node.peers.list(item.query))
      case 'peer':
        return this.#answer(item.id, () => this.#node.peers.get(item.peer))
      case 'cancel':
        return this.#aborts.get(item.id)?.abort()
      case 'talk':
        return this.#talk(item)
      case 'contract':
        return this.#guarded(() => this.#know(item.text))
      case 'close':
        return this.#guarded(() => this.#options.book.find(item.socket)?.close(item.code, item.reason))
      case 'terminate':
        return this.#options.book.find(item.socket)?.terminate()
      case 'listen':
        return this.#guarded(() => this.#listen(item.event))
      case 'unlisten':
        return this.#unlisten(item.event)
      case 'log':
        return this.#log(item)
    }
  }

  /** Nobody is there any more who could be answered. */
  end(): void {
    this.#ended = true
    for (const off of this.#listening.values()) off()
    this.#listening.clear()
    for (const controller of this.#aborts.values()) controller.abort()
    this.#aborts.clear()
  }

  #answer(id: number, work: (signal: AbortSignal) => Promise<unknown>): void {
    const controller = new AbortController()
    this.#aborts.set(id, controller)
    work(controller.signal).then(
      (value) => this.#settle(id, { kind: 'answer', id, value }),
      (error: unknown) => this.#settle(id, { kind: 'refusal', id, error: carryError(error) })
    )
  }

  #settle(id: number, item: ToRoom): void {
    this.#aborts.delete(id)
    if (!this.#ended) this.#options.send(item)
  }

  async #request(item: Extract<Service, { kind: 'request' }>, signal: AbortSignal): Promise<unknown> {
    const socket = this.#socket(item.socket)
    return this.#node.request(socket, item.event, bodyOf(item.body), { ...optionsOf(item.options), signal })
  }

  async #dial({ url, hosts, probes }: Extract<Service, { kind: 'dial' }>, signal: AbortSignal): Promise<unknown> {
    const options = { signal, ...(hosts !== undefined && { hosts }) }
    if (probes) return this.#node.reach(url, options)
    return factsOf(await this.#node.connect(url, options))
  }

  async #broadcast(item: Extract<Service, { kind: 'broadcast' }>, signal: AbortSignal): Promise<unknown> {
    const { sockets, event, body, options } = item
    const to = sockets === undefined ? {} : { sockets: sockets.map((id) => this.#socket(id)) }
    const results = await this.#node.broadcast(event, bodyOf(body), { ...optionsOf(options), ...to, signal })
    return results.map((result): CarriedResult => {
      const socket = factsOf(result.socket)
      return result.status === 'failed'
        ? { socket, status: 'failed', error: carryError(result.error) }
        : { ...result, socket }
    })
  }

  async #ask({ thread, method, values }: Extract<Service, { kind: 'ask' }>): Promise<CarriedValue> {
    const call = this.#threads.get(thread)[method]
    if (call === undefined) throw new TypeError(`the thread ${thread} has no public method ${method}()`)
    const restored = values.map((value) => restoreValue(value, (facts) => this.#options.book.find(facts.id)))
    return carryValue(await call(...restored), factsMaybe)
  }

  #talk({ socket, event, body, type }: Extract<Service, { kind: 'talk' }>): void {
    this.#guarded(() => {
      const written = this.#node.talk(this.#socket(socket), event, bodyOf(body), { type: packageType(type) })
      if (!written) this.#options.send({ kind: 'full', socket, full: true })
    })
  }

  /** What the thread is not waiting for cannot be told to it. */
  #guarded(work: () => unknown): void {
    try {
      work()
    } catch (cause) {
      const { log, name, surroundings } = this.#options
      log.debug({ err: cause }, 'what a thread sent was refused')
      if (cause instanceof P2pError && cause.code === 'ERR_TRUSTP2P_SOCKET_CLOSED') return
      if (cause instanceof P2pError) return surroundings.warning(cause)
      const text = `what the thread ${name} sent was refused: ${errorText(cause)}`
      surroundings.warning(
        new P2pError('ERR_TRUSTP2P_THREAD_HANDLER_FAILED', text, { cause, details: { thread: name } })
      )
    }
  }

  /** A contract that the thread asks with; peers may want to see it. */
  #know(text: string): void {
    for (const contract of contractsOfJson([JSON.parse(text)])) this.#options.surroundings.contracts?.know(contract)
  }

  #listen(event: string): void {
    if (this.#listening.has(event)) return
    const { surroundings, tell } = this.#options
    const listener = (...values: unknown[]): void => {
      tell({ kind: 'event', event, values: carryValues(values, factsMaybe) })
    }
    this.#listening.set(event, surroundings.onNodeEvent(event, listener))
  }

  #unlisten(event: string): void {
    this.#listening.get(event)?.()
    this.#listening.delete(event)
  }

  #log({ level, fields, error, text }: Extract<Service, { kind: 'log' }>): void {
    this.#options.log[level](error === undefined ? fields : { ...fields, err: restoreError(error) }, text)
  }

  #socket(id: string): P2pSocket {
    const socket = this.#options.book.find(id)
    if (socket !== undefined) return socket
    throw new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the socket ${id} is closed: connect again`)
  }
}

/** What is known of a value that is a socket. */
export function factsMaybe(value: unknown): SocketFacts | undefined {
  return isSocket(value) ? factsOf(value) : undefined
}

/** A body as it goes into a frame: text is not decoded. */
export function bodyOf(body: CarriedBody): unknown {
  if (typeof body === 'string') return new EncodedText(body)
  return isCarriedTyped(body) ? new TypedBody(body.bytes, body.contract) : body
}

function packageType(type: number): PackageType {
  if (isPackageType(type)) return type
  throw new TypeError(`the type of a package is one of PackageType, not ${type}`)
}

function optionsOf({ type, ...options }: CarriedOptions): RequestOptions {
  return type === undefined ? options : { ...options, type: packageType(type) }
}
