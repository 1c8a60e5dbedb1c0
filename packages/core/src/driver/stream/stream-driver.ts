import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions } from '../contract'
import { DRIVER_CLOSED, dialAborted, listenFailed } from '../driver-errors'
import { KeepAlive } from '../keep-alive'
import { StreamAcceptor } from './stream-acceptor'
import { StreamDial } from './stream-dial'
import type { DialledStream } from './stream-dial'
import type { StreamSocket } from './stream-socket'

/** What makes byte streams of one kind. */
export interface StreamTransport {
  /** Also its scheme. */
  readonly name: string
  readonly encryption: boolean
  /** Binds, hands connections to the acceptor, and names the address in it. Rejects as `Driver.listen`. */
  listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener>
  /** Begins to connect. Throws or rejects as `Driver.dial` for an address or for files that are wrong. */
  dial(url: string): DialledStream | Promise<DialledStream>
}

export interface StreamDriverOptions {
  readonly kit: Kit
  /** Time in ms between two looks at a link. 0: none. */
  readonly keepAliveMs: number
}

/** A driver of byte streams: frames behind their lengths, over what a transport connects. */
export class StreamDriver implements Driver {
  readonly name: string
  readonly schemes: readonly string[]
  readonly supports: Driver['supports']
  readonly #kit: Kit
  readonly #transport: StreamTransport
  readonly #keepAlive: KeepAlive
  /** Calls of `listen` and `dial` that are not settled. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #listeners = new Set<DriverListener>()
  readonly #dials = new Set<StreamDial>()
  readonly #sockets = new Set<StreamSocket>()
  #closing: Promise<void> | undefined
  #onLastGone: (() => void) | undefined

  constructor(transport: StreamTransport, { kit, keepAliveMs }: StreamDriverOptions) {
    this.name = transport.name
    this.schemes = [transport.name]
    this.supports = { listen: true, dial: true, encryption: transport.encryption, browser: false }
    this.#kit = kit
    this.#transport = transport
    this.#keepAlive = new KeepAlive(kit.clock, keepAliveMs)
  }

  listen(url: string, options: ListenOptions): Promise<DriverListener> {
    return this.#track(this.#listen(url, options))
  }

  async #listen(url: string, options: ListenOptions): Promise<DriverListener> {
    this.#assertMayListen(url)
    const context = { kit: this.#kit, onAccepted: this.#add, onGone: this.#delete }
    const bound = await this.#transport.listen(url, new StreamAcceptor(options, context))
    const listener = this.#keep(bound)
    if (this.#closing !== undefined) await listener.close()
    this.#assertMayListen(url)
    return listener
  }

  /** A listener is closed once, whoever does it: its address may be another one's by then. */
  #keep(bound: DriverListener): DriverListener {
    let closing: Promise<void> | undefined
    const listener = {
      address: bound.address,
      close: (): Promise<void> => {
        this.#listeners.delete(listener)
        return (closing ??= bound.close())
      }
    }
    this.#listeners.add(listener)
    return listener
  }

  dial(url: string, options: DialOptions): Promise<DriverSocket> {
    return this.#track(this.#dial(url, options))
  }

  async #dial(url: string, options: DialOptions): Promise<DriverSocket> {
    this.#assertMayDial(url, options)
    const stream = await this.#transport.dial(url)
    return new Promise((resolve, reject) => {
      const onFailed = (error: Error): void => {
        this.#dials.delete(dial)
        reject(error)
      }
      const onOpen = (socket: StreamSocket): void => {
        this.#dials.delete(dial)
        this.#add(socket)
        resolve(socket)
      }
      const context = { kit: this.#kit, onGone: this.#delete, onOpen, onFailed }
      const dial = new StreamDial(url, stream, { options, context })
      this.#dials.add(dial)
      if (options.signal?.aborted === true) dial.abort(options.signal.reason)
      else if (this.#closing !== undefined) dial.abort(DRIVER_CLOSED)
    })
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    for (const dial of this.#dials) dial.abort(DRIVER_CLOSED)
    await Promise.allSettled(this.#underWay)
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    for (const socket of this.#sockets) socket.terminate()
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => (this.#onLastGone = resolve))
  }

  #track<Value>(call: Promise<Value>): Promise<Value> {
    this.#underWay.add(call)
    const forget = (): void => void this.#underWay.delete(call)
    call.then(forget, forget)
    return call
  }

  #assertMayListen(url: string): void {
    if (this.#closing !== undefined) throw listenFailed(url, DRIVER_CLOSED)
  }

  #assertMayDial(url: string, { signal }: DialOptions): void {
    if (signal?.aborted === true) throw dialAborted(url, signal.reason)
    if (this.#closing !== undefined) throw dialAborted(url, DRIVER_CLOSED)
  }

  readonly #add = (socket: StreamSocket): void => {
    this.#sockets.add(socket)
    this.#keepAlive.add(socket)
  }

  readonly #delete = (socket: StreamSocket): void => {
    this.#sockets.delete(socket)
    this.#keepAlive.delete(socket)
    if (this.#sockets.size === 0) this.#onLastGone?.()
  }
}
