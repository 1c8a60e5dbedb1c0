import { P2pError } from '../../src/errors'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { createBench, createGate } from './bench'
import { answering, tracing } from './samples'
import { createEntry, createSource } from './scripted-source'

const YES = answering('ask', () => 'yes')

describe('start', () => {
  it('T2 loads, constructs and starts every thread once, and stop stops it', async () => {
    const trace: string[] = []
    const bench = createBench({ a: tracing(trace, 'a'), b: tracing(trace, 'b') })
    await bench.threads.start()
    expect(trace).toEqual(['start a', 'start b'])
    expect(bench.told).toEqual(['started a', 'started b'])
    await bench.threads.stop()
    expect(trace).toEqual(['start a', 'start b', 'stop b', 'stop a'])
    expect(bench.told.slice(2)).toEqual(['stopped b', 'stopped a'])
    expect(bench.threads.list()).toEqual([])
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('T3 of no threads at all gives a node without threads', async () => {
    const bench = createBench({})
    await bench.threads.start()
    expect(bench.threads.list()).toEqual([])
    expect(bench.request('ask').handled).toBe(false)
    await bench.threads.stop()
  })

  it('runs once, however often it is called', async () => {
    const trace: string[] = []
    const { threads } = createBench({ a: tracing(trace, 'a') })
    await Promise.all([threads.start(), threads.start()])
    expect(trace).toEqual(['start a'])
  })

  it.each([
    ['ERR_TRUSTP2P_THREAD_NO_CLASS', 'no class', {}],
    ['ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY', 'T3 an empty eventMap', class extends Thread {}],
    ['ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID', 'a wrong eventMap', answering('ask', 'no function' as never)],
    [
      'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID',
      'a wrong manifest',
      class extends Thread {
        static override manifest = { afer: [] } as ThreadManifest
      }
    ],
    [
      'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED',
      'a constructor that throws',
      class extends Thread {
        constructor() {
          super()
          throw new Error('no')
        }
      }
    ],
    [
      'ERR_TRUSTP2P_THREAD_START_FAILED',
      'a start that throws',
      tracing([], 'x', { start: () => Promise.reject(new Error('no')) })
    ]
  ])('reports %s for %s, and runs the rest', async (code, _what, threadClass) => {
    const bench = createBench({ bad: threadClass, good: YES })
    await bench.threads.start()
    expect([...bench.told].sort()).toEqual([`failed bad ${code}`, 'started good'])
    const state = code === 'ERR_TRUSTP2P_THREAD_START_FAILED' ? 'backoff' : 'failed'
    expect(bench.states()).toEqual({ bad: state, good: 'running' })
    expect(bench.threads.list()[0]?.error?.message).toMatch(/^bad: .*(mend|name|use|write|give|takes)/)
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    expect(bench.request('ask').answer).toEqual({ body: 'yes' })
    await bench.threads.stop()
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('gives up a start() after startTimeoutMs, and undoes what comes late', async () => {
    const gate = createGate()
    const trace: string[] = []
    const bench = createBench({ slow: tracing(trace, 'slow', { start: () => gate.opened }) })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(9_999)
    expect(bench.states()).toEqual({ slow: 'starting' })
    await bench.kit.clock.advanceAsync(1)
    await started
    expect(bench.told).toEqual(['failed slow ERR_TRUSTP2P_THREAD_START_TIMEOUT'])
    expect(trace).toEqual(['start slow'])
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start slow', 'stop slow'])
    expect(bench.states()).toEqual({ slow: 'backoff' })
  })

  it('gives up a load after startTimeoutMs, and tells the loader', async () => {
    let signal: AbortSignal | undefined
    const source = createSource([
      createEntry('slow', {
        load: (options) => {
          signal = options.signal
          options.globals.setInterval(() => undefined, 1000)
          return new Promise(() => undefined)
        }
      })
    ])
    const bench = createBench({}, { source })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(9_999)
    expect([bench.told, signal?.aborted]).toEqual([[], false])
    await bench.kit.clock.advanceAsync(1)
    await started
    expect(bench.told).toEqual(['failed slow ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT'])
    expect(signal?.aborted).toBe(true)
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('waits for ever where startTimeoutMs is 0', async () => {
    const gate = createGate()
    const slow = tracing([], 'slow', { start: () => gate.opened })
    const bench = createBench({ slow }, { settings: { slow: { startTimeoutMs: 0 } } })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(1e9)
    expect(bench.states()).toEqual({ slow: 'starting' })
    gate.open()
    await started
    expect(bench.states()).toEqual({ slow: 'running' })
  })

  it('rejects with the error of a source that cannot be read', async () => {
    const error = new P2pError('ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE', 'no')
    const source = { ...createSource([]), open: () => Promise.reject(error) }
    const bench = createBench({}, { source })
    await expect(bench.threads.start()).rejects.toBe(error)
    await bench.threads.stop()
  })

  it('rejects with ERR_TRUSTP2P_NODE_CLOSED when it is stopped meanwhile, and leaves nothing', async () => {
    const trace: string[] = []
    const gate = createGate()
    const bench = createBench({ a: tracing(trace, 'a'), b: tracing(trace, 'b', { start: () => gate.opened }) })
    const started = bench.threads.start().catch((error: unknown) => error)
    await bench.kit.clock.advanceAsync(0)
    await bench.threads.stop()
    expect(await started).toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    expect(trace).toEqual(['start a', 'start b', 'stop a'])
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start a', 'start b', 'stop a', 'stop b'])
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('tells of an entry that lost its name to another one', async () => {
    const problem = new P2pError('ERR_TRUSTP2P_THREAD_DUPLICATE', 'two of them')
    const second = createEntry('a', { path: 'a.ts', problem })
    const source = createSource([createEntry('a', { path: 'a.js', exports: YES }), second])
    const bench = createBench({}, { source })
    await bench.threads.start()
    expect(bench.threads.list().map(({ name, state, path }) => [name, state, path])).toEqual([
      ['a', 'running', 'a.js'],
      ['a', 'failed', 'a.ts']
    ])
    source.tell([createEntry('a', { path: 'a.js', exports: YES }), second])
    await bench.kit.clock.advanceAsync(0)
    expect(bench.told).toEqual(['failed a ERR_TRUSTP2P_THREAD_DUPLICATE', 'started a'])
  })

  it('reports settings that cannot be had, and runs the rest', async () => {
    const settings = Object.defineProperty({}, 'a', {
      get() {
        throw new Error('no settings')
      }
    })
    const bench = createBench({ a: YES, b: YES }, { settings })
    await bench.threads.start()
    expect(bench.states()).toEqual({ a: 'failed', b: 'running' })
    expect(bench.threads.list()[0]?.error?.message).toBe('a: no settings')
  })

  it('hands on what hinders the source', async () => {
    const source = createSource([])
    const bench = createBench({}, { source })
    await bench.threads.start()
    const error = new P2pError('ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE', 'no')
    source.warn(error)
    expect(bench.warnings).toEqual([error])
  })
})

describe('U4 a thread that asks for a worker', () => {
  it('does not run where its source has none', async () => {
    class Apart extends Thread {
      static override manifest: ThreadManifest = { handles: [], isolation: 'worker' }
    }
    const bench = createBench({ a: Apart, b: YES })
    await bench.threads.start()
    expect(bench.states()).toEqual({ a: 'failed', b: 'running' })
    expect(bench.threads.list()[0]?.error).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_WORKER_UNSUPPORTED' })
    await bench.threads.stop()
  })
})
