import { resolve } from 'node:path'
import type { TlsConfig } from '../../config/config'
import type { Kit } from '../../kit'
import { Authorities } from './authorities'
import { checkIdentity, readIdentity } from './server-identity'
import type { IdentityFiles, ServerIdentity } from './server-identity'
import { tlsNotConfigured } from './tls-errors'
import type { TlsFile, TlsSection } from './tls-file'

/** The certificate that a listener begins with, and where it comes from. */
export interface ListenIdentity {
  readonly files: IdentityFiles
  readonly identity: ServerIdentity
}

export interface TlsFilesOptions {
  readonly kit: Kit
  readonly config: TlsConfig
  /** Where that stands. */
  readonly section: TlsSection
  /** What the paths are relative to [the working directory of the process]. */
  readonly cwd: string | undefined
}

/** The files of certificates that a driver has. Nothing is read before it is asked for. */
export class TlsFiles {
  readonly #options: TlsFilesOptions
  #authorities: Authorities | undefined

  constructor(options: TlsFilesOptions) {
    this.#options = options
  }

  /** Whom to trust when dialling. */
  get authorities(): Authorities {
    const { kit, config } = this.#options
    const file = config.caFile === '' ? undefined : this.#file('caFile')
    return (this.#authorities ??= new Authorities({ kit, file, reloadMs: config.reloadMs }))
  }

  /**
   * Reads the certificate and the key to listen with. Rejects with ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED,
   * _TLS_FILE_UNREADABLE, _TLS_FILE_INVALID, _TLS_KEY_MISMATCH or _TLS_EXPIRED: a listener that every peer refuses
   * would only seem to work.
   */
  async loadIdentity(url: string): Promise<ListenIdentity> {
    const { kit, config, section } = this.#options
    if (config.certFile === '' || config.keyFile === '') throw tlsNotConfigured(url, section)
    const files = { certFile: this.#file('certFile'), keyFile: this.#file('keyFile') }
    return { files, identity: checkIdentity(await readIdentity(files), files, kit.clock.wall()) }
  }

  #file(key: TlsFile['key']): TlsFile {
    const { config, section, cwd = '' } = this.#options
    return { section, key, path: resolve(cwd, config[key]) }
  }
}
