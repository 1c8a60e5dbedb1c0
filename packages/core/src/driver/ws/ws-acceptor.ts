import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { WebSocketServer } from 'ws'
import type { WsConfig } from '../../config/config'
import type { Kit } from '../../kit'
import { RateGate } from '../../rate-gate'
import type { ListenOptions } from '../contract'
import { handshakeRefused } from '../driver-errors'
import type { ProxyHeaders } from '../proxy/proxy-header'
import { WARNINGS_PER_MINUTE } from '../net/refusals'
import { tlsExporter } from '../tls/tls-exporter'
import type { RemoteEnd, TrustedProxies } from '../proxy/trusted-proxies'
import { formatPeer } from '../host-name'
import { loadWs } from './ws-library'
import { wsOptions } from './ws-options'
import { WsSocket } from './ws-socket'

export interface WsAcceptContext {
  readonly kit: Kit
  readonly config: WsConfig
  readonly proxies: TrustedProxies
  /** What proxies begin connections with [nothing]. */
  readonly headers?: ProxyHeaders | undefined
  /** A socket was accepted; it is handed to `ListenOptions.onSocket` after this. */
  readonly onAccepted: (socket: WsSocket) => void
  readonly onGone: (socket: WsSocket) => void
}

/** Makes sockets of requests for an upgrade, or refuses them. */
export class WsAcceptor {
  readonly #options: ListenOptions
  readonly #context: WsAcceptContext
  readonly #upgrader: WebSocketServer
  readonly #refusals: RateGate
  /** What the options of the upgrader were made of. */
  #frameBytes: number

  constructor(options: ListenOptions, context: WsAcceptContext) {
    this.#options = options
    this.#context = context
    this.#frameBytes = options.limits.frameBytes
    this.#refusals = new RateGate(context.kit.clock, WARNINGS_PER_MINUTE)
    const { WebSocket, WebSocketServer } = loadWs()
    this.#upgrader = new WebSocketServer({
      ...wsOptions(context.config, options.limits),
      WebSocket,
      noServer: true,
      clientTracking: false
    })
  }

  /** `address` is that of the listener. `onOpen` is called before the socket is handed over. */
  accept(request: IncomingMessage, head: Buffer, { address, onOpen, told }: AcceptOptions): void {
    const raw = request.socket
    const why = this.#originRefusal(request)
    if (why !== undefined) return this.refuse(request, { address, status: '403 Forbidden', why, told })
    const { kit, proxies, onAccepted, onGone } = this.#context
    const { host, port } = proxies.remoteEnd(raw, request.headers, told)
    this.#renewOptions()
    this.#upgrader.handleUpgrade(request, raw, head, (ws) => {
      onOpen()
      const { limits } = this.#options
      const peer = formatPeer(host, port)
      const exporter = tlsExporter(raw)
      const socket = new WsSocket(ws, raw, { kit, limits, dials: false, url: address, peer, host, exporter, onGone })
      onAccepted(socket)
      this.#options.onSocket(socket)
    })
  }

  /** The library reads its options for each connection: limits may have changed since the one before. */
  #renewOptions(): void {
    const { limits } = this.#options
    if (limits.frameBytes === this.#frameBytes) return
    this.#frameBytes = limits.frameBytes
    Object.assign(this.#upgrader.options, wsOptions(this.#context.config, limits))
  }

  /** Answers with a status and hangs up; the node is told. */
  refuse({ socket: raw, headers }: IncomingMessage, { address, status, why, told }: Refusal): void {
    raw.on('error', () => raw.destroy())
    raw.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => raw.destroy())
    this.#tell({ address, why }, () => this.#context.proxies.remoteEnd(raw, headers, told))
  }

  /** Drops a connection on which no request came that could be answered; the node is told. */
  drop(raw: Socket, address: string, why: string): void {
    raw.destroy()
    this.#tell({ address, why }, () => this.#context.proxies.remoteEnd(raw, {}))
  }

  /** Who it was is not worked out for nobody. */
  #tell(facts: Pick<Refusal, 'address' | 'why'>, who: () => RemoteEnd): void {
    const heldBack = this.#refusals.pass()
    if (heldBack === undefined) return
    const { host, port } = who()
    this.#options.onWarning(handshakeRefused({ peer: formatPeer(host, port), ...facts, heldBack }))
  }

  #originRefusal({ headers }: IncomingMessage): string | undefined {
    // Version 8 of the protocol, which the library still accepts, calls the header by another name.
    const origin = headers.origin ?? headers['sec-websocket-origin']
    if (origin === undefined || this.#context.config.origins.includes(String(origin))) return undefined
    return `the origin ${String(origin)} is not listed in drivers.ws.origins`
  }
}

export interface AcceptOptions {
  readonly address: string
  /** Where the connection comes from, as a proxy said before the request [it said nothing]. */
  readonly told?: RemoteEnd | undefined
  readonly onOpen: () => void
}

export interface Refusal {
  readonly address: string
  readonly told?: RemoteEnd | undefined
  /** Status line without the version: `404 Not Found`. */
  readonly status: string
  readonly why: string
}

/** The path of a request, without its query. */
export function pathOf({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  return url.split('?', 1)[0] ?? ''
}
