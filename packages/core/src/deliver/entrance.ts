import { P2pError } from '../errors'
import type { Handshake, Proven } from '../identity/handshake'
import type { TimerHandle } from '../kit'
import { CP2pPackage, encodeFrame, Encoding, PackageType } from '../wire/package'
import { GREETING_EVENT, incompatibility, PROOF_EVENT } from './greeting'
import type { LinkContext } from './link-context'
import type { Opening } from './opening'

/** Longest frame with a proof that is looked at, in bytes. */
export const LONGEST_PROOF = 1024

/** How a link comes to its end before it is open. */
export interface Refusal {
  readonly error: P2pError
  readonly code: number
  readonly reason: string
}

/** How a peer was let in. */
export interface Admitted {
  /** Undefined for a peer that has not proved who it is. */
  readonly proven: Proven | undefined
  /** Longest frame that the peer takes, where it says so. */
  readonly peerFrameBytes: number | undefined
  /** Its greeting, which was only looked at so far. */
  readonly greeting: Uint8Array | undefined
  /** What else came from it. */
  readonly held: Uint8Array | undefined
}

export interface EntranceOwner {
  readonly peer: string
  /** Sends a frame as it is. */
  transmit(frame: Uint8Array): void
  /** Called once, unless `refuse` is. */
  admit(admitted: Admitted): void
  /** Called once, unless `admit` is. */
  refuse(refusal: Refusal): void
}

interface Proving {
  readonly handshake: Handshake
  readonly greeting: Uint8Array
  readonly peerFrameBytes: number | undefined
}

/**
 * Decides whether a peer is let in: it reads greetings and proofs, and lets nothing else through before a peer has proved
 * itself, or is known not to.
 */
export class Entrance {
  readonly #context: LinkContext
  readonly #opening: Opening
  readonly #owner: EntranceOwner
  readonly #own: Uint8Array
  readonly #timer: TimerHandle
  #proving: Proving | undefined
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
    else if (this.#proving === undefined) this.#takeGreeting(bytes)
    else this.#takeProof(bytes, this.#proving)
  }

  /** The connection is gone, or goes. */
  clear(): void {
    this.#settled = true
    this.#context.kit.clock.clearTimeout(this.#timer)
  }

  #takeGreeting(bytes: Uint8Array): void {
    const fields = greetingIn(bytes, this.#context)
    const { handshake } = this.#opening
    if (fields === undefined || handshake?.kindFor(fields) === undefined) {
      return fields === undefined ? this.#unproved({ held: bytes }) : this.#unproved({ greeting: bytes })
    }
    const why = incompatibility(fields['protocol_version'], fields['alt'])
    if (why !== undefined) return this.#refuse(this.#incompatible(why), 1000, why)
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
      this.clear()
      if (send !== undefined) this.#send(send)
      this.#owner.admit({ proven, peerFrameBytes, greeting, held: undefined })
    })
  }

  /** The peer is of 2018, does not prove itself, or somebody has taken out of its greeting that it would. */
  #unproved({ greeting, held }: Partial<Pick<Admitted, 'greeting' | 'held'>>): void {
    if (this.#opening.required) return this.#refuseUnproved('offers no proof of who it is')
    this.clear()
    this.#owner.admit({ proven: undefined, peerFrameBytes: undefined, greeting, held })
  }

  #onTimeout(): void {
    if (this.#proving === undefined && !this.#opening.required) return this.#unproved({})
    const { greetingMs } = this.#context.limits
    const text = `${this.#owner.peer} did not prove who it is within ${greetingMs} ms (limits.greetingMs)`
    this.#refuse(new P2pError('ERR_TRUSTP2P_PROOF_TIMEOUT', text), 1008, 'proof timeout')
  }

  #attempt(step: () => void): void {
    try {
      step()
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      this.#refuse(error, 1008, error.code === 'ERR_TRUSTP2P_PROOF_WRONG_PEER' ? 'wrong peer' : 'proof failed')
    }
  }

  #refuseUnproved(what: string): void {
    const text = `${this.#owner.peer} ${what}, and auth, or the address, asks for one`
    this.#refuse(new P2pError('ERR_TRUSTP2P_PROOF_MISSING', text), 1008, 'proof required')
  }

  #refuse(error: P2pError, code: number, reason: string): void {
    this.clear()
    this.#context.counters.failedProofs++
    this.#owner.refuse({ error, code, reason })
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
