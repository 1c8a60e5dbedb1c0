import { KEPT_MESSAGES } from '../../src/thread/intake'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { PackageType } from '../../src/wire/package'
import { createBench, createGate } from './bench'
import type { Bench, BenchOptions } from './bench'

interface Parts {
  readonly version: number
  readonly trace?: string[]
  readonly manifest?: ThreadManifest
  /** What a handler of `slow` waits for. */
  readonly gate?: Promise<unknown>
  readonly start?: () => unknown
  readonly snapshot?: (state: string[]) => unknown
  readonly restore?: () => unknown
}

/** A thread that remembers what it was told. */
function keeping({ version, trace = [], manifest = {}, gate, start, snapshot, restore }: Parts) {
  return class extends Thread {
    static override manifest = manifest
    seen: string[] = []

    override get eventMap() {
      return {
        [PackageType.REQUEST]: {
          note: (_: unknown, { body }: { body: unknown }) => this.note(String(body)),
          seen: () => [version, ...this.seen],
          slow: async () => {
            await gate
            this.seen.push('slow')
            return version
          }
        }
      }
    }

    note(text: string): number {
      this.seen.push(text)
      return version
    }

    list(): unknown[] {
      return [version, ...this.seen]
    }

    override async start(): Promise<void> {
      trace.push(`start ${version}`)
      await start?.()
    }

    override stop(): void {
      trace.push(`stop ${version}`)
    }

    override snapshot(): unknown {
      trace.push(`snapshot ${version}`)
      return snapshot === undefined ? this.seen : snapshot(this.seen)
    }

    override async restore(state: unknown): Promise<void> {
      trace.push(`restore ${version}`)
      await restore?.()
      this.seen = state as string[]
    }

    override onSocketOpen(): void {
      trace.push(`open ${version}`)
    }
  } as unknown
}

async function started(threadClass: unknown, options?: BenchOptions): Promise<Bench> {
  const bench = createBench({ a: threadClass }, options)
  await bench.threads.start()
  return bench
}

const ask = async (bench: Bench, event: string, body?: unknown): Promise<unknown> => {
  const answer = await bench.request(event, body).answered
  return 'body' in answer ? answer.body : answer.code
}

describe('T6 U2 a thread with snapshot and restore', () => {
  it('gives its state to the next version once its handlers have ended; messages wait, in order', async () => {
    const gate = createGate()
    const trace: string[] = []
    const bench = await started(keeping({ version: 1, trace, gate: gate.opened }))
    await ask(bench, 'note', 'first')
    const slow = bench.request('slow')
    bench.list.put('a', keeping({ version: 2, trace }))
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start 1', 'start 2'])
    const kept = ['second', 'third'].map((text) => bench.request('note', text))
    await bench.kit.clock.advanceAsync(0)
    expect(kept.map(({ handled, answer }) => [handled, answer])).toEqual([
      [true, undefined],
      [true, undefined]
    ])
    gate.open()
    expect(await slow.answered).toEqual({ body: 1 })
    expect(await Promise.all(kept.map(({ answered }) => answered))).toEqual([{ body: 2 }, { body: 2 }])
    expect(await ask(bench, 'seen')).toEqual([2, 'first', 'slow', 'second', 'third'])
    expect(trace).toEqual(['start 1', 'start 2', 'snapshot 1', 'restore 2', 'stop 1'])
  })

  it('is called by others while it finishes, since they may do its work; once it gave its state they wait', async () => {
    const [slow, restoring] = [createGate(), createGate()]
    const bench = await started(keeping({ version: 1, gate: slow.opened }))
    const running = bench.request('slow')
    bench.list.put('a', keeping({ version: 2, restore: () => restoring.opened }))
    await bench.kit.clock.advanceAsync(0)
    expect(await bench.threads.get('a').note?.('admitted')).toBe(1)
    slow.open()
    await running.answered
    await bench.kit.clock.advanceAsync(0)
    const called = bench.threads.get('a').list?.()
    restoring.open()
    expect(await called).toEqual([2, 'admitted', 'slow'])
  })

  it.each([
    [
      'that throws',
      { snapshot: () => Promise.reject(new Error('no')) },
      'ERR_TRUSTP2P_THREAD_SNAPSHOT_FAILED',
      'a: snapshot() threw: no; '
    ],
    [
      'of what cannot be cloned',
      { snapshot: () => () => 1 },
      'ERR_TRUSTP2P_THREAD_SNAPSHOT_FAILED',
      'a: snapshot() threw: '
    ],
    [
      'that never ends',
      { snapshot: () => new Promise(() => undefined) },
      'ERR_TRUSTP2P_THREAD_SNAPSHOT_FAILED',
      'did not end within 5000 ms'
    ]
  ])('serves on with its state after a snapshot %s', async (_what, parts, code, text) => {
    const trace: string[] = []
    const bench = await started(keeping({ version: 1, trace, ...parts }))
    await ask(bench, 'note', 'first')
    bench.list.put('a', keeping({ version: 2, trace }))
    await bench.kit.clock.advanceAsync(0)
    const kept = bench.request('note', 'kept')
    await bench.kit.clock.advanceAsync(5_000)
    expect(await kept.answered).toEqual({ body: 1 })
    expect(await ask(bench, 'seen')).toEqual([1, 'first', 'kept'])
    expect(bench.threads.list()).toMatchObject([{ state: 'running', error: { code } }])
    expect(bench.threads.list()[0]?.error?.message).toContain(text)
    expect(trace).toEqual(['start 1', 'start 2', 'snapshot 1', 'stop 2'])
  })

  it.each([
    ['throws', () => Promise.reject(new Error('no')), 'a: restore() threw: no; the old version serves on'],
    [
      'never ends',
      () => new Promise(() => undefined),
      'a: restore() did not end within 10000 ms; the old version serves on'
    ]
  ])('serves on with its state where the restore of the next one %s', async (_what, restore, message) => {
    const trace: string[] = []
    const bench = await started(keeping({ version: 1, trace }))
    await ask(bench, 'note', 'first')
    bench.list.put('a', keeping({ version: 2, trace, restore }))
    await bench.kit.clock.advanceAsync(10_000)
    expect(await ask(bench, 'seen')).toEqual([1, 'first'])
    expect(bench.threads.list()[0]?.error).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_RESTORE_FAILED', message })
    expect(trace).toEqual(['start 1', 'start 2', 'snapshot 1', 'restore 2', 'stop 2'])
  })

  it('serves on where its handlers run longer than drainTimeoutMs, and loses none of them', async () => {
    const gate = createGate()
    const bench = await started(keeping({ version: 1, gate: gate.opened }))
    const slow = bench.request('slow')
    bench.list.put('a', keeping({ version: 2 }))
    await bench.kit.clock.advanceAsync(10_000)
    expect(bench.threads.list()[0]?.error).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_HAND_OVER_TIMEOUT' })
    expect(await ask(bench, 'seen')).toEqual([1])
    gate.open()
    expect(await slow.answered).toEqual({ body: 1 })
  })

  it(`keeps ${KEPT_MESSAGES} messages back and refuses the next`, async () => {
    const gate = createGate()
    const bench = await started(keeping({ version: 1, gate: gate.opened }))
    const slow = bench.request('slow')
    bench.list.put('a', keeping({ version: 2 }))
    await bench.kit.clock.advanceAsync(0)
    const kept = Array.from({ length: KEPT_MESSAGES }, (_, index) => bench.request('note', index))
    const refused = bench.request('note', 'too many')
    expect(refused.answer).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_BUSY' })
    gate.open()
    await slow.answered
    expect(await Promise.all(kept.map(({ answered }) => answered))).toEqual(kept.map(() => ({ body: 2 })))
  })

  it('answers what was kept for an event that the next version has not', async () => {
    const gate = createGate()
    const bench = await started(keeping({ version: 1, gate: gate.opened }))
    bench.request('slow')
    class Other extends Thread {
      override get eventMap() {
        return { [PackageType.REQUEST]: { other: () => 1 } }
      }
      override snapshot(): void {}
      override restore(): void {}
    }
    bench.list.put('a', Other)
    await bench.kit.clock.advanceAsync(0)
    const kept = bench.request('note')
    gate.open()
    expect(await kept.answered).toEqual({
      code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER',
      text: 'the thread a handles this event no more'
    })
  })

  it('finishes and stops in order where it is switched off, or the node closes, while it hands over', async () => {
    for (const end of ['disable', 'stop'] as const) {
      const gate = createGate()
      const trace: string[] = []
      const bench = await started(keeping({ version: 1, trace, gate: gate.opened }))
      const slow = bench.request('slow')
      bench.list.put('a', keeping({ version: 2, trace }))
      await bench.kit.clock.advanceAsync(0)
      const ended = end === 'disable' ? bench.threads.disable('a') : bench.threads.stop()
      await bench.kit.clock.advanceAsync(0)
      gate.open()
      await ended
      expect(await slow.answered).toEqual({ body: 1 })
      expect(trace.toSorted()).toEqual(['start 1', 'start 2', 'stop 1', 'stop 2'])
      await bench.threads.stop()
      expect(bench.kit.clock.pending).toBe(0)
    }
  })
})

describe('T6 U2 an exclusive thread', () => {
  const manifest = { exclusive: true }

  it('stops before the next version starts, which gets its state and what came meanwhile', async () => {
    const gate = createGate()
    const trace: string[] = []
    const bench = await started(keeping({ version: 1, trace, manifest }))
    await ask(bench, 'note', 'first')
    bench.list.put('a', keeping({ version: 2, trace, manifest, start: () => gate.opened }))
    await bench.kit.clock.advanceAsync(0)
    expect(trace).toEqual(['start 1', 'snapshot 1', 'stop 1', 'start 2'])
    const kept = bench.request('note', 'second')
    const called = bench.threads.get('a').list?.()
    bench.threads.socketOpened({} as never)
    gate.open()
    expect(await kept.answered).toEqual({ body: 2 })
    expect(await called).toEqual([2, 'first', 'second'])
    expect(trace).toEqual(['start 1', 'snapshot 1', 'stop 1', 'start 2', 'restore 2', 'open 2'])
    await bench.threads.stop()
    expect([trace.at(-1), bench.kit.clock.pending]).toEqual(['stop 2', 0])
  })

  it.each([
    ['start', { start: () => Promise.reject(new Error('no')) }, 'ERR_TRUSTP2P_THREAD_START_FAILED'],
    ['restore', { restore: () => Promise.reject(new Error('no')) }, 'ERR_TRUSTP2P_THREAD_RESTORE_FAILED']
  ])('comes back with its state, its timers and what came meanwhile where the %s fails', async (what, parts, code) => {
    const trace: string[] = []
    const bench = await started(keeping({ version: 1, trace, manifest }))
    await ask(bench, 'note', 'first')
    const gate = createGate()
    const failing = { [what]: () => gate.opened.then(Object.values(parts)[0]) }
    bench.list.put('a', keeping({ version: 2, trace, manifest, ...failing }))
    await bench.kit.clock.advanceAsync(0)
    const kept = bench.request('note', 'second')
    bench.threads.socketOpened({} as never)
    gate.open()
    expect(await kept.answered).toEqual({ body: 1 })
    expect(await ask(bench, 'seen')).toEqual([1, 'first', 'second'])
    expect(bench.threads.list()).toMatchObject([{ state: 'running', error: { code } }])
    expect(trace.slice(-3)).toEqual(['start 1', 'restore 1', 'open 1'])
  })

  it('is started again as its policy says where it cannot be brought back', async () => {
    let starts = 0
    const start = (): unknown => (starts++ === 1 ? Promise.reject(new Error('in use')) : undefined)
    const bench = await started(keeping({ version: 1, manifest, start }))
    bench.list.put('a', keeping({ version: 2, manifest, start: () => Promise.reject(new Error('no')) }))
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'backoff' })
    bench.list.put('a', keeping({ version: 3, manifest }))
    await bench.kit.clock.advanceAsync(0)
    expect(await ask(bench, 'seen')).toEqual([3])
  })
})

describe('new settings', () => {
  it('reach reconfigure() of a thread that has it, and reload another one', async () => {
    const settings = { a: { config: { greeting: 'Hello' } }, b: { config: 1 } }
    const trace: string[] = []
    class Greeter extends Thread<{ greeting: string }> {
      override get eventMap() {
        return { [PackageType.REQUEST]: { greet: () => this.config.greeting } }
      }
      override reconfigure(config: { greeting: string }): void {
        if (config.greeting === '') throw new Error('no greeting')
        trace.push(config.greeting)
      }
    }
    class Plain extends Thread {
      override get eventMap() {
        return { [PackageType.REQUEST]: { plain: () => this.config } }
      }
    }
    const bench = createBench({ a: Greeter, b: Plain }, { settings })
    await bench.threads.start()
    settings.a = { config: { greeting: 'Good day' } }
    settings.b = { config: 2 }
    await bench.threads.reconfigure('a')
    expect([await ask(bench, 'greet'), trace, await ask(bench, 'plain')]).toEqual(['Good day', ['Good day'], 1])
    await bench.threads.reconfigure('b')
    expect([await ask(bench, 'plain'), bench.told]).toEqual([2, ['started a', 'started b', 'reloaded b']])
    settings.a = { config: { greeting: '' } }
    await expect(bench.threads.reconfigure('a')).rejects.toThrow('no greeting')
    await expect(bench.threads.reconfigure('c')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
  })

  it('reach the version that serves in the end where they come while it starts', async () => {
    const settings = { a: { config: 1 } }
    const gate = createGate()
    class Configured extends Thread {
      override get eventMap() {
        return { [PackageType.REQUEST]: { config: () => this.config } }
      }
      override reconfigure(): void {}
    }
    class Slow extends Configured {
      override async start(): Promise<void> {
        await gate.opened
      }
    }
    const bench = createBench({ a: Configured }, { settings })
    await bench.threads.start()
    bench.list.put('a', Slow)
    await bench.kit.clock.advanceAsync(0)
    settings.a = { config: 2 }
    const reconfigured = bench.threads.reconfigure('a')
    gate.open()
    await reconfigured
    expect([await ask(bench, 'config'), bench.told]).toEqual([2, ['started a', 'reloaded a']])
  })

  it('are given up on after startTimeoutMs, and the thread runs on', async () => {
    class Hanging extends Thread {
      override get eventMap() {
        return { [PackageType.REQUEST]: { hello: () => 'hello' } }
      }
      override reconfigure(): Promise<void> {
        return new Promise(() => undefined)
      }
    }
    const bench = createBench({ a: Hanging }, { settings: { a: { startTimeoutMs: 100 } } })
    await bench.threads.start()
    const reconfigured = bench.threads.reconfigure('a').catch((error: unknown) => error)
    await bench.kit.clock.advanceAsync(100)
    expect(await reconfigured).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_START_TIMEOUT',
      message: 'a: reconfigure() did not end within startTimeoutMs, 100 ms; wait for less there'
    })
    expect([await ask(bench, 'hello'), bench.states()]).toEqual(['hello', { a: 'running' }])
  })
})
