import * as fc from 'fast-check'
import { FrameBatch } from '../../../src/driver/stream/frame-batch'
import {
  ControlKind,
  FrameFormatError,
  FrameLengthError,
  FrameParser,
  controlFrame
} from '../../../src/driver/stream/frame-codec'
import { headerBytes, writeHeader } from '../../../src/wire/frame-length'

interface Found {
  readonly frames: Uint8Array[]
  readonly controls: (readonly [kind: number, payload: string])[]
}

function parserOf(frameBytes: number): { parser: FrameParser; found: Found } {
  const found: Found = { frames: [], controls: [] }
  const parser = new FrameParser(frameBytes, {
    onFrame: (bytes) => found.frames.push(bytes),
    onControl: (kind, payload) => found.controls.push([kind, Buffer.from(payload).toString()])
  })
  return { parser, found }
}

function parse(bytes: Uint8Array, frameBytes = 1_000_000): Found {
  const { parser, found } = parserOf(frameBytes)
  parser.push(bytes)
  return found
}

function encode(...frames: readonly Uint8Array[]): Buffer {
  const batch = new FrameBatch()
  for (const frame of frames) batch.addFrame(frame)
  return Buffer.concat(batch.take())
}

function header(length: number): Uint8Array {
  const bytes = new Uint8Array(headerBytes(length))
  expect(writeHeader(bytes, 0, length)).toBe(bytes.length)
  return bytes
}

describe('the length before a frame', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [127, [127]],
    [128, [0x80, 1]],
    [300, [0xac, 2]],
    [16_383, [0xff, 0x7f]],
    [16_384, [0x80, 0x80, 1]],
    [2_097_151, [0xff, 0xff, 0x7f]],
    [2_097_152, [0x80, 0x80, 0x80, 1]],
    [2 ** 28 - 1, [0xff, 0xff, 0xff, 0x7f]]
  ])('of %i is a varint in its shortest form', (length, bytes) => {
    expect([...header(length)]).toEqual(bytes)
  })

  it('is refused at one more than frameBytes, before anything of the frame came', () => {
    expect(parse(header(1_000), 1_000).frames).toEqual([])
    expect(() => parse(header(1_001), 1_000)).toThrow(FrameLengthError)
  })

  it('is refused as soon as its first bytes are too large, and where it does not end', () => {
    expect(() => parse(Uint8Array.of(0xff, 0xff), 1_000)).toThrow(FrameLengthError)
    expect(() => parse(Uint8Array.of(0x80, 0x80, 0x80, 0x80), 2 ** 28 - 1)).toThrow(FrameLengthError)
  })

  it.each([[[0x81, 0x00]], [[0x80, 0x80, 0x00]], [[0xff, 0x80, 0x00]]])('%j is not in its shortest form', (bytes) => {
    expect(() => parse(Uint8Array.from(bytes))).toThrow(FrameFormatError)
  })
})

describe('frames in a stream', () => {
  it('come out as they went in, whatever their lengths and wherever the stream is cut', () => {
    const frame = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 1_020, maxLength: 1_030 }))
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(400), { maxLength: 20 }), (frames, cuts) => {
        const { parser, found } = parserOf(2_000)
        let rest: Uint8Array = encode(...frames)
        for (const cut of cuts) {
          parser.push(rest.subarray(0, cut))
          rest = rest.subarray(cut)
        }
        parser.push(rest)
        expect(found.frames.map((bytes) => [...bytes])).toEqual(frames.map((bytes) => [...bytes]))
      })
    )
  })

  it('are views of the chunk that they came in whole', () => {
    const chunk = encode(Buffer.from('one'), Buffer.from('two'))
    const { frames } = parse(chunk)
    expect(frames.map((bytes) => Buffer.from(bytes).toString())).toEqual(['one', 'two'])
    expect(frames.every((bytes) => bytes.buffer === chunk.buffer)).toBe(true)
  })

  it('that come byte by byte end in one buffer of their length', () => {
    const { parser, found } = parserOf(100_000)
    const bytes = Buffer.alloc(100_000, 'x')
    for (const byte of encode(bytes)) parser.push(Uint8Array.of(byte))
    expect(found.frames.map(({ length, buffer }) => [length, buffer.byteLength])).toEqual([[100_000, 100_000]])
    expect(bytes.equals(found.frames[0] ?? Buffer.alloc(0))).toBe(true)
  })

  it('may stand beside control frames, cut anywhere', () => {
    const stream = Buffer.concat([
      encode(Buffer.from('a')),
      controlFrame(ControlKind.PING),
      controlFrame(9, Buffer.from('unknown')),
      encode(Buffer.from('b'))
    ])
    for (let cut = 0; cut <= stream.length; cut++) {
      const { parser, found } = parserOf(10)
      parser.push(stream.subarray(0, cut))
      parser.push(stream.subarray(cut))
      expect(found.frames.map((bytes) => Buffer.from(bytes).toString())).toEqual(['a', 'b'])
      expect(found.controls).toEqual([
        [ControlKind.PING, ''],
        [9, 'unknown']
      ])
    }
  })

  it('a control frame carries 125 bytes, and not 126', () => {
    expect(parse(controlFrame(1, Buffer.alloc(125, 'x'))).controls).toEqual([[1, 'x'.repeat(125)]])
    expect(() => parse(Uint8Array.of(0x80, 0, 1, 126))).toThrow(FrameFormatError)
  })
})

describe('a batch', () => {
  it('is one piece where its frames are short', () => {
    const batch = new FrameBatch()
    for (let number = 0; number < 100; number++) batch.addFrame(Buffer.from(String(number)))
    const { bytes } = batch
    const pieces = batch.take()
    expect(pieces).toHaveLength(1)
    expect(pieces[0]).toHaveLength(bytes)
    expect([batch.bytes, batch.take()]).toEqual([0, []])
  })

  it('copies frames of 1024 bytes, and leaves those of 1025 where they are', () => {
    const [short, long] = [Buffer.alloc(1_024), Buffer.alloc(1_025)]
    const batch = new FrameBatch()
    for (const frame of [short, long, short]) batch.addFrame(frame)
    const pieces = batch.take()
    expect(pieces.map(({ length }) => length)).toEqual([2 + 1_024 + 2, 1_025, 2 + 1_024])
    expect(pieces[1]).toBe(long)
  })
})
