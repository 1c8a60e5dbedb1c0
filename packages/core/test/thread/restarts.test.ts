import { P2pError } from '../../src/errors'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { PackageType } from '../../src/wire/package'
import { createBench } from './bench'
import type { Bench } from './bench'

const QUICK = { firstMs: 100, factor: 2, longestMs: 300, jitter: 0, most: 3, withinMs: 60_000 }

/** A thread whose first `failures` starts throw. */
function failing(failures: number, manifest: ThreadManifest = {}) {
  const starts: number[] = []
  class Failing extends Thread {
    static override manifest: ThreadManifest = { handles: [], restart: QUICK, ...manifest }

    override start(): void {
      starts.push(this.now())
      if (starts.length <= failures) throw new Error('no')
    }
  }
  return { Failing, starts }
}

async function started(classes: Record<string, unknown>): Promise<Bench> {
  const bench = createBench(classes)
  await bench.threads.start()
  return bench
}

describe('a thread whose start fails', () => {
  it('is tried again after waits that grow to the longest, and runs when it can', async () => {
    const { Failing, starts } = failing(3)
    const bench = await started({ a: Failing })
    expect(bench.states()).toEqual({ a: 'backoff' })
    await bench.kit.clock.advanceAsync(99)
    expect(starts).toHaveLength(1)
    expect(bench.threads.list()).toMatchObject([{ restarts: 1, retryInMs: 1 }])
    await bench.kit.clock.advanceAsync(1)
    await bench.kit.clock.advanceAsync(200)
    await bench.kit.clock.advanceAsync(300)
    expect(starts.map((at) => at - (starts[0] ?? 0))).toEqual([0, 100, 300, 600])
    expect(bench.threads.list()).toMatchObject([
      { state: 'running', restarts: 3, retryInMs: undefined, error: undefined }
    ])
    await bench.threads.stop()
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('is given up past the most restarts, and says so once', async () => {
    const { Failing, starts } = failing(4)
    const bench = await started({ a: Failing })
    await bench.kit.clock.advanceAsync(10_000)
    expect([starts.length, bench.states(), bench.kit.clock.pending]).toEqual([4, { a: 'quarantined' }, 0])
    expect(bench.told.filter((told) => told.includes('QUARANTINED'))).toHaveLength(1)
    expect(bench.threads.list()[0]?.error).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_QUARANTINED',
      message: 'the thread a failed 4 times and is given up: a: start() threw: no; mend the file',
      cause: { code: 'ERR_TRUSTP2P_THREAD_START_FAILED' }
    })
    expect(bench.critical).toEqual([])
  })

  it('is started by reset, with all its restarts again', async () => {
    const { Failing, starts } = failing(5)
    const bench = await started({ a: Failing })
    await bench.kit.clock.advanceAsync(10_000)
    await expect(bench.threads.reset('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_START_FAILED' })
    expect([starts.length, bench.states()]).toEqual([5, { a: 'backoff' }])
    await bench.threads.reset('a')
    expect([starts.length, bench.states()]).toEqual([6, { a: 'running' }])
    await bench.threads.reset('a')
    expect(starts).toHaveLength(6)
    await expect(bench.threads.reset('b')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
  })

  it('is tried at once when it changes, also after it was given up', async () => {
    const bench = await started({ a: failing(9).Failing })
    await bench.kit.clock.advanceAsync(10_000)
    bench.list.put('a', failing(0).Failing)
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'running' })
  })

  it('is not tried again where it may not be restarted, nor once it is switched off', async () => {
    const never = failing(9, { restart: { most: 0 } })
    const off = failing(9)
    const bench = await started({ never: never.Failing, off: off.Failing })
    await bench.threads.disable('off')
    await bench.kit.clock.advanceAsync(10_000)
    expect([never.starts.length, off.starts.length]).toEqual([1, 1])
    expect(bench.states()).toEqual({ never: 'quarantined' })
  })

  it('begins with the first wait after it ran for the time that restarts are counted in', async () => {
    const { Failing, starts } = failing(1, { restart: { ...QUICK, most: 1, withinMs: 1_000 } })
    const bench = await started({ a: Failing })
    await bench.kit.clock.advanceAsync(100)
    const crash = (): unknown => bench.crash('a', new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', 'no'))
    await bench.kit.clock.advanceAsync(1_001)
    expect(crash()).toBe(true)
    await bench.kit.clock.advanceAsync(100)
    expect([starts.length, bench.states()]).toEqual([3, { a: 'running' }])
    await bench.kit.clock.advanceAsync(1_000)
    crash()
    await bench.kit.clock.advanceAsync(1)
    expect([starts.length, bench.states()]).toEqual([3, { a: 'quarantined' }])
  })

  it('ends the node where it is critical, once it is given up and not before', async () => {
    const { Failing } = failing(9, { critical: true })
    const bench = await started({ a: Failing })
    await bench.kit.clock.advanceAsync(599)
    expect(bench.critical).toEqual([])
    await bench.kit.clock.advanceAsync(1)
    expect(bench.critical).toMatchObject([{ code: 'ERR_TRUSTP2P_THREAD_QUARANTINED' }])
  })

  it('has the settings of the node over those of its manifest', async () => {
    const { Failing, starts } = failing(9)
    const bench = createBench({ a: Failing }, { settings: { a: { restart: { firstMs: 7, most: 1 } } } })
    await bench.threads.start()
    await bench.kit.clock.advanceAsync(7)
    expect([starts.length, bench.states()]).toEqual([2, { a: 'quarantined' }])
  })
})

describe('T11 a thread that fails in code that nobody waits for', () => {
  function echo(trace: string[], manifest: ThreadManifest = {}) {
    return class extends Thread {
      static override manifest: ThreadManifest = { restart: QUICK, ...manifest }

      override get eventMap() {
        return { [PackageType.REQUEST]: { ask: () => this.answered() } }
      }

      answered(): Promise<string> {
        return new Promise((resolve) => this.setTimeout(() => resolve('yes'), 10))
      }

      override start(): void {
        trace.push('start')
      }

      override stop(): void {
        trace.push('stop')
      }
    }
  }

  it('answers what it has begun, stops, and is back after its wait', async () => {
    const trace: string[] = []
    const bench = await started({ a: echo(trace) })
    const asked = bench.request('ask')
    expect(bench.crash('a')).toBe(true)
    await bench.kit.clock.advanceAsync(1)
    expect([bench.request('ask').handled, bench.states(), trace]).toEqual([false, { a: 'draining' }, ['start']])
    await bench.kit.clock.advanceAsync(9)
    expect(asked.answer).toEqual({ body: 'yes' })
    expect([bench.states(), trace]).toEqual([{ a: 'backoff' }, ['start', 'stop']])
    expect(bench.threads.list()[0]?.error).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_CRASHED',
      message: 'a: failed in code that nobody waits for: floating; await it, or catch what it throws'
    })
    await bench.kit.clock.advanceAsync(100)
    expect([bench.states(), trace]).toEqual([{ a: 'running' }, ['start', 'stop', 'start']])
    expect(bench.told).toEqual(['started a', 'failed a ERR_TRUSTP2P_THREAD_CRASHED', 'started a'])
    expect(bench.moves.slice(-6)).toEqual([
      'a: draining > stopping',
      'a: stopping > backoff',
      'a: backoff > loading',
      'a: loading > waiting',
      'a: waiting > starting',
      'a: starting > running'
    ])
  })

  it('is ended though it starts, and takes those with it that require it', async () => {
    const trace: string[] = []
    const needy: string[] = []
    const bench = await started({ a: echo(trace), b: echo(needy, { requires: ['a'] }) })
    bench.crash('a')
    await bench.kit.clock.advanceAsync(1)
    expect(bench.threads.list()).toMatchObject([
      { name: 'a', state: 'backoff' },
      { name: 'b', state: 'waiting', error: { code: 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING' } }
    ])
    expect(needy).toEqual(['start', 'stop'])
    await bench.kit.clock.advanceAsync(100)
    expect(bench.states()).toEqual({ a: 'running', b: 'running' })
    expect([trace, needy]).toEqual([
      ['start', 'stop', 'start'],
      ['start', 'stop', 'start']
    ])
  })
})

describe('U1 threads that require another one', () => {
  it('finish and stop before it when it is switched off, wait, and return with it', async () => {
    const trace: string[] = []
    const make = (name: string, manifest: ThreadManifest) =>
      class extends Thread {
        static override manifest: ThreadManifest = manifest

        override get eventMap() {
          return {
            [PackageType.REQUEST]: { [name]: () => new Promise((done) => this.setTimeout(() => done(name), 50)) }
          }
        }

        override start(): void {
          trace.push(`start ${name}`)
        }

        override stop(): void {
          trace.push(`stop ${name}`)
        }
      }
    const bench = await started({
      base: make('base', { provides: ['store'] }),
      middle: make('middle', { requires: ['store'] }),
      top: make('top', { requires: ['middle'] })
    })
    const asked = bench.request('top')
    const disabled = bench.threads.disable('base')
    await bench.kit.clock.advanceAsync(0)
    expect([bench.request('base').handled, bench.states()]).toMatchObject([true, { base: 'running', top: 'draining' }])
    await bench.kit.clock.advanceAsync(100)
    await disabled
    expect(asked.answer).toEqual({ body: 'top' })
    expect(trace.splice(0)).toEqual(['start base', 'start middle', 'start top', 'stop top', 'stop middle', 'stop base'])
    expect(bench.states()).toEqual({ middle: 'waiting', top: 'waiting' })
    await bench.threads.enable('base')
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start base', 'start middle', 'start top'])
    expect(bench.states()).toEqual({ base: 'running', middle: 'running', top: 'running' })
  })

  it('are told when what they want is gone', async () => {
    class Caller extends Thread {
      static override manifest: ThreadManifest = { wants: ['b'] }

      override get eventMap() {
        return { [PackageType.REQUEST]: { ask: () => this.threads.get('b').give?.() } }
      }
    }
    class Giver extends Thread {
      static override manifest: ThreadManifest = { handles: [] }
      give(): string {
        return 'given'
      }
    }
    const bench = await started({ a: Caller, b: Giver })
    expect(await bench.request('ask').answered).toEqual({ body: 'given' })
    await bench.threads.disable('b')
    expect(await bench.request('ask').answered).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_GONE' })
    expect(bench.states()).toEqual({ a: 'running' })
  })

  it('two of which provide the same name do not run both', async () => {
    const provider = () =>
      class extends Thread {
        static override manifest: ThreadManifest = { provides: ['store'], handles: [] }
      }
    const bench = await started({ a: provider(), b: provider() })
    expect(bench.threads.list()).toMatchObject([
      { name: 'a', state: 'running' },
      {
        name: 'b',
        state: 'failed',
        error: {
          code: 'ERR_TRUSTP2P_THREAD_PROVIDED_TWICE',
          message: "the threads a and b both provide 'store'; disable one of them"
        }
      }
    ])
    await bench.threads.disable('a')
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ b: 'running' })
  })
})
