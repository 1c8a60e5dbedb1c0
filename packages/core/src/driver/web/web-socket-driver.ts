import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, DriverSocket } from '../contract'
import { dialFailed, listenFailed } from '../driver-errors'
import { DriverLife } from '../driver-life'
import { parseDialAddress } from '../ws-url'
import { WebDial } from './web-dial'
import type { WebDriverSocket } from './web-driver-socket'
import type { WebSocketClass, WebSocketLike } from './web-socket'

/** What a driver of a browser's WebSockets is made of. */
export interface WebSocketDriverOptions {
  readonly kit: Pick<Kit, 'clock' | 'defer'>
  /** The class of the platform, such as `globalThis.WebSocket`. */
  readonly WebSocket: WebSocketClass
}

/**
 * Makes a driver for `ws://` and `wss://` of the class that browsers have: it dials, and cannot listen. A page has no
 * hand on frames before they are whole, on pings, nor on the address that a name stands for; close codes of ours are
 * written as 4001 to 4014 (1001 to 1014), since a page may use no others.
 */
export function createWebSocketDriver(options: WebSocketDriverOptions): Driver {
  return new WebSocketDriver(options)
}

class WebSocketDriver implements Driver {
  readonly name = 'web-socket'
  readonly schemes = ['ws', 'wss']
  readonly supports = { listen: false, dial: true, encryption: true, browser: true }
  readonly #options: WebSocketDriverOptions
  readonly #life = new DriverLife<WebDriverSocket>()

  constructor(options: WebSocketDriverOptions) {
    this.#options = options
  }

  listen(url: string): Promise<DriverListener> {
    return Promise.reject(listenFailed(url, 'a page cannot be dialled; let it dial, and ask it on that socket'))
  }

  dial(url: string, options: DialOptions): Promise<DriverSocket> {
    return this.#life.track(this.#dial(url, options))
  }

  async #dial(url: string, options: DialOptions): Promise<DriverSocket> {
    parseDialAddress(url)
    this.#life.assertMayDial(url, options)
    const ws = this.#begin(url)
    const { kit } = this.#options
    return await this.#life.dial(options, (events) => new WebDial(ws, url, { options, context: { kit, ...events } }))
  }

  close(): Promise<void> {
    return this.#life.close()
  }

  /** A browser refuses some addresses at once: `ws://` for a page that came over `https://`, ports of other protocols. */
  #begin(url: string): WebSocketLike {
    try {
      const ws = new this.#options.WebSocket(url)
      ws.binaryType = 'arraybuffer'
      return ws
    } catch (cause) {
      throw dialFailed(url, cause)
    }
  }
}
