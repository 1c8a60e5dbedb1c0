import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import type { LinkConfig, ProxyConfig } from '../../config/config'
import { errorCode } from '../../errors'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener } from '../contract'
import { dialFailed } from '../driver-errors'
import { loadRoute } from '../proxy/load-route'
import { ProxyHeaders } from '../proxy/proxy-header'
import { lookupOptions } from '../net/judged-lookup'
import type { RemoteEnd as ProxiedEnd } from '../proxy/trusted-proxies'
import { formatPeer, plainHost } from '../host-name'
import { bindServer } from './bound-server'
import type { RemoteEnd, StreamAcceptor } from './stream-acceptor'
import { parseStreamAddress } from './stream-address'
import type { DialledStream } from './stream-dial'
import { StreamDriver } from './stream-driver'
import type { StreamDialler, StreamTransport } from './stream-driver'

/** What a driver of TCP is made of. */
export interface TcpDriverOptions {
  readonly kit: Kit
  readonly config: LinkConfig
  /** The proxy through which peers are dialled [directly]. */
  readonly proxy?: ProxyConfig | undefined
  /** Proxies whose connections begin with a header of the PROXY protocol: addresses and networks [none]. */
  readonly proxyProtocol?: readonly string[] | undefined
}

/** Makes the driver for `tcp://`: frames behind their lengths, over TCP. Hand it to a `DriverRegistry`. */
export function createTcpDriver({ kit, config, proxy, proxyProtocol }: TcpDriverOptions): Driver {
  const headers = proxyProtocol && new ProxyHeaders(proxyProtocol)
  const options = { kit, keepAliveMs: config.keepAliveMs, proxy: loadRoute(proxy) }
  return new StreamDriver(new TcpTransport(headers), options)
}

class TcpTransport implements StreamTransport {
  readonly name = 'tcp'
  readonly encryption = false
  readonly judgesNames = true
  readonly #headers: ProxyHeaders | undefined

  constructor(headers: ProxyHeaders | undefined) {
    this.#headers = headers
  }

  async listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener> {
    const address = parseStreamAddress(url, 'tcp')
    const server = createServer({ noDelay: true }, (raw) => {
      acceptor.begin(raw, remoteEnd(raw).host)
      acceptor.afterHeader(raw, this.#headers, () => acceptor.accept(raw, remoteEnd(raw, this.#headers?.endOf(raw))))
    })
    return bindServer(server, { url, scheme: 'tcp', address, acceptor })
  }

  prepareDial(url: string, options: DialOptions): StreamDialler {
    const target = parseStreamAddress(url, 'tcp')
    const hint = (cause: Error) => (errorCode(cause) === 'ECONNRESET' ? '; is it a tls:// address?' : '')
    const failed = (cause: Error) => dialFailed(url, cause, hint(cause))
    const connectTo = (below: Socket | undefined): DialledStream => {
      if (below !== undefined) return { raw: below, readyEvent: undefined, host: () => target.host, failed }
      const raw = connect({ ...target, ...lookupOptions(options), noDelay: true })
      return { raw, readyEvent: 'connect', host: () => remoteEnd(raw).host, failed }
    }
    return { target, connect: connectTo }
  }
}

/** Who is at the other end; `told` is what a proxy has said of it. */
export function remoteEnd({ remoteAddress = '', remotePort = 0 }: Socket, told?: ProxiedEnd): RemoteEnd {
  const { host, port } = told ?? { host: plainHost(remoteAddress), port: remotePort }
  return { host, peer: formatPeer(host, port) }
}
