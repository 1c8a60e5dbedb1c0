import type { NodeConfig } from './config/config'
import type { Service } from './contract/contract'
import type { Admit } from './deliver/admission'
import type { AuthOptions } from './deliver/deliver-options'
import type { Program } from './deliver/greeting'
import type { FrameTap } from './deliver/link-context'
import type { DriverListener, ShareOptions } from './driver/contract'
import type { DriverRegistry } from './driver/registry'
import type { Identity } from './identity/identity'
import { networkSecret, readNetworkKey } from './identity/network-key'
import type { Kit } from './kit'
import type { P2pNode } from './node'
import type { StoreOpener } from './node-store'
import type { ThreadSource } from './thread/thread-source'

/** What a node is made of: `createNode` and its like put this together. */
export interface NodeOptions {
  readonly kit: Kit
  readonly config: NodeConfig
  readonly registry: DriverRegistry
  readonly source: ThreadSource
  /** Who greets: the program that this node is part of. */
  readonly program: Program
  /** Listens on a server of the program, beside the configured addresses [none]. */
  readonly share?: ((options: ShareOptions) => DriverListener) | undefined
  /** The services of `defineContract` whose events the node exchanges typed, beside those that threads bring [none]. */
  readonly contracts?: readonly Service[] | undefined
  /** What the node proves itself with; without it `auth` is as good as off [none]. */
  readonly identity?: Identity | undefined
  /** Where what it remembers is kept [in memory]. */
  readonly store?: StoreOpener | undefined
  /** The key of the private network that it is of, 32 bytes [`network.key` of the configuration]. */
  readonly networkKey?: Uint8Array | undefined
  /** Decides whether a peer is let in, after the rules [they alone do]. */
  readonly admit?: Admit | undefined
  /** What lives as long as the node, and drives it [nothing]. */
  readonly companion?: NodeCompanion | undefined
  /** Closes the node: while it starts, `start` rejects with ERR_TRUSTP2P_NODE_CLOSED. */
  readonly signal?: AbortSignal | undefined
}

/** Opened before the threads of its node start, closed when all else of it is. */
export interface NodeCompanion {
  /**
   * Called once, before the threads start; where it rejects the node does not start.
   * @param setTap lets it see each frame of the node, or none any more
   */
  open(node: P2pNode, setTap: (tap: FrameTap | undefined) => void): Promise<void>
  /** Called once, also where `open` is under way, failed, or was never called. */
  close(): Promise<void>
}

/** Who proves nothing proves no membership: with a network key everybody has to. */
export function authOf(options: NodeOptions): AuthOptions | undefined {
  const { config, identity, kit } = options
  if (config.auth === 'off') return undefined
  const key = options.networkKey ?? readNetworkKey(config.network.key)
  const network = key && networkSecret(kit.crypto, key)
  if (identity !== undefined)
    return { identity, required: config.auth === 'required' || network !== undefined, network }
  if (network !== undefined) throw new TypeError('a network key is of no use without an identity')
  if (config.auth === 'optional') return undefined
  throw new TypeError('auth is required, and the node was given no identity')
}
