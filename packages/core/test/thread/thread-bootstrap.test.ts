import { P2pError } from '../../src/errors'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { PackageType } from '../../src/wire/package'
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

describe('stop', () => {
  it('gives the same promise when it is called again, and never rejects', async () => {
    const bench = createBench({ a: tracing([], 'a', { stop: () => Promise.reject(new Error('no')) }), b: YES })
    await bench.threads.start()
    const stopped = bench.threads.stop()
    expect(bench.threads.stop()).toBe(stopped)
    await stopped
    expect(bench.warnings.map(({ code }) => code)).toEqual(['ERR_TRUSTP2P_THREAD_STOP_FAILED'])
    expect(bench.told.slice(-2)).toEqual(['stopped b', 'stopped a'])
  })

  it('lets a thread finish that was switched off before', async () => {
    const gate = createGate<string>()
    const bench = createBench({ a: answering('ask', () => gate.opened) })
    await bench.threads.start()
    const asked = bench.request('ask')
    const disabled = bench.threads.disable('a')
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'draining' })
    const stopped = bench.threads.stop()
    gate.open('yes')
    await Promise.all([stopped, disabled])
    expect(asked.answer).toEqual({ body: 'yes' })
    expect(bench.moves.slice(-2)).toEqual(['a: draining > stopping', 'a: stopping > stopped'])
  })

  it('before start does nothing, and keeps start from running', async () => {
    const { threads } = createBench({ a: YES })
    await threads.stop()
    await expect(threads.start()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    expect(threads.list()).toEqual([])
  })

  it('gives up a stop() after stopTimeoutMs, and undoes the rest', async () => {
    class Hanging extends Thread {
      static override manifest: ThreadManifest = { handles: [] }
      readonly ticking = this.setInterval(() => undefined, 1_000)

      override stop(): Promise<void> {
        return new Promise(() => undefined)
      }
    }
    const bench = createBench({ a: Hanging })
    await bench.threads.start()
    let stopped = false
    void bench.threads.stop().then(() => (stopped = true))
    await bench.kit.clock.advanceAsync(4_999)
    expect(stopped).toBe(false)
    await bench.kit.clock.advanceAsync(1)
    expect(stopped).toBe(true)
    expect(bench.warnings.map(({ code }) => code)).toEqual(['ERR_TRUSTP2P_THREAD_STOP_TIMEOUT'])
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('lets running handlers finish, and takes no new message', async () => {
    const gate = createGate<string>()
    const trace: string[] = []
    const bench = createBench({ a: answering('wait', () => gate.opened), b: tracing(trace, 'b') })
    await bench.threads.start()
    const running = bench.request('wait')
    const stopped = bench.threads.stop()
    const refused = bench.request('wait')
    expect([refused.handled, refused.answer]).toEqual([false, undefined])
    expect(bench.talk('wait')).toBe(false)
    expect(bench.request('ping', {}, PackageType.HEARTBEAT_PING).handled).toBe(false)
    await bench.kit.clock.advanceAsync(9_999)
    expect(trace).toEqual(['start b'])
    expect(bench.states()).toEqual({ a: 'draining', b: 'draining' })
    gate.open('done')
    await stopped
    expect(running.answer).toEqual({ body: 'done' })
    expect(trace).toEqual(['start b', 'stop b'])
  })

  it.each([
    [undefined, 10_000],
    [500, 500],
    [20_000, 10_000]
  ])('with drainTimeoutMs %p aborts handlers after %d ms', async (drainTimeoutMs, limit) => {
    let signal: AbortSignal | undefined
    const bench = createBench({
      a: answering('wait', (_socket, message) => {
        signal = message.signal
        return new Promise(() => undefined)
      })
    })
    await bench.threads.start()
    const running = bench.request('wait')
    const stopped = bench.threads.stop(drainTimeoutMs === undefined ? {} : { drainTimeoutMs })
    await bench.kit.clock.advanceAsync(limit - 1)
    expect([running.answer, signal?.aborted]).toEqual([undefined, false])
    await bench.kit.clock.advanceAsync(1)
    await stopped
    expect(running.answer).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
    expect(signal?.reason).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
  })

  it('lets the public methods of a thread be called until it stops itself', async () => {
    const trace: unknown[] = []
    class Store extends Thread {
      static override manifest: ThreadManifest = { handles: [] }

      flush(): string {
        return 'flushed'
      }
    }
    class User extends Thread {
      static override manifest: ThreadManifest = { handles: [], requires: ['store'] }

      override async stop(): Promise<void> {
        trace.push(await this.threads.get('store').flush?.())
      }
    }
    const bench = createBench({ store: Store, user: User })
    await bench.threads.start()
    await bench.threads.stop()
    expect(trace).toEqual(['flushed'])
    await expect(bench.threads.get('store').flush?.()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
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
