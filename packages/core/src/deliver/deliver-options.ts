import type { NodeConfig } from '../config/config'
import type { ContractTable } from '../contract/contract-table'
import type { P2pSocket } from '../driver/socket'
import type { P2pError } from '../errors'
import type { ExplainLog } from '../explain/explain-log'
import type { Identity } from '../identity/identity'
import type { Kit } from '../kit'
import type { PeerDesk } from '../peers/peer-desk'
import type { Admit } from './admission'
import type { Program } from './greeting'
import type { Router } from './message'
import type { Opening } from './opening'
import type { PeerRules } from './peer-rules'

/** What deliver is made of. */
export interface DeliverOptions {
  readonly kit: Kit
  readonly config: Pick<NodeConfig, 'limits' | 'request'>
  readonly program: Program
  /** How peers prove themselves to each other [not at all]. */
  readonly auth?: AuthOptions | undefined
  /** Who may connect [everybody]. */
  readonly rules?: PeerRules | undefined
  /** What is remembered of peers [nothing]. */
  readonly peers?: PeerDesk | undefined
  /** The program's own decision on a peer [there is none]. */
  readonly admit?: Admit | undefined
  /** True where a peer that is proved has one socket over each scheme [false]. */
  readonly closesDuplicates?: boolean
  readonly router: Router
  readonly events: DeliverEvents
  /** The contracts of the node [none]. */
  readonly contracts?: ContractTable
  /** Takes what was refused, closed, dropped or failed [nobody does]. */
  readonly explain?: ExplainLog
}

/** How peers prove themselves to each other. */
export interface AuthOptions {
  /** What we prove ourselves with. */
  readonly identity: Identity
  /** True where peers that do not prove themselves are refused. */
  readonly required: boolean
  /** What the members of a private network know, 32 bytes [it is of none]. */
  readonly network?: Uint8Array | undefined
}

/** Whom a connection is to lead to. */
export interface OpeningTarget {
  readonly dials: boolean
  /** The peer id that the address names [any peer]. */
  readonly pinned?: string | undefined
}

/** How a driver's socket is taken. */
export interface AdoptOptions {
  /** What was said already [nothing]. */
  readonly opening?: Opening
  /** What was dialled [what the driver says]. */
  readonly url?: string
  /** True where the peer is to prove who it is, and nothing more: the socket never opens [false]. */
  readonly probes?: boolean
}

/** Who is to blame: the peer, or only its host, where somebody between may have done it in the name of a proved peer. */
export type Culprit = 'peer' | 'host'

/** What deliver tells of its sockets. */
export interface DeliverEvents {
  onOpen(socket: P2pSocket): void
  onError(error: P2pError, socket: P2pSocket): void
  onDrain(socket: P2pSocket): void
  /** A peer was not let in: it did not prove who it is, or a rule or the program keeps it out. */
  onRefused?(error: P2pError, socket: P2pSocket): void
  /** The peer, or somebody between, broke the protocol, or a limit; the socket closes. */
  onOffence?(socket: P2pSocket, culprit: Culprit): void
  onClose(socket: P2pSocket, code: number, reason: string): void
  /** A contract of a peer does not agree with ours. */
  onWarning?(error: P2pError): void
}
