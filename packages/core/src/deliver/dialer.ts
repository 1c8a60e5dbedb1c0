import { errorCode, isError, P2pError } from '../errors'
import { canonicalUrl, shownUrl } from '../driver/canonical-url'
import { hostOfUrl } from '../driver/host-name'
import type { DriverRegistry } from '../driver/registry'
import type { DriverSocket, SocketLimits } from '../driver/contract'
import type { P2pSocket } from '../driver/socket'
import type { ExplainLog } from '../explain/explain-log'
import { readPinned } from '../identity/pinned-address'
import type { Admission } from './admission'
import { assertDialled, DialHosts } from './dial-hosts'
import type { Opening } from './opening'
import type { ConnectOptions } from './options'

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
  readonly adopt: (driverSocket: DriverSocket, options: AdoptedDial) => P2pSocket
  /**
   * Gives the socket once it is open, or its peer was reached where that was all; or another one of the same peer. Rejects
   * where it will not be.
   */
  readonly whenOpen: (socket: P2pSocket) => Promise<P2pSocket>
  /** A second connection to a URL was asked for; the first one serves. */
  readonly onDuplicate: (url: string) => void
  /** Takes the dials that failed. */
  readonly explain: ExplainLog
}

/** How a socket that was dialled is taken. */
export interface AdoptedDial {
  readonly url: string
  readonly opening: Opening
  /** True where the peer is to prove who it is, and nothing more. */
  readonly probes: boolean
}

/** What is dialled, and what for. */
interface Target {
  readonly url: string
  readonly hosts: DialHosts | undefined
  readonly probes: boolean
  /** The same for those who may share one dial. */
  readonly key: string
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
   * ERR_TRUSTP2P_ADMIT_REFUSED, _ADMIT_FAILED, _ADMIT_TIMEOUT or ERR_TRUSTP2P_LIMIT_ADMISSIONS where the program does; with
   * ERR_TRUSTP2P_DRIVER_HOST_REFUSED for a host that is not meant. With a TypeError or a RangeError for an address or
   * `hosts` that are none.
   */
  async connect(url: string, options: ConnectOptions = {}): Promise<P2pSocket> {
    const { signal } = options
    const target = targetOf(url, options, false)
    this.#assertMayDial(url, signal)
    const open = this.#options.find(url)
    if (open !== undefined) {
      const { host, peer } = open
      this.#options.explain.add({ host, peer, url }, { stage: 'dial', code: 'ERR_TRUSTP2P_SOCKET_DUPLICATE' })
      this.#options.onDuplicate(url)
      return open
    }
    return this.#share(target, signal)
  }

  /**
   * Dials an address that names its peer, lets that prove who it is, and hangs up before it has a proof of ours, so that
   * it never has a socket. Rejects as `connect`, also with a TypeError where the address names nobody.
   */
  async reach(url: string, options: ConnectOptions = {}): Promise<void> {
    const { signal } = options
    const target = targetOf(url, options, true)
    if (readPinned(url).pinned === undefined)
      throw new TypeError(`${shownUrl(url)} names no peer: reach takes ws://<peer id>@host:port`)
    this.#assertMayDial(url, signal)
    await this.#share(target, signal)
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

  #assertMayDial(url: string, signal: AbortSignal | undefined): void {
    const refusal = this.#closedWith ?? (signal?.aborted === true ? abortedError(url, signal) : undefined)
    if (refusal === undefined) return
    this.#failed(url, refusal)
    throw refusal
  }

  #share(target: Target, signal: AbortSignal | undefined): Promise<P2pSocket> {
    return this.#join(target, this.#dials.get(target.key) ?? this.#start(target), signal)
  }

  #start(target: Target): Dial {
    const controller = new AbortController()
    const dial = { controller, socket: this.#dial(target, controller.signal), waiting: 0 }
    this.#dials.set(target.key, dial)
    const forget = () => this.#forget(target, dial)
    dial.socket.then(forget, forget)
    return dial
  }

  #forget({ key }: Target, dial: Dial): void {
    if (this.#dials.get(key) === dial) this.#dials.delete(key)
  }

  async #dial(target: Target, signal: AbortSignal): Promise<P2pSocket> {
    const { url, hosts, probes } = target
    const { registry, limits, adopt, open, admission } = this.#options
    let opening: Opening
    let driverSocket: DriverSocket
    try {
      const { url: address, pinned } = readPinned(url)
      const driver = registry.forUrl(address)
      const meant = hostOfUrl(address)
      const refusal = admission.judgeDial(url, { host: meant, pinned })?.error
      const unmeant = refusal ?? hosts?.refusalOf(url, meant, driver.judgesNames === true)
      if (unmeant !== undefined) throw unmeant
      opening = open(pinned)
      const refusalOf = (host: string): P2pError | undefined =>
        admission.judgeHost({ host, peer: url }, pinned)?.error ??
        (hosts?.names(meant) === false ? hosts.refusalOfAddress(url, host) : undefined)
      const firstFrame = opening.takeFrame
      driverSocket = await driver.dial(address, { limits, signal, firstFrame, refusalOf })
    } catch (error) {
      const reason = this.#closedWith ?? ruleBehind(error) ?? error
      if (reason !== this.#closedWith) this.#failed(url, reason)
      throw reason
    }
    const adopted = adopt(driverSocket, { url, opening, probes })
    const socket = await this.#open(adopted, url, signal)
    if (socket !== adopted) this.#options.onDuplicate(url)
    if (probes || socket.state === 'open') return socket
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
  #join(target: Target, dial: Dial, signal: AbortSignal | undefined): Promise<P2pSocket> {
    dial.waiting++
    if (signal === undefined) return dial.socket
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        reject(abortedError(target.url, signal))
        if (--dial.waiting > 0) return
        // Who asks from now on gets a dial of its own, not the end of this one.
        this.#forget(target, dial)
        dial.controller.abort(signal.reason)
      }
      signal.addEventListener('abort', onAbort, { once: true })
      const settled = () => signal.removeEventListener('abort', onAbort)
      dial.socket.then(resolve, reject).finally(settled)
    })
  }
}

const RULES: ReadonlySet<string> = new Set([
  'ERR_TRUSTP2P_RULE_DENIED',
  'ERR_TRUSTP2P_RULE_BANNED',
  'ERR_TRUSTP2P_DRIVER_HOST_REFUSED'
])

/** Throws a TypeError or a RangeError for an address or `hosts` that are none. */
function targetOf(url: string, { hosts }: ConnectOptions, probes: boolean): Target {
  assertDialled(url)
  const meant = hosts === undefined ? undefined : new DialHosts(hosts)
  const key = JSON.stringify([canonicalUrl(url), probes, hosts ?? null])
  return { url, hosts: meant, probes, key }
}

/** The rule that a driver went by when it did not connect. */
function ruleBehind(error: unknown): unknown {
  const cause = isError(error) ? error.cause : undefined
  return RULES.has(errorCode(cause) ?? '') ? cause : undefined
}

function abortedError(url: string, signal: AbortSignal): P2pError {
  const text = `dialling ${url} was aborted by its signal`
  return new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED', text, { cause: signal.reason })
}
