import * as fc from 'fast-check'
import { FrameLengthError, frameHeader, FrameSplitter } from '../../../src/host/control/frame-splitter'

/** The stream of these frames. */
function streamOf(frames: readonly Uint8Array[]): Buffer {
  return Buffer.concat(frames.flatMap((frame) => [frameHeader(frame.length), frame]))
}

/** What is found in a stream that comes in such pieces. */
function split(stream: Buffer, sizes: readonly number[], frameBytes: number): Buffer[] {
  const splitter = new FrameSplitter(frameBytes)
  const found: Buffer[] = []
  let offset = 0
  for (const size of [...sizes, stream.length]) {
    found.push(...[...splitter.push(stream.subarray(offset, offset + size))].map((frame) => Buffer.from(frame)))
    offset += size
  }
  return found
}

describe('a stream of frames', () => {
  it('gives them as they were, wherever it is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    const sizes = fc.array(fc.integer({ min: 0, max: 200 }), { maxLength: 60 })
    fc.assert(
      fc.property(frames, sizes, (sent, cuts) => {
        expect(split(streamOf(sent), cuts, 300)).toEqual(sent.map((frame) => Buffer.from(frame)))
      })
    )
  })

  it.each([0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])('takes a frame of %i bytes', (length) => {
    const frame = Buffer.alloc(length, 7)
    const [found, ...others] = split(streamOf([frame]), [1, 1, 1, 1, 1], 2_097_152)
    expect([found?.equals(frame), others]).toEqual([true, []])
  })

  it('takes a frame of frameBytes, and refuses the length of one byte more before any of it came', () => {
    expect(split(streamOf([Buffer.alloc(300)]), [], 300)).toHaveLength(1)
    expect(() => split(Buffer.from(frameHeader(301)), [], 300)).toThrow(FrameLengthError)
  })

  it.each([
    ['of five bytes', [0x80, 0x80, 0x80, 0x80, 0x01]],
    ['that does not end', [0x80, 0x80, 0x80, 0x80]],
    ['of 2^28 - 1', [0xff, 0xff, 0xff, 0x7f]],
    ['of 2^35 - 1', [0xff, 0xff, 0xff, 0xff, 0x7f]]
  ])('refuses a length %s', (_, bytes) => {
    expect(() => split(Buffer.from(bytes), [], 4 * 1024 * 1024)).toThrow(FrameLengthError)
  })

  it('does not throw at anything else, and gives no frame that is too long', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        try {
          for (const frame of split(Buffer.from(bytes), [3, 7], 100)) expect(frame.length).toBeLessThanOrEqual(100)
        } catch (error) {
          expect(error).toBeInstanceOf(FrameLengthError)
        }
      })
    )
  })

  it('is whole where a frame has ended', () => {
    const splitter = new FrameSplitter(10)
    const ends = [3, 1, 2, 3, 0, 0x85].map((byte) => [[...splitter.push(Uint8Array.of(byte))].length, splitter.isWhole])
    expect(ends).toEqual([
      [0, false],
      [0, false],
      [0, false],
      [1, true],
      [1, true],
      [0, false]
    ])
  })
})
