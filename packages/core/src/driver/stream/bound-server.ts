import type { Server } from 'node:net'
import type { DriverListener } from '../contract'
import { listenFailed } from '../driver-errors'
import { formatPeer } from '../host-name'
import { listening } from '../net/listening'
import type { StreamAcceptor } from './stream-acceptor'
import type { StreamAddress } from './stream-address'

export interface ServerBinding {
  /** What was asked for. */
  readonly url: string
  readonly scheme: string
  readonly address: StreamAddress
  readonly acceptor: StreamAcceptor
}

/** Binds a server of TCP or TLS. Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE or _LISTEN_FAILED. */
export async function bindServer(server: Server, binding: ServerBinding): Promise<DriverListener> {
  const { url, scheme, address, acceptor } = binding
  await listening(server, url, address)
  const bound = server.address()
  const { host, port } =
    bound === null || typeof bound === 'string' ? address : { host: bound.address, port: bound.port }
  acceptor.address = `${scheme}://${formatPeer(host, port)}`
  server.on('error', (cause) => acceptor.options.onWarning(listenFailed(acceptor.address, cause)))
  return {
    address: acceptor.address,
    close: () => {
      server.close()
      acceptor.destroy()
      return Promise.resolve()
    }
  }
}
