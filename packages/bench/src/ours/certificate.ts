import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

export interface Certificate {
  readonly certFile: string
  readonly keyFile: string
}

/** One for addresses of this machine, which signs itself. */
export function issueCertificate(folder: string, addresses: readonly string[] = ['127.0.0.1']): Certificate {
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const subjects = addresses.map((address) => `IP:${address}`).join(',')
  const names = ['-subj', '/CN=bench', '-addext', `subjectAltName=${subjects}`]
  execFileSync('openssl', ['req', ...kind, ...names, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
  return { certFile, keyFile }
}
