import type { LimitsConfig } from '../config/config'
import type { SocketProof } from '../driver/socket'
import { errorText, P2pError } from '../errors'
import { readAddress } from '../ip-networks'
import type { Clock } from '../kit'
import { bannedError, objectionError } from '../peers/objection-error'
import type { PeerBook } from '../peers/peer-book'
import type { DeliverCounters } from './counters'
import type { PeerRules } from './peer-rules'

/** How a link comes to its end before it is open. */
export interface Refusal {
  readonly error: P2pError
  readonly code: number
  readonly reason: string
  /** Who is refused, where that was proved. */
  readonly peerId?: string | undefined
}

/** Who wants to connect, or was dialled: what is known of it before its socket is open. */
export interface PeerCandidate {
  /** Who it has proved to be; undefined where it proved nothing. */
  readonly peerId: string | undefined
  /** The id that it had before, where it says so and the old key has signed that. */
  readonly formerPeerId: string | undefined
  /** How that was proved; undefined where it was not. */
  readonly proof: SocketProof | undefined
  /** Inbound: its `ip:port`; outbound: the URL that was dialled. */
  readonly peer: string
  /** Its host, without port or brackets. */
  readonly host: string
  /** Inbound: the address of our listener; outbound: the URL that was dialled. */
  readonly url: string
  /** True where it dialled us. */
  readonly inbound: boolean
}

/** What `admit` gets. */
export interface AdmitContext {
  /** Aborts when the answer is of no use any more: the connection is gone, or `limits.admitMs` is over. */
  readonly signal: AbortSignal
}

/**
 * Decides on a peer: true lets it in. Anything else, and what it throws or rejects with, refuses the peer. Called once for
 * each connection, once the peer has proved who it is or is known not to, and before it is delivered or sent anything more.
 */
export type Admit = (peer: PeerCandidate, context: AdmitContext) => boolean | Promise<boolean>

/** Throws a TypeError: what cannot be called would keep everybody out. */
export function assertAdmit(admit: unknown): void {
  if (admit === undefined || typeof admit === 'function') return
  throw new TypeError('admit must be a function that says whether a peer is let in: ({ peerId }) => true')
}

/** What is remembered of who wants to connect. */
export type AdmissionBook = Pick<PeerBook, 'banOfHost' | 'objectionTo'>

export interface AdmissionOptions {
  readonly clock: Clock
  readonly limits: Pick<LimitsConfig, 'admitMs' | 'pendingAdmissions'>
  readonly counters: DeliverCounters
  readonly rules: PeerRules
  /** Who is banned, or refused for what it did [nobody]. */
  readonly book?: AdmissionBook | undefined
  /** The program's own decision [there is none]. */
  readonly admit?: Admit | undefined
}

/** What an address names. */
export interface DialTarget {
  readonly host: string
  /** The peer id; undefined where it names none. */
  readonly pinned: string | undefined
}

/** Who is let in: by the rules first, then by the program. */
export class Admission {
  readonly #options: AdmissionOptions
  #pending = 0

  constructor(options: AdmissionOptions) {
    this.#options = options
  }

  /** Why a peer is not let in; undefined where the rules let it in. */
  judge({ host, peerId, peer }: Pick<PeerCandidate, 'host' | 'peerId' | 'peer'>): Refusal | undefined {
    switch (this.#options.rules.judge({ host, peerId })) {
      case undefined:
        return this.#banned(host, peer) ?? (peerId === undefined ? undefined : this.#judgeDeeds(peerId, peer))
      case 'unproved':
        return this.#count(unproved(peer))
      case 'denied':
        return this.#count(denied(peerId ?? host, peer))
    }
  }

  /** The same before it is known who the peer is; `meant` is who alone it may be. */
  judgeHost({ host, peer }: Pick<PeerCandidate, 'host' | 'peer'>, meant?: string): Refusal | undefined {
    if (!this.#options.rules.admitsHost(host, meant)) return this.#count(denied(host, peer))
    return this.#banned(host, peer)
  }

  /**
   * The same before `url` is dialled, whose address may name its peer. A host that is a name is judged by the addresses
   * that it stands for, once these are known.
   */
  judgeDial(url: string, { host, pinned }: DialTarget): Refusal | undefined {
    if (pinned !== undefined) {
      if (this.#options.rules.deniesPeer(pinned)) return this.#count(denied(pinned, url))
      const refusal = this.#judgeDeeds(pinned, url)
      if (refusal !== undefined) return refusal
    }
    return readAddress(host) === undefined ? undefined : this.judgeHost({ host, peer: url }, pinned)
  }

  /** True where the program decides too. */
  get asks(): boolean {
    return this.#options.admit !== undefined
  }

  /** Asks the program. Gives why the peer is not let in; undefined where it is. Never rejects. */
  async ask(candidate: PeerCandidate, gone: AbortSignal): Promise<Refusal | undefined> {
    const { clock, limits, admit } = this.#options
    if (admit === undefined) return undefined
    if (this.#pending >= limits.pendingAdmissions) return this.#count(tooManyPending(candidate, limits))
    const controller = new AbortController()
    const ended = aborted(controller.signal)
    const end = (): void => controller.abort(gone.reason)
    gone.addEventListener('abort', end)
    let timeout: P2pError | undefined
    const timer = clock.setTimeout(() => controller.abort((timeout = timeoutError(candidate, limits))), limits.admitMs)
    this.#pending++
    try {
      const answer = await Promise.race([call(admit, candidate, controller.signal), ended])
      return answer === true ? undefined : this.#count(refused(candidate))
    } catch (cause) {
      if (gone.aborted) return refused(candidate)
      return this.#count(timeout === undefined ? failed(candidate, cause) : refusal(timeout, 'admission timeout'))
    } finally {
      this.#pending--
      clock.clearTimeout(timer)
      gone.removeEventListener('abort', end)
    }
  }

  /** A ban by hand holds both ways; one that a limit made is for those who come: see InboundGate. */
  #banned(host: string, peer: string): Refusal | undefined {
    const ban = this.#options.book?.banOfHost(host)
    return ban?.by === 'hand' ? this.#count(refusal(bannedError(ban, peer), BANNED)) : undefined
  }

  #judgeDeeds(peerId: string, peer: string): Refusal | undefined {
    const objection = this.#options.book?.objectionTo(peerId)
    if (objection === undefined) return undefined
    const reason = 'ban' in objection ? BANNED : 'low score'
    return this.#count(refusal(objectionError(objection, { peerId, peer }), reason))
  }

  #count(refusal: Refusal): Refusal {
    this.#options.counters.refusedPeers++
    return refusal
  }
}

/** What throws at once rejects too. */
async function call(admit: Admit, candidate: PeerCandidate, signal: AbortSignal): Promise<unknown> {
  return admit(candidate, { signal })
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
}

/** What is said to a peer that is closed by a rule. */
const BY_RULE = 'refused by rule'
const BANNED = 'banned'

/** `what` is the peer id, or the host, that a rule keeps out. */
function denied(what: string, peer: string): Refusal {
  const text = `${what} (${peer}) is refused by rule: peers.deny keeps it out, or peers.allow does not let it in`
  return refusal(new P2pError('ERR_TRUSTP2P_RULE_DENIED', text, { details: { peer, denied: what } }), BY_RULE)
}

function unproved(peer: string): Refusal {
  const text = `${peer} did not prove who it is, and of its host only peers that peers.allow names may connect`
  return refusal(new P2pError('ERR_TRUSTP2P_PROOF_MISSING', text), 'proof required')
}

function refused({ peer, peerId }: PeerCandidate): Refusal {
  const text = `the program did not admit ${peerId ?? 'the peer'} (${peer})`
  return refusal(new P2pError('ERR_TRUSTP2P_ADMIT_REFUSED', text, { details: { peer, peerId } }), 'not admitted')
}

function failed({ peer }: PeerCandidate, cause: unknown): Refusal {
  const text = `admit failed for ${peer}, so that the peer is refused: ${errorText(cause)}`
  return refusal(new P2pError('ERR_TRUSTP2P_ADMIT_FAILED', text, { cause }), 'not admitted')
}

function timeoutError({ peer }: PeerCandidate, { admitMs }: AdmissionOptions['limits']): P2pError {
  const text = `admit did not decide on ${peer} within ${admitMs} ms (limits.admitMs): the peer is refused`
  return new P2pError('ERR_TRUSTP2P_ADMIT_TIMEOUT', text)
}

function tooManyPending({ peer }: PeerCandidate, { pendingAdmissions }: AdmissionOptions['limits']): Refusal {
  const text = `${pendingAdmissions} peers wait for admit already (limits.pendingAdmissions): ${peer} is refused`
  return { error: new P2pError('ERR_TRUSTP2P_LIMIT_ADMISSIONS', text), code: 1013, reason: 'too many peers wait' }
}

function refusal(error: P2pError, reason: string): Refusal {
  return { error, code: 1008, reason }
}
