import { createNodeKit } from '../../src/host/kit'
import { createLog } from '../../src/host/log'
import { framed, utf8 } from '../../src/identity/bytes'
import { createIdentity } from '../../src/identity/identity'
import { isSignedStatement, signStatement, STATEMENT_BYTES } from '../../src/identity/statement'
import { base64, fromBase64 } from '../../src/wire/base64'

const { crypto } = createNodeKit({ log: createLog({ level: 'silent' }) })
const identity = createIdentity(crypto)
const { peerId } = identity
const PURPOSE = 'chat invitation 1'

function holds(changes: object = {}): boolean {
  const signature = signStatement(identity, { purpose: PURPOSE, text: 'come in' })
  return isSignedStatement(crypto, { peerId, purpose: PURPOSE, text: 'come in', signature, ...changes })
}

describe('a statement', () => {
  it('fits its peer, its purpose and its text, as text or as bytes', () => {
    expect(holds()).toBe(true)
    expect(holds({ text: utf8('come in') })).toBe(true)
  })

  it.each([
    ['another purpose', { purpose: 'chat invitation 2' }],
    ['another text', { text: 'come in!' }],
    ['another peer', { peerId: createIdentity(crypto).peerId }],
    ['no peer id', { peerId: 'nobody' }],
    ['a peer id that is no text', { peerId: 1 }],
    ['no signature', { signature: '' }],
    ['a signature that is no text', { signature: undefined }],
    ['a signature of another length', { signature: base64(new Uint8Array(63)) }],
    ['a text that moves into the purpose', { purpose: `${PURPOSE}c`, text: 'ome in' }]
  ])('does not fit %s', (_what, changes) => {
    expect(holds(changes)).toBe(false)
  })

  it('is over a domain of its own, the purpose and the text, each behind its length', () => {
    const signature = fromBase64(signStatement(identity, { purpose: PURPOSE, text: 'x' })) ?? new Uint8Array(0)
    const text = framed(utf8('trustp2p statement 1'), utf8(PURPOSE), utf8('x'))
    expect(crypto.ed25519.verify(identity.publicKey, text, signature)).toBe(true)
  })

  it.each(['trustp2p noise proof 1', 'trustp2p tls proof 1', 'trustp2p succession 1'])(
    'cannot be made to look like a %s: what is signed begins with another word',
    (domain) => {
      const purpose = domain
      const signature = fromBase64(signStatement(identity, { purpose, text: '' })) ?? new Uint8Array(0)
      for (const text of [framed(utf8(domain)), framed(utf8(domain), new Uint8Array(0))]) {
        expect(crypto.ed25519.verify(identity.publicKey, text, signature)).toBe(false)
      }
    }
  )

  it('has at most 65,536 bytes, and a purpose of 1 to 64 letters', () => {
    const sign = (purpose: unknown, text: unknown) => () =>
      signStatement(identity, { purpose: purpose as string, text: text as string })
    expect(sign(PURPOSE, 'x'.repeat(STATEMENT_BYTES))).not.toThrow()
    expect(sign(PURPOSE, 'x'.repeat(STATEMENT_BYTES + 1))).toThrow(RangeError)
    expect(sign('p'.repeat(64), 'x')).not.toThrow()
    for (const purpose of ['p'.repeat(65), '', ' p', 'p ', 'p\n', 'é', 1, undefined]) {
      expect(sign(purpose, 'x')).toThrow(TypeError)
    }
    expect(sign(PURPOSE, 1)).toThrow(TypeError)
  })
})
