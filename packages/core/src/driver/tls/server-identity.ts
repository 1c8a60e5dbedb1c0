import { X509Certificate, createHash, createPrivateKey } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { errorText } from '../../errors'
import { CERTIFICATE_BEGIN, ENCRYPTED_KEY, PRIVATE_KEY_BEGIN } from './pem'
import { tlsCertificateExpired, tlsFileInvalid, tlsKeyMismatch } from './tls-errors'
import type { ValidTime } from './tls-errors'
import { readTlsFile } from './tls-file'
import type { TlsFile } from './tls-file'

/** The oldest version that is spoken; older ones are deprecated (RFC 8996). */
export const TLS_MIN_VERSION = 'TLSv1.2'

export interface IdentityFiles {
  readonly certFile: TlsFile
  readonly keyFile: TlsFile
}

/** What the two files held at one time. */
export interface IdentityTexts {
  readonly cert: Buffer
  readonly key: Buffer
  /** Differs when either file does. */
  readonly fingerprint: string
}

/** A certificate and its key, checked: what a listener shows to its peers. */
export interface ServerIdentity {
  readonly texts: IdentityTexts
  readonly valid: ValidTime
}

/**
 * Reads both files, one after the other: where both are gone, the first one is always the one that is told of. Rejects
 * with ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE.
 */
export async function readIdentity({ certFile, keyFile }: IdentityFiles): Promise<IdentityTexts> {
  const cert = await readTlsFile(certFile)
  const key = await readTlsFile(keyFile)
  return { cert, key, fingerprint: `${digest(cert)} ${digest(key)}` }
}

/**
 * Checks that both can serve at `now` (ms since 1970). Throws ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID, _TLS_KEY_MISMATCH
 * or _TLS_EXPIRED.
 */
export function checkIdentity(texts: IdentityTexts, files: IdentityFiles, now: number): ServerIdentity {
  const certificate = parseCertificate(texts.cert, files.certFile)
  if (!certificate.checkPrivateKey(parseKey(texts.key, files.keyFile))) {
    throw tlsKeyMismatch(files.keyFile, files.certFile)
  }
  const valid = { from: Date.parse(certificate.validFrom), to: Date.parse(certificate.validTo) }
  if (!isValidAt(valid, now)) throw tlsCertificateExpired(files.certFile, now, valid)
  assertServable(texts, files.certFile)
  return { texts, valid }
}

export function isValidAt({ from, to }: ValidTime, now: number): boolean {
  return from <= now && now <= to
}

/** The first certificate of a file: the server's own. */
function parseCertificate(bytes: Buffer, file: TlsFile): X509Certificate {
  assertHolds(bytes, file, { wanted: CERTIFICATE_BEGIN, other: PRIVATE_KEY_BEGIN, name: 'certificate' })
  try {
    return new X509Certificate(bytes)
  } catch (cause) {
    throw tlsFileInvalid(file, `its certificate is broken: ${errorText(cause)}; write it anew`, cause)
  }
}

function parseKey(bytes: Buffer, file: TlsFile): KeyObject {
  assertHolds(bytes, file, { wanted: PRIVATE_KEY_BEGIN, other: CERTIFICATE_BEGIN, name: 'private key' })
  if (ENCRYPTED_KEY.test(bytes.toString('latin1'))) {
    const remedy = `write it without one: openssl pkey -in ${file.path} -out <new file>`
    throw tlsFileInvalid(file, `its key is locked by a passphrase; ${remedy}`)
  }
  try {
    return createPrivateKey(bytes)
  } catch (cause) {
    throw tlsFileInvalid(file, `its key is broken: ${errorText(cause)}; write it anew`, cause)
  }
}

interface Expected {
  readonly wanted: RegExp
  readonly other: RegExp
  readonly name: string
}

function assertHolds(bytes: Buffer, file: TlsFile, { wanted, other, name }: Expected): void {
  const text = bytes.toString('latin1')
  if (wanted.test(text)) return
  const swapped = other.test(text) ? `; are ${file.section}.certFile and keyFile swapped?` : ''
  const what = bytes.length === 0 ? 'it is empty' : `it holds no ${name} in PEM`
  throw tlsFileInvalid(file, `${what}; a line "-----BEGIN …${name.toUpperCase()}-----" is expected${swapped}`)
}

/** The certificates behind the first one, and what OpenSSL demands of both files, such as a key that is long enough. */
function assertServable({ cert, key }: IdentityTexts, file: TlsFile): void {
  try {
    createSecureContext({ cert, key, minVersion: TLS_MIN_VERSION })
  } catch (cause) {
    throw tlsFileInvalid(file, `TLS refuses it: ${errorText(cause)}; write it anew`, cause)
  }
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('base64')
}
