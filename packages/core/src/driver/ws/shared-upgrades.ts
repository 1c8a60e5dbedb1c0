import type { IncomingMessage, Server as HttpServer } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import { pathOf } from './ws-acceptor'

/** A server of the program, on which a node is a guest. */
export type SharedServer = HttpServer | HttpsServer

export type UpgradeTaker = (request: IncomingMessage, head: Buffer) => void

const known = new WeakMap<SharedServer, SharedUpgrades>()

/**
 * Whose the upgrades of one server are, by path: those to WebSocket on a path of ours are a node's, all others the
 * program's.
 */
export class SharedUpgrades {
  readonly #server: SharedServer
  readonly #takers = new Map<string, UpgradeTaker>()
  /** How much of a connection had been read by the end of the last request that was given back. */
  readonly #givenBack = new WeakMap<Socket, number>()

  private constructor(server: SharedServer) {
    this.#server = server
  }

  /** Gives the one of a server. */
  static of(server: SharedServer): SharedUpgrades {
    const upgrades = known.get(server) ?? new SharedUpgrades(server)
    known.set(server, upgrades)
    return upgrades
  }

  has(path: string): boolean {
    return this.#takers.has(path)
  }

  add(path: string, taker: UpgradeTaker): void {
    if (this.#takers.size === 0) this.#server.on('upgrade', this.#onUpgrade)
    this.#takers.set(path, taker)
  }

  delete(path: string): void {
    this.#takers.delete(path)
    if (this.#takers.size === 0) this.#server.off('upgrade', this.#onUpgrade)
  }

  readonly #onUpgrade = (request: IncomingMessage, _raw: unknown, head: Buffer): void => {
    const taker = isWebSocket(request) ? this.#takers.get(pathOf(request)) : undefined
    if (taker !== undefined) taker(request, head)
    else if (this.#server.listenerCount('upgrade') === 1) this.#giveBack(request, head)
  }

  /**
   * Without a listener to 'upgrade' Node would have answered this as any request: HTTP clients offer an upgrade to
   * HTTP/2 that a server may pass over (RFC 9110, 7.8). Ours is the only one, and has kept it from that: so the server
   * gets the request again, as the first one of its connection, and without what made it an upgrade. Should it still
   * count as one, by whatever a parser makes of it, the connection ends: it would come again for ever.
   */
  #giveBack(request: IncomingMessage, head: Buffer): void {
    const { socket } = request
    const end = socket.bytesRead - head.length
    if (end <= (this.#givenBack.get(socket) ?? -1)) {
      socket.destroy()
      return
    }
    this.#givenBack.set(socket, end)
    socket.unshift(Buffer.concat([Buffer.from(headOf(request), 'latin1'), head]))
    this.#server.emit(isSecure(this.#server) ? 'secureConnection' : 'connection', socket)
  }
}

/** True for a server of TLS. */
export function isSecure(server: SharedServer): server is HttpsServer {
  return 'setSecureContext' in server
}

function isWebSocket({ headers: { upgrade = '' } }: IncomingMessage): boolean {
  return upgrade.toLowerCase() === 'websocket'
}

/**
 * Headers of which Node takes the option `upgrade`; the second was never a standard, but clients sent it to proxies.
 */
const CONNECTION_HEADERS = new Set(['connection', 'proxy-connection'])

/** Writes the head of a request as it came, but for its offer of an upgrade. */
function headOf({ method = '', url = '', httpVersion, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/${httpVersion}`]
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const value = rawHeaders[index + 1] ?? ''
    const lowerName = name.trim().toLowerCase()
    if (lowerName === 'upgrade') continue
    lines.push(`${name}: ${CONNECTION_HEADERS.has(lowerName) ? withoutUpgrade(value) : value}`)
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}

function withoutUpgrade(options: string): string {
  const others = options.split(',').filter((option) => option.trim().toLowerCase() !== 'upgrade')
  return others.join(',').trim()
}
