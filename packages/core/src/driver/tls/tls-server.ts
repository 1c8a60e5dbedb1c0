import type { Server } from 'node:tls'
import { errorText } from '../../errors'
import type { P2pError } from '../../errors'
import type { Kit } from '../../kit'
import { IdentityRenewal } from './identity-renewal'
import { TLS_MIN_VERSION } from './server-identity'
import type { ServerIdentity } from './server-identity'
import type { ListenIdentity } from './tls-files'

/** Options of a server that shows a certificate. */
export function tlsServerOptions({ texts: { cert, key } }: ServerIdentity) {
  // The timeout of TLS alone cannot be switched off: the time that a half-open connection has covers it.
  return { minVersion: TLS_MIN_VERSION, handshakeTimeout: 2 ** 31 - 1, cert, key } as const
}

export interface TlsRenewalOptions {
  readonly kit: Kit
  /** Time between two looks at the files, in ms. 0: none is taken. */
  readonly reloadMs: number
  /** The address of the listener, once it is bound. */
  readonly address: () => string
  /** The files cannot serve: the old certificate goes on. */
  readonly onWarning: (error: P2pError) => void
}

/** Makes what keeps the certificate of a server as new as its files; it is to be started once the server is bound. */
export function createRenewal(
  server: Server,
  { files, identity }: ListenIdentity,
  options: TlsRenewalOptions
): IdentityRenewal {
  const { kit, reloadMs, address, onWarning } = options
  server.on('tlsClientError', (cause) => kit.log.debug({ address: address() }, `no TLS: ${errorText(cause).trimEnd()}`))
  return new IdentityRenewal(identity, {
    clock: kit.clock,
    files,
    reloadMs,
    name: address,
    onProblem: onWarning,
    onRenewed: (renewed) => {
      server.setSecureContext(tlsServerOptions(renewed))
      const validTo = new Date(renewed.valid.to).toISOString()
      kit.log.info({ address: address(), validTo }, 'a renewed certificate serves')
    }
  })
}
