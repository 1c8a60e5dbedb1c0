import { Dialer } from './deliver/dialer'
import type { DialerOptions } from './deliver/dialer'
import type { ConnectOptions } from './deliver/options'
import { Redialer } from './deliver/redialer'
import type { RedialConfig } from './config/config'
import { distinctUrls } from './driver/canonical-url'
import type { P2pSocket } from './driver/socket'
import { errorCode, errorText, isErrorCode, P2pError } from './errors'
import type { Kit } from './kit'

export interface OutboundDeskOptions extends Omit<DialerOptions, 'onDuplicate'> {
  readonly kit: Kit
  /** The addresses of the configuration, which are dialled again when they are lost. */
  readonly connect: readonly string[]
  readonly redial: RedialConfig
  readonly onWarning: (error: P2pError) => void
}

/** Where a node dials: what it is asked to, and the addresses that it keeps connected. */
export class OutboundDesk {
  readonly #dialer: Dialer
  readonly #redialers: readonly Redialer[]

  constructor(options: OutboundDeskOptions) {
    const { kit, connect, redial, onWarning } = options
    this.#dialer = new Dialer({ ...options, onDuplicate: (url) => onWarning(duplicateError(url)) })
    this.#redialers = distinctUrls(connect).map((url) => {
      const dial = (): Promise<P2pSocket> => this.connect(url)
      const onFailure = (error: unknown, waitMs: number): void => onWarning(redialWarning(url, error, waitMs))
      return new Redialer({ kit, config: redial, url, dial, onFailure })
    })
  }

  /** As Dialer.connect. */
  connect(url: string, options?: ConnectOptions): Promise<P2pSocket> {
    return this.#dialer.connect(url, options)
  }

  /** As Dialer.reach. */
  reach(url: string, options?: ConnectOptions): Promise<void> {
    return this.#dialer.reach(url, options)
  }

  /** Dials each address of the configuration once, and settles then: one that failed is dialled again later. */
  async start(): Promise<void> {
    await Promise.all(this.#redialers.map((redialer) => redialer.start()))
  }

  /** A socket closed: if it was that of an address of the configuration, this is dialled again. */
  socketClosed(socket: P2pSocket): void {
    for (const redialer of this.#redialers) redialer.socketClosed(socket)
  }

  /** Ends what is under way, and dials nobody any more: later calls reject with `error`. */
  close(error: P2pError): Promise<void> {
    for (const redialer of this.#redialers) redialer.stop()
    return this.#dialer.close(error)
  }

  /** Dials again after `close`, and settles as `start` does. */
  async reopen(): Promise<void> {
    this.#dialer.reopen()
    await Promise.all(this.#redialers.map((redialer) => redialer.restart()))
  }
}

function duplicateError(url: string): P2pError {
  return new P2pError('ERR_TRUSTP2P_SOCKET_DUPLICATE', `duplicate driver: ${url} is connected already, and stays so`)
}

/** The error of the attempt, with what happens next. */
function redialWarning(url: string, cause: unknown, waitMs: number): P2pError {
  const code = errorCode(cause) ?? ''
  const text = `${errorText(cause)}; ${url} is dialled again in ${(waitMs / 1000).toFixed(1)} s`
  return new P2pError(isErrorCode(code) ? code : 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED', text, { cause })
}
