import { X509Certificate } from 'node:crypto'
import * as tls from 'node:tls'
import type { SecureContext } from 'node:tls'
import { errorCode, errorText } from '../../errors'
import type { Kit } from '../../kit'
import { TLS_MIN_VERSION } from './server-identity'
import { tlsFileInvalid, tlsNotRenewed } from './tls-errors'
import { readTlsFile } from './tls-file'
import type { TlsFile } from './tls-file'

export interface AuthoritiesOptions {
  readonly kit: Pick<Kit, 'clock' | 'log'>
  /** File of further authorities, if there is one. */
  readonly file: TlsFile | undefined
  /** How long what was read is good for, in ms. 0: for ever. */
  readonly reloadMs: number
}

/** Whom a dial trusts: the authorities that Node trusts anyway, and those of a file. */
export class Authorities {
  readonly #options: AuthoritiesOptions
  /** Shared by all dials: to make one takes a millisecond, to keep one 50 KiB. */
  #context: SecureContext | undefined
  #pem = ''
  #lookedAt = 0
  #problem: string | undefined

  constructor(options: AuthoritiesOptions) {
    this.#options = options
  }

  /** Rejects with ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE or _TLS_FILE_INVALID until the file was usable once. */
  async context(): Promise<SecureContext> {
    const { file, kit, reloadMs } = this.#options
    if (file === undefined) return (this.#context ??= createContext([]))
    if (this.#context === undefined) return this.#read(file)
    if (reloadMs === 0 || kit.clock.now() - this.#lookedAt < reloadMs) return this.#context
    return this.#look(file, this.#context)
  }

  /** Reads again, and stays with `old` where that fails. */
  async #look(file: TlsFile, old: SecureContext): Promise<SecureContext> {
    try {
      const context = await this.#read(file)
      this.#problem = undefined
      return context
    } catch (cause) {
      this.#tellOnce(cause)
      return old
    }
  }

  async #read(file: TlsFile): Promise<SecureContext> {
    this.#lookedAt = this.#options.kit.clock.now()
    const pem = (await readTlsFile(file)).toString('latin1')
    if (this.#context !== undefined && pem === this.#pem) return this.#context
    this.#context = createContext(parseAuthorities(pem, file))
    this.#pem = pem
    return this.#context
  }

  #tellOnce(cause: unknown): void {
    if (errorText(cause) === this.#problem) return
    this.#problem = errorText(cause)
    const error = tlsNotRenewed('dialling wss://', cause)
    this.#options.kit.log.warn({ code: errorCode(error) }, error.message)
  }
}

const CERTIFICATES = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

function parseAuthorities(pem: string, file: TlsFile): string[] {
  const certificates = pem.match(CERTIFICATES) ?? []
  if (certificates.length === 0)
    throw tlsFileInvalid(file, 'it holds no certificate in PEM; name the one of your authority')
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (cause) {
      throw tlsFileInvalid(file, `its certificate ${index + 1} is broken: ${errorText(cause)}; write it anew`, cause)
    }
  }
  return certificates
}

/**
 * The option `ca` replaces the usual authorities (with them those of NODE_EXTRA_CA_CERTS, --use-openssl-ca and
 * --use-system-ca), where ours are to stand beside them. Node tells which those are from 22.15 on; one before that
 * lets us add to them, below its documented interface alone.
 */
function createContext(further: readonly string[]): SecureContext {
  if (further.length === 0) return tls.createSecureContext({ minVersion: TLS_MIN_VERSION })
  const usual = usualAuthorities()
  if (usual !== undefined) return tls.createSecureContext({ minVersion: TLS_MIN_VERSION, ca: [...usual, ...further] })
  const context = tls.createSecureContext({ minVersion: TLS_MIN_VERSION })
  const native = context.context as NativeContext
  for (const certificate of further) native.addCACert(certificate)
  return context
}

interface NativeContext {
  addCACert(certificate: string): void
}

/** The types of Node 20 do not know the function. */
type LaterTls = Pick<typeof tls, 'createSecureContext'> & { getCACertificates?: (type: 'default') => string[] }

function usualAuthorities(): readonly string[] | undefined {
  const { getCACertificates }: LaterTls = tls
  return getCACertificates?.('default')
}
