import { isIP } from 'node:net'
import type { Socket } from 'node:net'
import { connect, createServer } from 'node:tls'
import type { Server, TLSSocket } from 'node:tls'
import type { ProxyConfig, TlsDriverConfig } from '../../config/config'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener } from '../contract'
import { loadRoute } from '../proxy/load-route'
import { ProxyHeaders, delayConnections } from '../proxy/proxy-header'
import type { IdentityRenewal } from '../tls/identity-renewal'
import { lookupOptions } from '../net/judged-lookup'
import { SecureConnections } from '../tls/secure-connections'
import { tlsDialFailed } from '../tls/tls-errors'
import { TlsFiles } from '../tls/tls-files'
import type { ListenIdentity } from '../tls/tls-files'
import { createRenewal, tlsServerOptions } from '../tls/tls-server'
import { bindServer } from './bound-server'
import type { StreamAcceptor } from './stream-acceptor'
import { parseStreamAddress } from './stream-address'
import type { DialledStream } from './stream-dial'
import { StreamDriver } from './stream-driver'
import type { StreamDialler, StreamTransport } from './stream-driver'
import { remoteEnd } from './tcp-driver'

/** What a driver of TLS is made of. */
export interface TlsDriverOptions {
  readonly kit: Kit
  readonly config: TlsDriverConfig
  /** What the files of the configuration are relative to [the working directory of the process]. */
  readonly cwd?: string
  /** The proxy through which peers are dialled [directly]. */
  readonly proxy?: ProxyConfig | undefined
  /** Proxies whose connections begin with a header of the PROXY protocol: addresses and networks [none]. */
  readonly proxyProtocol?: readonly string[] | undefined
}

/** The driver for `tls://`: frames behind their lengths, over TLS 1.2 or later. */
export interface TlsDriver extends Driver {
  /**
   * Reads the authorities to trust when dialling, so that a wrong file is told of before the first dial. Rejects with
   * ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE or _TLS_FILE_INVALID.
   */
  checkFiles(): Promise<void>
}

/** Makes the driver; hand it to a `DriverRegistry`. */
export function createTlsDriver(options: TlsDriverOptions): TlsDriver {
  return new NodeTlsDriver(new TlsTransport(options), options)
}

class NodeTlsDriver extends StreamDriver implements TlsDriver {
  readonly #tls: TlsTransport

  constructor(tls: TlsTransport, { kit, config, proxy }: TlsDriverOptions) {
    super(tls, { kit, keepAliveMs: config.keepAliveMs, proxy: loadRoute(proxy) })
    this.#tls = tls
  }

  checkFiles(): Promise<void> {
    return this.#tls.checkFiles()
  }
}

class TlsTransport implements StreamTransport {
  readonly name = 'tls'
  readonly encryption = true
  readonly judgesNames = true
  readonly #options: TlsDriverOptions
  readonly #files: TlsFiles
  readonly #headers: ProxyHeaders | undefined

  constructor(options: TlsDriverOptions) {
    this.#options = options
    const { kit, config, cwd, proxyProtocol } = options
    this.#headers = proxyProtocol && new ProxyHeaders(proxyProtocol)
    this.#files = new TlsFiles({ kit, config, section: 'drivers.tls', cwd })
  }

  async checkFiles(): Promise<void> {
    if (this.#options.config.caFile !== '') await this.#files.authorities.context()
  }

  async listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener> {
    const address = parseStreamAddress(url, 'tls')
    const loaded = await this.#files.loadIdentity(url)
    const server = createServer({ ...tlsServerOptions(loaded.identity), noDelay: true })
    const connections = new SecureConnections()
    const headers = this.#headers
    delayConnections(server, (raw, goOn) => {
      acceptor.begin(raw, remoteEnd(raw).host)
      connections.add(raw)
      acceptor.afterHeader(raw, headers, goOn)
    })
    server.on('secureConnection', (secure: TLSSocket) => {
      const below = connections.takeBelow(secure)
      acceptor.accept(secure, remoteEnd(secure, below && headers?.endOf(below)), below)
    })
    const listener = await bindServer(server, { url, scheme: 'tls', address, acceptor })
    const renewal = this.#renew(server, loaded, acceptor)
    renewal.start()
    const close = (): Promise<void> => {
      renewal.stop()
      return listener.close()
    }
    return { address: listener.address, close }
  }

  async prepareDial(url: string, options: DialOptions): Promise<StreamDialler> {
    const target = parseStreamAddress(url, 'tls')
    const { host } = target
    const secureContext = await this.#files.authorities.context()
    const failed = (cause: Error) => tlsDialFailed(url, 'drivers.tls', cause)
    const connectTo = (below: Socket | undefined): DialledStream => {
      const raw = connect({
        ...target,
        ...(below === undefined ? lookupOptions(options) : { socket: below }),
        secureContext,
        // An address is no name to ask for (RFC 6066, 3).
        servername: isIP(host) === 0 ? host : '',
        // Said although it is the default: NODE_TLS_REJECT_UNAUTHORIZED=0 would change that.
        rejectUnauthorized: true
      })
      raw.setNoDelay()
      const remoteHost = (): string => (below === undefined ? remoteEnd(raw).host : host)
      return { raw, readyEvent: 'secureConnect', host: remoteHost, failed }
    }
    return { target, connect: connectTo }
  }

  #renew(server: Server, loaded: ListenIdentity, acceptor: StreamAcceptor): IdentityRenewal {
    const { kit, config } = this.#options
    return createRenewal(server, loaded, {
      kit,
      reloadMs: config.reloadMs,
      address: () => acceptor.address,
      onWarning: (error) => acceptor.options.onWarning(error)
    })
  }
}
