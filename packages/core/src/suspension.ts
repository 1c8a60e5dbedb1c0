import type { Deliver } from './deliver/deliver'
import { P2pError } from './errors'
import type { DriverDesk } from './node-drivers'
import type { OutboundDesk } from './outbound-desk'
import { TurnQueue } from './turn-queue'

/** How a node leaves the network. */
export interface SuspendOptions {
  /** How long requests under way may take, in ms [0]. */
  readonly timeoutMs?: number
}

export interface SuspensionOptions {
  readonly deliver: Pick<Deliver, 'drainSockets'>
  readonly outbound: Pick<OutboundDesk, 'close' | 'reopen'>
  readonly drivers: Pick<DriverDesk, 'suspend' | 'resume'>
  /** Listens again on a server of the program, where there is one. */
  readonly share: () => void
  /** Throws where the node closes. */
  readonly assertOpen: () => void
}

/** Takes a node out of the network, and back in: one after the other, however often they are called. */
export class Suspension {
  readonly #options: SuspensionOptions
  readonly #turns = new TurnQueue()
  #active = false

  constructor(options: SuspensionOptions) {
    this.#options = options
  }

  /** True from the begin of `suspend` to the end of `resume`. */
  get active(): boolean {
    return this.#active
  }

  suspend(options: SuspendOptions): Promise<void> {
    return this.#inTurn(() => this.#suspend(options))
  }

  /** A dial may take long: a `suspend` meanwhile does not wait for it, and ends it. */
  async resume(): Promise<void> {
    const resumed = await this.#inTurn(() => this.#resume())
    await resumed?.dialled
  }

  async #suspend({ timeoutMs = 0 }: SuspendOptions): Promise<void> {
    if (this.#active) return
    const { deliver, outbound, drivers } = this.#options
    this.#active = true
    await Promise.all([outbound.close(suspendedError()), drivers.suspend()])
    await deliver.drainSockets(() => true, { timeoutMs, reason: 'node suspended', refusal: suspendedError })
  }

  /** Gives what it dials, not yet settled. */
  async #resume(): Promise<{ readonly dialled: Promise<void> } | undefined> {
    if (!this.#active) return undefined
    const { outbound, drivers, share, assertOpen } = this.#options
    await drivers.resume()
    assertOpen()
    share()
    this.#active = false
    return { dialled: outbound.reopen() }
  }

  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    return this.#turns.run(() => {
      this.#options.assertOpen()
      return change()
    })
  }
}

function suspendedError(): P2pError {
  return new P2pError('ERR_TRUSTP2P_NODE_SUSPENDED', 'the node is suspended: call `resume` first')
}
