import { PassThrough } from 'node:stream'
import { GATHERED_BYTES } from '../../../src/driver/net/gathered-bytes'
import { FrameKind, writeMaskedFrame, writePlainFrame } from '../../../src/driver/ws/ws-frame'
import type { WriteFrame } from '../../../src/driver/ws/ws-frame'

const HEADERS: [number, string][] = [
  [0, '8200'],
  [1, '8201'],
  [125, '827d'],
  [126, '827e007e'],
  [1_024, '827e0400'],
  [1_025, '827e0401'],
  [65_535, '827effff'],
  [65_536, '827f0000000000010000'],
  [70_000, '827f0000000000011170']
]

function bytesOf(writeFrame: WriteFrame, payload: Uint8Array): Buffer {
  const raw = new PassThrough({ highWaterMark: 1024 * 1024 })
  writeFrame(raw, payload)
  const bytes: unknown = raw.read()
  return Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0)
}

const payloadOf = (length: number) => Uint8Array.from({ length }, (_, index) => index * 31)

it.each(HEADERS)('writes a payload of %d bytes behind %s, as it is', (length, header) => {
  const payload = payloadOf(length)
  const bytes = bytesOf(writePlainFrame, payload)
  const start = header.length / 2
  expect(bytes.subarray(0, start).toString('hex')).toBe(header)
  expect(bytes.subarray(start).equals(payload)).toBe(true)
})

it.each(HEADERS)('masks a payload of %d bytes, and leaves the one it was given alone', (length, header) => {
  const payload = payloadOf(length)
  const bytes = bytesOf(writeMaskedFrame, payload)
  const start = header.length / 2 + 4
  const masked = Buffer.from(header, 'hex')
  masked[1] = (masked[1] ?? 0) | 0x80
  expect(bytes.subarray(0, start - 4).equals(masked)).toBe(true)
  const key = bytes.subarray(start - 4, start)
  const unmasked = bytes.subarray(start).map((byte, index) => byte ^ (key[index % 4] ?? 0))
  expect(Buffer.from(unmasked).equals(payload)).toBe(true)
  expect(payload).toEqual(payloadOf(length))
})

it.each([
  [GATHERED_BYTES, 1],
  [GATHERED_BYTES + 1, 2]
])('writes a payload of %d bytes without a mask in %d pieces: a long one is not copied', (length, count) => {
  const payload = payloadOf(length)
  const pieces: unknown[] = []
  writePlainFrame({ write: (piece: unknown) => pieces.push(piece) > 0 }, payload)
  expect(pieces.length).toBe(count)
  expect(pieces[1]).toBe(count === 1 ? undefined : payload)
})

it('masks each frame with a key of its own, more of them than are made at once', () => {
  const keys = Array.from({ length: 5_000 }, () => bytesOf(writeMaskedFrame, new Uint8Array(0)).toString('hex'))
  // Of 5,000 keys of 32 bits two are equal once in 340 runs, and five pairs never.
  expect(new Set(keys).size).toBeGreaterThan(4_995)
})

it.each([writePlainFrame, writeMaskedFrame])(
  'calls back once, after the last byte was taken (%p)',
  async (writeFrame) => {
    for (const length of [10, 5_000]) {
      const raw = new PassThrough({ highWaterMark: 1024 * 1024 })
      let calls = 0
      await new Promise<void>((resolve) =>
        writeFrame(raw, payloadOf(length), () => {
          calls += 1
          setImmediate(resolve)
        })
      )
      expect([calls, raw.readableLength > length]).toEqual([1, true])
    }
  }
)

it('writes pings and pongs, whole and with what they carry', () => {
  const raw = new PassThrough()
  writePlainFrame(raw, Buffer.from('hi'), undefined, FrameKind.PONG)
  writeMaskedFrame(raw, new Uint8Array(0), undefined, FrameKind.PING)
  const bytes: unknown = raw.read()
  expect(String(bytes && Buffer.from(bytes as Buffer).toString('hex'))).toMatch(/^8a0268698980[0-9a-f]{8}$/)
})
