import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket, ListenOptions } from '../contract'
import { DriverLife } from '../driver-life'
import { KeepAlive } from '../keep-alive'
import { StreamAcceptor } from './stream-acceptor'
import { StreamDial } from './stream-dial'
import type { DialledStream } from './stream-dial'
import type { StreamSocket } from './stream-socket'

/** What makes byte streams of one kind. */
export interface StreamTransport {
  /** Also its scheme. */
  readonly name: string
  readonly encryption: boolean
  /** Binds, hands connections to the acceptor, and names the address in it. Rejects as `Driver.listen`. */
  listen(url: string, acceptor: StreamAcceptor): Promise<DriverListener>
  /** Begins to connect. Throws or rejects as `Driver.dial` for an address or for files that are wrong. */
  dial(url: string, options: DialOptions): DialledStream | Promise<DialledStream>
}

export interface StreamDriverOptions {
  readonly kit: Kit
  /** Time in ms between two looks at a link. 0: none. */
  readonly keepAliveMs: number
}

/** A driver of byte streams: frames behind their lengths, over what a transport connects. */
export class StreamDriver implements Driver {
  readonly name: string
  readonly schemes: readonly string[]
  readonly supports: Driver['supports']
  readonly #kit: Kit
  readonly #transport: StreamTransport
  readonly #life: DriverLife<StreamSocket>

  constructor(transport: StreamTransport, { kit, keepAliveMs }: StreamDriverOptions) {
    this.name = transport.name
    this.schemes = [transport.name]
    this.supports = { listen: true, dial: true, encryption: transport.encryption, browser: false }
    this.#kit = kit
    this.#transport = transport
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
    const stream = await this.#transport.dial(url, options)
    const kit = this.#kit
    return this.#life.dial(options, (events) => new StreamDial(url, stream, { options, context: { kit, ...events } }))
  }

  close(): Promise<void> {
    return this.#life.close()
  }
}
