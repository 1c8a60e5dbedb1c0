import { X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import { errorCode, errorText } from '../../errors'
import type { Kit } from '../../kit'
import { certificatesIn, countCertificates } from './pem'
import { tlsFileInvalid, tlsNotRenewed } from './tls-errors'
import { readTlsFile } from './tls-file'
import type { TlsFile } from './tls-file'
import { createTrustContext } from './trust-context'

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
    if (file === undefined) return (this.#context ??= await createTrustContext([]))
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
    this.#context = await createTrustContext(parseAuthorities(pem, file))
    this.#pem = pem
    return this.#context
  }

  #tellOnce(cause: unknown): void {
    if (errorText(cause) === this.#problem) return
    this.#problem = errorText(cause)
    const error = tlsNotRenewed(`dialling ${this.#options.file?.section === 'drivers.tls' ? 'tls' : 'wss'}://`, cause)
    this.#options.kit.log.warn({ code: errorCode(error) }, error.message)
  }
}

function parseAuthorities(pem: string, file: TlsFile): readonly string[] {
  const certificates = certificatesIn(pem)
  const begun = countCertificates(pem)
  if (begun === 0) throw tlsFileInvalid(file, 'it holds no certificate in PEM; name the one of your authority')
  if (begun > certificates.length) throw tlsFileInvalid(file, 'a certificate in it has no end; write it anew')
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate)
    } catch (cause) {
      throw tlsFileInvalid(file, `its certificate ${index + 1} is broken: ${errorText(cause)}; write it anew`, cause)
    }
  }
  return certificates
}
