import { nodeCrypto } from '../../src/host/node-crypto'
import { createKeyPair, NoiseXX } from '../../src/identity/noise-xx'
import type { KeyPair } from '../../src/identity/noise-xx'
import { NOISE_VECTORS } from './noise-vectors'

const hex = (text: string) => new Uint8Array(Buffer.from(text, 'hex'))
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function pairOf(secret: string): KeyPair {
  const secretKey = hex(secret)
  return { secretKey, publicKey: nodeCrypto.x25519.publicKey(secretKey) }
}

function createSides(prologues: readonly [string, string] = ['one', 'one']) {
  const [initiator, responder] = [true, false].map(
    (isInitiator) =>
      new NoiseXX({
        crypto: nodeCrypto,
        initiator: isInitiator,
        prologue: Buffer.from(prologues[isInitiator ? 0 : 1]),
        staticKeys: createKeyPair(nodeCrypto),
        ephemeralKeys: createKeyPair(nodeCrypto)
      })
  )
  if (initiator === undefined || responder === undefined) throw new Error('never')
  return { initiator, responder }
}

const failed = expect.objectContaining({ code: 'ERR_TRUSTP2P_PROOF_FAILED' }) as Error

it.each(NOISE_VECTORS)('writes and reads what is published: $source', (vector) => {
  const prologue = hex(vector.prologue)
  const initiator = new NoiseXX({
    crypto: nodeCrypto,
    initiator: true,
    prologue,
    staticKeys: pairOf(vector.initStatic),
    ephemeralKeys: pairOf(vector.initEphemeral)
  })
  const responder = new NoiseXX({
    crypto: nodeCrypto,
    initiator: false,
    prologue,
    staticKeys: pairOf(vector.respStatic),
    ephemeralKeys: pairOf(vector.respEphemeral)
  })
  vector.messages.slice(0, 3).forEach(([payload, ciphertext], index) => {
    const [from, to] = index % 2 === 0 ? [initiator, responder] : [responder, initiator]
    expect(text(from.write(() => hex(payload)))).toBe(ciphertext)
    expect(text(to.read(hex(ciphertext)).payload)).toBe(payload)
  })
  expect(initiator.hash).toEqual(responder.hash)
  if (vector.hash !== undefined) expect(text(initiator.hash)).toBe(vector.hash)
  const [one, other] = [initiator.split(), responder.split()]
  vector.messages.slice(3).forEach(([payload, ciphertext], index) => {
    const [from, to] = index % 2 === 0 ? [other, one] : [one, other]
    expect(text(from.send.seal(hex(payload)))).toBe(ciphertext)
    expect(text(to.receive.open(hex(ciphertext)) ?? hex(''))).toBe(payload)
  })
})

it('gives both sides the same hash before a payload, and the static key of the other', () => {
  const { initiator, responder } = createSides()
  responder.read(initiator.write())
  const hashes: Uint8Array[] = []
  const note = (hash: Uint8Array) => {
    hashes.push(hash)
    return hex('00')
  }
  const second = initiator.read(responder.write(note))
  const third = responder.read(initiator.write(note))
  expect(hashes).toEqual([second.hash, third.hash])
  expect(initiator.remoteStatic).toHaveLength(32)
  expect(responder.remoteStatic).not.toEqual(initiator.remoteStatic)
})

it('fails where the prologues differ', () => {
  const { initiator, responder } = createSides(['one', 'two'])
  responder.read(initiator.write())
  const second = responder.write()
  expect(() => initiator.read(second)).toThrow(failed)
})

it.each([0, 31, 32, 79, 80, 95])('fails where byte %d of the second message was altered, and for ever', (index) => {
  const { initiator, responder } = createSides()
  responder.read(initiator.write())
  const second = responder.write()
  const altered = Uint8Array.from(second, (byte, at) => (at === index ? byte ^ 1 : byte))
  expect(() => initiator.read(altered)).toThrow(failed)
  expect(() => initiator.read(second)).toThrow(failed)
  expect(() => initiator.write()).toThrow(failed)
})

it.each([0, 31, 32, 95])('fails for a second message of %d bytes', (length) => {
  const { initiator, responder } = createSides()
  responder.read(initiator.write())
  const second = responder.write()
  expect(() => initiator.read(second.subarray(0, length))).toThrow(failed)
})

it.each([
  ['zero', '00'.repeat(32)],
  ['one', `01${'00'.repeat(31)}`],
  ['of order 8', 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800'],
  ['p - 1', `ec${'ff'.repeat(30)}7f`],
  ['p', `ed${'ff'.repeat(30)}7f`]
])('refuses an ephemeral key of low order: %s', (_name, key) => {
  const { responder } = createSides()
  responder.read(hex(key))
  expect(() => responder.write()).toThrow(failed)
})

it('writes and reads in turn alone', () => {
  const { initiator, responder } = createSides()
  expect(() => responder.write()).toThrow(TypeError)
  expect(() => initiator.split()).toThrow(TypeError)
  responder.read(initiator.write())
  initiator.read(responder.write())
  responder.read(initiator.write())
  initiator.split()
  expect(() => initiator.split()).toThrow(TypeError)
  expect(() => initiator.write()).toThrow(TypeError)
})

it('opens each sealed text once, and in order', () => {
  const { initiator, responder } = createSides()
  responder.read(initiator.write())
  initiator.read(responder.write())
  responder.read(initiator.write())
  const { send } = initiator.split()
  const { receive } = responder.split()
  const [first, second] = [send.seal(hex('01')), send.seal(hex('02'))]
  expect(receive.open(second)).toBeUndefined()
  expect(receive.open(first)).toEqual(Buffer.from([1]))
  expect(receive.open(first)).toBeUndefined()
  expect(receive.open(second)).toEqual(Buffer.from([2]))
})
