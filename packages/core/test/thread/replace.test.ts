import { P2pError } from '../../src/errors'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { PackageType } from '../../src/wire/package'
import { createBench, createGate } from './bench'
import type { Bench } from './bench'
import type { ThreadEntry } from '../../src/thread/thread-source'
import { answering, tracing } from './samples'
import { createEntry, createSource } from './scripted-source'

async function started(classes: Record<string, unknown>, options?: Parameters<typeof createBench>[1]): Promise<Bench> {
  const bench = createBench(classes, options)
  await bench.threads.start()
  bench.told.length = 0
  return bench
}

/** A class whose start() waits, and which answers with its version. */
function versioned(version: number, start: () => unknown = () => undefined): unknown {
  return class extends Thread {
    override get eventMap() {
      return { [PackageType.REQUEST]: { version: () => version } }
    }

    override async start(): Promise<void> {
      await start()
    }
  }
}

describe('T6 replacing a thread', () => {
  it('switches the routes once the new version has started, and never before', async () => {
    const gate = createGate()
    const bench = await started({ a: versioned(1) })
    bench.list.put(
      'a',
      versioned(2, () => gate.opened)
    )
    await bench.kit.clock.advanceAsync(100)
    expect(bench.request('version').answer).toEqual({ body: 1 })
    expect(bench.states()).toEqual({ a: 'running' })
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect(bench.request('version').answer).toEqual({ body: 2 })
    expect(bench.told).toEqual(['reloaded a'])
  })

  it('answers every request meanwhile', async () => {
    const bench = await started({ a: versioned(0) })
    for (let version = 1; version <= 20; version += 1) {
      bench.list.put(
        'a',
        versioned(version, () => Promise.resolve())
      )
      for (let turn = 0; turn < 15; turn += 1) {
        expect(bench.request('version').answer).toMatchObject({ body: expect.any(Number) as number })
        await Promise.resolve()
      }
    }
    await bench.kit.clock.advanceAsync(0)
    expect(bench.request('version').answer).toEqual({ body: 20 })
  })

  it('lets the old version finish its handlers, then stops it', async () => {
    const gate = createGate<string>()
    const trace: string[] = []
    class Old extends Thread {
      override get eventMap() {
        return { [PackageType.REQUEST]: { wait: () => gate.opened } }
      }

      override stop(): void {
        trace.push('stop')
      }
    }
    const bench = await started({ a: Old })
    const running = bench.request('wait')
    bench.list.put(
      'a',
      answering('wait', () => 'new')
    )
    await bench.kit.clock.advanceAsync(5_000)
    expect(bench.request('wait').answer).toEqual({ body: 'new' })
    expect([running.answer, trace]).toEqual([undefined, []])
    gate.open('old')
    await bench.kit.clock.advanceAsync(0)
    expect(running.answer).toEqual({ body: 'old' })
    expect(trace).toEqual(['stop'])
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('aborts handlers of the old version after drainTimeoutMs, and drops what they give later', async () => {
    const gate = createGate<string>()
    let signal: AbortSignal | undefined
    const wait = answering('wait', (_socket, message) => {
      signal = message.signal
      return gate.opened
    })
    const bench = await started({ a: wait }, { settings: { a: { drainTimeoutMs: 2_000 } } })
    const running = bench.request('wait')
    bench.list.put(
      'a',
      answering('wait', () => 'new')
    )
    await bench.kit.clock.advanceAsync(1_999)
    expect([running.answer, signal?.aborted]).toEqual([undefined, false])
    await bench.kit.clock.advanceAsync(1)
    expect(running.answer).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
    expect(signal?.aborted).toBe(true)
    gate.open('late')
    await bench.kit.clock.advanceAsync(0)
    expect(running.late).toBe(0)
  })

  it.each([
    ['no class', 'no class', 'ERR_TRUSTP2P_THREAD_NO_CLASS'],
    ['no events', class extends Thread {}, 'ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY'],
    [
      'a constructor that throws',
      class {
        constructor() {
          throw new Error('no')
        }
      },
      'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED'
    ],
    ['a start that throws', versioned(2, () => Promise.reject(new Error('no'))), 'ERR_TRUSTP2P_THREAD_START_FAILED'],
    ['a start that hangs', versioned(2, () => new Promise(() => undefined)), 'ERR_TRUSTP2P_THREAD_START_TIMEOUT']
  ])('with %s leaves the old version running, and shows the error', async (_what, broken, code) => {
    const bench = await started({ a: versioned(1) })
    bench.list.put('a', broken)
    await bench.kit.clock.advanceAsync(10_000)
    expect(bench.told).toEqual([`failed a ${code}`])
    expect(bench.threads.list()).toMatchObject([{ name: 'a', state: 'running', revision: 1, error: { code } }])
    expect(bench.request('version').answer).toEqual({ body: 1 })
    bench.list.put('a', versioned(3))
    await bench.kit.clock.advanceAsync(0)
    expect(bench.threads.list()).toMatchObject([{ state: 'running', revision: 3, error: undefined }])
    expect(bench.request('version').answer).toEqual({ body: 3 })
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('leaves the old version running where the source has a problem with the new one', async () => {
    const source = createSource([createEntry('a', { exports: versioned(1) })])
    const bench = await started({}, { source })
    const problem = new P2pError('ERR_TRUSTP2P_THREAD_DANGLING', 'no')
    source.tell([createEntry('a', { revision: 2, problem })])
    await bench.kit.clock.advanceAsync(0)
    expect(bench.threads.list()).toMatchObject([{ state: 'running', revision: 1, error: problem }])
    expect(bench.request('version').answer).toEqual({ body: 1 })
  })

  it('loads a thread again that changed while it was loaded, and not where the load saw the change', async () => {
    const gate = createGate()
    const loads: number[] = []
    const entry = (revision: number, seen: number): ThreadEntry =>
      createEntry('a', {
        revision,
        load: async () => {
          loads.push(revision)
          await gate.opened
          return { exports: versioned(seen), revision: seen }
        }
      })
    const source = createSource([entry(1, 1)])
    const bench = createBench({}, { source })
    const start = bench.threads.start()
    await bench.kit.clock.advanceAsync(0)
    source.tell([entry(2, 3)])
    await bench.kit.clock.advanceAsync(0)
    gate.open()
    await start
    expect(loads).toEqual([1, 2])
    source.tell([entry(3, 3)])
    await bench.kit.clock.advanceAsync(0)
    expect(loads).toEqual([1, 2])
    expect(bench.threads.list()).toMatchObject([{ revision: 3 }])
    expect(bench.request('version').answer).toEqual({ body: 3 })
  })

  it('undoes what a version that failed has taken', async () => {
    const undone: string[] = []
    class Greedy extends Thread {
      static override manifest: ThreadManifest = { handles: [] }
      readonly ticking = this.setInterval(() => undefined, 10)

      override start(): void {
        this.effect(() => () => undone.push('effect'))
        this.on('warning', () => undefined)
        throw new Error('no')
      }
    }
    const bench = await started({ a: Greedy }, { settings: { a: { restart: { most: 0 } } } })
    expect(undone).toEqual(['effect'])
    expect([bench.kit.clock.pending, bench.listeners.get('warning')?.size]).toEqual([0, 0])
  })

  it('takes the newest of several changes, and gives up the others', async () => {
    const trace: string[] = []
    const slow = (version: number): unknown =>
      versioned(version, () => {
        trace.push(`start ${version}`)
        return version === 4 ? undefined : new Promise(() => undefined)
      })
    const bench = await started({ a: versioned(1) })
    for (const version of [2, 3, 4]) {
      bench.list.put('a', slow(version))
      await bench.kit.clock.advanceAsync(0)
    }
    expect(bench.request('version').answer).toEqual({ body: 4 })
    expect(bench.told).toEqual(['reloaded a'])
    expect(trace).toEqual(['start 2', 'start 3', 'start 4'])
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('stops a version that was given up when it has started after all', async () => {
    const trace: string[] = []
    const gate = createGate()
    const bench = await started({ a: versioned(1) })
    bench.list.put('a', tracing(trace, 'given up', { start: () => gate.opened }))
    await bench.kit.clock.advanceAsync(0)
    bench.list.put('a', versioned(2))
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start given up'])
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start given up', 'stop given up'])
  })

  it('keeps the place in the order of stopping', async () => {
    const trace: string[] = []
    const bench = await started({ a: tracing(trace, 'a'), b: tracing(trace, 'b', { manifest: { after: ['a'] } }) })
    await bench.threads.reload('a')
    await bench.kit.clock.advanceAsync(0)
    trace.length = 0
    await bench.threads.stop()
    expect(trace).toEqual(['stop b', 'stop a'])
  })

  it('follows a changed order at stop', async () => {
    const trace: string[] = []
    const bench = await started({ a: tracing(trace, 'a'), b: tracing(trace, 'b') })
    bench.list.put('a', tracing(trace, 'a', { manifest: { after: ['b'] } }))
    await bench.kit.clock.advanceAsync(0)
    trace.length = 0
    await bench.threads.stop()
    expect(trace).toEqual(['stop a', 'stop b'])
  })
})

describe('T6 enable', () => {
  it('settles when the thread runs', async () => {
    const gate = createGate()
    const bench = await started({ a: versioned(1, () => gate.opened) }, { enabled: [] })
    let settled = false
    const enabled = bench.threads.enable('a').then(() => (settled = true))
    await bench.kit.clock.advanceAsync(100)
    expect([settled, bench.states()]).toEqual([false, { a: 'starting' }])
    gate.open()
    await enabled
    expect(bench.request('version').answer).toEqual({ body: 1 })
    expect(bench.told).toEqual(['started a'])
  })

  it('resolves where the thread runs already', async () => {
    const bench = await started({ a: versioned(1) })
    await bench.threads.enable('a')
    expect(bench.told).toEqual([])
  })

  it('rejects with the error of the thread', async () => {
    const bench = await started({ a: versioned(1, () => Promise.reject(new Error('no'))) }, { enabled: [] })
    const rejected = { code: 'ERR_TRUSTP2P_THREAD_START_FAILED' }
    await expect(bench.threads.enable('a')).rejects.toMatchObject(rejected)
    await expect(bench.threads.enable('a')).rejects.toMatchObject(rejected)
    expect(bench.states()).toEqual({ a: 'backoff' })
  })

  it('rejects with the error of the source', async () => {
    const bench = await started({})
    await expect(bench.threads.enable('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
    await expect(bench.threads.enable('../a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NAME_INVALID' })
  })

  it('rejects with ERR_TRUSTP2P_THREAD_STOPPED where the thread was switched off meanwhile', async () => {
    const bench = await started({ a: versioned(1, () => new Promise(() => undefined)) }, { enabled: [] })
    const enabled = bench.threads.enable('a').catch((error: unknown) => error)
    await bench.kit.clock.advanceAsync(0)
    await bench.threads.disable('a')
    expect(await enabled).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
    expect(bench.threads.list()).toEqual([])
  })
})

describe('T6 disable', () => {
  it('takes the routes away at once, and settles when nothing is left', async () => {
    const gate = createGate<string>()
    const bench = await started({ a: answering('wait', () => gate.opened) })
    const running = bench.request('wait')
    let settled = false
    const disabled = bench.threads.disable('a').then(() => (settled = true))
    await bench.kit.clock.advanceAsync(100)
    expect(bench.request('wait').handled).toBe(false)
    expect([settled, bench.threads.list()]).toMatchObject([false, [{ name: 'a', state: 'draining', active: 1 }]])
    gate.open('done')
    await disabled
    expect(running.answer).toEqual({ body: 'done' })
    expect([bench.threads.list(), bench.told, bench.kit.clock.pending]).toEqual([[], ['stopped a'], 0])
  })

  it('answers for a handler that never settles at drainTimeoutMs, and counts it to the end', async () => {
    const gate = createGate()
    class Hanging extends answering('wait', () => new Promise(() => undefined)) {
      override stop(): Promise<void> {
        return gate.opened
      }
    }
    const bench = await started({ a: Hanging })
    const running = bench.request('wait')
    const disabled = bench.threads.disable('a')
    await bench.kit.clock.advanceAsync(9_999)
    expect([running.answer, bench.threads.list()]).toMatchObject([undefined, [{ state: 'draining', active: 1 }]])
    await bench.kit.clock.advanceAsync(1)
    expect(running.answer).toEqual({
      code: 'ERR_TRUSTP2P_THREAD_STOPPED',
      text: 'the thread a was stopped before wait answered, which had 10000 ms more; ask again'
    })
    expect(bench.threads.list()).toMatchObject([{ state: 'stopping', active: 1, failures: 1 }])
    gate.open()
    await disabled
    expect([bench.threads.list(), bench.kit.clock.pending]).toEqual([[], 0])
  })

  it('resolves where the thread is not on', async () => {
    const bench = await started({ a: YES }, { enabled: [] })
    await bench.threads.disable('a')
    await bench.threads.disable('nobody')
    expect(bench.told).toEqual([])
  })

  it('ends a start that hangs, and a thread that failed', async () => {
    const bench = await started({ a: versioned(1, () => new Promise(() => undefined)), b: {} }, { enabled: ['b'] })
    bench.threads.enable('a').catch(() => undefined)
    await bench.kit.clock.advanceAsync(0)
    await bench.threads.disable('a')
    await bench.threads.disable('b')
    expect(bench.threads.list()).toEqual([])
  })

  it('followed by enable runs a new generation beside the one that drains', async () => {
    const gate = createGate<string>()
    let constructed = 0
    class Waiting extends Thread {
      readonly number = (constructed += 1)

      override get eventMap() {
        return { [PackageType.REQUEST]: { wait: () => gate.opened, number: () => this.number } }
      }
    }
    const bench = await started({ a: Waiting })
    const running = bench.request('wait')
    const disabled = bench.threads.disable('a')
    await bench.kit.clock.advanceAsync(0)
    await bench.threads.enable('a')
    expect(bench.request('number').answer).toEqual({ body: 2 })
    expect(running.answer).toBeUndefined()
    gate.open('done')
    await disabled
    expect(running.answer).toEqual({ body: 'done' })
    expect(bench.states()).toEqual({ a: 'running' })
  })

  it('and enable in quick succession end in the last state', async () => {
    for (const [calls, states] of [
      [['disable', 'enable'], { a: 'running' }],
      [['disable', 'enable', 'disable'], {}],
      [['enable', 'disable', 'enable', 'disable', 'enable'], { a: 'running' }]
    ] as const) {
      const bench = await started({ a: versioned(1) })
      const done = Promise.allSettled(calls.map((call) => bench.threads[call]('a')))
      await bench.kit.clock.advanceAsync(0)
      await done
      expect(bench.states()).toEqual(states)
    }
  })
})

describe('T6 reload', () => {
  it('loads the thread anew, changed or not', async () => {
    const trace: string[] = []
    const bench = await started({ a: tracing(trace, 'a') })
    await bench.threads.reload('a')
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start a', 'start a', 'stop a'])
    expect(bench.told).toEqual(['reloaded a'])
  })

  it('rejects with the error of the new version', async () => {
    let attempts = 0
    const bench = await started({
      a: versioned(1, () => (attempts++ > 0 ? Promise.reject(new Error('no')) : undefined))
    })
    await expect(bench.threads.reload('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_START_FAILED' })
    expect(bench.threads.list()).toMatchObject([{ state: 'running' }])
  })

  it('tries a thread that failed again', async () => {
    let attempts = 0
    const bench = await started({
      a: versioned(1, () => (attempts++ > 0 ? undefined : Promise.reject(new Error('no'))))
    })
    expect(bench.states()).toEqual({ a: 'backoff' })
    await bench.threads.reload('a')
    expect(bench.states()).toEqual({ a: 'running' })
  })

  it('rejects for a thread that is not enabled', async () => {
    const bench = await started({ a: YES }, { enabled: [] })
    await expect(bench.threads.reload('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
  })

  it('called twice at once ends with one new version', async () => {
    const trace: string[] = []
    const bench = await started({ a: tracing(trace, 'a') })
    await Promise.all([bench.threads.reload('a'), bench.threads.reload('a')])
    await bench.kit.clock.advanceAsync(0)
    expect(trace.filter((line) => line === 'start a').length - trace.filter((line) => line === 'stop a').length).toBe(1)
  })
})

describe('a closed node', () => {
  it('refuses enable, disable and reload', async () => {
    const bench = await started({ a: YES })
    await bench.threads.stop()
    for (const call of ['enable', 'disable', 'reload'] as const) {
      await expect(bench.threads[call]('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_NODE_CLOSED' })
    }
  })
})

const YES = answering('ask', () => 'yes')
