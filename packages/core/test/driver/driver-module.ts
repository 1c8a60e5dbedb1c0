import type { DriversConfig } from '../../src/config/config'
import type { Driver } from '../../src/driver/contract'
import type { DriverContext } from '../../src/driver/driver-module'
import { createTcpDriver } from '../../src/driver/stream/tcp-driver'
import { createTlsDriver } from '../../src/driver/stream/tls-driver'
import { createUnixDriver } from '../../src/driver/stream/unix-driver'
import { createWsDriver } from '../../src/driver/ws/ws-driver'

/** The one driver of the node's own that `config` has settings for. */
export function createDriver({ kit, config, cwd }: DriverContext): Driver {
  const { tcp, tls, unix, ws } = config as Partial<DriversConfig>
  if (tcp !== undefined) return createTcpDriver({ kit, config: tcp })
  if (tls !== undefined) return createTlsDriver({ kit, config: tls, cwd })
  if (unix !== undefined) return createUnixDriver({ kit, config: unix })
  if (ws !== undefined) return createWsDriver({ kit, config: ws, cwd })
  throw new TypeError('config has no settings for a driver')
}
