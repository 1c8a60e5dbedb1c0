import { P2pError } from '../errors'
import { nearestName } from '../nearest-name'
import { assertDriver } from './assert-driver'
import { shownUrl } from './canonical-url'
import type { Driver } from './contract'

/** The drivers of a node, found by the scheme of an address. */
export class DriverRegistry {
  readonly #drivers = new Map<string, Driver>()

  /** The schemes that are served. */
  get schemes(): readonly string[] {
    return [...this.#drivers.keys()]
  }

  /** The drivers, in the order in which they were added. */
  get drivers(): readonly Driver[] {
    return [...new Set(this.#drivers.values())]
  }

  /**
   * Adds a driver for all of its schemes. Throws ERR_TRUSTP2P_DRIVER_INVALID for what is none, and
   * ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN where one of its schemes, or its name, is that of another one.
   */
  add(driver: Driver): void {
    assertDriver(driver)
    const { name, schemes } = driver
    const taken = schemes.find((scheme) => this.#drivers.has(scheme))
    if (taken !== undefined) throw schemeTaken(`the scheme "${taken}" of the driver ${name}`)
    if (this.named(name) !== undefined) throw schemeTaken(`the name of the driver ${name}`)
    for (const scheme of schemes) this.#drivers.set(scheme, driver)
  }

  /** The driver of that name. */
  named(name: string): Driver | undefined {
    return this.drivers.find((driver) => driver.name === name)
  }

  /** Serves the schemes of a driver no more; it is not closed. */
  delete(driver: Driver): void {
    for (const [scheme, serving] of this.#drivers) if (serving === driver) this.#drivers.delete(scheme)
  }

  /**
   * Gives the driver for an address. Throws ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID for what is no URL, and
   * ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN, with the nearest scheme that is known.
   */
  forUrl(url: string): Driver {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase()
    if (scheme === undefined) throw this.#addressInvalid(url)
    const driver = this.#drivers.get(scheme)
    if (driver === undefined) throw this.#schemeUnknown(scheme, url)
    return driver
  }

  /** Closes every driver. Rejects with the first failure once all of them are closed. */
  async close(): Promise<void> {
    const results = await Promise.allSettled(this.drivers.map((driver) => driver.close()))
    const failed = results.find((result) => result.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  #addressInvalid(url: string): P2pError {
    const scheme = this.schemes[0] ?? 'ws'
    return new P2pError(
      'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID',
      `"${shownUrl(url)}" is no address: write it with its scheme, such as ${scheme}://127.0.0.1:1107`,
      { details: { url: shownUrl(url) } }
    )
  }

  #schemeUnknown(scheme: string, url: string): P2pError {
    const nearest = nearestName(scheme, this.schemes)
    const hint = nearest === undefined ? `known are ${this.schemes.join(', ')}` : `did you mean ${nearest}://?`
    return new P2pError(
      'ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN',
      `no driver serves "${scheme}://" of ${shownUrl(url)}: ${hint}`,
      {
        details: { url: shownUrl(url), scheme, known: this.schemes, nearest }
      }
    )
  }
}

function schemeTaken(what: string): P2pError {
  const text = `${what} is that of another driver of this node: remove that one first, or replace it`
  return new P2pError('ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN', text)
}
