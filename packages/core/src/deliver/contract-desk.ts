import { compareContracts } from '../contract/compare'
import type { Difference } from '../contract/compare'
import type { Contract } from '../contract/contract'
import type { ContractTable, TypedEvent } from '../contract/contract-table'
import { readDescriptor } from '../contract/descriptor'
import { digestOf, hexOf } from '../contract/digest'
import { CONTRACT_BYTES, DESCRIPTORS_PER_MINUTE, VERDICTS } from '../contract/limits'
import { RecentMap } from '../contract/recent-map'
import { errorText, P2pError } from '../errors'
import type { Kit } from '../kit'
import { RateGate } from '../rate-gate'
import { RateWindow } from '../rate-window'
import { isDeeperThan } from '../wire/json-depth'
import { readUtf8 } from '../wire/utf8'
import type { Link } from './link'

/** By event, why its bodies would be misread. */
export type Verdict = ReadonlyMap<string, readonly Difference[]>

export interface ContractDeskOptions {
  readonly kit: Kit
  readonly table: ContractTable
  /** Asks a peer for the descriptor with that digest; gives the body of its answer. */
  readonly ask: (link: Link, digest: string) => Promise<unknown>
  readonly onWarning: (error: P2pError) => void
}

/** What is known of the contracts of one peer. */
interface PeerContracts {
  /** The digest of each of its contracts, as it said last. */
  digests: ReadonlyMap<string, string>
  /** Comparisons that are under way, by the pair of digests. */
  readonly asked: Map<string, Promise<Verdict | P2pError>>
  /** Why a contract could not be learned, by the pair of digests. */
  readonly failed: RecentMap<string, P2pError>
  /** Pairs whose differences the node was told of. */
  readonly told: RecentMap<string, true>
  readonly window: RateWindow
  /** What is said, by contract, where more are named than are asked for: made once, since a peer names what it likes. */
  readonly refused: RecentMap<string, P2pError>
}

const MINUTE_MS = 60_000
/** Most warnings within a minute: a peer that comes and goes causes as many as it likes. */
const CONTRACT_WARNINGS_PER_MINUTE = 60
/** Deepest nesting of a descriptor: types, a type, fields, a field. */
const DESCRIPTOR_DEPTH = 5
/** Most failures, and most pairs that were told, that are kept of one peer. */
const KEPT_PAIRS = 64

/**
 * Compares our contracts with those of peers: a digest that differs is looked into once, by asking for what it is the
 * digest of, and the verdict on the pair is kept.
 */
export class ContractDesk {
  readonly #options: ContractDeskOptions
  readonly #verdicts = new RecentMap<string, Verdict>(VERDICTS)
  readonly #peers = new WeakMap<Link, PeerContracts>()
  readonly #gate: RateGate

  constructor(options: ContractDeskOptions) {
    this.#options = options
    this.#gate = new RateGate(options.kit.clock, CONTRACT_WARNINGS_PER_MINUTE)
  }

  /** The peer said what its contracts are: those that differ from ours are looked into. */
  learn(link: Link, digests: ReadonlyMap<string, string>): void {
    this.#peerOf(link).digests = digests
    for (const contract of this.#options.table.contracts.values()) this.#compareMaybe(link, contract, digests)
  }

  /** Our contracts have changed: compares them with what the peer said last. */
  review(link: Link): void {
    this.learn(link, this.#peerOf(link).digests)
  }

  /**
   * Whether a body of that event can be exchanged with a contract of the peer: undefined where it can, the error where
   * it cannot, a promise of either while the contract is being learned. Never rejects.
   */
  judge(link: Link, event: TypedEvent, digest: string): P2pError | undefined | Promise<P2pError | undefined> {
    const found = this.#verdict(link, event.contract, digest)
    if (!(found instanceof Promise)) return refusalOf(found, event.event, link.peer)
    return found.then((verdict) => refusalOf(verdict, event.event, link.peer))
  }

  /** Throws ERR_TRUSTP2P_CONTRACT_MISMATCH for an event that the peer would misread, as far as that is known already. */
  assertReadable(link: Link, event: TypedEvent): void {
    const digest = this.#peers.get(link)?.digests.get(event.contract.name)
    if (digest === undefined || digest === event.digestText) return
    const verdict = this.#verdicts.get(pairOf(event.digestText, digest))
    const refusal = verdict && refusalOf(verdict, event.event, link.peer)
    if (refusal !== undefined) throw refusal
  }

  #compareMaybe(link: Link, contract: Contract, digests: ReadonlyMap<string, string>): void {
    const digest = digests.get(contract.name)
    if (digest === undefined || digest === contract.digestText(this.#options.kit.crypto)) return
    const found = this.#verdict(link, contract, digest)
    if (found instanceof Map) this.#tell(link, contract, digest, found)
  }

  #verdict(link: Link, contract: Contract, digest: string): Verdict | P2pError | Promise<Verdict | P2pError> {
    const pair = pairOf(contract.digestText(this.#options.kit.crypto), digest)
    const known = this.#verdicts.get(pair)
    if (known !== undefined) {
      this.#tell(link, contract, digest, known)
      return known
    }
    const peer = this.#peerOf(link)
    return peer.failed.get(pair) ?? peer.asked.get(pair) ?? this.#ask(link, peer, contract, digest)
  }

  #ask(link: Link, peer: PeerContracts, contract: Contract, digest: string): P2pError | Promise<Verdict | P2pError> {
    const pair = pairOf(contract.digestText(this.#options.kit.crypto), digest)
    if (peer.window.exceeded(this.#options.kit.clock.now())) return refusedOf(peer, contract, link)
    const asking = this.#compare(link, contract, digest).then((result) => {
      peer.asked.delete(pair)
      if (result instanceof P2pError) {
        peer.failed.set(pair, result)
        this.#warn(result)
      } else {
        this.#verdicts.set(pair, result)
        this.#tell(link, contract, digest, result)
      }
      return result
    })
    peer.asked.set(pair, asking)
    return asking
  }

  async #compare(link: Link, contract: Contract, digest: string): Promise<Verdict | P2pError> {
    try {
      const text = this.#assertText(await this.#options.ask(link, digest), digest)
      const theirs = readDescriptor(JSON.parse(text))
      if (theirs.name !== contract.name) throw new Error('it is that of another contract')
      return compareContracts(contract.descriptor, theirs)
    } catch (error) {
      return unknownError(contract, link, errorText(error), error)
    }
  }

  /** Nothing of the answer is believed but what has the digest. */
  #assertText(answer: unknown, digest: string): string {
    if (!(answer instanceof Uint8Array)) throw new Error('the answer is no bytes')
    if (answer.length > CONTRACT_BYTES) throw new Error(`the answer is longer than ${CONTRACT_BYTES} bytes`)
    if (hexOf(digestOf(this.#options.kit.crypto, answer)) !== digest) throw new Error('the answer has another digest')
    const text = readUtf8(answer, 0, answer.length)
    if (isDeeperThan(text, DESCRIPTOR_DEPTH)) throw new Error('the answer is nested too deeply')
    return text
  }

  /** Warns once of each event that cannot be exchanged with this peer. */
  #tell(link: Link, contract: Contract, digest: string, verdict: Verdict): void {
    if (verdict.size === 0) return
    const { told } = this.#peerOf(link)
    const pair = pairOf(contract.digestText(this.#options.kit.crypto), digest)
    if (told.get(pair) !== undefined) return
    told.set(pair, true)
    for (const [event, differences] of verdict) this.#warn(mismatchError(event, differences, link.peer))
  }

  #warn(error: P2pError): void {
    if (this.#gate.pass() !== undefined) this.#options.onWarning(error)
  }

  #peerOf(link: Link): PeerContracts {
    const known = this.#peers.get(link)
    if (known !== undefined) return known
    const peer: PeerContracts = {
      digests: new Map(),
      asked: new Map(),
      failed: new RecentMap(KEPT_PAIRS),
      told: new RecentMap(KEPT_PAIRS),
      window: new RateWindow(DESCRIPTORS_PER_MINUTE, MINUTE_MS),
      refused: new RecentMap(KEPT_PAIRS)
    }
    this.#peers.set(link, peer)
    return peer
  }
}

function refusedOf({ refused }: PeerContracts, contract: Contract, link: Link): P2pError {
  const known = refused.get(contract.name)
  if (known !== undefined) return known
  const error = unknownError(contract, link, `it names more than ${DESCRIPTORS_PER_MINUTE} of them within a minute`)
  refused.set(contract.name, error)
  return error
}

function pairOf(ours: string, theirs: string): string {
  return `${ours} ${theirs}`
}

function refusalOf(verdict: Verdict | P2pError, event: string, peer: string): P2pError | undefined {
  if (verdict instanceof P2pError) return verdict
  const differences = verdict.get(event)
  return differences === undefined ? undefined : mismatchError(event, differences, peer)
}

function mismatchError(event: string, differences: readonly Difference[], peer: string): P2pError {
  const texts = differences.map(({ field, what }) => `${field} ${what}`)
  const text = `${event} cannot be exchanged with ${peer}: ${texts.join('; ')}: bring both peers to one version of the contract`
  const [first] = differences
  const details = { peer, event, field: first?.field, differs: first?.what, differences: texts }
  return new P2pError('ERR_TRUSTP2P_CONTRACT_MISMATCH', text, { details })
}

function unknownError({ name }: Contract, { peer }: Link, why: string, cause?: unknown): P2pError {
  const text = `the contract ${name} of ${peer} is another than ours, and cannot be learned: ${why}`
  return new P2pError('ERR_TRUSTP2P_CONTRACT_UNKNOWN', text, { cause, details: { peer, contract: name } })
}
