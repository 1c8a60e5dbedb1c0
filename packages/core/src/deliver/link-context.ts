import type { LimitsConfig } from '../config/config'
import type { Kit } from '../kit'
import type { DeliverCounters } from './counters'
import type { CP2pMessage } from './message'

/** What all links of a node share. */
export interface LinkContext {
  readonly kit: Kit
  readonly limits: LimitsConfig
  readonly counters: DeliverCounters
  /** What handlers work on, whether its socket is still there or not. */
  readonly held: HeldWork
  /** Requests that were sent so far, in the order of which links count as used. */
  uses: number
  /** The text of our greeting. */
  readonly greeting: string
  /** Takes a message; false when nobody handles its event. */
  route(message: CP2pMessage): boolean
}

export interface HeldWork {
  /** Requests of peers. */
  requests: number
  /** Bytes of requests and talks. */
  bytes: number
}
