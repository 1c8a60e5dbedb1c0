import { P2pError } from '../errors'
import type { Hash } from '../kit'
import { ContractEvent } from './contract'
import type { EventCodecs, Contract } from './contract'
import { NODE_CONTRACTS, USED_CONTRACTS } from './limits'
import { RecentMap } from './recent-map'

/** An event with all that its bodies need. */
export interface TypedEvent {
  readonly event: string
  readonly contract: Contract
  readonly codecs: EventCodecs
  readonly digest: Uint8Array
  readonly digestText: string
}

/** The contracts of a node by name, whoever brought them: its program, or a thread. */
export class ContractTable {
  readonly #crypto: Hash
  readonly #owners = new Map<string, readonly Contract[]>()
  /** What owners that are about to serve will bring. */
  readonly #reserved = new Map<string, readonly Contract[]>()
  readonly #contracts = new Map<string, Contract>()
  readonly #events = new Map<string, TypedEvent>()
  readonly #typed = new WeakMap<ContractEvent, TypedEvent>()
  readonly #used = new RecentMap<string, Contract>(USED_CONTRACTS)
  readonly #listeners = new Set<() => void>()

  constructor(crypto: Hash) {
    this.#crypto = crypto
  }

  /** The contracts, by name. */
  get contracts(): ReadonlyMap<string, Contract> {
    return this.#contracts
  }

  /** The digests of all contracts, by name: what the greeting says. */
  get digests(): Record<string, string> {
    return Object.fromEntries([...this.#contracts].map(([name, contract]) => [name, contract.digestText(this.#crypto)]))
  }

  /**
   * Makes these the contracts of an owner, in the place of those that it had; an empty list takes them away. Throws
   * ERR_TRUSTP2P_CONTRACT_CONFLICT where another owner has one of the same name that says something else, and
   * ERR_TRUSTP2P_LIMIT_CONTRACT for a 65th; nothing has changed then.
   */
  set(owner: string, contracts: readonly Contract[]): void {
    const next = this.#with(this.#owners, owner, contracts)
    this.#reserved.delete(owner)
    this.#owners.delete(owner)
    if (contracts.length > 0) this.#owners.set(owner, contracts)
    this.#replace(next)
  }

  /** Keeps room for what an owner is about to `set`, until it does or gives up. Throws what `set` throws. */
  reserve(owner: string, contracts: readonly Contract[]): void {
    this.#with(new Map([...this.#owners, ...this.#reserved]), owner, contracts)
    this.#reserved.set(owner, contracts)
  }

  /** The owner has given up what it reserved; nothing where it has reserved others since. */
  release(owner: string, contracts: readonly Contract[]): void {
    if (this.#reserved.get(owner) === contracts) this.#reserved.delete(owner)
  }

  /** The event of that name, where a contract of the node has it. */
  find(event: string): TypedEvent | undefined {
    return this.#events.get(event)
  }

  /** An event that a program uses, whether the node has its contract or not. Undefined for anything else. */
  use(event: unknown): TypedEvent | undefined {
    const codecs = ContractEvent.codecsOf(event)
    if (codecs === undefined || !(event instanceof ContractEvent)) return undefined
    const typed = this.#typed.get(event) ?? this.#bind(event, codecs)
    if (this.#contracts.get(typed.contract.name) !== typed.contract) this.#used.set(typed.digestText, typed.contract)
    return typed
  }

  /** Keeps the descriptor of a contract that a program uses elsewhere. */
  know(contract: Contract): void {
    this.#used.set(contract.digestText(this.#crypto), contract)
  }

  /** The event of that name in the contract with that digest, where it is one of the node, or was used. */
  findWritten(event: string, digestText: string): TypedEvent | undefined {
    const contracts = [...this.#contracts.values(), this.#used.get(digestText)]
    const found = contracts.find((contract) => contract?.digestText(this.#crypto) === digestText)
    return this.use(Object.values(found?.events ?? {}).find((each) => each.event === event))
  }

  /** The canonical texts of all contracts. */
  get texts(): readonly string[] {
    return [...this.#contracts.values()].map(({ descriptor }) => descriptor.text)
  }

  /** The canonical text of the contract with that digest. */
  describe(digestText: string): string | undefined {
    for (const contract of this.#contracts.values()) {
      if (contract.digestText(this.#crypto) === digestText) return contract.descriptor.text
    }
    return this.#used.get(digestText)?.descriptor.text
  }

  /** Calls back when a contract came, went or changed; gives the way to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #with(
    owners: ReadonlyMap<string, readonly Contract[]>,
    owner: string,
    contracts: readonly Contract[]
  ): ReadonlyMap<string, Contract> {
    const next = new Map<string, Contract>()
    for (const [other, theirs] of owners) if (other !== owner) for (const contract of theirs) this.#add(next, contract)
    for (const contract of contracts) this.#add(next, contract)
    if (next.size > NODE_CONTRACTS) {
      const text = `a node has at most ${NODE_CONTRACTS} contracts: ${owner} brings the ${next.size}th`
      throw new P2pError('ERR_TRUSTP2P_LIMIT_CONTRACT', text)
    }
    return next
  }

  #add(contracts: Map<string, Contract>, contract: Contract): void {
    const other = contracts.get(contract.name)
    if (other !== undefined && other.digestText(this.#crypto) !== contract.digestText(this.#crypto)) {
      const text = `two contracts are called ${contract.name}, and say different things: rename a service, or use one .proto`
      throw new P2pError('ERR_TRUSTP2P_CONTRACT_CONFLICT', text, { details: { contract: contract.name } })
    }
    contracts.set(contract.name, other ?? contract)
  }

  #replace(contracts: ReadonlyMap<string, Contract>): void {
    if (isSame(this.#contracts, contracts)) return
    // Peers may still ask for what the bodies that are on their way were written with.
    for (const contract of this.#contracts.values()) this.#used.set(contract.digestText(this.#crypto), contract)
    this.#contracts.clear()
    this.#events.clear()
    for (const [name, contract] of contracts) {
      this.#contracts.set(name, contract)
      for (const event of Object.values(contract.events)) {
        const codecs = ContractEvent.codecsOf(event)
        if (codecs !== undefined) this.#events.set(event.event, this.#typed.get(event) ?? this.#bind(event, codecs))
      }
    }
    for (const listener of this.#listeners) listener()
  }

  #bind(event: ContractEvent, codecs: EventCodecs): TypedEvent {
    const { contract } = event
    const typed = {
      event: event.event,
      contract,
      codecs,
      digest: contract.digest(this.#crypto),
      digestText: contract.digestText(this.#crypto)
    }
    this.#typed.set(event, typed)
    return typed
  }
}

function isSame(before: ReadonlyMap<string, Contract>, after: ReadonlyMap<string, Contract>): boolean {
  return before.size === after.size && [...after].every(([name, contract]) => before.get(name) === contract)
}
