import { networkOf } from '../network-of'
import { Tally } from './tally'

/** How many inbound sockets there are, in all and by the network that they come from. */
export class InboundCount {
  readonly #byNetwork = new Tally()
  #total = 0

  get total(): number {
    return this.#total
  }

  of(network: string): number {
    return this.#byNetwork.of(network)
  }

  add(host: string): void {
    this.#total++
    this.#byNetwork.add(networkOf(host))
  }

  delete(host: string): void {
    this.#total--
    this.#byNetwork.delete(networkOf(host))
  }
}
