import type { Socket } from 'node:net'
import type { ProxyConfig } from '../../config/config'
import type { P2pError } from '../../errors'
import type { Clock } from '../../kit'
import type { DialOptions } from '../contract'
import type { Dial } from '../driver-life'
import { DirectHosts, readProxy } from '../proxy-address'
import type { ProxyAddress } from '../proxy-address'
import { TunnelDial } from './tunnel-dial'

/** What is dialled. */
export interface RouteTarget {
  readonly url: string
  /** Name or IP address, without brackets. */
  readonly host: string
  readonly port: number
}

/** A connection that a proxy has opened. */
export interface Tunnel {
  /** Paused. */
  readonly raw: Socket
  /** How much of `limits.handshakeMs` is over, in ms. */
  readonly spentMs: number
}

export interface RouteContext {
  readonly clock: Clock
  readonly options: DialOptions
  readonly onFailed: (error: P2pError) => void
  /** Goes on over the tunnel, or directly where there is none to be. */
  readonly begin: (tunnel: Tunnel | undefined) => Dial
}

/** The way by which peers are dialled: through a proxy, but for hosts that are listed. */
export class ProxyRoute {
  readonly #proxy: ProxyAddress
  readonly #direct: DirectHosts

  constructor(proxy: ProxyAddress, direct: readonly string[]) {
    this.#proxy = proxy
    this.#direct = new DirectHosts(direct)
  }

  /** Begins a dial: a tunnel first, where the host is not one of those that are reached directly. */
  dial({ url, host, port }: RouteTarget, context: RouteContext): Dial {
    if (this.#direct.has(host)) return context.begin(undefined)
    return new StagedDial((onOpen) => {
      const { clock, options, onFailed } = context
      return new TunnelDial({ url, host, port, proxy: this.#proxy }, options, { clock, onFailed, onOpen })
    }, context.begin)
  }
}

/** The route that a configuration asks for; undefined where it names no proxy. */
export function createProxyRoute({ url, direct }: ProxyConfig): ProxyRoute | undefined {
  const proxy = readProxy(url)
  return proxy && new ProxyRoute(proxy, direct)
}

/** A tunnel, then what is dialled over it. */
class StagedDial implements Dial {
  #stage: Dial

  constructor(tunnel: (onOpen: (raw: Socket, spentMs: number) => void) => Dial, begin: (tunnel: Tunnel) => Dial) {
    this.#stage = tunnel((raw, spentMs) => {
      this.#stage = begin({ raw, spentMs })
    })
  }

  abort(cause: unknown): void {
    this.#stage.abort(cause)
  }
}
