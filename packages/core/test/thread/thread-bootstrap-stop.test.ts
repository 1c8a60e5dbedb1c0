import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { PackageType } from '../../src/wire/package'
import { createBench, createGate } from './bench'
import { answering, tracing } from './samples'

const YES = answering('ask', () => 'yes')

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
