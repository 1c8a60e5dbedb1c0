import type { LimitsConfig } from '../config/config'
import type { P2pSocket } from '../driver/socket'
import type { ExplainLog } from '../explain/explain-log'
import type { Kit } from '../kit'
import type { CP2pPackage } from '../wire/package'
import type { Admission } from './admission'
import type { DeliverCounters } from './counters'
import type { Link } from './link'
import type { CP2pMessage } from './message'
import type { PeerLinks } from './peer-links'
import type { PendingRequest } from './pending-table'
import type { TrafficLimit } from './traffic-limit'
import type { TwinSockets } from './twin-sockets'

/** What all links of a node share. */
export interface LinkContext {
  readonly kit: Kit
  readonly limits: LimitsConfig
  readonly counters: DeliverCounters
  /** Takes what was refused, closed, dropped or failed. */
  readonly explain: ExplainLog
  /** What handlers work on, whether its socket is still there or not. */
  readonly held: HeldWork
  /** Requests that were sent so far, in the order of which links count as used. */
  uses: number
  /** Undefined while nobody watches. */
  tap: FrameTap | undefined
  readonly contracts: LinkContracts
  /** Undefined where peers may send as much as they like. */
  traffic: TrafficLimit | undefined
  readonly peerLinks: PeerLinks
  /** Keeps one socket for each peer [a peer may have several]. */
  readonly twins: TwinSockets | undefined
  /** Who is let in. */
  readonly admission: Admission
  /** Takes a message; false when nobody handles its event. */
  route(message: CP2pMessage): boolean
}

/** What links have to do with contracts. */
export interface LinkContracts {
  /** The peer said what the digests of its contracts are. */
  learn(link: Link, digests: ReadonlyMap<string, string>): void
  /** The canonical text of a contract of ours, as bytes; undefined where none has that digest. */
  describe(digest: string): Uint8Array | undefined
  /** Settles a request with an answer that a contract reads. */
  readAnswer(link: Link, request: PendingRequest, received: CP2pPackage): void
}

/** Sees each frame that comes on an open link, and each that leaves. It keeps none of them, and never throws. */
export interface FrameTap {
  /** One came. The bytes are the receiver's, not the tap's. */
  onReceived(frame: Uint8Array, socket: P2pSocket): void
  /** One was handed to the driver. The bytes are the driver's, not the tap's. */
  onSent(frame: Uint8Array, socket: P2pSocket): void
}

export interface HeldWork {
  /** Requests of peers. */
  requests: number
  /** Bytes of requests and talks. */
  bytes: number
}
