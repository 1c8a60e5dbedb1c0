import type { NodeConfig } from 'trustp2p'
import type { NodeReport } from 'trustp2p/control'
import type { SettingOptions } from '../settings'

/** What is looked at, and what is known of it. A check sees what the checks before it have found. */
export interface Patient {
  readonly options: SettingOptions
  /** The folder of the project. */
  readonly folder: string
  /** The configuration that `start` would take; undefined before it was looked at, and where it is wrong. */
  config?: NodeConfig
  /** The nodes that run in the folder, and answer. */
  reports: readonly NodeReport[]
}
