import type { ProxyConfig, WsConfig } from '../../config/config'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions, ShareOptions } from '../contract'
import { addressInUse } from '../driver-errors'
import { DriverLife } from '../driver-life'
import type { Dial } from '../driver-life'
import { KeepAlive } from '../keep-alive'
import { loadRoute } from '../proxy/load-route'
import { ProxyHeaders } from '../proxy/proxy-header'
import type { ProxyRoute, Tunnel } from '../proxy/proxy-route'
import { parseDialAddress, targetOf } from '../ws-url'
import { SharedListener } from './shared-listener'
import { SharedUpgrades } from './shared-upgrades'
import type { SharedServer } from './shared-upgrades'
import { TlsFiles } from '../tls/tls-files'
import { TrustedProxies } from '../proxy/trusted-proxies'
import type { WsAcceptContext } from './ws-acceptor'
import { parseListenAddress } from './ws-address'
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
  /** The proxy through which peers are dialled [directly]. */
  readonly proxy?: ProxyConfig | undefined
  /**
   * Proxies whose connections begin with a header of the PROXY protocol: addresses and networks [none]. A server of the
   * program reads none.
   */
  readonly proxyProtocol?: readonly string[] | undefined
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
  readonly judgesNames: boolean
  readonly #config: WsConfig
  readonly #acceptContext: WsAcceptContext
  readonly #tlsFiles: TlsFiles
  readonly #proxy: ProxyRoute | undefined
  readonly #life: DriverLife<WsSocket>

  constructor({ kit, config, cwd, trustProxy = [], proxy, proxyProtocol }: WsDriverOptions) {
    this.#config = config
    this.#proxy = loadRoute(proxy)
    this.judgesNames = this.#proxy === undefined
    this.#tlsFiles = new TlsFiles({ kit, config: config.tls, section: 'drivers.ws.tls', cwd })
    this.#life = new DriverLife<WsSocket>(new KeepAlive(kit.clock, config.keepAliveMs))
    const proxies = new TrustedProxies(trustProxy)
    const headers = proxyProtocol && new ProxyHeaders(proxyProtocol)
    const { addSocket, deleteSocket } = this.#life
    this.#acceptContext = { kit, config, proxies, headers, onAccepted: addSocket, onGone: deleteSocket }
  }

  async checkFiles(): Promise<void> {
    if (this.#config.tls.caFile !== '') await this.#tlsFiles.authorities.context()
  }

  listen(url: string, options: ListenOptions): Promise<DriverListener> {
    return this.#life.track(this.#listen(url, options))
  }

  async #listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const address = parseListenAddress(url)
    const path = address.path === '/' ? this.#config.path : address.path
    this.#life.assertMayListen(url)
    const secure = address.secure ? await this.#tlsFiles.loadIdentity(url) : undefined
    this.#life.assertMayListen(url)
    const listener = new WsListener({ ...address, path, secure }, options, this.#acceptContext)
    await listener.listen(url)
    return this.#life.addListenerMaybe(url, listener)
  }

  share(server: SharedServer, options: ShareOptions): DriverListener {
    const { path } = this.#config
    const name = `the path ${path} of a shared server`
    this.#life.assertMayListen(name)
    if (SharedUpgrades.of(server).has(path)) throw addressInUse(name)
    return this.#life.addListener(new SharedListener({ server, path }, options, this.#acceptContext))
  }

  dial(url: string, options: DialOptions): Promise<DriverSocket> {
    return this.#life.track(this.#dial(url, options))
  }

  async #dial(url: string, options: DialOptions): Promise<DriverSocket> {
    const address = parseDialAddress(url)
    this.#life.assertMayDial(url, options)
    if (address.protocol === 'ws:') return this.#open({ url, address }, options)
    const secureContext = await this.#tlsFiles.authorities.context()
    this.#life.assertMayDial(url, options)
    return this.#open({ url, address, secureContext }, options)
  }

  #open(address: WsDialAddress, options: DialOptions): Promise<DriverSocket> {
    const { kit, config } = this.#acceptContext
    return this.#life.dial(options, (events) => {
      const begin = (tunnel?: Tunnel): Dial => new WsDial({ ...address, tunnel }, options, { kit, config, ...events })
      if (this.#proxy === undefined) return begin()
      const { host, port } = targetOf(address.address)
      const target = { url: address.url, host, port }
      return this.#proxy.dial(target, { clock: kit.clock, options, onFailed: events.onFailed, begin })
    })
  }

  close(): Promise<void> {
    return this.#life.close()
  }
}
