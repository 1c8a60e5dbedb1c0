import { Lane, WINDOW_BYTES } from '../../src/simulator/lane'
import type { LaneOptions } from '../../src/simulator/lane'
import { Machine } from '../../src/simulator/machine'
import { RunLoop } from '../../src/simulator/run-loop'
import { VirtualTime } from '../../src/simulator/virtual-time'

function createLane(options: Partial<LaneOptions> = {}) {
  const time = new VirtualTime(10_000)
  const loop = new RunLoop(time, () => '')
  const from = new Machine('from', '10.0.0.1', time)
  const to = new Machine('to', '10.0.0.2', time)
  const way = { travelMs: () => 10, bytesPerMs: Infinity, isClear: () => true, onTaken: () => undefined }
  const lane = new Lane({ time, from, to, ...way, ...options })
  const arrivals: string[] = []
  const push = (name: string, bytes = 1): void =>
    lane.push({ bytes, arrive: () => void arrivals.push(`${time.now} ${name}`) })
  const run = (ms: number): Promise<boolean> => loop.wait({ until: time.now + ms })
  return { lane, arrivals, push, run, to, from }
}

it('carries in order, however long each shipment takes', async () => {
  const travels = [30, 5, 50]
  const { arrivals, push, run } = createLane({ travelMs: () => travels.shift() ?? 0 })
  for (const name of ['a', 'b', 'c']) {
    push(name)
    await run(1)
  }
  await run(100)
  expect(arrivals).toEqual(['30 a', '30 b', '52 c'])
})

it('carries what was sent in one tick as one shipment', async () => {
  const travels = [7, 1_000]
  const { arrivals, push, run } = createLane({ travelMs: () => travels.shift() ?? 0 })
  push('a')
  push('b')
  await run(7)
  expect(arrivals).toEqual(['7 a', '7 b'])
})

it('lets bytes leave as fast as the bandwidth allows, in all and not for each frame', async () => {
  const { arrivals, push, run } = createLane({ bytesPerMs: 10 })
  for (const name of ['a', 'b', 'c']) push(name, 1_000)
  await run(1_000)
  expect(arrivals).toEqual(['110 a', '210 b', '310 c'])
})

it('lets many small frames share a ms', async () => {
  const { arrivals, push, run } = createLane({ bytesPerMs: 1_024 })
  for (let index = 0; index < 5_120; index++) push(String(index), 1)
  await run(20)
  expect(arrivals).toHaveLength(5_120)
  expect(arrivals.at(-1)).toBe('15 5119')
})

it('has exactly WINDOW_BYTES on its way to a reader that does not read, and a byte more waits', async () => {
  const { lane, push, run } = createLane({ isClear: () => false })
  push('a', WINDOW_BYTES - 1)
  push('b', 1)
  await run(100)
  expect(lane.queuedBytes).toBe(0)
  push('c', 1)
  await run(100)
  expect(lane.queuedBytes).toBe(1)
})

it('takes a frame that is larger than the window, on its own', async () => {
  const { arrivals, push, run } = createLane()
  push('a', WINDOW_BYTES + 1)
  push('b', 1)
  await run(100)
  expect(arrivals).toEqual(['10 a', '20 b'])
})

it('keeps what arrives while the way is not clear, and lets it go first once it is', async () => {
  let isClear = false
  const { lane, arrivals, push, run } = createLane({ isClear: () => isClear })
  push('a')
  await run(15)
  push('b')
  await run(6)
  isClear = true
  lane.release(30)
  await run(100)
  expect(arrivals).toEqual(['51 a', '51 b'])
})

it('drops what has not left for a last word, which comes after what has', async () => {
  const { lane, arrivals, push, run } = createLane({ bytesPerMs: 1 })
  push('gone', 100)
  push('dropped', 100)
  await run(1)
  lane.pushLast(() => void arrivals.push('last'))
  await run(1_000)
  expect(arrivals).toEqual(['110 gone', 'last'])
})

it('sends nothing while its sender is paused', async () => {
  const { from, arrivals, push, run } = createLane()
  push('a')
  from.pause()
  await run(50)
  from.resume()
  await run(50)
  expect(arrivals).toEqual(['60 a'])
})

it('tells when bytes have left', async () => {
  const taken: number[] = []
  const bench = createLane({ bytesPerMs: 10, onTaken: () => taken.push(bench.lane.queuedBytes) })
  bench.push('a', 100)
  bench.push('b', 100)
  await bench.run(50)
  expect(taken).toEqual([100, 0])
})
