import type { ThreadManifest } from '../../src/thread/manifest-types'
import { createBench, createGate } from './bench'
import { tracing } from './samples'
import { createEntry, createSource } from './scripted-source'

describe('order', () => {
  const after = (...names: string[]): { manifest: ThreadManifest } => ({ manifest: { after: names } })
  const requires = (...names: string[]): { manifest: ThreadManifest } => ({ manifest: { requires: names } })

  it('is that of after and requires, then of the names; stop is its exact reverse', async () => {
    const trace: string[] = []
    const bench = createBench({
      a: tracing(trace, 'a', after('z')),
      b: tracing(trace, 'b', requires('y')),
      m: tracing(trace, 'm'),
      y: tracing(trace, 'y', after('z')),
      z: tracing(trace, 'z')
    })
    await bench.threads.start()
    expect(trace).toEqual(['start m', 'start z', 'start a', 'start y', 'start b'])
    await bench.threads.stop()
    expect(trace.slice(5)).toEqual(['stop b', 'stop y', 'stop a', 'stop z', 'stop m'])
  })

  it('is that of the names whichever was loaded last', async () => {
    const trace: string[] = []
    const names = ['a', 'b', 'c']
    for (const last of names) {
      const gate = createGate()
      const entries = names.map((name) => {
        const module = { exports: tracing(trace, name), revision: 1 }
        return createEntry(name, { load: () => (name === last ? gate.opened : Promise.resolve()).then(() => module) })
      })
      const bench = createBench({}, { source: createSource(entries) })
      const started = bench.threads.start()
      await bench.kit.clock.advanceAsync(0)
      gate.open()
      await started
      await bench.threads.stop()
      expect([last, ...trace.splice(0)]).toEqual([
        last,
        ...['start a', 'start b', 'start c', 'stop c', 'stop b', 'stop a']
      ])
    }
  })

  it('lets a thread wait for the end of another start()', async () => {
    const trace: string[] = []
    const gate = createGate()
    const bench = createBench({
      a: tracing(trace, 'a', after('z')),
      z: tracing(trace, 'z', { start: () => gate.opened })
    })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(100)
    expect(trace).toEqual(['start z'])
    gate.open()
    await started
    expect(trace).toEqual(['start z', 'start a'])
  })

  it('lets a slow thread hinder none but those that wait for it', async () => {
    const trace: string[] = []
    const gate = createGate()
    const bench = createBench({ a: tracing(trace, 'a', { start: () => gate.opened }), b: tracing(trace, 'b') })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(100)
    expect(bench.states()).toEqual({ a: 'starting', b: 'running' })
    gate.open()
    await started
  })

  it('counts after only where the other is there', async () => {
    const trace: string[] = []
    const bench = createBench({ a: tracing(trace, 'a', after('nobody', 'broken')), broken: {} })
    await bench.threads.start()
    expect(bench.states()).toEqual({ a: 'running', broken: 'failed' })
  })

  it('keeps a cycle from running, prints its path, and runs the others', async () => {
    const trace: string[] = []
    const bench = createBench({
      a: tracing(trace, 'a', after('b')),
      b: tracing(trace, 'b', requires('c')),
      c: tracing(trace, 'c', after('a')),
      d: tracing(trace, 'd', after('a')),
      e: tracing(trace, 'e', requires('a')),
      f: tracing(trace, 'f', after('f'))
    })
    await bench.threads.start()
    expect(bench.states()).toEqual({ a: 'failed', b: 'failed', c: 'failed', d: 'running', e: 'waiting', f: 'failed' })
    const errors = new Map(bench.threads.list().map(({ name, error }) => [name, error]))
    expect(errors.get('a')?.code).toBe('ERR_TRUSTP2P_THREAD_CYCLE')
    expect(errors.get('a')?.message).toContain('a → b → c → a')
    expect(errors.get('b')?.message).toContain('b → c → a → b')
    expect(errors.get('f')?.message).toContain('f → f')
    expect(trace).toEqual(['start d'])
  })

  it('runs the threads of a cycle once it is broken', async () => {
    const trace: string[] = []
    const bench = createBench({ a: tracing(trace, 'a', after('b')), b: tracing(trace, 'b', after('a')) })
    await bench.threads.start()
    expect(bench.states()).toEqual({ a: 'failed', b: 'failed' })
    await expect(bench.threads.reload('b')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_CYCLE' })
    expect(trace).toEqual([])
    bench.list.put('b', tracing(trace, 'b'))
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'running', b: 'running' })
    expect(trace).toEqual(['start b', 'start a'])
  })

  it('runs the rest of a cycle when one of it goes', async () => {
    const trace: string[] = []
    const bench = createBench({ a: tracing(trace, 'a', after('b')), b: tracing(trace, 'b', after('a')) })
    await bench.threads.start()
    await bench.threads.disable('b')
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'running' })
  })

  it('lets no new version make a cycle of running threads', async () => {
    const trace: string[] = []
    const bench = createBench({ a: tracing(trace, 'a'), b: tracing(trace, 'b', after('a')) })
    await bench.threads.start()
    bench.list.put('a', tracing(trace, 'a2', after('b')))
    await bench.kit.clock.advanceAsync(0)
    expect(bench.threads.list()).toMatchObject([
      { name: 'a', state: 'running', error: { code: 'ERR_TRUSTP2P_THREAD_CYCLE' } },
      { name: 'b', state: 'running', error: undefined }
    ])
    bench.list.put('b', tracing(trace, 'b2'))
    await bench.kit.clock.advanceAsync(0)
    expect(bench.threads.list()).toMatchObject([{ error: undefined }, { error: undefined }])
    expect(trace).toEqual(['start a', 'start b', 'start b2', 'stop b', 'start a2', 'stop a'])
    await bench.threads.stop()
    expect(trace.slice(-2)).toEqual(['stop a2', 'stop b2'])
  })

  it('lets a thread wait until what it requires runs', async () => {
    const trace: string[] = []
    const classes = { a: tracing(trace, 'a', requires('z')), z: tracing(trace, 'z') }
    const bench = createBench(classes, { enabled: ['a'] })
    await bench.threads.start()
    expect(bench.told).toEqual(['failed a ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING'])
    expect(bench.states()).toEqual({ a: 'waiting' })
    expect(bench.threads.list()[0]?.error?.message).toContain('the thread a requires z, which does not run')
    await bench.threads.enable('z')
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start z', 'start a'])
    expect(bench.states()).toEqual({ a: 'running', z: 'running' })
  })

  it('puts threads of one change in order', async () => {
    const trace: string[] = []
    const source = createSource([])
    const bench = createBench({}, { source })
    await bench.threads.start()
    source.tell([
      createEntry('a', { exports: tracing(trace, 'a', requires('b')) }),
      createEntry('b', { exports: tracing(trace, 'b', requires('c')) }),
      createEntry('c', { exports: tracing(trace, 'c') })
    ])
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start c', 'start b', 'start a'])
  })
})
