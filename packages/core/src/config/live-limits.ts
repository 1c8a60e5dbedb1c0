import type { LimitsConfig, NodeConfig } from './config'
import { deepFreeze } from './plain'
import { changeConfig } from './resolve-config'

/** The limits of a running node. `node.config.limits` tells those that hold. */
export interface NodeLimits {
  /**
   * Changes some of them, and gives all that hold then. What is decided from then on goes by the new ones; what a socket
   * is given when it opens (`frameBytes`, `sendQueueBytes`, `pendingRequests`, `bodyDepth`, `unknownEvents`,
   * `uselessFrames`) it keeps; so does a thread with the `bodyDepth` that it was loaded with, for its store and in a
   * worker. Throws ERR_TRUSTP2P_CONFIG_INVALID, and changes nothing, where one of them is no limit or they do not go
   * together.
   */
  set(changes: Partial<LimitsConfig>): LimitsConfig
}

/** The configuration of a running node, of which the limits can be changed. */
export class LiveLimits {
  /** What the parts of the node hold: its limits are exchanged in place. */
  readonly live: NodeConfig
  /** What programs get of it: no more than that, for a configuration may hold secrets. */
  readonly face: NodeLimits = Object.freeze({ set: (changes: Partial<LimitsConfig>) => this.#set(changes) })
  readonly #limits: { -readonly [Key in keyof LimitsConfig]: LimitsConfig[Key] }
  readonly #onChange: (before: LimitsConfig) => void
  #config: NodeConfig

  /** `onChange` is called after each change with what held before it, for what is made of limits and not read anew. */
  constructor(config: NodeConfig, onChange: (before: LimitsConfig) => void) {
    this.#config = config
    this.#limits = { ...config.limits }
    this.live = Object.freeze({ ...config, limits: this.#limits })
    this.#onChange = onChange
  }

  /** The effective configuration, frozen. */
  get config(): NodeConfig {
    return this.#config
  }

  #set(changes: Partial<LimitsConfig>): LimitsConfig {
    const { limits: before } = this.#config
    this.#config = deepFreeze(changeConfig(this.#config, { limits: changes }))
    Object.assign(this.#limits, this.#config.limits)
    this.#onChange(before)
    return this.#config.limits
  }
}
