const LABEL = '(?:X509 |TRUSTED )?CERTIFICATE'

/** Where a certificate begins in a text in PEM (RFC 7468; the longer labels are OpenSSL's). */
export const CERTIFICATE_BEGIN = new RegExp(`-----BEGIN ${LABEL}-----`)
export const PRIVATE_KEY_BEGIN = /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/
export const ENCRYPTED_KEY = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m

/** The certificates of a text, each from its first line to its last. */
export function certificatesIn(pem: string): readonly string[] {
  return pem.match(new RegExp(`${CERTIFICATE_BEGIN.source}[^-]*-----END ${LABEL}-----`, 'g')) ?? []
}

/** How many certificates begin in a text, also such as have no end. */
export function countCertificates(pem: string): number {
  return pem.match(new RegExp(CERTIFICATE_BEGIN, 'g'))?.length ?? 0
}
