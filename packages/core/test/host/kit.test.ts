import { setImmediate as nextTurn } from 'node:timers/promises'
import { createNodeKit } from '../../src/host/kit'
import { silentLog } from '../../src/host/log'
import { runFixture } from './child'

const kit = createNodeKit({ log: silentLog })

it('gives a monotonic time and the time since 1970, in ms', async () => {
  await Promise.resolve()
  const before = performance.now()
  expect(kit.clock.now()).toBeGreaterThanOrEqual(before)
  expect(Math.abs(kit.clock.wall() - Date.now())).toBeLessThan(1_000)
})

it('reads its time once in a turn of the event loop, and `exact` with every call', async () => {
  await nextTurn()
  const first = kit.clock.now()
  while (performance.now() < first + 2);
  expect(kit.clock.now()).toBe(first)
  expect(kit.clock.exact()).toBeGreaterThanOrEqual(first + 2)
  await nextTurn()
  expect(kit.clock.now()).toBeGreaterThanOrEqual(first + 2)
})

it('reads its time anew for what was deferred', async () => {
  await nextTurn()
  const first = kit.clock.now()
  const second = new Promise<number>((resolve) => kit.defer(() => resolve(kit.clock.now())))
  while (performance.now() < first + 2);
  expect(await second).toBeGreaterThanOrEqual(first + 2)
})

it('calls back once after the delay, and not after clearTimeout', async () => {
  const calls: string[] = []
  const start = kit.clock.now()
  kit.clock.clearTimeout(kit.clock.setTimeout(() => calls.push('cleared'), 1))
  const fired = await new Promise<number>((resolve) => {
    const handle = kit.clock.setTimeout(() => {
      calls.push('fired')
      kit.clock.clearTimeout(handle)
      resolve(kit.clock.now())
    }, 10)
  })
  // Node rounds to whole milliseconds.
  expect(fired - start).toBeGreaterThanOrEqual(9)
  expect(calls).toEqual(['fired'])
})

it.each([2 ** 31 - 1, 2 ** 31, Infinity])('does not fire a timer of %d ms at once', async (delayMs) => {
  const calls: string[] = []
  const handle = kit.clock.setTimeout(() => calls.push('fired'), delayMs)
  // Node takes a delay that is too long for 1 ms, and timers of one delay fire in the order in which they were set.
  await new Promise((resolve) => setTimeout(resolve, 1))
  kit.clock.clearTimeout(handle)
  expect(calls).toEqual([])
})

it('clears harmlessly what is no timer of its own', () => {
  expect(() => kit.clock.clearTimeout(17)).not.toThrow()
  expect(() => kit.clock.clearTimeout({})).not.toThrow()
})

it('draws numbers from 0 to below 1', () => {
  const numbers = Array.from({ length: 1_000 }, () => kit.random.next())
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true)
  expect(new Set(numbers).size).toBeGreaterThan(990)
})

it('hashes with SHA-256 (FIPS 180-4: "abc")', () => {
  const digest = kit.crypto.sha256(new TextEncoder().encode('abc'))
  expect(Buffer.from(digest).toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

it('runs deferred callbacks in order, before promises and before any input', async () => {
  const order: string[] = []
  await new Promise<void>((resolve) => {
    setImmediate(() => {
      setImmediate(() => order.push('input'))
      void Promise.resolve().then(() => order.push('promise'))
      kit.defer(() => order.push('first'))
      kit.defer(() => order.push('second'))
      order.push('now')
      setImmediate(resolve)
    })
  })
  expect(order).toEqual(['now', 'first', 'second', 'promise', 'input'])
})

it('calls what else was deferred, in order, where a callback throws', async () => {
  const { output } = await runFixture('defer-and-throw.ts', [])
  expect(output).toEqual(['first', 'thrown', 'last', 'nested'])
})
