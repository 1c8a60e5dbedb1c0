import type { Kit } from '../kit'
import type { Driver } from './contract'

/** What a module that brings a driver exports. */
export interface DriverModule {
  /**
   * Makes the driver of one node. It may throw or reject: the node then does not start, and tells the cause; a driver
   * that is added to a running node is not added.
   */
  createDriver(context: DriverContext): Driver | Promise<Driver>
}

/** What a driver is made with. */
export interface DriverContext {
  /** Clock, random numbers, log and hash of the node: a driver uses no others. */
  readonly kit: Kit
  /** What the configuration has for it, not checked: any JSON value. */
  readonly config: unknown
  /** The folder of the node, which relative paths in `config` are relative to. */
  readonly cwd: string
}
