import { networkOf } from '../network-of'

/** How many inbound sockets there are, in all and by the network that they come from. */
export class InboundCount {
  readonly #byNetwork = new Map<string, number>()
  #total = 0

  get total(): number {
    return this.#total
  }

  of(network: string): number {
    return this.#byNetwork.get(network) ?? 0
  }

  add(host: string): void {
    const network = networkOf(host)
    this.#total++
    this.#byNetwork.set(network, this.of(network) + 1)
  }

  delete(host: string): void {
    const network = networkOf(host)
    const left = this.of(network) - 1
    this.#total--
    if (left > 0) this.#byNetwork.set(network, left)
    else this.#byNetwork.delete(network)
  }
}
