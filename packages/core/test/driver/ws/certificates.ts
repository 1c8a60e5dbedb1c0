import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A certificate and its key, as files. */
export interface Pair {
  readonly certFile: string
  readonly keyFile: string
}

export interface IssueOptions {
  /** Names and addresses that the certificate is for [this machine's own]. */
  readonly names?: readonly string[]
  /** How long it is valid from now on; a negative number for one that has expired. */
  readonly days?: number
}

const LOCAL = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1']
const KEY_KIND = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** An authority in a temporary folder, which signs certificates by the command `openssl`. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'trustp2p-authority-'))
  readonly caFile = this.path('ca.pem')
  readonly #keyFile = this.path('ca.key')
  #issued = 0

  constructor() {
    const files = ['-keyout', this.#keyFile, '-out', this.caFile]
    openssl('req', '-x509', ...KEY_KIND, ...files, '-days', '2', '-subj', '/CN=test authority')
  }

  /** The certificate of the authority, in PEM. */
  get pem(): string {
    return readFileSync(this.caFile, 'utf8')
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  write(name: string, content: string | Uint8Array): string {
    writeFileSync(this.path(name), content)
    return this.path(name)
  }

  issue({ names = LOCAL, days = 2 }: IssueOptions = {}): Pair {
    this.#issued += 1
    const [certFile, keyFile, request] = ['pem', 'key', 'csr'].map((ending) => this.path(`${this.#issued}.${ending}`))
    if (certFile === undefined || keyFile === undefined || request === undefined) throw new Error('no names')
    openssl('req', ...KEY_KIND, '-keyout', keyFile, '-out', request, '-subj', `/CN=certificate ${this.#issued}`)
    const extensions = this.write(`${this.#issued}.ext`, `subjectAltName=${names.join(',')}\n`)
    const signing = ['-CA', this.caFile, '-CAkey', this.#keyFile, '-CAcreateserial', '-extfile', extensions]
    openssl('x509', '-req', '-in', request, '-out', certFile, '-days', String(days), ...signing)
    return { certFile, keyFile }
  }

  dispose(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Runs `openssl`; throws with what it said where it fails. */
export function openssl(...values: readonly string[]): void {
  const { status, stderr, error } = spawnSync('openssl', values, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${values.join(' ')}: ${error?.message ?? stderr}`)
}
