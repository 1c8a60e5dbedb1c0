import type { NodeConfig, ThreadConfig } from './config'
import { THREAD_DEFAULTS } from './defaults'

/** The settings of one thread: its own over the defaults, but for those that its manifest stands between. */
export function threadConfig(config: NodeConfig, name: string): ThreadConfig {
  const own = Object.hasOwn(config.threads, name) ? config.threads[name] : undefined
  return Object.freeze({ ...THREAD_DEFAULTS, restart: {}, ...own })
}
