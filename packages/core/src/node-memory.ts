import { atMost } from './deadline'
import { errorText, P2pError } from './errors'
import type { Kit } from './kit'
import { IN_MEMORY, NodeStore } from './node-store'
import type { StoreOpener } from './node-store'
import { PeerDesk } from './peers/peer-desk'
import type { PeerBookLimits } from './peers/peer-book'

/** Longest wait for the store to take what is known of peers, and then to close, in ms each. */
export const STORE_CLOSE_MS = 10_000

export interface NodeMemoryOptions {
  readonly kit: Pick<Kit, 'clock' | 'log'>
  readonly limits: PeerBookLimits
  /** Where it is kept [in memory]. */
  readonly opener: StoreOpener | undefined
  /** True for a peer that a rule keeps out. */
  readonly denies: (peerId: string) => boolean
  /** Somebody was banned: who is open may have no place any more. */
  readonly onBan: () => void
  readonly onWarning: (error: P2pError) => void
  /** The store did not open, or close, as it should: the node goes on. */
  readonly onStoreFailure: (error: P2pError) => void
}

/** What a node remembers: its store, and what is known of peers, which is kept there. */
export class NodeMemory {
  readonly store: NodeStore
  readonly peers: PeerDesk
  readonly #options: NodeMemoryOptions

  constructor(options: NodeMemoryOptions) {
    const { kit, limits, opener, denies, onBan, onWarning, onStoreFailure } = options
    this.#options = options
    this.store = new NodeStore({ clock: kit.clock, opener, onFailure: onStoreFailure })
    this.peers = new PeerDesk({ clock: kit.clock, limits, denies, onBan, onWarning })
  }

  /** Reads what is known of peers. A store in memory has nothing, and would only hold the same twice. Never rejects. */
  async open(): Promise<void> {
    const { kit, opener } = this.#options
    if (this.store.place !== IN_MEMORY) return this.peers.open(this.store, { isNew: await this.store.isNew() })
    if (opener === undefined) return
    kit.log.debug({}, 'what this node remembers is gone when it ends: @trustp2p/store is not installed')
  }

  /** Writes what is known of peers: for when no socket is open any more. Never rejects. */
  closePeers(): Promise<void> {
    return atMost(STORE_CLOSE_MS, this.#options.kit.clock, this.peers.close())
  }

  /** For when nobody reads or writes any more. Never rejects. */
  closeStore(): Promise<void> {
    const closing = this.store.close().catch((cause: unknown) => {
      const text = `the store did not close in order: ${errorText(cause)}`
      this.#options.onStoreFailure(new P2pError('ERR_TRUSTP2P_STORE_FAILED', text, { cause }))
    })
    return atMost(STORE_CLOSE_MS, this.#options.kit.clock, closing)
  }
}
