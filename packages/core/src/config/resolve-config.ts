import type * as CheckConfig from './check-config'
import type { ConfigFlag, NodeConfig, NodeRole } from './config'
import { defaultConfig } from './defaults'
import { deepFreeze } from './plain'

/** Variables whose names begin so are meant for us. */
const ENVIRONMENT_PREFIX = 'TRUSTP2P_'

export interface ConfigSources {
  readonly role: NodeRole
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
 * The one door to the configuration: defaults < environment < flags < code, checked and frozen. Lists replace lists,
 * objects merge by key, `undefined` counts as absent. Throws ERR_TRUSTP2P_CONFIG_INVALID, which tells every problem:
 * where, the value, who gave it, what was expected, the nearest valid name.
 */
export function resolveConfig({ role, environment = {}, flags = [], code = {} }: ConfigSources): NodeConfig {
  const variables = Object.entries(environment).flatMap(([name, value]) =>
    name.startsWith(ENVIRONMENT_PREFIX) && value !== undefined ? [{ name, text: value }] : []
  )
  const defaults = defaultConfig(role)
  if (variables.length === 0 && flags.length === 0 && isEmpty(code)) return deepFreeze(defaults)
  return deepFreeze(loadChecker().checkConfig(defaults, { variables, flags, code }))
}

function isEmpty(code: unknown): boolean {
  return typeof code === 'object' && code !== null && Object.values(code).every((value) => value === undefined)
}

/**
 * Loads the schema on first use, since the library behind it takes longer to load than all the rest. A `require` and
 * no `import()`: that one is asynchronous, and jest cannot run it in CommonJS. Bundlers resolve both.
 */
function loadChecker(): typeof CheckConfig {
  // eslint-disable-next-line no-restricted-globals, @typescript-eslint/no-require-imports
  return require('./check-config') as typeof CheckConfig
}
