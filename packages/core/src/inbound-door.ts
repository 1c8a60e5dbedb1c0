import type { LimitsConfig } from './config/config'
import type { Admission } from './deliver/admission'
import type { Culprit } from './deliver/deliver-options'
import type { DriverSocket } from './driver/contract'
import { hostOfPeer } from './driver/host-name'
import type { P2pSocket } from './driver/socket'
import { stageOf } from './explain/explain-code'
import type { ExplainLog } from './explain/explain-log'
import type { Incident } from './explain/incident'
import { P2pError, isErrorCode } from './errors'
import { InboundGate } from './inbound-gate'
import type { GateBook, InboundSockets, RefusalReason } from './inbound-gate'
import { NetworkSet, readAddress, readNetwork } from './ip-networks'
import type { Kit } from './kit'
import { bannedError, objectionError } from './peers/objection-error'
import type { PeerBook } from './peers/peer-book'
import type { PeerDesk } from './peers/peer-desk'
import { RateGate } from './rate-gate'

const BANNED = 'your host is banned'

/** Most refused peers that are told of within a minute. */
export const REFUSALS_PER_MINUTE = 10

/** Where the inbound sockets of a node live. */
export interface InboundHall extends InboundSockets {
  readonly counters: { refusedSockets: number }
  /** Who is let in. */
  readonly admission: Pick<Admission, 'judgeHost'>
  adopt(driverSocket: DriverSocket, direction: 'inbound'): unknown
  /** Closes the sockets of a peer where it may not be here any more. */
  judgeAgain(peerId: string): void
}

/** What the door asks of the peer book, and tells it. */
export interface DoorBook extends Pick<PeerDesk, 'blame'> {
  readonly book: GateBook & Pick<PeerBook, 'objectionTo'>
}

export interface InboundDoorOptions {
  readonly kit: Kit
  readonly limits: LimitsConfig
  /** Proxies that speak for others: `trustProxy`. */
  readonly proxies: readonly string[]
  readonly hall: InboundHall
  /** What is remembered of peers. */
  readonly peers: DoorBook
  /** Takes whom was refused, and why. */
  readonly explain: ExplainLog
  /** True once the node lets nobody in any more. */
  readonly closing: () => boolean
  readonly onWarning: (error: P2pError) => void
}

/** Where peers come in: takes their sockets or refuses them, and remembers what those that came in are to blame for. */
export class InboundDoor {
  readonly #options: InboundDoorOptions
  readonly #gate: InboundGate
  readonly #refusals: RateGate
  readonly #proxies = new NetworkSet()

  constructor(options: InboundDoorOptions) {
    const { kit, limits, proxies, peers } = options
    this.#options = options
    this.#gate = new InboundGate(kit.clock, limits, peers.book)
    this.#refusals = new RateGate(kit.clock, REFUSALS_PER_MINUTE)
    for (const network of proxies.map(readNetwork)) if (network !== undefined) this.#proxies.add(network)
  }

  /** False for a host whose connections are dropped before they cost anything: it is banned, or a rule keeps it out. */
  mayConnect(host: string): boolean {
    const { explain, hall, peers } = this.#options
    const ban = peers.book.banOfHost(host)
    if (ban !== undefined) {
      explain.addError({ host, peer: host }, bannedError(ban, host), { stage: 'accept' })
      return false
    }
    // Who it speaks for is judged once that is known.
    if (this.#isProxy(host)) return true
    const refusal = hall.admission.judgeHost({ host, peer: host })
    if (refusal === undefined) return true
    explain.addError({ host, peer: host }, refusal.error, { stage: 'accept' })
    this.#warn(refusal.error)
    return false
  }

  limitsChanged(): void {
    this.#gate.limitsChanged()
  }

  /** A listener tells of something that it lives with: it failed, or refused a handshake. */
  listenerFailed(error: P2pError): void {
    const { peer, address } = error.details ?? {}
    const stage = isErrorCode(error.code) ? stageOf(error.code) : 'listen'
    const isKnown = typeof peer === 'string' && typeof address === 'string'
    const origin = isKnown ? { host: hostOfPeer(peer), peer, url: address } : undefined
    this.#options.explain.addError(origin, error, { stage })
  }

  /** Takes an inbound socket, or refuses it and counts that. */
  accept(driverSocket: DriverSocket): void {
    const { hall, closing, explain } = this.#options
    if (closing()) return refuse(driverSocket, 1001, 'node stopping')
    const refusal = this.#gate.refusal(driverSocket.host, hall)
    if (refusal === undefined) return void hall.adopt(driverSocket, 'inbound')
    hall.counters.refusedSockets++
    const { host, url, peer } = driverSocket
    const incident = { stage: 'accept', close: { by: 'us', code: 1013, reason: refusal } } as const
    const ban = refusal === BANNED ? this.#options.peers.book.banOfHost(host) : undefined
    if (ban !== undefined) explain.addError({ host, url, peer }, bannedError(ban, peer), incident)
    else explain.add({ host, url, peer }, { ...incident, ...WHY[refusal] })
    refuse(driverSocket, 1013, refusal)
  }

  /**
   * A peer, or somebody between, broke the protocol, or a limit. One whose proxy does not say who it is does not have all
   * others of that banned.
   */
  blame(socket: P2pSocket, culprit: Culprit): void {
    if (culprit === 'peer') this.#blamePeer(socket)
    const { host, inbound } = socket
    const { limits, peers } = this.#options
    if (!inbound || this.#isProxy(host) || !peers.book.blameHost(host)) return
    const { offencesPerHour, banMs } = limits
    const text = `${host} is banned for ${banMs} ms: its peers broke the protocol, or a limit, more than ${offencesPerHour} times in an hour (limits.offencesPerHour, limits.banMs)`
    const error = new P2pError('ERR_TRUSTP2P_LIMIT_HOST_BANNED', text, { details: { host, banMs } })
    this.#options.explain.addError(socket, error, { stage: 'socket' })
    this.#options.onWarning(error)
  }

  /** Other sockets of a peer that is kept out from now on are closed. */
  #blamePeer(socket: P2pSocket): void {
    const { peerId, host, peer } = socket
    const { peers, hall, explain } = this.#options
    if (peerId === undefined || peers.blame(peerId, host) === undefined) return
    const objection = peers.book.objectionTo(peerId)
    if (objection === undefined) return
    const error = objectionError(objection, { peerId, peer })
    explain.addError(socket, error, { stage: 'socket' })
    this.#warn(error)
    hall.judgeAgain(peerId)
  }

  /** Who dialled is told by its own promise; of peers that dial us nobody would know. */
  peerRefused(error: P2pError, { id, peer, inbound }: P2pSocket): void {
    this.#options.kit.log.debug({ err: error, socket: id, peer }, 'peer refused')
    if (inbound) this.#warn(error)
  }

  #isProxy(host: string): boolean {
    const address = readAddress(host)
    return address !== undefined && this.#proxies.has(address)
  }

  /** Tells of a refused peer, but not of more than a few within a minute. */
  #warn(error: P2pError): void {
    const heldBack = this.#refusals.pass()
    if (heldBack === undefined) return
    const more = heldBack === 0 ? '' : ` (and ${heldBack} more since the last report)`
    const { code, message } = error
    this.#options.onWarning(isErrorCode(code) ? new P2pError(code, message + more, { cause: error }) : error)
  }
}

/** Why sockets are refused, by what their peers are told. */
const WHY: Readonly<Record<RefusalReason, Pick<Incident, 'code' | 'text' | 'limit'>>> = {
  'inbound connections maxed out': {
    code: 'ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS',
    text: 'a connection was refused, since as many are open as may be',
    limit: 'limits.inboundSockets'
  },
  'too many connections from your host': {
    code: 'ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS',
    text: 'a connection was refused, since as many of its host are open as may be',
    limit: 'limits.inboundSocketsPerHost'
  },
  'connects too often': {
    code: 'ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS',
    text: 'a connection was refused, since its host connects too often',
    limit: 'limits.inboundSocketsPerSecond'
  },
  [BANNED]: {
    code: 'ERR_TRUSTP2P_LIMIT_HOST_BANNED',
    text: 'a connection was refused, since its host is banned'
  }
}

/** Hears nothing: a refused socket never becomes one of ours. */
const DEAF = { onFrame() {}, onDrain() {}, onError() {}, onClose() {} }

function refuse(driverSocket: DriverSocket, code: number, reason: string): void {
  driverSocket.attach(DEAF)
  driverSocket.close(code, reason)
}
