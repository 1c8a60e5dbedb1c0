import { P2pError } from '../errors'
import type { Handshake, Proven } from '../identity/handshake'
import type { TimerHandle } from '../kit'
import { CP2pPackage, encodeFrame, Encoding, PackageType } from '../wire/package'
import { GREETING_EVENT, incompatibility, PROOF_EVENT } from './greeting'
import type { PeerCandidate, Refusal } from './admission'
import type { LinkContext } from './link-context'
import type { Opening } from './opening'

/** Longest frame with a proof that is looked at, in bytes. */
export const LONGEST_PROOF = 1024

/** Most frames of one peer that wait while the program decides on it; their bytes are at most limits.frameBytes. */
export const HELD_FRAMES = 1_000

/** How a peer was let in. */
export interface Admitted {
  /** Undefined for a peer that has not proved who it is. */
  readonly proven: Proven | undefined
  /** Longest frame that the peer takes, where it says so. */
  readonly peerFrameBytes: number | undefined
  /** Its greeting, which was only looked at so far. */
  readonly greeting: Uint8Array | undefined
  /** What else came from it, as it came. */
  readonly held: readonly Uint8Array[]
}

export interface EntranceOwner {
  readonly peer: string
  readonly host: string
  readonly url: string
  readonly inbound: boolean
  /** Sends a frame as it is. */
  transmit(frame: Uint8Array): void
  /** True where all that is wanted is the peer's proof: it is hung up on then, before it has ours. */
  readonly probes: boolean
  /** Called once, unless `refuse` or `reached` is. */
  admit(admitted: Admitted): void
  /** A peer that was probed is there. Called once, unless `refuse` is. */
  reached(peerId: string): void
  /**
   * Why a proved peer gets no further socket: one that we dialled needs no second one, one that dialled us has as many as
   * may be. Undefined where it gets it.
   */
  refusalOf(peerId: string): Refusal | undefined
  /** Called once, unless `admit` is. */
  refuse(refusal: Refusal): void
}

interface Proving {
  readonly handshake: Handshake
  readonly greeting: Uint8Array
  readonly peerFrameBytes: number | undefined
}

/** A peer that the rules let in, while the program decides. */
interface Deciding {
  readonly candidate: PeerCandidate
  readonly controller: AbortController
  readonly held: Uint8Array[]
  bytes: number
}

/** What is known of a peer once its proof is done with. */
interface Arrival extends Omit<Admitted, 'held'> {
  /** The frame that showed that no greeting comes. */
  readonly first: Uint8Array | undefined
  /** Our own proof, where it is due: it leaves once the peer is let in. */
  readonly send: Uint8Array | undefined
}

const NOTHING: Arrival = {
  proven: undefined,
  peerFrameBytes: undefined,
  greeting: undefined,
  first: undefined,
  send: undefined
}

/**
 * Decides whether a peer is let in: it reads greetings and proofs, and lets nothing else through before a peer has proved
 * itself, or is known not to. Then the rules of the node decide, and the program; what comes meanwhile is held.
 */
export class Entrance {
  readonly #context: LinkContext
  readonly #opening: Opening
  readonly #owner: EntranceOwner
  readonly #own: Uint8Array
  readonly #timer: TimerHandle
  #proving: Proving | undefined
  #deciding: Deciding | undefined
  #settled = false

  /** @param own our greeting, as it was sent */
  constructor(context: LinkContext, { opening, own }: { opening: Opening; own: Uint8Array }, owner: EntranceOwner) {
    const { kit, limits } = context
    this.#context = context
    this.#opening = opening
    this.#own = own
    this.#owner = owner
    this.#timer = kit.clock.setTimeout(() => this.#onTimeout(), limits.greetingMs)
  }

  /** Takes a frame of the peer. */
  take(bytes: Uint8Array): void {
    if (this.#settled) this.#context.counters.droppedFrames++
    else if (this.#deciding !== undefined) this.#hold(bytes, this.#deciding)
    else if (this.#proving === undefined) this.#takeGreeting(bytes)
    else this.#takeProof(bytes, this.#proving)
  }

  /** Where peers prove nothing there is nothing of theirs to wait for. */
  passUnproved(): void {
    this.#decide(NOTHING)
  }

  /** The rules have changed. */
  judgeAgain(): void {
    if (this.#settled) return
    const { admission } = this.#context
    const refusal = this.#deciding ? admission.judge(this.#deciding.candidate) : admission.judgeHost(this.#owner)
    if (refusal !== undefined) this.#refuse({ ...refusal, peerId: this.#deciding?.candidate.peerId })
  }

  /** The connection is gone, or goes. */
  clear(): void {
    this.#settled = true
    this.#deciding?.controller.abort()
    this.#context.kit.clock.clearTimeout(this.#timer)
  }

  #takeGreeting(bytes: Uint8Array): void {
    const fields = greetingIn(bytes, this.#context)
    const tooLarge = fields !== undefined && bytes.length > this.#context.limits.greetingBytes
    if (tooLarge) return this.#refuse(this.#tooLarge(bytes.length))
    const { handshake, isPrivate } = this.#opening
    if (fields !== undefined && (fields['network'] === true) !== isPrivate) return this.#refuseNetwork(isPrivate)
    if (fields === undefined || handshake?.kindFor(fields) === undefined) {
      return fields === undefined ? this.#unproved({ first: bytes }) : this.#unproved({ greeting: bytes })
    }
    const why = incompatibility(fields['protocol_version'], fields['alt'])
    if (why !== undefined) return this.#fail({ error: this.#incompatible(why), code: 1000, reason: why })
    const frameBytes = fields['frame_bytes']
    const peerFrameBytes = typeof frameBytes === 'number' && frameBytes > 0 ? frameBytes : undefined
    this.#attempt(() => {
      const message = handshake.begin({ own: this.#own, peer: bytes }, fields)
      this.#proving = { handshake, greeting: bytes, peerFrameBytes }
      if (message !== undefined) this.#send(message)
    })
  }

  #takeProof(bytes: Uint8Array, { handshake, greeting, peerFrameBytes }: Proving): void {
    const message = proofIn(bytes, this.#context)
    if (message === undefined) return this.#refuseUnproved('sent something else where its proof was due')
    this.#attempt(() => {
      const { send, proven } = handshake.take(message)
      this.#decide({ proven, peerFrameBytes, greeting, first: undefined, send })
    })
  }

  /** The peer is of 2018, does not prove itself, or somebody has taken out of its greeting that it would. */
  #unproved(said: Partial<Pick<Arrival, 'greeting' | 'first'>>): void {
    if (this.#opening.required) return this.#refuseUnproved('offers no proof of who it is')
    this.#decide({ ...NOTHING, ...said })
  }

  /** The rules decide, then the program. */
  #decide(arrival: Arrival): void {
    this.#context.kit.clock.clearTimeout(this.#timer)
    const { admission } = this.#context
    const candidate = this.#candidate(arrival)
    const refusal = admission.judge(candidate)
    const held = arrival.first === undefined ? [] : [arrival.first]
    if (refusal !== undefined) this.#refuse({ ...refusal, peerId: candidate.peerId })
    else if (admission.asks) void this.#ask(candidate, arrival, held)
    else this.#enter(arrival, held)
  }

  /** A rule that is added meanwhile ends the wait: see `judgeAgain`. */
  async #ask(candidate: PeerCandidate, arrival: Arrival, held: Uint8Array[]): Promise<void> {
    const controller = new AbortController()
    const bytes = (arrival.first ?? arrival.greeting)?.length ?? 0
    this.#deciding = { candidate, controller, held, bytes }
    const refusal = await this.#context.admission.ask(candidate, controller.signal)
    if (this.#settled) return
    if (refusal === undefined) this.#enter(arrival, held)
    else this.#refuse({ ...refusal, peerId: candidate.peerId })
  }

  #enter({ send, ...admitted }: Arrival, held: readonly Uint8Array[]): void {
    const { proven } = admitted
    if (proven !== undefined && this.#owner.probes) return this.#reached(proven.peerId)
    const refusal = proven && this.#owner.refusalOf(proven.peerId)
    if (refusal !== undefined) return this.#refuse(refusal)
    this.#settled = true
    if (send !== undefined) this.#send(send)
    this.#owner.admit({ held, ...admitted })
  }

  #reached(peerId: string): void {
    this.clear()
    this.#owner.reached(peerId)
  }

  #candidate({ proven }: Arrival): PeerCandidate {
    const { peer, host, url, inbound } = this.#owner
    const { peerId, proof, succession } = proven ?? {}
    return { peerId, formerPeerId: succession?.from, proof, peer, host, url, inbound }
  }

  #hold(bytes: Uint8Array, deciding: Deciding): void {
    deciding.bytes += bytes.length
    const { frameBytes } = this.#context.limits
    if (deciding.held.length < HELD_FRAMES && deciding.bytes <= frameBytes) return void deciding.held.push(bytes)
    const text = `${this.#owner.peer} sent more than ${HELD_FRAMES} frames, or limits.frameBytes, before it was admitted`
    this.#refuse({ error: new P2pError('ERR_TRUSTP2P_LIMIT_ADMISSIONS', text), code: 1008, reason: 'sends too much' })
  }

  #onTimeout(): void {
    if (this.#proving === undefined && !this.#opening.required) return this.#unproved({})
    const { greetingMs } = this.#context.limits
    const text = `${this.#owner.peer} did not prove who it is within ${greetingMs} ms (limits.greetingMs)`
    this.#fail({ error: new P2pError('ERR_TRUSTP2P_PROOF_TIMEOUT', text), code: 1008, reason: 'proof timeout' })
  }

  #attempt(step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      if (this.#mayBeNetwork(error)) return this.#refuseNetwork(true, error)
      const reason = error.code === 'ERR_TRUSTP2P_PROOF_WRONG_PEER' ? 'wrong peer' : 'proof failed'
      this.#fail({ error, code: 1008, reason })
    }
  }

  #refuseUnproved(what: string): void {
    const text = `${this.#owner.peer} ${what}, and auth, or the address, asks for one`
    this.#fail({ error: new P2pError('ERR_TRUSTP2P_PROOF_MISSING', text), code: 1008, reason: 'proof required' })
  }

  /** Who listens proves itself first: where that fails nobody has lied yet, as far as who dialled knows. */
  #mayBeNetwork({ code }: P2pError): boolean {
    return code === 'ERR_TRUSTP2P_PROOF_FAILED' && this.#opening.isPrivate && !this.#owner.inbound
  }

  /** @param cause what showed that the keys differ; without it one side alone has one */
  #refuseNetwork(isPrivate: boolean, cause?: P2pError): void {
    const { peer } = this.#owner
    const ours = isPrivate
      ? `${peer} is of no private network, and this node is of one`
      : `${peer} is of a private network, and this node has no key of it: set network.key or network.keyFile`
    const text =
      cause === undefined ? ours : `${peer} has another network key, or somebody stands between: ${cause.message}`
    const error = new P2pError('ERR_TRUSTP2P_PROOF_NETWORK', text, cause === undefined ? {} : { cause })
    this.#fail({ error, code: 1008, reason: 'other network' })
  }

  /** The peer did not prove itself, or not as it should. */
  #fail(refusal: Refusal): void {
    this.#context.counters.failedProofs++
    this.#refuse(refusal)
  }

  #refuse(refusal: Refusal): void {
    this.clear()
    this.#owner.refuse(refusal)
  }

  #tooLarge(length: number): Refusal {
    const { greetingBytes } = this.#context.limits
    const text = `${this.#owner.peer} sent a greeting of ${length} bytes: at most ${greetingBytes} are read (limits.greetingBytes)`
    return { error: new P2pError('ERR_TRUSTP2P_LIMIT_GREETING', text), code: 1009, reason: 'greeting too large' }
  }

  #incompatible(why: string): P2pError {
    return new P2pError('ERR_TRUSTP2P_SOCKET_INCOMPATIBLE', `${this.#owner.peer} speaks another protocol: ${why}`)
  }

  #send(message: Uint8Array): void {
    this.#owner.transmit(encodeFrame(PackageType.SYSTEM, PROOF_EVENT, message, ''))
  }
}

/** What a greeting says; undefined for what is none. */
function greetingIn(bytes: Uint8Array, { limits }: LinkContext): Record<string, unknown> | undefined {
  const received = decodeMaybe(bytes, limits)
  if (received?.type !== PackageType.TALK || received.event !== GREETING_EVENT) return undefined
  try {
    const body: unknown = received.body
    return typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

function proofIn(bytes: Uint8Array, { limits }: LinkContext): Uint8Array | undefined {
  const received = bytes.length > LONGEST_PROOF ? undefined : decodeMaybe(bytes, limits)
  if (received?.type !== PackageType.SYSTEM || received.event !== PROOF_EVENT) return undefined
  return received.encoding === Encoding.BYTES ? received.bytes : undefined
}

function decodeMaybe(bytes: Uint8Array, limits: LinkContext['limits']): CP2pPackage | undefined {
  try {
    return CP2pPackage.decode(bytes, limits)
  } catch {
    return undefined
  }
}
