import { createServer as createHttpServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server as HttpsServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { errorCode, errorText } from '../../errors'
import type { P2pError } from '../../errors'
import type { DriverListener, ListenOptions } from '../contract'
import { addressInUse, listenFailed } from '../driver-errors'
import { HalfOpen } from './half-open'
import { IdentityRenewal } from './identity-renewal'
import { SecureConnections } from './secure-connections'
import { TLS_MIN_VERSION } from './server-identity'
import type { IdentityTexts, ServerIdentity } from './server-identity'
import type { ListenIdentity } from './tls-files'
import { WsAcceptor, pathOf } from './ws-acceptor'
import type { WsAcceptContext } from './ws-acceptor'
import { formatAddress, plainHost } from './ws-address'
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
    this.#halfOpen = new HalfOpen(context.kit.clock, options.limits.handshakeMs)
    const { secure } = wanted
    if (secure === undefined) this.#http = createHttpServer(HTTP_OPTIONS, askForUpgrade)
    else {
      const server = createHttpsServer({ ...HTTP_OPTIONS, ...TLS_OPTIONS, ...pairOf(secure.identity) }, askForUpgrade)
      this.#renewal = this.#renew(server, secure)
      this.#http = server
    }
    this.#http.on('connection', this.#onConnection)
    this.#http.on('upgrade', this.#onUpgrade)
    this.gone = new Promise((resolve) => this.#http.once('close', resolve))
  }

  get address(): string {
    return this.#address
  }

  /** Binds. Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE or _LISTEN_FAILED. */
  listen(url: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const onFailed = (cause: Error): void => reject(listenError(url, cause))
      this.#http.once('error', onFailed)
      this.#http.listen({ host: this.#wanted.host, port: this.#wanted.port }, () => {
        this.#http.off('error', onFailed)
        this.#http.on('error', (cause) => this.#options.onWarning(listenFailed(this.#address, cause)))
        this.#address = this.#boundAddress()
        this.#renewal?.start()
        resolve()
      })
    })
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

  #renew(server: HttpsServer, { files, identity }: ListenIdentity): IdentityRenewal {
    const { kit, config } = this.#context
    server.on('tlsClientError', (cause) =>
      kit.log.debug({ address: this.#address }, `no TLS: ${errorText(cause).trimEnd()}`)
    )
    return new IdentityRenewal(identity, {
      clock: kit.clock,
      files,
      reloadMs: config.tls.reloadMs,
      name: () => this.#address,
      onProblem: (error) => this.#options.onWarning(error),
      onRenewed: (renewed) => {
        server.setSecureContext({ ...TLS_OPTIONS, ...pairOf(renewed) })
        const validTo = new Date(renewed.valid.to).toISOString()
        kit.log.info({ address: this.#address, validTo }, 'a renewed certificate serves')
      }
    })
  }

  readonly #onConnection = (raw: Socket): void => {
    if (this.#options.mayConnect?.(plainHost(raw.remoteAddress ?? '')) === false) return void raw.destroy()
    this.#halfOpen.add(raw)
    if (this.#wanted.secure !== undefined) this.#secureConnections.add(raw)
  }

  readonly #onUpgrade = (request: IncomingMessage, _raw: unknown, head: Buffer): void => {
    const address = this.#address
    const path = pathOf(request)
    if (path !== this.#wanted.path) {
      const why = `nothing listens on the path ${path}`
      return this.#acceptor.refuse(request, { address, status: '404 Not Found', why })
    }
    this.#acceptor.accept(request, head, { address, onOpen: () => this.#forgetHalfOpen(request.socket) })
  }

  #forgetHalfOpen(socket: Socket): void {
    const raw = this.#wanted.secure === undefined ? socket : this.#secureConnections.takeBelow(socket)
    if (raw !== undefined) this.#halfOpen.delete(raw)
  }
}

/** The library's own timeouts of a request are off: the time that a half-open connection has covers them. */
const HTTP_OPTIONS = { headersTimeout: 0, requestTimeout: 0 }

/** The timeout of TLS alone cannot be switched off. */
const TLS_OPTIONS = { minVersion: TLS_MIN_VERSION, handshakeTimeout: 2 ** 31 - 1 } as const

function pairOf({ texts: { cert, key } }: ServerIdentity): Pick<IdentityTexts, 'cert' | 'key'> {
  return { cert, key }
}

const UPGRADE_TEXT = 'this is a WebSocket endpoint\n'

function askForUpgrade(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(426, { Connection: 'close', Upgrade: 'websocket', 'Content-Type': 'text/plain' })
  response.end(UPGRADE_TEXT)
}

function boundTo(address: AddressInfo | string | null): { host?: string; port?: number } {
  return address === null || typeof address === 'string' ? {} : { host: address.address, port: address.port }
}

function listenError(url: string, cause: Error): P2pError {
  return errorCode(cause) === 'EADDRINUSE' ? addressInUse(url, cause) : listenFailed(url, cause)
}
