import type { Socket } from 'node:net'
import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions } from '../contract'
import { DriverLife } from '../driver-life'
import type { Dial } from '../driver-life'
import { KeepAlive } from '../keep-alive'
import type { ProxyRoute, Tunnel } from '../proxy/proxy-route'
import { StreamAcceptor } from './stream-acceptor'
import type { StreamAddress } from './stream-address'
import { StreamDial } from './stream-dial'
import type { DialledStream } from './stream-dial'
import type { StreamSocket } from './stream-socket'

/** What makes byte streams of one kind. */
export interface StreamTransport {
  /** Also its scheme. */
  readonly name: string
  readonly encryption: boolean
  /** As that of a driver, where it connects by itself. */
  readonly judgesNames: boolean
  /** Binds, hands connections to the acceptor, and names the address in it. Rejects as `Driver.listen`. */
  listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener>
  /** Gets ready to connect. Throws or rejects as `Driver.dial` for an address or for files that are wrong. */
  prepareDial(url: string, options: DialOptions): StreamDialler | Promise<StreamDialler>
}

/** What is ready to connect. */
export interface StreamDialler {
  /** Where to; undefined where no proxy leads there. */
  readonly target: StreamAddress | undefined
  /** Begins to connect: anew, or over a connection that a proxy has opened. */
  connect(below: Socket | undefined): DialledStream
}

export interface StreamDriverOptions {
  readonly kit: Kit
  /** Time in ms between two looks at a link. 0: none. */
  readonly keepAliveMs: number
  /** By which peers are dialled [directly]. */
  readonly proxy?: ProxyRoute | undefined
}

/** A driver of byte streams: frames behind their lengths, over what a transport connects. */
export class StreamDriver implements Driver {
  readonly name: string
  readonly schemes: readonly string[]
  readonly supports: Driver['supports']
  readonly judgesNames: boolean
  readonly #kit: Kit
  readonly #transport: StreamTransport
  readonly #proxy: ProxyRoute | undefined
  readonly #life: DriverLife<StreamSocket>

  constructor(transport: StreamTransport, { kit, keepAliveMs, proxy }: StreamDriverOptions) {
    this.name = transport.name
    this.schemes = [transport.name]
    this.supports = { listen: true, dial: true, encryption: transport.encryption, browser: false }
    this.#kit = kit
    this.#transport = transport
    this.#proxy = proxy
    this.judgesNames = proxy === undefined && transport.judgesNames
    this.#life = new DriverLife<StreamSocket>(new KeepAlive(kit.clock, keepAliveMs))
  }

  listen(url: string, options: ListenOptions): Promise<DriverListener> {
    return this.#life.track(this.#listen(url, options))
  }

  async #listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const life = this.#life
    life.assertMayListen(url)
    const context = { kit: this.#kit, onAccepted: life.addSocket, onGone: life.deleteSocket }
    return life.addListenerMaybe(url, await this.#transport.listen(url, new StreamAcceptor(options, context)))
  }

  dial(url: string, options: DialOptions): Promise<DriverSocket> {
    return this.#life.track(this.#dial(url, options))
  }

  async #dial(url: string, options: DialOptions): Promise<DriverSocket> {
    this.#life.assertMayDial(url, options)
    const dialler = await this.#transport.prepareDial(url, options)
    const kit = this.#kit
    return this.#life.dial(options, (events) => {
      const begin = (tunnel?: Tunnel): Dial => {
        const context = { kit, spentMs: tunnel?.spentMs, ...events }
        return new StreamDial(url, dialler.connect(tunnel?.raw), { options, context })
      }
      const { target } = dialler
      if (this.#proxy === undefined || target === undefined) return begin()
      return this.#proxy.dial({ url, ...target }, { clock: kit.clock, options, onFailed: events.onFailed, begin })
    })
  }

  close(): Promise<void> {
    return this.#life.close()
  }
}
