import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { SecureContext } from 'node:tls'
import type { WebSocket } from 'ws'
import type { WsConfig } from '../../config/config'
import { errorCode } from '../../errors'
import type { P2pError } from '../../errors'
import type { Kit } from '../../kit'
import type { DialOptions } from '../contract'
import { DialAttempt } from '../dial-attempt'
import { dialFailed, dialRefused } from '../driver-errors'
import type { Dial, DialEvents } from '../driver-life'
import type { Tunnel } from '../proxy/proxy-route'
import { targetOf } from '../ws-url'
import { lookupOptions } from '../net/judged-lookup'
import { tlsDialFailed } from '../tls/tls-errors'
import { tlsExporter } from '../tls/tls-exporter'
import { plainHost } from '../host-name'
import { loadWs } from './ws-library'
import { wsOptions } from './ws-options'
import { WsSocket } from './ws-socket'

export interface WsDialAddress {
  readonly url: string
  /** `url`, parsed. */
  readonly address: URL
  /** Whom to trust; there for `wss://`. */
  readonly secureContext?: SecureContext
  /** What a proxy has opened; undefined where none is asked. */
  readonly tunnel?: Tunnel | undefined
}

export interface WsDialContext extends DialEvents<WsSocket> {
  readonly kit: Kit
  readonly config: WsConfig
}

/** One attempt to connect, up to the answer to its request for an upgrade. */
export class WsDial implements Dial {
  readonly #url: string
  readonly #options: DialOptions
  readonly #context: WsDialContext
  readonly #ws: WebSocket
  readonly #attempt: DialAttempt
  #raw: Socket | undefined
  /** Through a proxy the connection has the proxy's address. */
  readonly #proxiedHost: string | undefined

  constructor({ url, address, secureContext, tunnel }: WsDialAddress, options: DialOptions, context: WsDialContext) {
    this.#url = url
    this.#options = options
    this.#context = context
    this.#ws = new (loadWs().WebSocket)(address, {
      ...wsOptions(context.config, options.limits),
      ...(tunnel === undefined ? lookupOptions(options) : tunnelOptions(tunnel, secureContext)),
      ...tlsOptions(secureContext)
    })
    this.#proxiedHost = tunnel && targetOf(address).host
    this.#ws.on('upgrade', this.#onUpgrade)
    this.#ws.on('open', this.#onOpen)
    this.#ws.on('unexpected-response', this.#onRefused)
    // Stays for the whole life of `ws`: what it gives up for its own reasons is an error event too.
    this.#ws.on('error', this.#onError)
    this.#attempt = new DialAttempt(url, options, {
      clock: context.kit.clock,
      spentMs: tunnel?.spentMs,
      drop: () => this.#ws.terminate(),
      onFailed: context.onFailed
    })
  }

  abort(cause: unknown): void {
    this.#attempt.abort(cause)
  }

  readonly #onUpgrade = (response: IncomingMessage): void => {
    this.#raw = response.socket
  }

  readonly #onOpen = (): void => {
    const raw = this.#raw
    if (raw === undefined || !this.#attempt.settle()) return this.#ws.terminate()
    const { kit, onGone, onOpen } = this.#context
    const host = this.#proxiedHost ?? plainHost(raw.remoteAddress ?? '')
    const url = this.#url
    const { limits } = this.#options
    const exporter = tlsExporter(raw)
    onOpen(new WsSocket(this.#ws, raw, { kit, limits, dials: true, url, peer: url, host, exporter, onGone }))
  }

  readonly #onRefused = (_request: ClientRequest, response: IncomingMessage): void => {
    this.#attempt.fail(dialRefused(this.#url, response.statusCode ?? 0, response.statusMessage ?? ''))
  }

  readonly #onError = (cause: Error): void => {
    this.#attempt.fail(failureOf(this.#url, cause))
  }
}

/** Over TLS the library hands the socket on to `tls.connect`. */
function tunnelOptions({ raw }: Tunnel, secureContext: SecureContext | undefined) {
  if (secureContext !== undefined) return { socket: raw }
  raw.resume()
  return { createConnection: () => raw }
}

/** Said although it is the default: NODE_TLS_REJECT_UNAUTHORIZED=0 would change that. */
function tlsOptions(secureContext: SecureContext | undefined) {
  return secureContext === undefined ? {} : { secureContext, rejectUnauthorized: true }
}

/** What a listener of TLS does with a request that is not sealed. */
const HUNG_UP = /^(ECONNRESET|HPE_\w+)$/

function failureOf(url: string, cause: unknown): P2pError {
  if (/^wss:/i.test(url)) return tlsDialFailed(url, 'drivers.ws.tls', cause)
  return dialFailed(url, cause, HUNG_UP.test(errorCode(cause) ?? '') ? '; is it a wss:// address?' : '')
}
