import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import type { LinkConfig } from '../../config/config'
import { errorCode } from '../../errors'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener } from '../contract'
import { dialFailed } from '../driver-errors'
import type { ProxyRoute } from '../proxy/proxy-route'
import { lookupOptions } from '../ws/judged-lookup'
import { formatPeer, plainHost } from '../ws/ws-address'
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
  /** By which peers are dialled [directly]. */
  readonly proxy?: ProxyRoute | undefined
}

/** Makes the driver for `tcp://`: frames behind their lengths, over TCP. Hand it to a `DriverRegistry`. */
export function createTcpDriver({ kit, config, proxy }: TcpDriverOptions): Driver {
  return new StreamDriver(TCP, { kit, keepAliveMs: config.keepAliveMs, proxy })
}

const TCP: StreamTransport = {
  name: 'tcp',
  encryption: false,

  async listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener> {
    const address = parseStreamAddress(url, 'tcp')
    const server = createServer({ noDelay: true }, (raw) => {
      acceptor.begin(raw, remoteEnd(raw).host)
      acceptor.accept(raw, remoteEnd(raw))
    })
    return bindServer(server, { url, scheme: 'tcp', address, acceptor })
  },

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

/** Who is at the other end. */
export function remoteEnd({ remoteAddress = '', remotePort = 0 }: Socket): RemoteEnd {
  const host = plainHost(remoteAddress)
  return { host, peer: formatPeer(host, remotePort) }
}
