import { relative, resolve } from 'node:path'
import type { ConfigFlag, ConfigSources, NodeRole } from 'trustp2p'
import { readConfigFile } from 'trustp2p'
import { assertFolder } from 'trustp2p/control'
import type { CommonOptions } from './common-options'
import { folderOf } from './common-options'
import type { GivenSetting } from './parse-arguments'

/** What a command takes that starts a node, or tells how one would be configured. */
export interface SettingOptions extends CommonOptions {
  /** The configuration file, as it was given. */
  readonly config?: string
  readonly listen?: readonly string[]
  readonly connect?: readonly string[]
  readonly name?: string
  readonly logLevel?: string
  readonly set?: readonly GivenSetting[]
}

/** A node that is started from a command line can be driven from another one, where the system allows it. */
export const DEFAULT_CONTROL = process.platform !== 'win32'

/** A node that is only told whom to dial listens nowhere. */
export function roleOf({ listen, connect }: SettingOptions): NodeRole {
  return connect !== undefined && listen === undefined ? 'client' : 'server'
}

export function flagsOf({ listen, connect, name, logLevel, set = [] }: SettingOptions): ConfigFlag[] {
  const named = [
    { flag: '--listen', path: 'listen', value: listen },
    { flag: '--connect', path: 'connect', value: connect },
    { flag: '--name', path: 'name', value: name },
    { flag: '--log-level', path: 'log.level', value: logLevel }
  ]
  const settings = set.map(({ path, text }) => ({ flag: '--set', path, value: text }))
  return [...named.filter(({ value }) => value !== undefined), ...settings]
}

/** The configuration file that was named, as a path from the folder to act in. */
export function configFileOf(options: SettingOptions): string | undefined {
  return options.config === undefined ? undefined : relative(folderOf(options), resolve(options.config))
}

/**
 * What `start` takes its configuration from. Rejects with ERR_TRUSTP2P_NODE_FOLDER_INVALID, ERR_TRUSTP2P_CONFIG_FILE_INVALID,
 * _FILE_UNREADABLE or _FILE_AMBIGUOUS.
 */
export async function settingSources(options: SettingOptions, role?: NodeRole): Promise<ConfigSources> {
  await assertFolder(folderOf(options))
  const file = await readConfigFile(folderOf(options), configFileOf(options))
  return { ...sourcesWithoutFile(options, role), file }
}

export function sourcesWithoutFile(options: SettingOptions, role = roleOf(options)): ConfigSources {
  return { role, defaultControl: DEFAULT_CONTROL, environment: process.env, flags: flagsOf(options) }
}
