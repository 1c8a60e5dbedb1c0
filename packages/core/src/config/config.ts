/** The effective configuration of a node: every key present, frozen. */
export interface NodeConfig {
  /** Name of the node: its state lies in `.trustp2p/<name>/`. */
  readonly name: string
  /** Addresses to listen on. */
  readonly listen: readonly string[]
  /** Addresses to dial, and to dial again when they are lost. */
  readonly connect: readonly string[]
  readonly drivers: { readonly ws: WsConfig }
  readonly limits: LimitsConfig
  readonly request: RequestConfig
  readonly redial: RedialConfig
  readonly log: LogConfig
  /** Settings of single threads, by name. */
  readonly threads: Readonly<Record<string, Partial<ThreadConfig>>>
}

export interface WsConfig {
  /** Offer and accept permessage-deflate (RFC 7692). */
  readonly compression: boolean
  /** Path to listen on, where the address names none. */
  readonly path: string
  /** Origins whose handshakes are accepted; a handshake without an Origin header always is. */
  readonly origins: readonly string[]
  /** Time in ms between the pings that keep a link alive; a link that answers none until the next is dropped. 0: off. */
  readonly keepAliveMs: number
}

export interface LimitsConfig {
  /** Longest frame, in bytes. */
  readonly frameBytes: number
  /** Most bytes queued to one slow reader. */
  readonly sendQueueBytes: number
  /** Longest handshake, in ms. */
  readonly handshakeMs: number
  /** Longest wait for a peer's greeting where one is needed, in ms. */
  readonly greetingMs: number
  /** Most requests of ours that wait for answers, per socket. */
  readonly pendingRequests: number
  /** Most requests of a peer that run at once, per socket; the next is answered with ERR_TRUSTP2P_LIMIT_BUSY. */
  readonly runningRequests: number
  /** Deepest nesting of a JSON body. */
  readonly bodyDepth: number
  /** A socket is closed with 1002 at its n-th undecodable frame. 0: never. */
  readonly badFrames: number
  /** A socket is closed with 1003 past this many unknown talks within a minute. 0: never. */
  readonly unknownEvents: number
}

export interface RequestConfig {
  /** Longest wait for an answer, in ms. 0: for ever. */
  readonly timeoutMs: number
}

export interface RedialConfig {
  /** Wait before the first redial, in ms. */
  readonly firstMs: number
  /** What each wait is multiplied by to give the next. */
  readonly factor: number
  /** Longest wait, in ms. */
  readonly longestMs: number
  /** Part of a wait that is random: 0.2 gives 80 % to 120 % of it. */
  readonly jitter: number
}

export interface LogConfig {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}

export interface ThreadConfig {
  /** What the thread gets as `this.config`. */
  readonly config: unknown
  /** Longest time to load and start, in ms, each. */
  readonly startTimeoutMs: number
  /** Longest time to stop, in ms. */
  readonly stopTimeoutMs: number
  /** How long running handlers may finish when the thread is stopped, in ms. */
  readonly drainTimeoutMs: number
  /** Longest time of one handler, in ms. 0: no limit. */
  readonly handlerTimeoutMs: number
}
