import { P2pError, errorCode, errorText, isErrorCode } from '../../errors'
import type { ErrorCode } from '../../errors'
import { dialFailed } from '../driver-errors'
import type { TlsFile, TlsSection } from './tls-file'

export function tlsNotConfigured(url: string, section: TlsSection): P2pError {
  return new P2pError(
    'ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED',
    `cannot listen on ${url} without a certificate: set ${section}.certFile and ${section}.keyFile to its files`,
    { details: { url } }
  )
}

export function tlsFileUnreadable(file: TlsFile, cause: unknown): P2pError {
  const text = `${nameOf(file)} cannot be read: ${errorText(cause)}; mend its path or its permissions`
  return fileError('ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE', file, text, cause)
}

/** `why` says what is wrong with what the file holds, and what to do. */
export function tlsFileInvalid(file: TlsFile, why: string, cause?: unknown): P2pError {
  return fileError('ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID', file, `${nameOf(file)} cannot be used: ${why}`, cause)
}

export function tlsKeyMismatch(keyFile: TlsFile, certFile: TlsFile): P2pError {
  const text =
    `${nameOf(keyFile)} holds a key that does not belong to the certificate of ${nameOf(certFile)}: give the two ` +
    "files of one pair; where the file holds several certificates, the server's own comes first"
  return fileError('ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH', keyFile, text)
}

/** For a certificate of ours that is used outside of its time; both in ms since 1970. */
export function tlsCertificateExpired(file: TlsFile, now: number, { from, to }: ValidTime): P2pError {
  const [what, remedy] =
    now > to
      ? [`has expired on ${dateText(to)}`, 'renew it; every peer would refuse it']
      : [`is valid from ${dateText(from)} on`, `check the clock of this machine, which says ${dateText(now)}`]
  const text = `the certificate of ${nameOf(file)} ${what}: ${remedy}`
  return fileError('ERR_TRUSTP2P_DRIVER_TLS_EXPIRED', file, text)
}

/** When a certificate is valid, in ms since 1970, ends included. */
export interface ValidTime {
  readonly from: number
  readonly to: number
}

/** The same problem, found by a node that goes on with what it has; what has no code of ours is a file that is wrong. */
export function tlsNotRenewed(what: string, cause: unknown): P2pError {
  const code = errorCode(cause) ?? ''
  const own = isErrorCode(code) ? code : 'ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID'
  return new P2pError(own, `${what} goes on with what it has: ${errorText(cause)}`, { cause })
}

/**
 * What kept a dial from its TLS connection, or from its connection at all. `section` of the configuration has the
 * authorities that are trusted.
 */
export function tlsDialFailed(url: string, section: TlsSection, cause: unknown): P2pError {
  const code = errorCode(cause) ?? ''
  const failure = FAILURES.find(({ codes }) => codes.test(code))
  if (failure === undefined) return dialFailed(url, cause)
  const remedy = typeof failure.remedy === 'string' ? failure.remedy : failure.remedy(section)
  const text = `cannot trust ${url}: ${firstLine(errorText(cause))} (${code}); ${remedy}`
  return new P2pError(failure.code, text, { cause, details: { url } })
}

interface Failure {
  readonly code: ErrorCode
  /** Codes of Node: those of a verification (X509_verify_cert_error_string(3) without its prefix), and its own. */
  readonly codes: RegExp
  readonly remedy: string | ((section: TlsSection) => string)
}

const FAILURES: readonly Failure[] = [
  {
    code: 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED',
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    remedy: 'its owner has to renew it; check the clock of this machine too'
  },
  {
    code: 'ERR_TRUSTP2P_DRIVER_TLS_WRONG_NAME',
    codes: /^(ERR_TLS_CERT_ALTNAME_(INVALID|FORMAT)|HOSTNAME_MISMATCH)$/,
    remedy: 'dial a name that its certificate has, or have it renewed with this one'
  },
  {
    code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED',
    codes:
      /^(UNABLE_TO_\w+|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|CERT_\w+|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/,
    remedy: (section) => `where its authority is your own, name the file of that one in ${section}.caFile`
  },
  {
    code: 'ERR_TRUSTP2P_DRIVER_TLS_FAILED',
    codes: /^(ERR_SSL_\w+|ERR_TLS_\w+|EPROTO)$/,
    remedy: (section) =>
      `check that it speaks TLS 1.2 or later: ${section === 'drivers.tls' ? 'tls://, not tcp://' : 'wss://, not ws://'}`
  }
]

function fileError(code: ErrorCode, { key, path }: TlsFile, text: string, cause?: unknown): P2pError {
  return new P2pError(code, text, { ...(cause !== undefined && { cause }), details: { key, path } })
}

function nameOf({ section, key, path }: TlsFile): string {
  return `${path} (${section}.${key})`
}

function dateText(time: number): string {
  return new Date(time).toISOString().replace(/\.000Z$/, 'Z')
}

/** OpenSSL ends its texts with the place in its own source. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? ''
}
