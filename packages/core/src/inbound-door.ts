import type { LimitsConfig } from './config/config'
import type { DriverSocket } from './driver/contract'
import type { P2pSocket } from './driver/socket'
import { P2pError, isErrorCode } from './errors'
import { InboundGate } from './inbound-gate'
import type { Ban, InboundSockets } from './inbound-gate'
import type { Kit } from './kit'
import { RateGate } from './rate-gate'

/** Most refused peers that are told of within a minute. */
export const REFUSALS_PER_MINUTE = 10

/** Where the inbound sockets of a node live. */
export interface InboundHall extends InboundSockets {
  readonly counters: { refusedSockets: number }
  adopt(driverSocket: DriverSocket, direction: 'inbound'): unknown
}

export interface InboundDoorOptions {
  readonly kit: Kit
  readonly limits: LimitsConfig
  readonly hall: InboundHall
  /** True once the node lets nobody in any more. */
  readonly closing: () => boolean
  readonly onWarning: (error: P2pError) => void
}

/** Where peers come in: takes their sockets or refuses them, and remembers what those that came in are to blame for. */
export class InboundDoor {
  readonly #options: InboundDoorOptions
  readonly #gate: InboundGate
  readonly #refusals: RateGate

  constructor(options: InboundDoorOptions) {
    const { kit, limits } = options
    this.#options = options
    this.#gate = new InboundGate(kit.clock, limits)
    this.#refusals = new RateGate(kit.clock, REFUSALS_PER_MINUTE)
  }

  /** The hosts that may not connect for a while, the oldest ban first. */
  get bans(): Ban[] {
    return this.#gate.bans
  }

  /** Lets a host connect again; false where it was not banned. */
  unban(host: string): boolean {
    return this.#gate.unban(host)
  }

  /** False for a host whose connections are dropped before they cost anything. */
  mayConnect(host: string): boolean {
    return this.#gate.mayConnect(host)
  }

  /** Takes an inbound socket, or refuses it and counts that. */
  accept(driverSocket: DriverSocket): void {
    const { hall, closing } = this.#options
    if (closing()) return refuse(driverSocket, 1001, 'node stopping')
    const refusal = this.#gate.refusal(driverSocket.host, hall)
    if (refusal === undefined) return void hall.adopt(driverSocket, 'inbound')
    hall.counters.refusedSockets++
    refuse(driverSocket, 1013, refusal)
  }

  /** A peer broke the protocol, or a limit. */
  blame({ host, inbound }: P2pSocket): void {
    if (!inbound || !this.#gate.blame(host)) return
    const { offencesPerHour, banMs } = this.#options.limits
    const text = `${host} is banned for ${banMs} ms: its peers broke the protocol, or a limit, more than ${offencesPerHour} times in an hour (limits.offencesPerHour, limits.banMs)`
    this.#options.onWarning(new P2pError('ERR_TRUSTP2P_LIMIT_HOST_BANNED', text, { details: { host, banMs } }))
  }

  /** Who dialled is told by its own promise; of peers that dial us nobody would know. */
  peerRefused(error: P2pError, { id, peer, inbound }: P2pSocket): void {
    this.#options.kit.log.debug({ err: error, socket: id, peer }, 'peer refused')
    const heldBack = inbound ? this.#refusals.pass() : undefined
    if (heldBack === undefined) return
    const more = heldBack === 0 ? '' : ` (and ${heldBack} more since the last report)`
    const { code, message } = error
    this.#options.onWarning(isErrorCode(code) ? new P2pError(code, message + more, { cause: error }) : error)
  }
}

/** Hears nothing: a refused socket never becomes one of ours. */
const DEAF = { onFrame() {}, onDrain() {}, onError() {}, onClose() {} }

function refuse(driverSocket: DriverSocket, code: number, reason: string): void {
  driverSocket.attach(DEAF)
  driverSocket.close(code, reason)
}
