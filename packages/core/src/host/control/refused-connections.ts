import type { Socket } from 'node:net'
import { CLOSE_MS } from '../../driver/close-frame'
import { HalfOpen } from '../../driver/net/half-open'
import type { Clock } from '../../kit'
import { CP2pPackage, PackageType } from '../../wire/package'
import { REFUSED_EVENT } from './control-events'
import type { ErrorFacts } from './control-events'
import { CONTROL_LIMITS } from './control-limits'
import { frameHeader } from './frame-splitter'

/** Connections for which there is no room: they are told so, and have two seconds to read it. */
export class RefusedConnections {
  readonly #leaving: HalfOpen
  readonly #notice: Uint8Array

  constructor(clock: Clock, name: string) {
    this.#leaving = new HalfOpen(clock, () => CLOSE_MS)
    const { inboundSockets } = CONTROL_LIMITS
    const message = `the node ${name} has ${inboundSockets} connections to its control socket already: end one of them, such as a watch, or try again later`
    const facts: ErrorFacts = { code: 'ERR_TRUSTP2P_LIMIT_BUSY', message }
    const frame = CP2pPackage.encode({ type: PackageType.TALK, event: REFUSED_EVENT, body: facts })
    this.#notice = Buffer.concat([frameHeader(frame.length), frame])
  }

  /** Takes a connection of which nothing was read. */
  add(raw: Socket): void {
    this.#leaving.add(raw)
    raw.on('error', () => undefined)
    // What it sends is read and dropped: the system would throw away with it what we say.
    raw.resume()
    raw.end(this.#notice)
  }

  close(): void {
    this.#leaving.destroy()
  }
}
