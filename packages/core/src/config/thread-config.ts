import type { NodeConfig, ThreadConfig } from './config'
import { THREAD_DEFAULTS } from './defaults'

/** Without those that the manifest of a thread stands before. */
const OWN_DEFAULTS: ThreadConfig = Object.freeze(withoutManifestKeys(THREAD_DEFAULTS))

/** The settings of one thread: its own over the defaults, but for those that its manifest stands between. */
export function threadConfig(config: NodeConfig, name: string): ThreadConfig {
  const own = Object.hasOwn(config.threads, name) ? config.threads[name] : undefined
  return Object.freeze({ ...OWN_DEFAULTS, ...own })
}

function withoutManifestKeys(settings: ThreadConfig): ThreadConfig {
  const { config, startTimeoutMs, stopTimeoutMs, drainTimeoutMs, handlerTimeoutMs, quotas } = settings
  return { config, startTimeoutMs, stopTimeoutMs, drainTimeoutMs, handlerTimeoutMs, quotas, restart: {}, worker: {} }
}
