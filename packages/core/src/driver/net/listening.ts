import type { Server } from 'node:net'
import { bindFailed } from '../driver-errors'

/** Settles once a server listens. Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE or _LISTEN_FAILED. */
export function listening(
  server: Server,
  url: string,
  { host, port }: { readonly host: string; readonly port: number }
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onFailed = (cause: Error): void => reject(bindFailed(url, cause))
    server.once('error', onFailed)
    server.listen({ host, port }, () => {
      server.off('error', onFailed)
      resolve()
    })
  })
}
