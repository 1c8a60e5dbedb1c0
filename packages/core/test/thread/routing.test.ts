import { P2pError } from '../../src/errors'
import type { Handler } from '../../src/thread/thread'
import { Thread } from '../../src/thread/thread'
import { PackageType } from '../../src/wire/package'
import { createBench, createGate } from './bench'
import type { Bench } from './bench'
import { answering } from './samples'

async function started(handlers: Record<string, Handler>, options?: Parameters<typeof createBench>[1]): Promise<Bench> {
  const classes = Object.entries(handlers).map(([name, handler]) => [name, answering('ask', handler)])
  const bench = createBench(Object.fromEntries(classes) as Record<string, unknown>, options)
  await bench.threads.start()
  return bench
}

function infoOf(bench: Bench, name = 'a') {
  return bench.threads.list().find((info) => info.name === name)
}

const never = (): Promise<never> => new Promise(() => undefined)

describe('route', () => {
  it('gives false, and does nothing, where no thread handles the event', async () => {
    const bench = await started({ a: () => 'yes' })
    for (const type of [PackageType.REQUEST, PackageType.SYSTEM, PackageType.TALK, PackageType.HEARTBEAT_PING]) {
      const sent = bench.request('other', null, type)
      expect([sent.handled, sent.answer]).toEqual([false, undefined])
    }
    expect(bench.talk('ask')).toBe(false)
  })

  it('T4 calls each handler with its own thread as this', async () => {
    const seen: string[] = []
    const named = (name: string): unknown =>
      class extends Thread {
        readonly own = name

        override get eventMap() {
          return { [PackageType.TALK]: { hello: this.onHello } }
        }

        onHello(): void {
          seen.push(this.own)
        }
      }
    const bench = createBench({ c: named('c'), a: named('a'), b: named('b') })
    await bench.threads.start()
    expect(bench.talk('hello')).toBe(true)
    expect(seen).toEqual(['a', 'b', 'c'])
  })

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'a b', '\u0000', 'ä'])(
    'takes %j for a plain name',
    async (event) => {
      const bench = createBench({ none: answering('other', () => 'no') })
      await bench.threads.start()
      expect(bench.request(event).handled).toBe(false)
      const named = createBench({ a: answering(event, () => 'yes') })
      await named.threads.start()
      expect(named.request(event).answer).toEqual({ body: 'yes' })
      expect(infoOf(named)?.handlers).toBe(1)
    }
  )

  it('hands a message to the handlers of its own type alone', async () => {
    const bench = await started({ a: () => 'yes' })
    expect(bench.request('ask', null, PackageType.SYSTEM).handled).toBe(false)
    expect(bench.request('ask').handled).toBe(true)
  })
})

describe('T11 the answer', () => {
  it.each([[{ a: 1 }], [0], [''], [false], [null], [[1]], [new Uint8Array([1])]])(
    'is the returned value: %p',
    async (value) => {
      expect((await started({ a: () => value })).request('ask').answer).toEqual({ body: value })
      const later = (await started({ a: () => Promise.resolve(value) })).request('ask')
      expect(later.answer).toBeUndefined()
      expect(await later.answered).toEqual({ body: value })
    }
  )

  it('is null where the handler gives undefined', async () => {
    expect((await started({ a: () => undefined })).request('ask').answer).toEqual({ body: null })
    expect(await (await started({ a: async () => undefined })).request('ask').answered).toEqual({ body: null })
  })

  it('takes what `then` gives for the result, whoever made the promise', async () => {
    const thenable = { then: (resolve: (value: string) => void) => resolve('yes') }
    expect(await (await started({ a: () => thenable })).request('ask').answered).toEqual({ body: 'yes' })
    const data = { then: 'a text' }
    expect((await started({ a: () => data })).request('ask').answer).toEqual({ body: data })
  })

  it('is that of message.reply, and a value returned after it is dropped', async () => {
    const bench = await started({
      a: (_socket, message) => {
        message.reply('replied')
        return 'returned'
      }
    })
    expect(bench.request('ask').answer).toEqual({ body: 'replied' })
    expect(infoOf(bench)).toMatchObject({ calls: 1, failures: 0, dropped: 1 })
  })

  it('is that of message.reply where nothing is returned', async () => {
    const bench = await started({ a: (_socket, message) => void message.reply('replied') })
    const sent = bench.request('ask')
    expect([sent.answer, sent.late]).toEqual([{ body: 'replied' }, 0])
    expect(infoOf(bench)).toMatchObject({ dropped: 0 })
  })

  it('is that of message.fail', async () => {
    const bench = await started({ a: (_socket, message) => void message.fail('E_OWN', 'no') })
    expect(bench.request('ask').answer).toEqual({ code: 'E_OWN', text: 'no' })
  })

  it('is an error where the value cannot be sent', async () => {
    const bench = await started({ a: () => 1n })
    expect(bench.request('ask').answer).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED' })
    expect(infoOf(bench)).toMatchObject({ failures: 1 })
    const later = await started({ a: async () => 1n, b: () => undefined })
    expect(await later.request('ask').answered).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED' })
  })

  it.each([
    [
      'throws',
      () => {
        throw new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', 'full')
      }
    ],
    ['rejects', () => Promise.reject(new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', 'full'))]
  ])('is a coded error where the handler %s, and the log alone has the stack', async (_what, handler) => {
    const bench = await started({ a: handler })
    const sent = bench.request('ask')
    expect(await sent.answered).toEqual({ code: 'ERR_TRUSTP2P_LIMIT_BUSY', text: 'full' })
    expect(infoOf(bench)).toMatchObject({ calls: 1, failures: 1, dropped: 0, active: 0 })
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { fields: { thread: 'a', event: 'ask', type: PackageType.REQUEST, err: { code: 'ERR_TRUSTP2P_LIMIT_BUSY' } } }
    ])
    expect(bench.warnings).toEqual([])
  })

  it('tells no caller of a talk that failed, and the node goes on', async () => {
    const bench = createBench({
      a: class extends Thread {
        override get eventMap() {
          return { [PackageType.TALK]: { now: this.onNow, later: this.onLater } }
        }

        onNow(): never {
          throw new Error('no')
        }

        async onLater(): Promise<never> {
          throw new Error('no')
        }
      }
    })
    await bench.threads.start()
    expect([bench.talk('now'), bench.talk('later')]).toEqual([true, true])
    await bench.kit.clock.advanceAsync(0)
    expect(infoOf(bench)).toMatchObject({ calls: 2, failures: 2, state: 'running' })
  })

  it('fills no log with bodies that peers sent broken', async () => {
    const broken = new P2pError('ERR_TRUSTP2P_BODY_INVALID', 'no JSON')
    const bench = await started({ a: () => Promise.reject(broken) })
    expect(await bench.request('ask').answered).toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('that comes after the asker gave up is dropped', async () => {
    const gate = createGate<string>()
    let signal: AbortSignal | undefined
    const bench = await started({
      a: (_socket, message) => {
        signal = message.signal
        return gate.opened
      }
    })
    const sent = bench.request('ask')
    sent.abort(new P2pError('ERR_TRUSTP2P_REQUEST_CANCELLED', 'no longer'))
    expect(signal?.aborted).toBe(true)
    gate.open('late')
    await bench.kit.clock.advanceAsync(0)
    expect(infoOf(bench)).toMatchObject({ dropped: 1, failures: 0, active: 0 })
  })

  it.each([
    ['alone', []],
    ['beside another that fails', ['b']]
  ])('of a handler that ends with nothing after the asker gave up, %s, frees its place', async (_, failing) => {
    const gate = createGate()
    const fail = () => gate.opened.then(() => Promise.reject(new Error('no')))
    const failures = Object.fromEntries(failing.map((name) => [name, fail]))
    const bench = await started({ a: () => gate.opened, ...failures })
    const sent = bench.request('ask')
    sent.abort(new P2pError('ERR_TRUSTP2P_REQUEST_CANCELLED', 'no longer'))
    await bench.kit.clock.advanceAsync(0)
    expect(sent.released).toBe(false)
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    expect([sent.released, sent.late]).toEqual([true, 0])
  })
})

describe('several handlers of one event', () => {
  it('T4 all start in name order and run concurrently', async () => {
    const started_: string[] = []
    const gates = { a: createGate(), b: createGate() }
    const wait = (name: 'a' | 'b') => async () => {
      started_.push(name)
      await gates[name].opened
    }
    const bench = await started({ b: wait('b'), a: wait('a') })
    bench.request('ask')
    expect(started_).toEqual(['a', 'b'])
    expect(infoOf(bench, 'a')?.active).toBe(1)
    expect(infoOf(bench, 'b')?.active).toBe(1)
  })

  it('the first value answers, whoever is slower, and later ones are dropped', async () => {
    const gate = createGate<string>()
    const bench = await started({ a: () => gate.opened, b: () => undefined, c: () => 'c', d: () => 'd' })
    const sent = bench.request('ask')
    expect(sent.answer).toEqual({ body: 'c' })
    gate.open('a')
    await bench.kit.clock.advanceAsync(0)
    expect(sent.answer).toEqual({ body: 'c' })
    expect(['a', 'b', 'c', 'd'].map((name) => infoOf(bench, name)?.dropped)).toEqual([1, 0, 0, 1])
  })

  it('a failure answers only when every other one has settled without a value', async () => {
    const gate = createGate<string | undefined>()
    const fails = (): never => {
      throw new Error('first')
    }
    const bench = await started({ a: fails, b: () => gate.opened, c: () => Promise.reject(new Error('second')) })
    const sent = bench.request('ask')
    await bench.kit.clock.advanceAsync(0)
    expect(sent.answer).toBeUndefined()
    gate.open(undefined)
    expect(await sent.answered).toEqual({ code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED', text: 'first' })
  })

  it('a value answers after a failure', async () => {
    const gate = createGate<string>()
    const bench = await started({
      a: () => {
        throw new Error('no')
      },
      b: () => gate.opened
    })
    const sent = bench.request('ask')
    gate.open('b')
    expect(await sent.answered).toEqual({ body: 'b' })
    expect(sent.late).toBe(0)
  })

  it('message.reply answers, and no failure or value comes after it', async () => {
    const bench = await started({
      a: (_socket, message) => void message.reply('replied'),
      b: () => 'b',
      c: () => {
        throw new Error('no')
      }
    })
    const sent = bench.request('ask')
    expect(sent.answer).toEqual({ body: 'replied' })
    expect([infoOf(bench, 'b')?.dropped, infoOf(bench, 'c')?.dropped]).toEqual([1, 1])
  })

  it('null answers where all give undefined', async () => {
    const gate = createGate()
    const bench = await started({ a: () => undefined, b: () => gate.opened, c: async () => undefined })
    const sent = bench.request('ask')
    await bench.kit.clock.advanceAsync(0)
    expect(sent.answer).toBeUndefined()
    gate.open()
    expect(await sent.answered).toEqual({ body: null })
  })

  it('each have a signal of their own', async () => {
    const signals: AbortSignal[] = []
    const wait: Handler = (_socket, message) => {
      signals.push(message.signal)
      return never()
    }
    const bench = await started({ a: wait, b: wait }, { settings: { b: { drainTimeoutMs: 100 } } })
    const sent = bench.request('ask')
    const disabled = bench.threads.disable('b')
    await bench.kit.clock.advanceAsync(100)
    await disabled
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true])
    expect(sent.answer).toBeUndefined()
    sent.abort(new P2pError('ERR_TRUSTP2P_REQUEST_CANCELLED', 'no longer'))
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('share one body', async () => {
    const bodies: unknown[] = []
    const keep: Handler = (_socket, message) => void bodies.push(message.body)
    const bench = await started({ a: keep, b: keep })
    bench.request('ask', { a: 1 })
    expect(bodies[0]).toEqual({ a: 1 })
    expect(bodies[1]).toBe(bodies[0])
  })
})

describe('handlerTimeoutMs', () => {
  it('ends a handler: its signal aborts, its caller gets a coded error, its result is dropped', async () => {
    const gate = createGate<string>()
    let signal: AbortSignal | undefined
    const wait: Handler = (_socket, message) => {
      signal = message.signal
      return gate.opened
    }
    const bench = await started({ a: wait }, { settings: { a: { handlerTimeoutMs: 50 } } })
    const sent = bench.request('ask')
    await bench.kit.clock.advanceAsync(49)
    expect([sent.answer, signal?.aborted]).toEqual([undefined, false])
    await bench.kit.clock.advanceAsync(1)
    expect(sent.answer).toEqual({
      code: 'ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT',
      text: 'ask of the thread a took longer than handlerTimeoutMs, 50 ms; make it faster, or raise it'
    })
    expect(signal?.reason).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT' })
    gate.open('late')
    await bench.kit.clock.advanceAsync(0)
    expect(infoOf(bench)).toMatchObject({ failures: 1, dropped: 1, active: 0 })
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('T11 a handler that never settles is answered for, and counts as active from then on', async () => {
    const bench = await started(
      { a: () => new Promise(() => undefined) },
      { settings: { a: { handlerTimeoutMs: 50 } } }
    )
    const sent = bench.request('ask')
    expect(infoOf(bench)).toMatchObject({ failures: 0, active: 1 })
    await bench.kit.clock.advanceAsync(60_000)
    expect(sent.answer).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT' })
    expect(infoOf(bench)).toMatchObject({ failures: 1, dropped: 0, active: 1 })
    await bench.threads.stop()
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('leaves no timer behind a handler that ends in time', async () => {
    const bench = await started({ a: async () => 'yes' }, { settings: { a: { handlerTimeoutMs: 50 } } })
    expect(await bench.request('ask').answered).toEqual({ body: 'yes' })
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('of 0 lets a handler run as long as it likes', async () => {
    const bench = await started({ a: never })
    const sent = bench.request('ask')
    await bench.kit.clock.advanceAsync(1e9)
    expect(sent.answer).toBeUndefined()
  })

  it('of one thread lets the others answer', async () => {
    const gate = createGate<string>()
    const bench = await started({ a: never, b: () => gate.opened }, { settings: { a: { handlerTimeoutMs: 50 } } })
    const sent = bench.request('ask')
    await bench.kit.clock.advanceAsync(50)
    expect(sent.answer).toBeUndefined()
    gate.open('b')
    expect(await sent.answered).toEqual({ body: 'b' })
  })
})
