import { nodeCrypto } from '../../src/host/node-crypto'
import { Handshake } from '../../src/identity/handshake'
import type { HandshakeOptions } from '../../src/identity/handshake'
import { createIdentity, Identity } from '../../src/identity/identity'
import { formatPeerId } from '../../src/identity/peer-id'
import { encodeSuccession, isSuccession, signSuccession } from '../../src/identity/succession'

const crypto = nodeCrypto
const alice = createIdentity(crypto)
const bob = createIdentity(crypto)
const EXPORTER = new Uint8Array(32).fill(7)

const failed = expect.objectContaining({ code: 'ERR_TRUSTP2P_PROOF_FAILED' }) as Error
const keyInvalid = expect.objectContaining({ code: 'ERR_TRUSTP2P_IDENTITY_KEY_INVALID' }) as Error
const wrongPeer = expect.objectContaining({ code: 'ERR_TRUSTP2P_PROOF_WRONG_PEER' }) as Error

type Changes = Partial<HandshakeOptions>

/** Two sides that have made their greetings: `relay` is what a third party makes of one. */
function createSides(ofDialer: Changes = {}, ofListener: Changes = {}, relay = (text: string) => text) {
  const dialer = new Handshake({
    crypto,
    identity: alice,
    dials: true,
    exporter: undefined,
    pinned: undefined,
    ...ofDialer
  })
  const listener = new Handshake({
    crypto,
    identity: bob,
    dials: false,
    exporter: undefined,
    pinned: undefined,
    ...ofListener
  })
  const [hello, answer] = [JSON.stringify(dialer.offer), JSON.stringify(listener.offer)]
  return {
    dialer,
    listener,
    beginListener: () => begin(listener, answer, relay(hello)),
    beginDialer: () => begin(dialer, hello, relay(answer))
  }
}

function begin(side: Handshake, own: string, peer: string): Uint8Array {
  const greetings = { own: Buffer.from(own), peer: Buffer.from(peer) }
  return side.begin(greetings, JSON.parse(peer) as Record<string, unknown>) ?? new Uint8Array(0)
}

describe.each([
  ['noise', undefined],
  ['tls', EXPORTER]
])('%s', (kind, exporter) => {
  const over = { exporter }

  it('B6 proves each side to the other, who listens first', () => {
    const { dialer, listener, beginDialer, beginListener } = createSides(over, over)
    const second = beginListener()
    expect(beginDialer()).toHaveLength(0)
    const { send, proven } = dialer.take(second)
    expect(proven).toMatchObject({ peerId: bob.peerId, proof: kind, succession: undefined })
    const last = listener.take(send ?? new Uint8Array(0))
    expect(last).toMatchObject({ send: undefined, proven: { peerId: alice.peerId, proof: kind } })
    expect(proven.ciphers === undefined).toBe(kind === 'tls')
    const sealed = proven.ciphers?.send.seal(Buffer.from('hi'))
    if (sealed !== undefined) expect(last.proven.ciphers?.receive.open(sealed)).toEqual(Buffer.from('hi'))
  })

  it('refuses an impostor with another key', () => {
    const pinned = createIdentity(crypto).peerId
    const { dialer, beginDialer, beginListener } = createSides({ ...over, pinned }, over)
    const second = beginListener()
    beginDialer()
    expect(() => dialer.take(second)).toThrow(wrongPeer)
  })

  it('refuses an impostor that signs with a key which is not that of its id', () => {
    const liar = Object.assign(Object.create(bob) as Identity, {
      publicKey: alice.publicKey,
      sign: (text: Uint8Array) => bob.sign(text)
    })
    const { dialer, beginDialer, beginListener } = createSides(over, { ...over, identity: liar })
    const second = beginListener()
    beginDialer()
    expect(() => dialer.take(second)).toThrow(failed)
  })

  it('refuses a replayed challenge: what proved a peer on one connection proves nothing on the next', () => {
    const first = createSides(over, over)
    const recorded = first.beginListener()
    const { dialer, beginDialer } = createSides({ exporter: exporter && EXPORTER.map((byte) => byte + 1) }, over)
    if (kind === 'noise') beginDialer()
    expect(() => dialer.take(recorded)).toThrow(failed)
  })

  it('refuses our own message, sent back to us', () => {
    const { listener, beginListener } = createSides(over, over)
    const second = beginListener()
    expect(() => listener.take(second)).toThrow(failed)
  })

  it('refuses a greeting that somebody altered on the way', () => {
    const { dialer, listener, beginDialer, beginListener } = createSides(over, over, (text) => text.replace('{', '{ '))
    const second = beginListener()
    beginDialer()
    expect(() => dialer.take(second)).toThrow(failed)
    expect(() => listener.take(second)).toThrow(failed)
  })

  it.each([0, 31, 32, 79, 80, 100, -1])('refuses a message whose byte %d was altered', (index) => {
    const { dialer, beginDialer, beginListener } = createSides(over, over)
    const second = new Uint8Array(beginListener())
    beginDialer()
    const at = index < 0 ? second.length + index : Math.min(index, second.length - 1)
    second[at] = (second[at] ?? 0) ^ 0x40
    expect(() => dialer.take(second)).toThrow()
  })

  it.each([0, 1, 95, 96, 97])('refuses a message of %d bytes too few or too many', (length) => {
    const { dialer, beginDialer, beginListener } = createSides(over, over)
    const second = beginListener()
    beginDialer()
    expect(() => dialer.take(second.subarray(0, Math.min(length, second.length - 1)))).toThrow(failed)
  })

  it('hands on that a peer had another id before, and refuses what the old key did not sign', () => {
    const oldKey = crypto.randomBytes(32)
    const newKey = crypto.randomBytes(32)
    const to = formatPeerId(crypto.ed25519.publicKey(newKey))
    const succession = signSuccession(crypto, oldKey, { to, at: 1_000 })
    const renewed = createSides(over, { ...over, identity: new Identity(crypto, newKey, succession) })
    const second = renewed.beginListener()
    renewed.beginDialer()
    const shown = renewed.dialer.take(second).proven.succession
    expect(shown && encodeSuccession(shown)).toEqual(encodeSuccession(succession))
    const forged = new Identity(crypto, newKey, { ...succession, from: alice.peerId })
    const lying = createSides(over, { ...over, identity: forged })
    const message = lying.beginListener()
    lying.beginDialer()
    expect(() => lying.dialer.take(message)).toThrow(failed)
  })
})

it.each([
  ['low order', `01${'00'.repeat(31)}`],
  ['malformed', `ed${'ff'.repeat(30)}7f`]
])('refuses an identity key that is %s', (_name, key) => {
  const fake = Object.assign(Object.create(bob) as Identity, {
    publicKey: Buffer.from(key, 'hex'),
    sign: () => Uint8Array.of(1, ...new Array<number>(63).fill(0))
  })
  const { dialer, beginDialer, beginListener } = createSides({}, { identity: fake })
  const second = beginListener()
  beginDialer()
  expect(() => dialer.take(second)).toThrow(keyInvalid)
})

it('refuses a handshake key of low order', () => {
  const { listener } = createSides()
  const offer = { noise: Buffer.alloc(32).toString('base64') }
  expect(() => listener.begin({ own: Buffer.from('a'), peer: Buffer.from('b') }, offer)).toThrow(failed)
})

it('refuses a challenge relayed by a third node on another channel', () => {
  const other = EXPORTER.map((byte) => byte + 1)
  // The relay lets each side see the channel that it has with the relay.
  const dialer = new Handshake({ crypto, identity: alice, dials: true, exporter: EXPORTER, pinned: undefined })
  const listener = new Handshake({ crypto, identity: bob, dials: false, exporter: other, pinned: undefined })
  const toListener = JSON.stringify({ ...dialer.offer, tls: listener.offer.tls })
  const toDialer = JSON.stringify({ ...listener.offer, tls: dialer.offer.tls })
  const proof = begin(listener, JSON.stringify(listener.offer), toListener)
  begin(dialer, JSON.stringify(dialer.offer), toDialer)
  expect(() => dialer.take(proof)).toThrow(failed)
})

it('runs Noise where TLS ends at a proxy, on either side', () => {
  const sides = [createSides({ exporter: EXPORTER }), createSides({}, { exporter: EXPORTER })]
  sides.push(createSides({ exporter: EXPORTER }, { exporter: EXPORTER.map((byte) => byte ^ 1) }))
  for (const { dialer, beginDialer, beginListener } of sides) {
    const second = beginListener()
    beginDialer()
    expect(dialer.take(second).proven.proof).toBe('noise')
  }
})

it.each([{}, { noise: '' }, { noise: 'AAAA' }, { noise: 7 }, { noise: null }, { tls: 'AAAA' }])(
  'has no proof for a greeting that offers %j',
  (offer) => {
    const { dialer, listener } = createSides()
    expect(dialer.kindFor(offer)).toBeUndefined()
    expect(listener.kindFor(offer)).toBeUndefined()
  }
)

it('signs a succession, and knows one that was altered', () => {
  const secretKey = crypto.randomBytes(32)
  const succession = signSuccession(crypto, secretKey, { to: alice.peerId, at: 5 })
  expect(isSuccession(crypto, succession)).toBe(true)
  expect(isSuccession(crypto, { ...succession, to: bob.peerId })).toBe(false)
  expect(isSuccession(crypto, { ...succession, at: 6 })).toBe(false)
  expect(encodeSuccession(succession)).toHaveLength(136)
})

describe.each([
  ['noise', undefined],
  ['tls', EXPORTER]
])('the proof of a private network: %s', (_kind, exporter) => {
  const member = (byte: number): Changes => ({ exporter, network: new Uint8Array(32).fill(byte) })

  it('holds where both know the same', () => {
    const { dialer, listener, beginDialer, beginListener } = createSides(member(1), member(1))
    const second = beginListener()
    beginDialer()
    const { send, proven } = dialer.take(second)
    expect(proven.peerId).toBe(bob.peerId)
    expect(listener.take(send ?? new Uint8Array(0)).proven.peerId).toBe(alice.peerId)
  })

  it.each([
    ['another network', member(2)],
    ['no network', { exporter }]
  ])('of the listener fails for who is of %s', (_what, other) => {
    const { dialer, beginDialer, beginListener } = createSides(other, member(1), (text) => text)
    const second = beginListener()
    beginDialer()
    expect(() => dialer.take(second)).toThrow(failed)
  })

  it('of who dials fails without the key, though all it heard was taken for true', () => {
    // What a liar dials with that leaves out what it cannot know: nothing of the listener's proof is checked.
    const liar = createSides(member(2), member(2))
    const second = liar.beginListener()
    liar.beginDialer()
    const { send } = liar.dialer.take(second)
    const { listener, beginListener } = createSides(member(2), member(1))
    beginListener()
    expect(() => listener.take(send ?? new Uint8Array(0))).toThrow(failed)
  })
})
