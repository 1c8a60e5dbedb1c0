import type { Kit } from '../../kit'
import type { DialOptions, Driver, DriverListener, ListenOptions } from '../contract'
import { DRIVER_CLOSED, addressInUse, addressInvalid, dialAborted, dialFailed, listenFailed } from '../driver-errors'
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
  readonly #unbinds = new Set<() => void>()
  readonly #sockets = new Set<MemorySocket>()
  #closed = false

  constructor(options: MemoryDriverOptions) {
    this.#options = options
  }

  async listen(url: string, options: ListenOptions): Promise<DriverListener> {
    const name = nameOf(url)
    await this.#carried()
    if (this.#closed) throw listenFailed(url, DRIVER_CLOSED)
    const address = `memory://${name}`
    const unbind = this.#bind(name, {
      createEnd: (peer) => this.#createEnd({ limits: options.limits, url: address, peer, host: HOST }),
      accept: (end) => options.onSocket(end)
    })
    if (unbind === undefined) throw addressInUse(url)
    return { address, close: () => Promise.resolve(unbind()) }
  }

  async dial(url: string, { limits, signal }: DialOptions): Promise<MemorySocket> {
    const name = nameOf(url)
    if (!isAborted(signal)) await this.#carried()
    if (isAborted(signal)) throw dialAborted(url, signal?.reason)
    if (this.#closed) throw dialAborted(url, DRIVER_CLOSED)
    const { network } = this.#options
    const binding = network.find(name)
    if (binding === undefined) throw dialFailed(url, 'nobody listens there')
    const near = this.#createEnd({ limits, url, peer: url, host: HOST })
    const far = binding.createEnd(network.nextPeer())
    MemorySocket.join(near, far)
    binding.accept(far)
    return near
  }

  async close(): Promise<void> {
    this.#closed = true
    for (const unbind of this.#unbinds) unbind()
    for (const socket of this.#sockets) socket.terminate()
    await this.#carried()
  }

  #createEnd(named: Pick<ConstructorParameters<typeof MemorySocket>[0], 'limits' | 'url' | 'peer' | 'host'>) {
    const { kit, network } = this.#options
    const socket = new MemorySocket({ ...named, kit, network, onGone: (gone) => this.#sockets.delete(gone) })
    this.#sockets.add(socket)
    return socket
  }

  #bind(name: string, binding: MemoryBinding): (() => void) | undefined {
    const { network } = this.#options
    if (!network.bind(name, binding)) return undefined
    const unbind = () => {
      network.unbind(name, binding)
      this.#unbinds.delete(unbind)
    }
    this.#unbinds.add(unbind)
    return unbind
  }

  #carried(): Promise<void> {
    return new Promise((resolve) => this.#options.network.carry(resolve))
  }
}

/** Read again after each wait. */
function isAborted(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true
}

function nameOf(url: string): string {
  const name = /^memory:\/\/([\w.-]+)\/?$/i.exec(url)?.[1]
  if (name === undefined) throw addressInvalid(url, 'write memory:// and a name of letters, digits, . _ -')
  return name
}
