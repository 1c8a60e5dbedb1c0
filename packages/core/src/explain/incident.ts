import type { ExplainedClose, ExplainStage } from './explain-record'

/** Whom something happened with: a link, a socket of a driver, an address that was dialled. */
export interface ExplainOrigin {
  readonly host: string
  readonly url?: string
  readonly peer: string
  readonly peerId?: string | undefined
  /** The id of the socket. */
  readonly id?: string
  /** The network of the host, where it is known already: see `networkOf`. */
  readonly network?: string
}

/** What happened. Nothing is made of it but for the first of its kind. */
export interface Incident {
  readonly stage: ExplainStage
  readonly code: string
  /** [what the code means] */
  readonly text?: string | undefined
  /** The key of the configuration that decided it [that of the code]. */
  readonly limit?: string | undefined
  /** True where the peer decided and said so: the limit is none of ours. */
  readonly remote?: boolean
  readonly cause?: unknown
  readonly event?: string | undefined
  readonly tag?: string | undefined
  readonly close?: ExplainedClose | undefined
}
