import type { Deliver } from './deliver/deliver'
import { removedError } from './deliver/request-errors'
import { distinctUrls } from './driver/canonical-url'
import type { Driver, DriverListener, DriverSupport, ListenOptions } from './driver/contract'
import { assertDriver } from './driver/assert-driver'
import type { DriverRegistry } from './driver/registry'
import type { P2pSocket } from './driver/socket'
import { P2pError } from './errors'
import { TurnQueue } from './turn-queue'

/** A driver of a node, as a plain snapshot. */
export interface DriverInfo {
  readonly name: string
  readonly schemes: readonly string[]
  readonly supports: DriverSupport
  /** What it listens on. */
  readonly addresses: readonly string[]
}

/** How a driver is added. */
export interface AddDriverOptions {
  /** Addresses to listen on, beside those of the configuration that have its schemes [none]. */
  readonly listen?: readonly string[]
}

/** How a driver is removed. */
export interface RemoveDriverOptions {
  /** How long requests under way on its sockets may take, in ms [10,000]. */
  readonly timeoutMs?: number
}

/** The drivers of a running node. */
export interface NodeDrivers {
  /** A snapshot, in the order in which they were added. */
  list(): DriverInfo[]
  /**
   * Serves the schemes of one more driver, and listens on those addresses of the configuration that have them. Rejects
   * with ERR_TRUSTP2P_DRIVER_INVALID, ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN, ERR_TRUSTP2P_NODE_CLOSED, or as the driver's
   * `listen`; the driver is closed, and not there, then.
   */
  add(driver: Driver, options?: AddDriverOptions): Promise<void>
  /**
   * Takes a driver out: its listeners are closed, its sockets begin no request any more, in either direction
   * (ERR_TRUSTP2P_DRIVER_REMOVED); those under way are answered, or fail with ERR_TRUSTP2P_SOCKET_CLOSED when the time is
   * over. Its sockets are then closed with 1001, and it is closed itself. Rejects with ERR_TRUSTP2P_DRIVER_NOT_FOUND.
   */
  remove(name: string, options?: RemoveDriverOptions): Promise<void>
  /**
   * Puts a driver in the place of the one of the same name, on the same addresses: peers that dial meet the new one at
   * once, while the sockets of the old one end as in `remove`. Where the new one cannot listen, the old one goes on.
   */
  replace(driver: Driver, options?: RemoveDriverOptions): Promise<void>
}

export interface DriverDeskOptions {
  readonly registry: DriverRegistry
  readonly deliver: Pick<Deliver, 'drainSockets' | 'sockets'>
  /** The addresses of the configuration. */
  readonly listen: readonly string[]
  readonly listenOptions: () => ListenOptions
  readonly onListening: (address: string) => void
  /** Throws where the node closes. */
  readonly assertOpen: () => void
}

const DRAIN_MS = 10_000
const LEAVING = 'driver removed'

interface Bound {
  readonly driver: Driver | undefined
  readonly listener: DriverListener
}

/** Listeners of a node, and the drivers that come and go under it. */
export class DriverDesk implements NodeDrivers {
  readonly #options: DriverDeskOptions
  #bound: Bound[] = []
  /** What is listened on once the node comes back; undefined while it is in the network. */
  #suspended: string[] | undefined
  readonly #turns = new TurnQueue()

  constructor(options: DriverDeskOptions) {
    this.#options = options
  }

  /** What is listened on; a shared server once it listens. */
  get addresses(): string[] {
    return this.#bound.map(({ listener }) => listener.address).filter((address) => address !== '')
  }

  list(): DriverInfo[] {
    return this.#drivers.map((driver) => {
      const { name, schemes, supports } = driver
      return { name, schemes: [...schemes], supports: { ...supports }, addresses: this.#addressesOf(driver) }
    })
  }

  add(driver: Driver, { listen = [] }: AddDriverOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      const { registry } = this.#options
      registry.add(driver)
      try {
        for (const url of distinctUrls([...this.#configured(driver), ...listen])) await this.listen(url)
      } catch (error) {
        registry.delete(driver)
        await this.#withdraw(driver)
        await driver.close()
        throw error
      }
    })
  }

  remove(name: string, options: RemoveDriverOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      const driver = this.#named(name)
      this.#options.registry.delete(driver)
      await this.#withdraw(driver)
      await this.#drain(driver, this.#socketsOf(driver), options)
    })
  }

  replace(driver: Driver, options: RemoveDriverOptions = {}): Promise<void> {
    return this.#inTurn(async () => {
      assertDriver(driver)
      const old = this.#named(driver.name)
      this.#options.registry.delete(old)
      const urls = await this.#withdraw(old)
      // Before the new one has any of the same scheme.
      const sockets = this.#socketsOf(old)
      await this.#takeOver(driver, old, urls)
      await this.#drain(old, sockets, options)
    })
  }

  /** Binds an address, or remembers it while the node is suspended. */
  async listen(url: string): Promise<void> {
    if (this.#suspended === undefined) return this.#bind(url)
    this.#options.registry.forUrl(url)
    this.#suspended.push(url)
  }

  async #bind(url: string): Promise<void> {
    const { registry, listenOptions, assertOpen } = this.#options
    assertOpen()
    const driver = registry.forUrl(url)
    const listener = await driver.listen(url, listenOptions())
    this.keep(listener, driver)
    assertOpen()
  }

  /** Takes a listener that is bound. */
  keep(listener: DriverListener, driver?: Driver): void {
    this.#bound.push({ driver, listener })
    if (listener.address !== '') this.#options.onListening(listener.address)
  }

  /** Closes the listeners, and remembers their addresses. */
  suspend(): Promise<void> {
    return this.#inTurn(async () => {
      const leaving = this.#bound.filter(({ driver }) => driver !== undefined)
      this.#suspended = [...(this.#suspended ?? []), ...leaving.map(({ listener }) => listener.address)]
      await this.close()
      this.#bound = []
    })
  }

  /** Listens on those addresses again. Rejects where one of them cannot be bound, and listens on none then. */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        for (const url of this.#suspended ?? []) await this.#bind(url)
        this.#suspended = undefined
      } catch (error) {
        await this.close()
        this.#bound = []
        throw error
      }
    })
  }

  /** Closes the listeners. */
  async close(): Promise<void> {
    await Promise.all(this.#bound.map(({ listener }) => listener.close()))
  }

  /** Settles once no change is under way. */
  settled(): Promise<void> {
    return this.#turns.settled()
  }

  async #takeOver(driver: Driver, old: Driver, urls: readonly string[]): Promise<void> {
    const { registry } = this.#options
    try {
      registry.add(driver)
      for (const url of urls) await this.listen(url)
    } catch (error) {
      registry.delete(driver)
      await this.#withdraw(driver)
      await driver.close()
      registry.add(old)
      for (const url of urls) await this.listen(url)
      throw error
    }
  }

  async #drain(
    driver: Driver,
    sockets: ReadonlySet<P2pSocket>,
    { timeoutMs = DRAIN_MS }: RemoveDriverOptions
  ): Promise<void> {
    await this.#options.deliver.drainSockets((socket) => sockets.has(socket), {
      timeoutMs,
      reason: LEAVING,
      refusal: removedError
    })
    await driver.close()
  }

  /** Closes the listeners of a driver, which comes back on none of its addresses; gives these. */
  async #withdraw(driver: Driver): Promise<string[]> {
    const leaving = this.#bound.filter((bound) => bound.driver === driver)
    const suspended = this.#suspended?.filter((url) => serves(driver, url)) ?? []
    this.#bound = this.#bound.filter((bound) => bound.driver !== driver)
    this.#suspended = this.#suspended?.filter((url) => !serves(driver, url))
    const urls = [...leaving.map(({ listener }) => listener.address), ...suspended]
    await Promise.all(leaving.map(({ listener }) => listener.close()))
    return urls
  }

  #socketsOf(driver: Driver): ReadonlySet<P2pSocket> {
    return new Set(this.#options.deliver.sockets.filter(({ url }) => serves(driver, url)))
  }

  #configured(driver: Driver): string[] {
    return this.#options.listen.filter((url) => serves(driver, url))
  }

  #addressesOf(driver: Driver): string[] {
    return this.#bound.filter((bound) => bound.driver === driver).map(({ listener }) => listener.address)
  }

  get #drivers(): readonly Driver[] {
    return this.#options.registry.drivers
  }

  #named(name: string): Driver {
    const driver = this.#options.registry.named(name)
    if (driver !== undefined) return driver
    const names = this.#drivers.map((known) => known.name).join(', ')
    throw new P2pError('ERR_TRUSTP2P_DRIVER_NOT_FOUND', `no driver of this node is named "${name}": it has ${names}`)
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    return this.#turns.run(() => {
      this.#options.assertOpen()
      return change()
    })
  }
}

function serves({ schemes }: Driver, url: string): boolean {
  return schemes.includes(url.slice(0, url.indexOf(':')).toLowerCase())
}
