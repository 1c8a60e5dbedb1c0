import { PassThrough } from 'node:stream'
import { ManualClock } from '@trustp2p/testing'
import { LATE_BURST_BYTES, LATE_STOP_MS, LatePace } from '../../../src/driver/net/late-pace'
import { CALM_READS, SLICE_BYTES, SlicedReads } from '../../../src/driver/net/sliced-reads'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A stream that is read in slices: the lengths of those, and what ended it. */
function open(mostBytes = SLICE_BYTES) {
  const raw = new PassThrough({ highWaterMark: 10 * SLICE_BYTES })
  const reads = new SlicedReads(raw, () => mostBytes)
  const lengths: number[] = []
  const received: Buffer[] = []
  raw.on('data', (slice: Buffer) => {
    lengths.push(slice.length)
    received.push(slice)
  })
  raw.on('end', () => lengths.push(-1))
  raw.pause()
  return { raw, reads, lengths, bytes: () => Buffer.concat(received) }
}

it('hands over in slices what came in one piece, in order, and the end behind it', async () => {
  const { raw, reads, lengths, bytes } = open()
  const sent = Buffer.from(Array.from({ length: 2 * SLICE_BYTES + 1 }, (_, index) => index % 251))
  raw.end(sent)
  await turn()
  expect(lengths).toEqual([])
  reads.start()
  await turn()
  expect(lengths).toEqual([SLICE_BYTES, SLICE_BYTES, 1, -1])
  expect(bytes()).toEqual(sent)
})

it('asks before each slice how long it may be', async () => {
  const { raw, reads, lengths } = open(512)
  reads.start()
  raw.write(new Uint8Array(513))
  await turn()
  expect(lengths).toEqual([512, 1])
})

it('stops between two slices, and reads on in a later tick', async () => {
  const { raw, reads, lengths } = open()
  raw.once('data', () => reads.pause())
  raw.write(new Uint8Array(2 * SLICE_BYTES))
  reads.start()
  await turn()
  raw.write(new Uint8Array(1))
  await turn()
  expect(lengths).toEqual([SLICE_BYTES])
  reads.resume()
  expect(lengths).toEqual([SLICE_BYTES])
  await turn()
  expect(lengths).toEqual([SLICE_BYTES, SLICE_BYTES, 1])
  raw.write(new Uint8Array(2))
  await turn()
  expect(lengths).toEqual([SLICE_BYTES, SLICE_BYTES, 1, 2])
})

it('reads one slice where it is asked to while it is paused, and finds the end once it reads on', async () => {
  const { raw, reads, lengths } = open()
  reads.start()
  reads.pause()
  raw.end(new Uint8Array(SLICE_BYTES + 1))
  await turn()
  expect([reads.readOn(), lengths]).toEqual([true, [SLICE_BYTES]])
  expect([reads.readOn(), lengths]).toEqual([true, [SLICE_BYTES, 1]])
  expect(reads.readOn()).toBe(false)
  reads.resume()
  await turn()
  expect(lengths).toEqual([SLICE_BYTES, 1, -1])
})

it('reads as many bytes as it may, and the end behind them; with one byte more neither that nor the end', async () => {
  for (const [bytes, heard] of [
    [100, [100, -1]],
    [101, [100]]
  ] as const) {
    const { raw, reads, lengths } = open()
    reads.readAtMost(100)
    raw.end(new Uint8Array(bytes))
    reads.start()
    await turn()
    await turn()
    expect(lengths).toEqual(heard)
  }
})

it('reads as much as the pace of late reads gives, and the rest and the end a little later', async () => {
  const clock = new ManualClock()
  const { raw, reads, lengths, bytes } = open()
  reads.readAtMost(2 * LATE_BURST_BYTES, LatePace.of(clock))
  raw.end(new Uint8Array(LATE_BURST_BYTES + 1))
  reads.start()
  await turn()
  expect(bytes().length).toBe(LATE_BURST_BYTES)
  clock.advance(LATE_STOP_MS)
  await turn()
  expect(lengths.slice(-2)).toEqual([1, -1])
})

it('hands over nothing of a connection that is gone', async () => {
  const { raw, reads, lengths } = open()
  raw.write(new Uint8Array(2 * SLICE_BYTES))
  raw.once('data', () => raw.destroy())
  reads.start()
  await turn()
  expect(lengths).toEqual([SLICE_BYTES])
})

describe('a connection that was calm for as many reads as that takes', () => {
  /** It has had one read less than makes it calm. */
  async function nearlyCalm() {
    const opened = open()
    opened.reads.start()
    for (let count = 1; count < CALM_READS; count++) {
      opened.raw.write(Uint8Array.of(count))
      await turn()
    }
    opened.lengths.length = 0
    return opened
  }

  const long = new Uint8Array(2 * SLICE_BYTES)
  const slices = [SLICE_BYTES, SLICE_BYTES]

  it('flows, and not one read before', async () => {
    const { raw, lengths } = await nearlyCalm()
    raw.write(long)
    await turn()
    expect(lengths.splice(0)).toEqual(slices)
    raw.write(long)
    await turn()
    expect(lengths.splice(0)).toEqual([2 * SLICE_BYTES])
    raw.end(long)
    await turn()
    expect(lengths).toEqual([2 * SLICE_BYTES, -1])
  })

  it('is read in slices again from the moment on that it is paused', async () => {
    const { raw, reads, lengths } = await nearlyCalm()
    raw.write(Uint8Array.of(1))
    await turn()
    raw.once('data', () => reads.pause())
    raw.write(long)
    await turn()
    raw.write(long)
    await turn()
    expect(lengths.splice(0)).toEqual([1, 2 * SLICE_BYTES])
    reads.resume()
    await turn()
    expect(lengths).toEqual(slices)
  })

  it('is read in slices again once what is read is bounded', async () => {
    const { raw, reads, lengths } = await nearlyCalm()
    raw.write(Uint8Array.of(1))
    await turn()
    reads.readAtMost(SLICE_BYTES + 1)
    for (let count = 0; count < 2 * CALM_READS; count++) {
      raw.write(long)
      await turn()
    }
    expect(lengths).toEqual([1, SLICE_BYTES, 1])
  })
})
