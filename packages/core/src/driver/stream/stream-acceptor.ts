import type { Socket } from 'node:net'
import type { Kit } from '../../kit'
import { printable } from '../../printable'
import { RateGate } from '../../rate-gate'
import type { ListenOptions } from '../contract'
import { handshakeRefused } from '../driver-errors'
import type { ProxyHeaders } from '../proxy/proxy-header'
import { HalfOpen } from '../net/half-open'
import { tlsExporter } from '../tls/tls-exporter'
import { formatPeer, plainHost } from '../host-name'
import { WARNINGS_PER_MINUTE } from '../net/refusals'
import { PREFACE, readPreface } from './preface'
import { StreamSocket } from './stream-socket'

export interface StreamAcceptContext {
  readonly kit: Kit
  /** A socket was accepted; it is handed to `ListenOptions.onSocket` after this. */
  readonly onAccepted: (socket: StreamSocket) => void
  readonly onGone: (socket: StreamSocket) => void
}

/** Who connected. */
export interface RemoteEnd {
  readonly peer: string
  readonly host: string
}

/** Makes sockets of connections whose peers begin with the preface, and drops the others. */
export class StreamAcceptor {
  readonly options: ListenOptions
  readonly kit: Kit
  readonly #context: StreamAcceptContext
  readonly #halfOpen: HalfOpen
  readonly #refusals: RateGate
  /** That of the listener, once it is bound. */
  address = ''

  constructor(options: ListenOptions, context: StreamAcceptContext) {
    this.options = options
    this.kit = context.kit
    this.#context = context
    this.#halfOpen = new HalfOpen(context.kit.clock, () => options.limits.handshakeMs)
    this.#refusals = new RateGate(context.kit.clock, WARNINGS_PER_MINUTE)
  }

  /**
   * The time of a connection's handshake begins; without `accept` it is dropped when that is over. Drops that of a host
   * which may not connect, and one without a host: it is gone already, and what it sent could be of anybody.
   */
  begin(raw: Socket, host: string): void {
    raw.on('error', hangUp)
    if (host === '' || this.options.mayConnect?.(host) === false) return void raw.destroy()
    this.#halfOpen.add(raw)
  }

  /**
   * Reads what a proxy says first, where there is one that does, then goes on, unless the host behind it may not connect.
   */
  afterHeader(raw: Socket, headers: ProxyHeaders | undefined, goOn: () => void): void {
    if (raw.destroyed || headers === undefined) return raw.destroyed ? undefined : goOn()
    headers.read(raw, {
      mayConnect: (host) => this.options.mayConnect?.(host) !== false,
      onHeader: goOn,
      onFault: (why) => this.#drop(raw, formatPeer(plainHost(raw.remoteAddress ?? ''), raw.remotePort ?? 0), why)
    })
  }

  /** Takes a connection; `below` is what began, where that is another one. */
  accept(raw: Socket, end: RemoteEnd, below: Socket | undefined = raw): void {
    // A peer that leaves during its handshake is not worth a report.
    if (raw !== below) raw.on('error', hangUp)
    raw.on('end', hangUp)
    readPreface(raw, {
      onPreface: () => {
        raw.off('end', hangUp)
        if (below !== undefined) this.#halfOpen.delete(below)
        raw.write(PREFACE)
        this.#handOver(raw, end)
      },
      onOther: (text) => this.#refuse(raw, end, text)
    })
  }

  /** Drops the connections that are in their handshake. */
  destroy(): void {
    this.#halfOpen.destroy()
  }

  #handOver(raw: Socket, end: RemoteEnd): void {
    const { limits } = this.options
    const { kit, onGone, onAccepted } = this.#context
    const exporter = tlsExporter(raw)
    const socket = new StreamSocket(raw, { kit, limits, url: this.address, ...end, exporter, onGone })
    onAccepted(socket)
    this.options.onSocket(socket)
  }

  #refuse(raw: Socket, { peer }: RemoteEnd, text: string): void {
    this.#drop(raw, peer, `it speaks another protocol: ${printable(text)}`)
  }

  #drop(raw: Socket, peer: string, why: string): void {
    raw.destroy()
    const heldBack = this.#refusals.pass()
    if (heldBack === undefined) return
    this.options.onWarning(handshakeRefused({ peer, address: this.address, why, heldBack }))
  }
}

function hangUp(this: Socket): void {
  this.destroy()
}
