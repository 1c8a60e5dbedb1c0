import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, ListenOptions } from '../contract'
import { addressInUse, addressInvalid, dialFailed } from '../driver-errors'
import { DriverLife } from '../driver-life'
import type { SocketFacts } from '../named-socket'
import type { MemoryBinding, MemoryNetwork } from './memory-network'
import { MemorySocket } from './memory-socket'

/** Where a driver within the process belongs. */
export interface MemoryDriverOptions {
  readonly kit: Kit
  /** Where this driver listens and dials. */
  readonly network: MemoryNetwork
}

/** Makes a driver for `memory://name`: connections within the process, for tests, simulations and browsers. */
export function createMemoryDriver(options: MemoryDriverOptions): Driver {
  return new MemoryDriver(options)
}

const HOST = 'memory'

class MemoryDriver implements Driver {
  readonly name = 'memory'
  readonly schemes = ['memory']
  readonly supports = { listen: true, dial: true, encryption: false, browser: true }
  readonly #options: MemoryDriverOptions
  readonly #life = new DriverLife<MemorySocket>()

  constructor(options: MemoryDriverOptions) {
    this.#options = options
  }

  async listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const name = nameOf(url)
    await this.#carried()
    this.#life.assertMayListen(url)
    const { network } = this.#options
    const address = `memory://${name}`
    const binding: MemoryBinding = {
      createEnd: (peer) => this.#createEnd({ limits: options.limits, url: address, peer }),
      accept: (end) => options.onSocket(end)
    }
    if (!network.bind(name, binding)) throw addressInUse(url)
    return this.#life.addListener({ address, close: () => Promise.resolve(network.unbind(name, binding)) })
  }

  async dial(url: string, options: DialOptions): Promise<MemorySocket> {
    const name = nameOf(url)
    if (options.signal?.aborted !== true) await this.#carried()
    this.#life.assertMayDial(url, options)
    const { network } = this.#options
    const binding = network.find(name)
    if (binding === undefined) throw dialFailed(url, 'nobody listens there')
    const near = this.#createEnd({ limits: options.limits, url, peer: url })
    const far = binding.createEnd(network.nextPeer())
    MemorySocket.join(near, far)
    binding.accept(far)
    return near
  }

  async close(): Promise<void> {
    await this.#life.close()
    await this.#carried()
  }

  #createEnd(facts: Omit<SocketFacts, 'exporter' | 'host'>): MemorySocket {
    const { kit, network } = this.#options
    const onGone = this.#life.deleteSocket
    const socket = new MemorySocket({ host: HOST, exporter: undefined, kit, network, onGone, ...facts })
    this.#life.addSocket(socket)
    return socket
  }

  #carried(): Promise<void> {
    return new Promise((resolve) => this.#options.network.carry(resolve))
  }
}

function nameOf(url: string): string {
  const name = /^memory:\/\/([\w.-]+)\/?$/i.exec(url)?.[1]
  if (name === undefined) throw addressInvalid(url, 'write memory:// and a name of letters, digits, . _ -')
  return name
}
