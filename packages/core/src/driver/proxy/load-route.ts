import type { ProxyConfig } from '../../config/config'
import type * as ProxyRoutes from './proxy-route'
import type { ProxyRoute } from './proxy-route'

/** The route that a configuration asks for, loaded where it asks for one alone; undefined where it names no proxy. */
export function loadRoute(proxy: ProxyConfig | undefined): ProxyRoute | undefined {
  if (proxy === undefined || proxy.url === '') return undefined
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded where there is a proxy alone
  const { createProxyRoute } = require('./proxy-route') as typeof ProxyRoutes
  return createProxyRoute(proxy)
}
