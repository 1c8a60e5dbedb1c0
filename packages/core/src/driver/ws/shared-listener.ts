import type { IncomingMessage } from 'node:http'
import type { DriverListener, ShareOptions } from '../contract'
import { HalfOpen } from '../net/half-open'
import { SharedUpgrades, isSecure } from './shared-upgrades'
import type { SharedServer } from './shared-upgrades'
import { WsAcceptor } from './ws-acceptor'
import type { WsAcceptContext } from './ws-acceptor'
import { plainHost } from '../host-name'
import { formatAddress } from './ws-address'

/** What a node shares. */
export interface SharedPlace {
  readonly server: SharedServer
  /** The path is free. */
  readonly path: string
}

/**
 * Accepts WebSockets on one path of a server of the program. That one is neither bound nor closed here, and what comes
 * before a request for an upgrade is in its hands: also how long a peer may take for it.
 */
export class SharedListener implements DriverListener {
  readonly #server: SharedServer
  readonly #path: string
  readonly #options: ShareOptions
  readonly #acceptor: WsAcceptor
  /** Requests that were refused, and whose peers do not take the answer. */
  readonly #halfOpen: HalfOpen
  #closed = false

  constructor({ server, path }: SharedPlace, options: ShareOptions, context: WsAcceptContext) {
    this.#server = server
    this.#path = path
    this.#options = options
    this.#acceptor = new WsAcceptor(options, context)
    this.#halfOpen = new HalfOpen(context.kit.clock, () => options.limits.handshakeMs)
    SharedUpgrades.of(server).add(path, this.#onUpgrade)
    server.on('listening', this.#onListening)
  }

  /** Empty while the server does not listen. */
  get address(): string {
    const bound = this.#server.listening && !this.#closed ? this.#server.address() : null
    if (bound === null) return ''
    const secure = isSecure(this.#server)
    if (typeof bound === 'string') return `${secure ? 'wss' : 'ws'}+unix:${bound}:${this.#path}`
    return formatAddress({ secure, host: bound.address, port: bound.port, path: this.#path })
  }

  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true
      SharedUpgrades.of(this.#server).delete(this.#path)
      this.#server.off('listening', this.#onListening)
      this.#halfOpen.destroy()
    }
    return Promise.resolve()
  }

  readonly #onListening = (): void => this.#options.onListening(this.address)

  readonly #onUpgrade = (request: IncomingMessage, head: Buffer): void => {
    const raw = request.socket
    const host = plainHost(raw.remoteAddress ?? '')
    // As on a listener of our own; but what came before the upgrade was in the hands of the program.
    if (host === '' || this.#options.mayConnect?.(host) === false) return void raw.destroy()
    this.#halfOpen.add(raw)
    this.#acceptor.accept(request, head, { address: this.address, onOpen: () => this.#halfOpen.delete(raw) })
  }
}
