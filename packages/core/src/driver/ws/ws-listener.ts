import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { WebSocketServer } from 'ws'
import type { WsConfig } from '../../config/config'
import { errorCode } from '../../errors'
import type { P2pError } from '../../errors'
import type { Kit } from '../../kit'
import type { DriverListener, ListenOptions } from '../contract'
import { addressInUse, handshakeRefused, listenFailed } from '../driver-errors'
import { HalfOpen } from './half-open'
import { WarningGate } from './warning-gate'
import { formatAddress, formatPeer, plainHost } from './ws-address'
import type { WsAddress } from './ws-address'
import { loadWs } from './ws-library'
import { wsOptions } from './ws-options'
import { WsSocket } from './ws-socket'

export interface WsListenContext {
  readonly kit: Kit
  readonly config: WsConfig
  /** A socket was accepted; it is handed to `ListenOptions.onSocket` after this. */
  readonly onAccepted: (socket: WsSocket) => void
  readonly onGone: (socket: WsSocket) => void
}

/** Accepts WebSockets on one address. */
export class WsListener implements DriverListener {
  readonly #wanted: WsAddress
  readonly #options: ListenOptions
  readonly #context: WsListenContext
  readonly #http: Server
  readonly #upgrader: WebSocketServer
  readonly #halfOpen: HalfOpen
  readonly #refusals: WarningGate
  #address = ''
  /** Settles once the listener and every connection that it accepted are gone. */
  readonly gone: Promise<void>

  constructor(wanted: WsAddress, options: ListenOptions, context: WsListenContext) {
    this.#wanted = wanted
    this.#options = options
    this.#context = context
    this.#halfOpen = new HalfOpen(context.kit.clock, options.limits.handshakeMs)
    this.#refusals = new WarningGate(context.kit.clock, (error) => options.onWarning(error))
    this.#upgrader = new (loadWs().WebSocketServer)({
      ...wsOptions(context.config, options.limits),
      noServer: true,
      clientTracking: false
    })
    // The library's own timeouts of a request are off: the time that a half-open connection has covers them.
    this.#http = createServer({ headersTimeout: 0, requestTimeout: 0 }, askForUpgrade)
    this.#http.on('connection', (raw: Socket) => this.#halfOpen.add(raw))
    this.#http.on('upgrade', (request, _raw, head) => this.#onUpgrade(request, head))
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
        this.#address = formatAddress({ ...this.#wanted, ...boundTo(this.#http.address()) })
        resolve()
      })
    })
  }

  /** The port is free once this settled. */
  close(): Promise<void> {
    this.#http.close()
    this.#halfOpen.destroy()
    return Promise.resolve()
  }

  #onUpgrade(request: IncomingMessage, head: Buffer): void {
    const raw = request.socket
    const refusal = this.#refusalOf(request)
    if (refusal !== undefined) return this.#refuse(raw, refusal)
    this.#upgrader.handleUpgrade(request, raw, head, (ws) => {
      this.#halfOpen.delete(raw)
      const { kit, onGone } = this.#context
      const socket = new WsSocket(ws, raw, {
        kit,
        limits: this.#options.limits,
        url: this.#address,
        peer: peerOf(raw),
        host: hostOf(raw),
        onGone
      })
      this.#context.onAccepted(socket)
      this.#options.onSocket(socket)
    })
  }

  #refusalOf({ url = '', headers }: IncomingMessage): Refusal | undefined {
    const path = url.split('?', 1)[0]
    if (path !== this.#wanted.path) return { status: '404 Not Found', why: `nothing listens on the path ${path}` }
    // Version 8 of the protocol, which the library still accepts, calls the header by another name.
    const origin = headers.origin ?? headers['sec-websocket-origin']
    if (origin === undefined || this.#context.config.origins.includes(String(origin))) return undefined
    return { status: '403 Forbidden', why: `the origin ${String(origin)} is not listed in drivers.ws.origins` }
  }

  #refuse(raw: Socket, { status, why }: Refusal): void {
    raw.on('error', () => raw.destroy())
    raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => raw.destroy())
    const peer = peerOf(raw)
    this.#refusals.warn((heldBack) => handshakeRefused({ peer, address: this.#address, why, heldBack }))
  }
}

function hostOf({ remoteAddress = '' }: Socket): string {
  return plainHost(remoteAddress)
}

function peerOf(raw: Socket): string {
  return formatPeer(hostOf(raw), raw.remotePort ?? 0)
}

interface Refusal {
  readonly status: string
  readonly why: string
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
