import { SocketAddress } from 'node:net'
import type { Server, Socket } from 'node:net'
import { printable } from '../../printable'
import { plainHost } from '../host-name'
import { TrustedProxies } from './trusted-proxies'
import type { RemoteEnd } from './trusted-proxies'

/** The beginning of each header (PROXY protocol, version 2, 2.2). */
const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
/** Signature, version and command, family, length. */
const FIXED_BYTES = 16
/** Longest header that is taken, in bytes: as long as senders should make one at most (2.2). */
export const LONGEST_PROXY_HEADER = 536
const Command = { LOCAL: 0x20, PROXY: 0x21 } as const
const Family = { UNSPECIFIED: 0x00, TCP4: 0x11, TCP6: 0x21 } as const

/** What a header says: where the connection comes from; undefined where it comes from the proxy itself. */
interface Read {
  readonly end: RemoteEnd | undefined
  readonly bytes: number
}

/**
 * Reads a header from what has come so far; undefined where there is more to come. Throws an Error that says what is wrong
 * as soon as it is.
 */
export function readProxyHeader(received: Buffer): Read | undefined {
  const begin = received.subarray(0, SIGNATURE.length)
  if (!SIGNATURE.subarray(0, begin.length).equals(begin)) throw new Error(`it began with "${shown(received)}"`)
  if (received.length < FIXED_BYTES) return undefined
  const [command, family] = received.subarray(SIGNATURE.length)
  const bytes = FIXED_BYTES + received.readUInt16BE(FIXED_BYTES - 2)
  if (command !== Command.LOCAL && command !== Command.PROXY) throw new Error(`its command is ${String(command)}`)
  if (bytes > LONGEST_PROXY_HEADER) throw new Error(`it is longer than ${LONGEST_PROXY_HEADER} bytes`)
  if (received.length < bytes) return undefined
  if (command === Command.LOCAL || family === Family.UNSPECIFIED) return { end: undefined, bytes }
  return { end: endIn(family, received.subarray(FIXED_BYTES, bytes)), bytes }
}

/** Source address, destination address, source port, destination port; what stands behind them is passed over. */
function endIn(family: number | undefined, addresses: Buffer): RemoteEnd {
  if (family !== Family.TCP4 && family !== Family.TCP6) throw new Error(`its family is ${String(family)}`)
  const length = family === Family.TCP4 ? 4 : 16
  if (addresses.length < 2 * length + 4) throw new Error(`it has ${addresses.length} bytes of addresses`)
  const source = addresses.subarray(0, length)
  const host = family === Family.TCP4 ? source.join('.') : plainHost(ipv6Text(source))
  return { host, port: addresses.readUInt16BE(2 * length) }
}

function ipv6Text(bytes: Buffer): string {
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

/** Most letters of a wrong header that a report shows. */
const SHOWN_LETTERS = 60

function shown(received: Buffer): string {
  return printable(received.toString('latin1', 0, SHOWN_LETTERS))
}

export interface ProxyHeaderEvents {
  /** Whether the host that is behind the proxy may connect: one that may not is dropped. */
  readonly mayConnect: (host: string) => boolean
  /** The header is over; the connection is paused, and what came behind it waits there. */
  readonly onHeader: () => void
  /** What came is no header: the connection is of no use. */
  readonly onFault: (why: string) => void
}

/** Reads the headers with which trusted proxies begin a connection, and knows who is behind them. */
export class ProxyHeaders {
  readonly #proxies: TrustedProxies
  readonly #ends = new WeakMap<Socket, RemoteEnd>()

  /** @param trustProxy addresses and networks: nobody else begins with a header */
  constructor(trustProxy: readonly string[]) {
    this.#proxies = new TrustedProxies(trustProxy)
  }

  /** Where a connection comes from, as its proxy says; undefined where none has said it. */
  endOf(raw: Socket): RemoteEnd | undefined {
    return this.#ends.get(raw)
  }

  /** Reads the header of a trusted proxy; others have none. The connection may still break: its events are the caller's. */
  read(raw: Socket, { mayConnect, onHeader, onFault }: ProxyHeaderEvents): void {
    if (!this.#proxies.trusts(plainHost(raw.remoteAddress ?? ''))) return onHeader()
    let received: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk])
      const read = readMaybe(received)
      if (read === undefined) return
      raw.off('data', onData)
      if (typeof read === 'string') return onFault(`no header of the PROXY protocol, version 2, came: ${read}`)
      raw.pause()
      if (received.length > read.bytes) raw.unshift(received.subarray(read.bytes))
      if (read.end !== undefined && !mayConnect(read.end.host)) return void raw.destroy()
      if (read.end !== undefined) this.#ends.set(raw, read.end)
      onHeader()
    }
    raw.on('data', onData)
  }
}

/** Gives what is wrong as a text. */
function readMaybe(received: Buffer): Read | string | undefined {
  try {
    return readProxyHeader(received)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Those who listen for the connections of a server hear of each one when `before` lets it go on. */
export function delayConnections(server: Server, before: (raw: Socket, goOn: () => void) => void): void {
  const listeners = server.listeners('connection')
  server.removeAllListeners('connection')
  server.on('connection', (raw: Socket) => {
    before(raw, () => {
      for (const listener of listeners) Reflect.apply(listener, server, [raw])
    })
  })
}
