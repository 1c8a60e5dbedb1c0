import { allocateFrame } from '../../src/wire/slab'

describe('allocateFrame', () => {
  it('gives frames of the size that was asked for, none of which overlaps another', () => {
    const frames = Array.from({ length: 500 }, (_, index) => allocateFrame(index % 300))
    frames.forEach((frame, index) => frame.fill(index % 256))
    frames.forEach((frame, index) => {
      expect(frame.length).toBe(index % 300)
      expect(frame.every((byte) => byte === index % 256)).toBe(true)
    })
  })

  it('lets a frame keep at most 8 KiB, and a long one keep nothing but itself', () => {
    expect(allocateFrame(2048).buffer.byteLength).toBe(8192)
    expect(allocateFrame(2049).buffer.byteLength).toBe(2049)
  })
})
