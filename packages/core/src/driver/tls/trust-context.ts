import { readFile } from 'node:fs/promises'
import * as tls from 'node:tls'
import type { SecureContext } from 'node:tls'
import { TLS_MIN_VERSION } from './server-identity'

/**
 * Makes a context of TLS that trusts the authorities that Node trusts, and `further` ones, in PEM. The option `ca`
 * would replace the former, where ours are to stand beside them.
 */
export async function createTrustContext(further: readonly string[]): Promise<SecureContext> {
  const options = { minVersion: TLS_MIN_VERSION } as const
  if (further.length === 0) return tls.createSecureContext(options)
  const usual = usualAuthorities()
  if (usual !== undefined) return tls.createSecureContext({ ...options, ca: [...usual, ...further] })
  const context = tls.createSecureContext(options)
  addAuthorities(context, [...(await readExtraAuthorities()), ...further])
  return context
}

/** The types of Node 20 do not know the function. */
type LaterTls = Pick<typeof tls, 'createSecureContext'> & { getCACertificates?: (type: 'default') => string[] }

/** Whom Node trusts; undefined before Node 22.15, which does not tell. */
function usualAuthorities(): readonly string[] | undefined {
  const { getCACertificates }: LaterTls = tls
  return getCACertificates?.('default')
}

interface NativeContext {
  addCACert(pem: string): void
}

/** What the option `ca` does below the documented interface, to a context that has the usual authorities. */
function addAuthorities({ context }: SecureContext, list: readonly string[]): void {
  const native = context as NativeContext
  for (const pem of list) native.addCACert(pem)
}

/** Node 20 adds those of NODE_EXTRA_CA_CERTS to contexts that no others are added to, and warned of a wrong file. */
async function readExtraAuthorities(): Promise<string[]> {
  const path = process.env['NODE_EXTRA_CA_CERTS'] ?? ''
  if (path === '') return []
  try {
    return [await readFile(path, 'latin1')]
  } catch {
    return []
  }
}
