import {
  CERTIFICATE_BEGIN,
  certificatesIn,
  countCertificates,
  ENCRYPTED_KEY,
  PRIVATE_KEY_BEGIN
} from '../../../src/driver/tls/pem'

const pem = (label: string, text = 'AAAA') => `-----BEGIN ${label}-----\n${text}\n-----END ${label}-----\n`

describe('a text in PEM', () => {
  it('gives each certificate, under any of its labels, and what stands between them to nobody', () => {
    const parts = ['CERTIFICATE', 'X509 CERTIFICATE', 'TRUSTED CERTIFICATE'].map((label) => pem(label))
    const found = certificatesIn(['# a comment\n', ...parts, pem('PRIVATE KEY')].join('subject=/CN=a\n'))
    expect(found).toEqual(parts.map((part) => part.trimEnd()))
  })

  it('counts a certificate that has no end, which is none to be given', () => {
    const text = `${pem('CERTIFICATE')}-----BEGIN CERTIFICATE-----\nAAAA\n`
    expect([countCertificates(text), certificatesIn(text)]).toEqual([2, [pem('CERTIFICATE').trimEnd()]])
    expect([countCertificates(''), certificatesIn('')]).toEqual([0, []])
  })

  it.each([
    ['CERTIFICATE', true, false],
    ['PRIVATE KEY', false, true],
    ['RSA PRIVATE KEY', false, true],
    ['ENCRYPTED PRIVATE KEY', false, true],
    ['CERTIFICATE REQUEST', false, false],
    ['PUBLIC KEY', false, false]
  ])('with the label %s holds a certificate: %p, a key: %p', (label, isCertificate, isKey) => {
    expect([CERTIFICATE_BEGIN.test(pem(label)), PRIVATE_KEY_BEGIN.test(pem(label))]).toEqual([isCertificate, isKey])
  })

  it('tells a key that is locked, of either kind', () => {
    const old = pem('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA')
    expect([pem('ENCRYPTED PRIVATE KEY'), old, pem('PRIVATE KEY')].map((text) => ENCRYPTED_KEY.test(text))).toEqual([
      true,
      true,
      false
    ])
  })
})
