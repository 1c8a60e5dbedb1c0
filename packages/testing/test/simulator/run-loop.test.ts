import { RunLoop } from '../../src/simulator/run-loop'
import { VirtualTime } from '../../src/simulator/virtual-time'

function createLoop() {
  const time = new VirtualTime(1_000)
  return { time, loop: new RunLoop(time, () => 'seed 9') }
}

const never = () => false

it('goes to the time that is waited for, and no further', async () => {
  const { time, loop } = createLoop()
  const seen: number[] = []
  for (const ms of [5, 10, 11]) time.schedule(ms, () => seen.push(ms))
  expect(await loop.wait({ until: 10 })).toBe(false)
  expect(time.now).toBe(10)
  expect(seen).toEqual([5, 10])
})

it('goes on only once promises, process.nextTick and setImmediate have run dry', async () => {
  const { time, loop } = createLoop()
  const seen: string[] = []
  time.schedule(1, () => {
    void Promise.resolve().then(() => process.nextTick(() => void Promise.resolve().then(() => seen.push('late'))))
  })
  time.schedule(1, () => seen.push('next'))
  await loop.wait({ until: 1 })
  expect(seen).toEqual(['late', 'next'])
})

it('lets who waited act at that instant, before anything else happens', async () => {
  const { time, loop } = createLoop()
  const seen: string[] = []
  time.schedule(5, () => seen.push('five'))
  time.schedule(6, () => seen.push('six'))
  const acts = async (): Promise<void> => {
    await loop.wait({ isDone: () => seen.length === 1, until: 100 })
    time.schedule(0, () => seen.push(`acted at ${time.now}`))
  }
  await Promise.all([acts(), loop.wait({ until: 10 })])
  expect(seen).toEqual(['five', 'acted at 5', 'six'])
})

it('gives true for what is done at the very end of its time', async () => {
  const { time, loop } = createLoop()
  let isDone = false
  time.schedule(10, () => (isDone = true))
  expect(await loop.wait({ isDone: () => isDone, until: 10 })).toBe(true)
})

it('rejects where nothing is left that could happen', async () => {
  const { loop } = createLoop()
  await expect(loop.wait({ isDone: never, until: 1_000 })).rejects.toMatchObject({
    code: 'ERR_SIMULATION_IDLE',
    message: expect.stringContaining('seed 9')
  })
})

it('rejects one whose condition throws, and nobody else', async () => {
  const { loop } = createLoop()
  const broken = loop.wait({
    isDone: () => {
      throw new Error('broken')
    },
    until: 5
  })
  const other = loop.wait({ until: 5 })
  await expect(broken).rejects.toThrow('broken')
  expect(await other).toBe(false)
})

it('rejects everybody with what an event throws', async () => {
  const { time, loop } = createLoop()
  time.schedule(1, () => {
    throw new Error('thrown')
  })
  const waits = [1, 2].map((until) => loop.wait({ until }))
  for (const wait of waits) await expect(wait).rejects.toThrow('thrown')
})
