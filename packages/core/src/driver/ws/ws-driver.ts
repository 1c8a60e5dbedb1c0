import type { WsConfig } from '../../config/config'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions, ShareOptions } from '../contract'
import { DRIVER_CLOSED, addressInUse, dialAborted, listenFailed } from '../driver-errors'
import { KeepAlive } from '../keep-alive'
import { SharedListener } from './shared-listener'
import { SharedUpgrades } from './shared-upgrades'
import type { SharedServer } from './shared-upgrades'
import { TlsFiles } from './tls-files'
import { TrustedProxies } from './trusted-proxies'
import type { WsAcceptContext } from './ws-acceptor'
import { parseDialAddress, parseListenAddress } from './ws-address'
import { WsDial } from './ws-dial'
import type { WsDialAddress } from './ws-dial'
import { WsListener } from './ws-listener'
import type { WsSocket } from './ws-socket'

/** What a driver of WebSockets is made of. */
export interface WsDriverOptions {
  readonly kit: Kit
  readonly config: WsConfig
  /** What the files of `config.tls` are relative to [the working directory of the process]. */
  readonly cwd?: string
  /** Proxies whose word counts for who is behind them: addresses and networks [none]. */
  readonly trustProxy?: readonly string[]
}

/** The driver for `ws://` and `wss://`: WebSockets (RFC 6455) over TCP and TLS, by the library `ws`. */
export interface WsDriver extends Driver {
  /**
   * Reads the authorities to trust when dialling, so that a wrong file is told of before the first dial. Rejects with
   * ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE or _TLS_FILE_INVALID.
   */
  checkFiles(): Promise<void>
  /**
   * Accepts sockets on a server of the program, on the path of the configuration; other upgrades and requests stay the
   * program's, and so does the server itself. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE where another node has that
   * path, and _LISTEN_FAILED once the driver is closed.
   */
  share(server: SharedServer, options: ShareOptions): DriverListener
}

/** Makes the driver; hand it to a `DriverRegistry`. */
export function createWsDriver(options: WsDriverOptions): WsDriver {
  return new NodeWsDriver(options)
}

class NodeWsDriver implements WsDriver {
  readonly name = 'ws'
  readonly schemes = ['ws', 'wss']
  readonly supports = { listen: true, dial: true, encryption: true, browser: false }
  readonly #config: WsConfig
  readonly #acceptContext: WsAcceptContext
  readonly #tlsFiles: TlsFiles
  readonly #keepAlive: KeepAlive
  /** Calls of `listen` and `dial` that are not settled. */
  readonly #underWay = new Set<Promise<unknown>>()
  readonly #listeners = new Set<WsListener>()
  readonly #shared = new Set<SharedListener>()
  readonly #dials = new Set<WsDial>()
  readonly #sockets = new Set<WsSocket>()
  #closing: Promise<void> | undefined
  #onLastGone: (() => void) | undefined

  constructor({ kit, config, cwd, trustProxy = [] }: WsDriverOptions) {
    this.#config = config
    this.#tlsFiles = new TlsFiles({ kit, config: config.tls, section: 'drivers.ws.tls', cwd })
    this.#keepAlive = new KeepAlive(kit.clock, config.keepAliveMs)
    const proxies = new TrustedProxies(trustProxy)
    this.#acceptContext = { kit, config, proxies, onAccepted: this.#add, onGone: this.#delete }
  }

  async checkFiles(): Promise<void> {
    if (this.#config.tls.caFile !== '') await this.#tlsFiles.authorities.context()
  }

  listen(url: string, options: ListenOptions): Promise<DriverListener> {
    return this.#track(this.#listen(url, options))
  }

  async #listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const address = parseListenAddress(url)
    const path = address.path === '/' ? this.#config.path : address.path
    this.#assertMayListen(url)
    const secure = address.secure ? await this.#tlsFiles.loadIdentity(url) : undefined
    this.#assertMayListen(url)
    const listener = new WsListener({ ...address, path, secure }, options, this.#acceptContext)
    await listener.listen(url)
    this.#listeners.add(listener)
    void listener.gone.then(() => this.#listeners.delete(listener))
    if (this.#closing !== undefined) await listener.close()
    this.#assertMayListen(url)
    return listener
  }

  share(server: SharedServer, options: ShareOptions): DriverListener {
    const { path } = this.#config
    const name = `the path ${path} of a shared server`
    this.#assertMayListen(name)
    if (SharedUpgrades.of(server).has(path)) throw addressInUse(name)
    const listener = new SharedListener({ server, path }, options, this.#acceptContext)
    this.#shared.add(listener)
    return listener
  }

  dial(url: string, options: DialOptions): Promise<DriverSocket> {
    return this.#track(this.#dial(url, options))
  }

  async #dial(url: string, options: DialOptions): Promise<DriverSocket> {
    const address = parseDialAddress(url)
    this.#assertMayDial(url, options)
    if (address.protocol === 'ws:') return this.#open({ url, address }, options)
    const secureContext = await this.#tlsFiles.authorities.context()
    this.#assertMayDial(url, options)
    return this.#open({ url, address, secureContext }, options)
  }

  #open(address: WsDialAddress, options: DialOptions): Promise<DriverSocket> {
    return new Promise((resolve, reject) => {
      const { kit, config } = this.#acceptContext
      const dial = new WsDial(address, options, {
        kit,
        config,
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
    await Promise.allSettled(this.#underWay)
    const listeners = [...this.#listeners]
    for (const listener of [...this.#shared, ...listeners]) await listener.close()
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all(listeners.map((listener) => listener.gone))
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
