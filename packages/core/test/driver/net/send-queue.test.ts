import { Writable } from 'node:stream'
import { BLOCK_BYTES, LONGEST_COPY, PASSED_BYTES, SPARE_BLOCKS, SendQueue } from '../../../src/driver/net/send-queue'

const tick = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A stream whose system takes what was written only when the test lets it. */
class SlowStream extends Writable {
  /** What the system has got, and in which memory. */
  readonly pieces: Buffer[] = []
  readonly memory: ArrayBufferLike[] = []
  #taken: ((error?: Error) => void) | undefined

  constructor(highWaterMark = 16 * 1024) {
    super({ highWaterMark })
  }

  override _writev(chunks: { chunk: Buffer }[], taken: (error?: Error | null) => void): void {
    for (const { chunk } of chunks) {
      this.pieces.push(Buffer.from(chunk))
      this.memory.push(chunk.buffer)
    }
    this.#taken = taken
  }

  override _write(chunk: Buffer, _encoding: string, taken: (error?: Error | null) => void): void {
    this._writev([{ chunk }], taken)
  }

  /** The system takes what it got, and tells. */
  async take(error?: Error): Promise<void> {
    const taken = this.#taken
    this.#taken = undefined
    taken?.(error)
    await tick()
  }

  async takeAll(): Promise<void> {
    while (this.#taken !== undefined) await this.take()
  }

  get received(): Buffer {
    return Buffer.concat(this.pieces)
  }
}

let raw: SlowStream
let queue: SendQueue
let told: number

function open(highWaterMark?: number): void {
  raw = new SlowStream(highWaterMark)
  told = 0
  queue = new SendQueue(raw, () => told++)
}

beforeEach(() => open())

const bytesOf = (length: number, seed = 1) => Uint8Array.from({ length }, (_, index) => (index + 1) * seed)

/** Leaves the stream with all that passes. */
const fill = (bytes = PASSED_BYTES): void => queue.write(new Uint8Array(bytes))

it('passes what is written while the stream has less than the limit, and holds what comes at the limit', () => {
  fill(PASSED_BYTES - 1)
  queue.write(bytesOf(1))
  expect([raw.writableLength, queue.bytes]).toEqual([PASSED_BYTES, 0])
  queue.write(bytesOf(1))
  expect([raw.writableLength, queue.bytes]).toEqual([PASSED_BYTES, 1])
})

it('passes as much as a stream wants before it tells that it drained', async () => {
  open(2 * PASSED_BYTES)
  fill(2 * PASSED_BYTES - 1)
  queue.write(bytesOf(1))
  queue.write(bytesOf(1))
  expect(queue.bytes).toBe(1)
  await raw.takeAll()
  expect([raw.received.length, queue.bytes]).toEqual([2 * PASSED_BYTES + 1, 0])
})

it('keeps the order and each byte, however long the pieces are and whenever the stream drains', async () => {
  const lengths = [1, 0, LONGEST_COPY, LONGEST_COPY + 1, BLOCK_BYTES - 1, BLOCK_BYTES + 1, 30, 4 * BLOCK_BYTES, 2_000]
  const sent: Uint8Array[] = []
  for (let round = 0; round < 20; round++) {
    for (const [index, length] of lengths.entries()) {
      const piece = bytesOf(length, round * 10 + index)
      sent.push(piece)
      queue.write(piece)
    }
    if (round % 3 === 0) await raw.take()
  }
  await raw.takeAll()
  expect(raw.received.equals(Buffer.concat(sent))).toBe(true)
  expect(queue.bytes).toBe(0)
})

it('holds short pieces end to end: ten thousand wait as few', async () => {
  fill()
  await tick()
  const before = raw.pieces.length
  for (let count = 0; count < 10_000; count++) queue.write(bytesOf(30))
  await raw.takeAll()
  expect(raw.pieces.length - before).toBe(Math.ceil(300_000 / BLOCK_BYTES))
  expect(raw.received.length).toBe(PASSED_BYTES + 300_000)
})

it('copies what waits up to a limit, and keeps one byte more as it is', async () => {
  fill()
  const kept = bytesOf(LONGEST_COPY + 1)
  queue.write(bytesOf(LONGEST_COPY))
  queue.write(kept)
  await raw.takeAll()
  const memory = raw.memory.slice(1)
  expect(memory.map(({ byteLength }) => byteLength)).toEqual([BLOCK_BYTES, LONGEST_COPY + 1])
  expect(memory[1]).toBe(kept.buffer)
})

it('fills one block with short pieces also where longer ones lie between them (T22)', async () => {
  fill()
  await tick()
  const before = raw.pieces.length
  const header = 4
  const count = BLOCK_BYTES / header
  for (let frame = 0; frame < count; frame++) {
    queue.write(bytesOf(header, frame))
    queue.write(bytesOf(LONGEST_COPY + 1, frame))
  }
  queue.write(bytesOf(1))
  await raw.takeAll()
  const headers = raw.memory.slice(before).filter((_, index) => index % 2 === 0)
  expect(headers.length).toBe(count + 1)
  expect(new Set(headers.slice(0, count)).size).toBe(1)
  expect(headers[count]).not.toBe(headers[0])
})

it('hands over all to a stream that drained, and holds what comes then until it drains again', async () => {
  fill()
  for (const length of [30, LONGEST_COPY + 1, 4 * BLOCK_BYTES, 30]) queue.write(bytesOf(length))
  await raw.take()
  expect([queue.bytes, raw.writableLength]).toEqual([0, 30 + LONGEST_COPY + 1 + 4 * BLOCK_BYTES + 30])
  queue.write(bytesOf(1))
  expect(queue.bytes).toBe(1)
})

it('tells of each part of what waited that the system has taken', async () => {
  fill()
  queue.write(bytesOf(BLOCK_BYTES))
  queue.write(bytesOf(1))
  await raw.take()
  expect(told).toBe(0)
  await raw.takeAll()
  expect(told).toBe(2)
})

it('calls back for what passed, and not for what waits', async () => {
  const taken: string[] = []
  queue.write(bytesOf(PASSED_BYTES), () => taken.push('passed'))
  queue.write(bytesOf(1), () => taken.push('waited'))
  await raw.takeAll()
  expect(taken).toEqual(['passed'])
})

it('hands over all where somebody else writes next', async () => {
  fill()
  queue.write(bytesOf(4 * BLOCK_BYTES))
  for (let count = 0; count < 40; count++) queue.write(bytesOf(LONGEST_COPY))
  queue.flush()
  expect(queue.bytes).toBe(0)
  raw.end('last')
  await raw.takeAll()
  expect(raw.received.length).toBe(PASSED_BYTES + 4 * BLOCK_BYTES + 40 * LONGEST_COPY + 4)
  expect(raw.received.subarray(-4).toString()).toBe('last')
})

it('forgets what waits for a stream that is gone, and listens to it no more', () => {
  fill()
  queue.write(bytesOf(1))
  raw.destroy()
  queue.clear()
  expect([queue.bytes, raw.listenerCount('drain')]).toEqual([0, 0])
})

describe('the memory of what waited', () => {
  /** So many blocks wait. */
  function hold(blocks: number): void {
    open()
    fill()
    for (let bytes = 0; bytes < blocks * BLOCK_BYTES; bytes += LONGEST_COPY) queue.write(new Uint8Array(LONGEST_COPY))
  }

  /** One block waits, and the system gets it; gives its memory. */
  async function handOneBlock(): Promise<ArrayBufferLike | undefined> {
    hold(1)
    await raw.take()
    return raw.memory[1]
  }

  it('is used again once the system has taken it, and not before', async () => {
    const first = await handOneBlock()
    const firstStream = raw
    expect(await handOneBlock()).not.toBe(first)
    await firstStream.take()
    expect(await handOneBlock()).toBe(first)
  })

  it('is not used again where the stream broke: the system may have it still', async () => {
    const first = await handOneBlock()
    raw.on('error', () => undefined)
    await raw.take(new Error('broken'))
    expect(await handOneBlock()).not.toBe(first)
  })

  it.each([
    ['was taken', () => raw.takeAll()],
    ['is forgotten', () => Promise.resolve(queue.clear())]
  ])(`is kept of ${SPARE_BLOCKS} blocks when what they held %s, and of no more`, async (_what, release) => {
    hold(SPARE_BLOCKS + 1)
    await raw.takeAll()
    const known = new Set(raw.memory)
    hold(SPARE_BLOCKS)
    await release()
    hold(SPARE_BLOCKS + 1)
    await raw.takeAll()
    expect(raw.memory.filter((memory) => known.has(memory)).length).toBe(SPARE_BLOCKS)
  })
})
