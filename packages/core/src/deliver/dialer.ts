import { errorCode, isError, P2pError } from '../errors'
import { canonicalUrl } from '../driver/canonical-url'
import { hostOfUrl } from '../driver/host-name'
import type { DriverRegistry } from '../driver/registry'
import type { DriverSocket, SocketLimits } from '../driver/contract'
import type { P2pSocket } from '../driver/socket'
import type { ExplainLog } from '../explain/explain-log'
import { readPinned } from '../identity/pinned-address'
import type { Admission } from './admission'
import type { Opening } from './opening'

export interface DialerOptions {
  readonly registry: DriverRegistry
  readonly limits: SocketLimits
  /** Who may be dialled. */
  readonly admission: Pick<Admission, 'judgeDial' | 'judgeHost'>
  /** The open outbound socket of that URL, if there is one. */
  readonly find: (url: string) => P2pSocket | undefined
  /** Makes what is said first to the peer that the address names, or to any. */
  readonly open: (pinned: string | undefined) => Opening
  /** Takes the driver's socket, in the same tick. */
  readonly adopt: (driverSocket: DriverSocket, options: { url: string; opening: Opening }) => P2pSocket
  /** Gives the socket once it is open, or another one of the same peer; rejects where it will not be. */
  readonly whenOpen: (socket: P2pSocket) => Promise<P2pSocket>
  /** A second connection to a URL was asked for; the first one serves. */
  readonly onDuplicate: (url: string) => void
  /** Takes the dials that failed. */
  readonly explain: ExplainLog
}

interface Dial {
  readonly controller: AbortController
  readonly socket: Promise<P2pSocket>
  waiting: number
}

/** Opens outbound sockets: one for each URL, however many ask for it. */
export class Dialer {
  readonly #options: DialerOptions
  readonly #dials = new Map<string, Dial>()
  #closedWith: P2pError | undefined

  constructor(options: DialerOptions) {
    this.#options = options
  }

  /**
   * Gives the open socket of that URL, or dials it. Rejects with the codes of Driver.dial, with
   * ERR_TRUSTP2P_SOCKET_CLOSED when the peer closed at once, with _SOCKET_INCOMPATIBLE or _NODE_CLOSED, and where the peer
   * has to prove who it is with ERR_TRUSTP2P_PROOF_FAILED, _PROOF_MISSING, _PROOF_WRONG_PEER, _PROOF_TIMEOUT or _PROOF_OFF;
   * with ERR_TRUSTP2P_RULE_DENIED where a rule keeps the peer or its host out, with ERR_TRUSTP2P_RULE_BANNED,
   * ERR_TRUSTP2P_LIMIT_PEER_BANNED or _LIMIT_PEER_SCORE where it is banned, or its score is low, and with
   * ERR_TRUSTP2P_ADMIT_REFUSED, _ADMIT_FAILED, _ADMIT_TIMEOUT or ERR_TRUSTP2P_LIMIT_ADMISSIONS where the program does.
   */
  async connect(url: string, signal?: AbortSignal): Promise<P2pSocket> {
    const refusal = this.#closedWith ?? (signal?.aborted === true ? abortedError(url, signal) : undefined)
    if (refusal !== undefined) {
      this.#failed(url, refusal)
      throw refusal
    }
    const open = this.#options.find(url)
    if (open !== undefined) {
      const { host, peer } = open
      this.#options.explain.add({ host, peer, url }, { stage: 'dial', code: 'ERR_TRUSTP2P_SOCKET_DUPLICATE' })
      this.#options.onDuplicate(url)
      return open
    }
    return this.#join(url, this.#dials.get(canonicalUrl(url)) ?? this.#start(url), signal)
  }

  /** Ends what is under way; later calls reject with `error`. */
  async close(error: P2pError): Promise<void> {
    this.#closedWith = error
    const dials = [...this.#dials.values()]
    for (const dial of dials) dial.controller.abort(error)
    await Promise.allSettled(dials.map((dial) => dial.socket))
  }

  /** Dials again after `close`. */
  reopen(): void {
    this.#closedWith = undefined
  }

  #start(url: string): Dial {
    const controller = new AbortController()
    const dial = { controller, socket: this.#dial(url, controller.signal), waiting: 0 }
    this.#dials.set(canonicalUrl(url), dial)
    const forget = () => this.#forget(url, dial)
    dial.socket.then(forget, forget)
    return dial
  }

  #forget(url: string, dial: Dial): void {
    const key = canonicalUrl(url)
    if (this.#dials.get(key) === dial) this.#dials.delete(key)
  }

  async #dial(url: string, signal: AbortSignal): Promise<P2pSocket> {
    const { registry, limits, adopt, open, admission } = this.#options
    let opening: Opening
    let driverSocket: DriverSocket
    try {
      const { url: address, pinned } = readPinned(url)
      const refusal = admission.judgeDial(url, { host: hostOfUrl(address), pinned })
      if (refusal !== undefined) throw refusal.error
      opening = open(pinned)
      const refusalOf = (host: string): P2pError | undefined => admission.judgeHost({ host, peer: url }, pinned)?.error
      const firstFrame = opening.takeFrame
      driverSocket = await registry.forUrl(address).dial(address, { limits, signal, firstFrame, refusalOf })
    } catch (error) {
      const reason = this.#closedWith ?? ruleBehind(error) ?? error
      if (reason !== this.#closedWith) this.#failed(url, reason)
      throw reason
    }
    const adopted = adopt(driverSocket, { url, opening })
    const socket = await this.#open(adopted, url, signal)
    if (socket !== adopted) this.#options.onDuplicate(url)
    if (socket.state === 'open') return socket
    throw new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `${url} closed the connection at once`)
  }

  /** What fails later is known to the socket. */
  #failed(url: string, error: unknown): void {
    if (!(error instanceof P2pError)) return
    this.#options.explain.addError({ host: hostOfUrl(url), peer: url, url }, error, { stage: 'dial' })
  }

  /** Waits until it is open; who gives up ends it. */
  async #open(adopted: P2pSocket, url: string, signal: AbortSignal): Promise<P2pSocket> {
    const end = (): void => adopted.terminate()
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
    let socket: P2pSocket
    try {
      socket = await this.#options.whenOpen(adopted)
    } catch (error) {
      throw this.#closedWith ?? (signal.aborted ? abortedError(url, signal) : error)
    } finally {
      signal.removeEventListener('abort', end)
    }
    if (this.#closedWith !== undefined) throw this.#closedWith
    return socket
  }

  /** Waits for a dial that others may wait for too: it is aborted when nobody waits any more. */
  #join(url: string, dial: Dial, signal: AbortSignal | undefined): Promise<P2pSocket> {
    dial.waiting++
    if (signal === undefined) return dial.socket
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(abortedError(url, signal))
        if (--dial.waiting > 0) return
        // Who asks from now on gets a dial of its own, not the end of this one.
        this.#forget(url, dial)
        dial.controller.abort(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const settled = () => signal.removeEventListener('abort', onAbort)
      dial.socket.then(resolve, reject).finally(settled)
    })
  }
}

const RULES: ReadonlySet<string> = new Set(['ERR_TRUSTP2P_RULE_DENIED', 'ERR_TRUSTP2P_RULE_BANNED'])

/** The rule that a driver went by when it did not connect. */
function ruleBehind(error: unknown): unknown {
  const cause = isError(error) ? error.cause : undefined
  return RULES.has(errorCode(cause) ?? '') ? cause : undefined
}

function abortedError(url: string, signal: AbortSignal): P2pError {
  const text = `dialling ${url} was aborted by its signal`
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', text, { cause: signal.reason })
}
