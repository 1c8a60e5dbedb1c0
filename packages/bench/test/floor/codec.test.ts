import { CP2pPackage, PackageType } from 'trustp2p'
import { decodeFloorFrame, encodeFloorFrame } from '../../src/floor/codec'
import { BODY } from '../../src/load/body'

const SAMPLES = [
  { type: PackageType.REQUEST, event: 'echo', body: BODY, tag: '1' },
  { type: PackageType.RESPONSE, event: 'echo', body: BODY, tag: 'zz9' },
  { type: PackageType.RESPONSE, event: 'echo', body: { error: 'busy' }, tag: '2', error: 'ERR_TRUSTP2P_LIMIT_BUSY' },
  { type: PackageType.SYSTEM, event: 'cancel', body: null, tag: '3' },
  {
    type: PackageType.TALK,
    event: 'an event of more than twenty-four characters',
    body: [1, 'zwei', { drei: [] }],
    tag: ''
  },
  { type: PackageType.TALK, event: 'grüße', body: '日本 😀', tag: 'ä' },
  { type: PackageType.REQUEST, event: 'long', body: 'x'.repeat(300), tag: 't'.repeat(130) },
  { type: PackageType.REQUEST, event: 'longer', body: 'ü'.repeat(20_000), tag: '4' }
]

describe("the floor's codec", () => {
  it.each(SAMPLES)('writes the bytes of CP2pPackage.encode: $event $tag', (sample) => {
    expect(encodeFloorFrame(sample).equals(CP2pPackage.encode(sample))).toBe(true)
  })

  it.each(SAMPLES)('reads what CP2pPackage.decode reads: $event $tag', (sample) => {
    const bytes = Buffer.from(CP2pPackage.encode(sample))
    const { version, alt, type, event, body, tag, error } = CP2pPackage.decode(bytes)
    expect(decodeFloorFrame(bytes)).toEqual({ version, alt, type, event, body, tag, error })
  })

  it.each([1, 9, 12, 20, 30])('throws a RangeError for a frame that ends %i bytes early', (missing) => {
    const bytes = encodeFloorFrame({ type: PackageType.REQUEST, event: 'echo', body: BODY, tag: '12' })
    expect(() => decodeFloorFrame(bytes.subarray(0, bytes.length - missing))).toThrow(RangeError)
  })
})

describe('the body that is measured', () => {
  it('is 64 bytes of JSON', () => {
    expect(Buffer.byteLength(JSON.stringify(BODY))).toBe(64)
  })
})
