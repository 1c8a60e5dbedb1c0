import type * as CheckConfig from './check-config'
import type { ConfigFlag, NodeConfig, NodeRole } from './config'
import type { ConfigFile } from './config-file'
import { defaultConfig } from './defaults'
import type * as ExplainConfig from './explain-config'
import type { ExplainedValue } from './explain-config'
import type { GivenConfig } from './layers'
import { ENVIRONMENT_PREFIX } from './names'
import { deepFreeze, isPlainObject } from './plain'
import { withoutSecrets } from './secrets'

/** The layers of a configuration, from the weakest to the strongest; each may be absent. */
export interface ConfigSources {
  readonly role: NodeRole
  /** What `control` is where nobody says it [false]: a command line wants true. */
  readonly defaultControl?: boolean | undefined
  /** What `listen` is where nobody says it [that of the role]: a node that shares a server wants none. */
  readonly defaultListen?: readonly string[] | undefined
  /** The configuration file, as `readConfigFile` gives it. */
  readonly file?: ConfigFile | undefined
  /**
   * Variables such as `process.env`. `TRUSTP2P_LOG__LEVEL=debug` sets `log.level`: levels are parted by `__`, case and
   * single underscores do not matter. Below `threads` a level that holds a small letter is taken as it stands, else in
   * small letters. A value is JSON where it is JSON that the key accepts, else text. Other variables are passed over.
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** From the command line, in its order: a later flag overrides an earlier one. */
  readonly flags?: readonly ConfigFlag[] | undefined
  /** What the program gave, a ConfigInput; unchecked. */
  readonly code?: unknown
}

/**
 * The one door to the configuration: defaults < file < environment < flags < code, checked and frozen. Lists replace
 * lists, objects merge by key, `undefined` counts as absent. Throws ERR_TRUSTP2P_CONFIG_INVALID, which tells every
 * problem: where, the value, who gave it, what was expected, the nearest valid name.
 */
export function resolveConfig(sources: ConfigSources): NodeConfig {
  const defaults = defaultsOf(sources)
  const given = givenConfig(sources)
  if (isNothing(given)) return deepFreeze(defaults)
  return deepFreeze(loadChecker().checkConfig(defaults, given))
}

/**
 * The configuration with what code changes of it, checked as a whole. Throws ERR_TRUSTP2P_CONFIG_INVALID as resolveConfig.
 */
export function changeConfig(config: NodeConfig, changes: unknown): NodeConfig {
  return loadChecker().checkConfig(config, { file: undefined, variables: [], flags: [], code: changes })
}

/**
 * Tells of each value of the effective configuration who gave it, and what it overrides. With a path only of that key
 * or section; ERR_TRUSTP2P_CONFIG_KEY_UNKNOWN where there is none. Otherwise throws as resolveConfig.
 */
export function explainConfig(sources: ConfigSources, path?: string): ExplainedValue[] {
  const defaults = defaultsOf(sources)
  return loadExplainer().explain({ defaults, config: resolveConfig(sources), given: givenConfig(sources), path })
}

/** A configuration as it may be shown: what is secret in it is `***`. */
export function shownConfig(config: NodeConfig): unknown {
  return withoutSecrets(config)
}

function defaultsOf({ role, defaultControl, defaultListen }: ConfigSources): NodeConfig {
  return defaultConfig(role, defaultControl, defaultListen)
}

function givenConfig({ file, environment = {}, flags = [], code = {} }: ConfigSources): GivenConfig {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(ENVIRONMENT_PREFIX) && value !== undefined ? [{ name, text: value }] : []
  )
  return { file, variables, flags, code }
}

function isNothing({ file, variables, flags, code }: GivenConfig): boolean {
  return (file === undefined || isEmpty(file.value)) && variables.length === 0 && flags.length === 0 && isEmpty(code)
}

function isEmpty(given: unknown): boolean {
  return isPlainObject(given) && Object.values(given).every((value) => value === undefined)
}

/**
 * Loads the schema on first use: a start on defaults alone needs neither it nor the library behind it. A `require` and
 * no `import()`: that one is asynchronous, and jest cannot run it in CommonJS. Bundlers resolve both.
 */
function loadChecker(): typeof CheckConfig {
  // eslint-disable-next-line no-restricted-globals, @typescript-eslint/no-require-imports
  return require('./check-config') as typeof CheckConfig
}

function loadExplainer(): typeof ExplainConfig {
  // eslint-disable-next-line no-restricted-globals, @typescript-eslint/no-require-imports
  return require('./explain-config') as typeof ExplainConfig
}
