import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { DriverListener, ListenOptions } from '../contract'
import { listenFailed } from '../driver-errors'
import { listening } from '../net/listening'
import { delayConnections } from '../proxy/proxy-header'
import { HalfOpen } from '../net/half-open'
import type { IdentityRenewal } from '../tls/identity-renewal'
import { SecureConnections } from '../tls/secure-connections'
import type { ListenIdentity } from '../tls/tls-files'
import { createRenewal, tlsServerOptions } from '../tls/tls-server'
import type { RemoteEnd } from '../proxy/trusted-proxies'
import { WsAcceptor, pathOf } from './ws-acceptor'
import type { WsAcceptContext } from './ws-acceptor'
import { plainHost } from '../host-name'
import { formatAddress } from './ws-address'
import type { WsAddress } from './ws-address'

/** An address that is ready to be bound. */
export interface WsListenAddress extends Omit<WsAddress, 'secure'> {
  /** What to show to peers; there for `wss://`. */
  readonly secure: ListenIdentity | undefined
}

/** Accepts WebSockets on one address. */
export class WsListener implements DriverListener {
  readonly #wanted: WsListenAddress
  readonly #options: ListenOptions
  readonly #context: WsAcceptContext
  readonly #http: Server
  readonly #acceptor: WsAcceptor
  readonly #halfOpen: HalfOpen
  readonly #secureConnections = new SecureConnections()
  readonly #renewal: IdentityRenewal | undefined
  #address = ''
  /** Settles once the listener and every connection that it accepted are gone. */
  readonly gone: Promise<void>

  constructor(wanted: WsListenAddress, options: ListenOptions, context: WsAcceptContext) {
    this.#wanted = wanted
    this.#options = options
    this.#context = context
    this.#acceptor = new WsAcceptor(options, context)
    this.#halfOpen = new HalfOpen(context.kit.clock, () => options.limits.handshakeMs)
    const { secure } = wanted
    if (secure === undefined) this.#http = createHttpServer(HTTP_OPTIONS, askForUpgrade)
    else {
      const server = createHttpsServer({ ...HTTP_OPTIONS, ...tlsServerOptions(secure.identity) }, askForUpgrade)
      this.#renewal = this.#renew(server, secure)
      this.#http = server
    }
    delayConnections(this.#http, this.#onConnection)
    this.#http.on('upgrade', this.#onUpgrade)
    this.gone = new Promise((resolve) => this.#http.once('close', resolve))
  }

  get address(): string {
    return this.#address
  }

  /** Binds. Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE or _LISTEN_FAILED. */
  async listen(url: string): Promise<void> {
    await listening(this.#http, url, this.#wanted)
    this.#http.on('error', (cause) => this.#options.onWarning(listenFailed(this.#address, cause)))
    this.#address = this.#boundAddress()
    this.#renewal?.start()
  }

  /** The port is free once this settled. */
  close(): Promise<void> {
    this.#renewal?.stop()
    this.#http.close()
    this.#halfOpen.destroy()
    return Promise.resolve()
  }

  #boundAddress(): string {
    const secure = this.#wanted.secure !== undefined
    return formatAddress({ ...this.#wanted, secure, ...boundTo(this.#http.address()) })
  }

  #renew(server: HttpsServer, secure: ListenIdentity): IdentityRenewal {
    const { kit, config } = this.#context
    return createRenewal(server, secure, {
      kit,
      reloadMs: config.tls.reloadMs,
      address: () => this.#address,
      onWarning: (error) => this.#options.onWarning(error)
    })
  }

  readonly #onConnection = (raw: Socket, goOn: () => void): void => {
    const host = plainHost(raw.remoteAddress ?? '')
    // One without a host is gone already, and what it sent could be of anybody.
    if (host === '' || this.#options.mayConnect?.(host) === false) return void raw.destroy()
    this.#halfOpen.add(raw)
    if (this.#wanted.secure !== undefined) this.#secureConnections.add(raw)
    const { headers } = this.#context
    if (headers === undefined) return goOn()
    // A peer that leaves before its proxy has spoken is not worth a report.
    raw.on('error', () => raw.destroy())
    headers.read(raw, {
      mayConnect: (host) => this.#options.mayConnect?.(host) !== false,
      onHeader: () => {
        goOn()
        // TLS reads what waits there on its own.
        if (this.#wanted.secure === undefined && raw.isPaused()) raw.resume()
      },
      onFault: (why) => this.#acceptor.drop(raw, this.#address, why)
    })
  }

  #toldOf(socket: Socket): RemoteEnd | undefined {
    const raw = this.#wanted.secure === undefined ? socket : this.#secureConnections.below(socket)
    return raw && this.#context.headers?.endOf(raw)
  }

  readonly #onUpgrade = (request: IncomingMessage, _raw: unknown, head: Buffer): void => {
    const address = this.#address
    const path = pathOf(request)
    const told = this.#toldOf(request.socket)
    if (path !== this.#wanted.path) {
      const why = `nothing listens on the path ${path}`
      return this.#acceptor.refuse(request, { address, status: '404 Not Found', why, told })
    }
    this.#acceptor.accept(request, head, { address, told, onOpen: () => this.#forgetHalfOpen(request.socket) })
  }

  #forgetHalfOpen(socket: Socket): void {
    const raw = this.#wanted.secure === undefined ? socket : this.#secureConnections.takeBelow(socket)
    if (raw !== undefined) this.#halfOpen.delete(raw)
  }
}

/** The library's own timeouts of a request are off: the time that a half-open connection has covers them. */
const HTTP_OPTIONS = { headersTimeout: 0, requestTimeout: 0 }

const UPGRADE_TEXT = 'this is a WebSocket endpoint\n'

function askForUpgrade(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' })
  response.end(UPGRADE_TEXT)
}

function boundTo(address: AddressInfo | string | null): { host?: string; port?: number } {
  return address === null || typeof address === 'string' ? {} : { host: address.address, port: address.port }
}
