import type { WsConfig } from '../../config/config'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions } from '../contract'
import { DRIVER_CLOSED, dialAborted, listenFailed } from '../driver-errors'
import { KeepAlive } from './keep-alive'
import { parseDialAddress, parseListenAddress } from './ws-address'
import { WsDial } from './ws-dial'
import { WsListener } from './ws-listener'
import type { WsSocket } from './ws-socket'

export interface WsDriverOptions {
  readonly kit: Kit
  readonly config: WsConfig
}

/** Makes the driver for `ws://`: WebSockets (RFC 6455) over TCP, by the library `ws`. */
export function createWsDriver(options: WsDriverOptions): Driver {
  return new WsDriver(options)
}

class WsDriver implements Driver {
  readonly name = 'ws'
  readonly schemes = ['ws']
  readonly supports = { listen: true, dial: true, encryption: false, browser: false }
  readonly #kit: Kit
  readonly #config: WsConfig
  readonly #keepAlive: KeepAlive
  readonly #listening = new Set<Promise<DriverListener>>()
  readonly #listeners = new Set<WsListener>()
  readonly #dials = new Set<WsDial>()
  readonly #sockets = new Set<WsSocket>()
  #closing: Promise<void> | undefined
  #onLastGone: (() => void) | undefined

  constructor({ kit, config }: WsDriverOptions) {
    this.#kit = kit
    this.#config = config
    this.#keepAlive = new KeepAlive(kit.clock, config.keepAliveMs)
  }

  async listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const listening = this.#listen(url, options)
    this.#listening.add(listening)
    try {
      return await listening
    } finally {
      this.#listening.delete(listening)
    }
  }

  async #listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const address = parseListenAddress(url)
    const path = address.path === '/' ? this.#config.path : address.path
    if (this.#closing !== undefined) throw listenFailed(url, DRIVER_CLOSED)
    const listener = new WsListener({ ...address, path }, options, {
      kit: this.#kit,
      config: this.#config,
      onAccepted: this.#add,
      onGone: this.#delete
    })
    await listener.listen(url)
    if (this.#isClosing) {
      await listener.close()
      throw listenFailed(url, DRIVER_CLOSED)
    }
    this.#listeners.add(listener)
    void listener.gone.then(() => this.#listeners.delete(listener))
    return listener
  }

  async dial(url: string, options: DialOptions): Promise<DriverSocket> {
    const address = parseDialAddress(url)
    if (options.signal?.aborted === true) throw dialAborted(url, options.signal.reason)
    if (this.#closing !== undefined) throw dialAborted(url, DRIVER_CLOSED)
    return new Promise((resolve, reject) => {
      const dial = new WsDial(url, address, options, {
        kit: this.#kit,
        config: this.#config,
        onGone: this.#delete,
        onOpen: (socket) => {
          this.#dials.delete(dial)
          this.#add(socket)
          resolve(socket)
        },
        onFailed: (error) => {
          this.#dials.delete(dial)
          reject(error)
        }
      })
      this.#dials.add(dial)
    })
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    for (const dial of this.#dials) dial.abort(DRIVER_CLOSED)
    await Promise.allSettled(this.#listening)
    const listeners = [...this.#listeners]
    for (const listener of listeners) await listener.close()
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all(listeners.map((listener) => listener.gone))
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => (this.#onLastGone = resolve))
  }

  /** Read again after each wait. */
  get #isClosing(): boolean {
    return this.#closing !== undefined
  }

  readonly #add = (socket: WsSocket): void => {
    this.#sockets.add(socket)
    this.#keepAlive.add(socket)
  }

  readonly #delete = (socket: WsSocket): void => {
    this.#sockets.delete(socket)
    this.#keepAlive.delete(socket)
    if (this.#sockets.size === 0) this.#onLastGone?.()
  }
}
