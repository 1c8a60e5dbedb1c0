import type { Kit } from '../../kit'
import type { DialOptions } from '../contract'
import { DialAttempt } from '../dial-attempt'
import { dialFailed } from '../driver-errors'
import type { Dial, DialEvents } from '../driver-life'
import { hostOfUrl } from '../host-name'
import { WebDriverSocket } from './web-driver-socket'
import { causeOf } from './web-socket'
import type { WebSocketLike } from './web-socket'

const HINT = '; it may be down, have a certificate that is not trusted, or not list the origin of this page'

export interface WebDialContext extends DialEvents<WebDriverSocket> {
  readonly kit: Pick<Kit, 'clock' | 'defer'>
}

/** One attempt to connect, which a browser has begun. */
export class WebDial implements Dial {
  readonly #ws: WebSocketLike
  readonly #url: string
  readonly #options: DialOptions
  readonly #context: WebDialContext
  readonly #attempt: DialAttempt

  constructor(ws: WebSocketLike, url: string, { options, context }: { options: DialOptions; context: WebDialContext }) {
    this.#ws = ws
    this.#url = url
    this.#options = options
    this.#context = context
    this.#attempt = new DialAttempt(url, options, {
      clock: context.kit.clock,
      drop: () => ws.close(),
      onFailed: context.onFailed
    })
    ws.addEventListener('open', () => this.#onOpen())
    ws.addEventListener('error', (event) => this.#attempt.fail(dialFailed(url, causeOf(event), HINT)))
    ws.addEventListener('close', (event) => this.#attempt.fail(dialFailed(url, causeOf(event), HINT)))
  }

  abort(cause: unknown): void {
    this.#attempt.abort(cause)
  }

  #onOpen(): void {
    if (!this.#attempt.settle()) return
    const { kit, onGone, onOpen } = this.#context
    const { limits } = this.#options
    const url = this.#url
    onOpen(
      new WebDriverSocket(this.#ws, { kit, limits, url, peer: url, host: hostOfUrl(url), exporter: undefined, onGone })
    )
  }
}
