import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { createBench, createGate } from './bench'
import type { Bench } from './bench'
import { tracing } from './samples'

async function started(classes: Record<string, unknown>, enabled?: readonly string[]): Promise<Bench> {
  const bench = createBench(classes, enabled === undefined ? {} : { enabled })
  await bench.threads.start()
  bench.told.length = 0
  return bench
}

/** A class that has hooks only, and whose start() waits for the gate. */
function gated(manifest: ThreadManifest, gate: { opened: Promise<void> }): unknown {
  return class extends Thread {
    static override manifest: ThreadManifest = { ...manifest, handles: [] }

    override async start(): Promise<void> {
      await gate.opened
    }
  }
}

const plain = (manifest: ThreadManifest = {}) => tracing([], 'x', { manifest })

describe('threads that are replaced at once', () => {
  it('never come to wait for each other: the second version is refused, and both are switched off in the end', async () => {
    const gate = createGate()
    const bench = await started({ a: plain(), b: plain() })
    bench.list.put('a', gated({ requires: ['b'] }, gate))
    bench.list.put('b', gated({ requires: ['a'] }, gate))
    await bench.kit.clock.advanceAsync(0)
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect(bench.told).toEqual(['failed b ERR_TRUSTP2P_THREAD_CYCLE', 'reloaded a'])
    const disabled = bench.threads.disable('b')
    await bench.kit.clock.advanceAsync(0)
    await disabled
    expect(bench.states()).toEqual({ a: 'waiting' })
    await bench.threads.stop()
  })

  it('do not both provide one name', async () => {
    const gate = createGate()
    const bench = await started({ a: plain(), b: plain() })
    bench.list.put('a', gated({ provides: ['store'] }, gate))
    bench.list.put('b', gated({ provides: ['store'] }, gate))
    await bench.kit.clock.advanceAsync(0)
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect(bench.told).toEqual(['failed b ERR_TRUSTP2P_THREAD_PROVIDED_TWICE', 'reloaded a'])
  })
})

describe('a new version that requires a thread which goes while it starts', () => {
  it('does not serve: the old one goes on', async () => {
    const gate = createGate()
    const bench = await started({ a: plain(), b: plain() })
    bench.list.put('a', gated({ requires: ['b'] }, gate))
    await bench.kit.clock.advanceAsync(0)
    const disabled = bench.threads.disable('b')
    await bench.kit.clock.advanceAsync(0)
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    await disabled
    expect(bench.states()).toEqual({ a: 'running' })
    expect(bench.threads.list()[0]?.error?.code).toBe('ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING')
    await bench.threads.enable('b')
    await bench.kit.clock.advanceAsync(0)
    expect(bench.told).toContain('reloaded a')
    expect(bench.threads.list()[0]?.error).toBeUndefined()
  })
})

describe('a thread that requires a name which the new version of its provider gives up', () => {
  it('is stopped, and returns once somebody provides it again', async () => {
    const bench = await started({ a: plain({ requires: ['store'] }), b: plain({ provides: ['store'] }) })
    bench.list.put('b', plain())
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'waiting', b: 'running' })
    expect(bench.threads.list()[0]?.error).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING',
      details: { missing: ['store'] }
    })
    bench.list.put('b', plain({ provides: ['store'] }))
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'running', b: 'running' })
  })
})

describe('a thread whose own name another one provides', () => {
  it('does not run beside it, and runs once that is gone', async () => {
    const bench = await started({ base: plain({ provides: ['store'] }), store: plain() }, ['base'])
    await expect(bench.threads.enable('store')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_PROVIDED_TWICE',
      message: "the threads base and store both provide 'store'; disable one of them"
    })
    await bench.threads.disable('base')
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ store: 'running' })
  })

  it('lets down nobody who requires the name when the one that provides it fails', async () => {
    const restart = { firstMs: 100, jitter: 0 }
    const bench = await started(
      { a: plain({ requires: ['store'] }), base: plain({ provides: ['store'], restart }), store: plain() },
      ['a', 'base']
    )
    await bench.threads.enable('store').catch(() => undefined)
    expect(bench.crash('base')).toBe(true)
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'running', base: 'backoff', store: 'running' })
    expect(bench.moves).toContain('a: running > draining')
  })

  it('leaves nobody waiting for ever where names that are provided close a circle later', async () => {
    const bench = await started(
      { a: plain({ requires: ['store'] }), base: plain({ provides: ['store'] }), store: plain() },
      ['a', 'base']
    )
    await bench.threads.enable('store').catch(() => undefined)
    bench.list.put('base', plain({ provides: ['store'], requires: ['a'] }))
    await bench.kit.clock.advanceAsync(0)
    await bench.threads.disable('store')
    const disabled = bench.threads.disable('base')
    await bench.kit.clock.advanceAsync(0)
    await disabled
    expect(bench.states()).toEqual({ a: 'waiting' })
    await bench.threads.stop()
  })
})
