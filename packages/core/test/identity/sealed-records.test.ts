import { array, assert, property, uint8Array } from 'fast-check'
import { nodeCrypto } from '../../src/host/node-crypto'
import { CipherState } from '../../src/identity/cipher-state'
import { openFrames, RECORD_BYTES, SEAL_BYTES, sealFrames } from '../../src/identity/sealed-records'

const KEY = new Uint8Array(32).fill(9)
const cipher = () => new CipherState(nodeCrypto.chacha20Poly1305, KEY)

function open(receive: CipherState, records: readonly Uint8Array[]): Uint8Array[] | undefined {
  const frames: Uint8Array[] = []
  return records.every((record) => openFrames(receive, record, (frame) => frames.push(frame)) > 0) ? frames : undefined
}

it('gives the frames of a tick back, whatever their number and length', () => {
  assert(
    property(array(uint8Array({ maxLength: 300 }), { maxLength: 20 }), (frames) => {
      const records = sealFrames(cipher(), frames, 512)
      expect((open(cipher(), records) ?? []).map((frame) => [...frame])).toEqual(frames.map((frame) => [...frame]))
    })
  )
})

it.each([2_048, 2_049])('gives texts of %d bytes back, also behind longer and shorter ones', (textBytes) => {
  const [send, receive] = [cipher(), cipher()]
  for (const length of [textBytes - 2, 5, textBytes - 2]) {
    const frame = new Uint8Array(length).fill(length)
    const records = sealFrames(send, [frame], RECORD_BYTES)
    expect((open(receive, records) ?? []).map((opened) => [...opened])).toEqual([[...frame]])
  }
})

it('keeps a record as it is while the next one is sealed', () => {
  const send = cipher()
  const records = [1, 2].flatMap((byte) => sealFrames(send, [Uint8Array.of(byte)], RECORD_BYTES))
  expect((open(cipher(), records) ?? []).map((frame) => [...frame])).toEqual([[1], [2]])
})

it('seals the frames of a tick in one record, up to its length and not beyond', () => {
  const frames = [new Uint8Array(100), new Uint8Array(100)]
  const bytes = 2 * 101 + 16
  expect(sealFrames(cipher(), frames, bytes).map(({ length }) => length)).toEqual([bytes])
  expect(sealFrames(cipher(), frames, bytes - 1).map(({ length }) => length)).toEqual([117, 117])
  expect(sealFrames(cipher(), [new Uint8Array(70_000)], RECORD_BYTES)).toHaveLength(1)
  expect(sealFrames(cipher(), [], RECORD_BYTES)).toEqual([])
})

it('takes several frames from a record of RECORD_BYTES, none of them from a longer one, and one from one of any length', () => {
  const sealed = (...lengths: number[]) => {
    const frames = lengths.map((length) => new Uint8Array(length))
    return sealFrames(cipher(), frames, Infinity)[0] ?? new Uint8Array(0)
  }
  const countOf = (record: Uint8Array) => {
    let count = 0
    return [record.length, openFrames(cipher(), record, () => count++), count]
  }
  const rest = RECORD_BYTES - 16 - 3 - 1
  expect(countOf(sealed(0, rest))).toEqual([RECORD_BYTES, 2, 2])
  expect(countOf(sealed(0, rest + 1))).toEqual([RECORD_BYTES + 1, 0, 0])
  expect(countOf(sealed(100_000))).toEqual([100_019, 1, 1])
})

it.each([0, 127, 128, 16_383, 16_384, 2_097_152])(
  'makes a frame of %d bytes longer by SEAL_BYTES at most',
  (length) => {
    const [record] = sealFrames(cipher(), [new Uint8Array(length)], 0)
    expect((record?.length ?? 0) - length).toBeLessThanOrEqual(SEAL_BYTES)
  }
)

it('refuses a frame altered by a relay, whichever byte', () => {
  const [record] = sealFrames(cipher(), [Buffer.from('hello')], RECORD_BYTES)
  for (let index = 0; index < (record?.length ?? 0); index++) {
    const altered = Uint8Array.from(record ?? [], (byte, at) => (at === index ? byte ^ 1 : byte))
    expect(open(cipher(), [altered])).toBeUndefined()
  }
})

it('refuses records that a relay leaves out, repeats, turns round or cuts', () => {
  const send = cipher()
  const [one, two] = [sealFrames(send, [Buffer.from('1')], 99), sealFrames(send, [Buffer.from('2')], 99)]
  expect(open(cipher(), two)).toBeUndefined()
  expect(open(cipher(), [...one, ...one])).toBeUndefined()
  expect(open(cipher(), [...two, ...one])).toBeUndefined()
  expect(open(cipher(), [one[0]?.subarray(1) ?? new Uint8Array(0)])).toBeUndefined()
  expect(open(cipher(), [new Uint8Array(0)])).toBeUndefined()
  expect(open(cipher(), [...one, ...two])).toHaveLength(2)
})

it.each([
  ['nothing', []],
  ['a length that lies', [5, 1, 2]],
  ['a length that is cut off', [0x80]],
  ['a length not in its shortest form', [0x81, 0x00, 7]],
  ['a length of five bytes', [0xff, 0xff, 0xff, 0xff, 0x01]],
  ['bytes behind the last frame', [1, 7, 2, 7]]
])('refuses a record that holds %s, and hands nothing on', (_name, bytes) => {
  const frames: Uint8Array[] = []
  const record = cipher().seal(Uint8Array.from(bytes))
  expect(openFrames(cipher(), record, (frame) => frames.push(frame))).toBe(0)
  expect(frames).toEqual([])
})
