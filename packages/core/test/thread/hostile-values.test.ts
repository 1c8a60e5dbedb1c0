import { errorCode, errorText, isCodedError, isError } from '../../src/errors'
import { Thread } from '../../src/thread/thread'
import { PackageType } from '../../src/wire/package'
import { createBench, createSocket } from './bench'
import type { Bench } from './bench'
import { answering } from './samples'

const boom = (): never => {
  throw new Error('boom')
}

/** What looking at it throws. */
const VALUES: [string, () => unknown][] = [
  ['a proxy that was revoked', revoked],
  ['an object whose getters throw', () => throwing({})],
  ['an error whose getters throw', () => throwing(new Error('own'))],
  ['an object without a prototype', () => Object.create(null) as object],
  ['an error with a stack that is no text', () => Object.assign(new Error('own'), { stack: 5, message: 7 })],
  ['a symbol', () => Symbol('a')],
  ['undefined', () => undefined]
]

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

function throwing(target: object): object {
  for (const key of ['stack', 'message', 'code', 'name', 'then', 'toString', 'errno']) {
    Object.defineProperty(target, key, { get: boom, enumerable: true })
  }
  return target
}

async function started(threadClass: unknown): Promise<Bench> {
  const bench = createBench({ a: threadClass })
  await bench.threads.start()
  return bench
}

describe.each(VALUES)('T24 %s', (_, create) => {
  it.each([
    ['thrown', () => throwIt(create())],

    ['rejected', () => Promise.reject(create())]
  ])('%s by a handler is a failure for the asker', async (_how, handler) => {
    const bench = await started(answering('ask', handler))
    const answer = await bench.request('ask').answered
    expect(Object.keys(answer)).toEqual(['code', 'text'])
    expect(bench.threads.list()).toMatchObject([{ state: 'running', failures: 1 }])
  })

  it('thrown by stop is reported, and hinders no stop', async () => {
    const bench = await started(
      class extends answering('ask', () => 1) {
        override stop(): void {
          throwIt(create())
        }
      }
    )
    await bench.threads.stop()
    expect(bench.warnings.map(({ code }) => code)).toEqual(['ERR_TRUSTP2P_THREAD_STOP_FAILED'])
  })

  it('thrown by start, a constructor or an eventMap keeps that thread alone from running', async () => {
    const working = answering('ask', () => 1)
    const bench = createBench({
      starts: class extends working {
        override start(): void {
          throwIt(create())
        }
      },
      builds: class extends working {
        own = throwIt(create())
      },
      maps: class extends Thread {
        override get eventMap(): never {
          return throwIt(create())
        }
      },
      works: working
    })
    await bench.threads.start()
    expect(bench.states()).toEqual({ builds: 'failed', maps: 'failed', starts: 'backoff', works: 'running' })
  })

  it('thrown by a timer is reported', async () => {
    const bench = await started(
      class extends Thread {
        override get eventMap() {
          return { [PackageType.TALK]: { go: this.onGo } }
        }
        onGo(): void {
          this.setTimeout(() => throwIt(create()), 10)
        }
      }
    )
    bench.talk('go')
    await bench.kit.clock.advanceAsync(10)
    expect(bench.warnings.map(({ code }) => code)).toEqual(['ERR_TRUSTP2P_THREAD_HANDLER_FAILED'])
  })

  it('has a text, and perhaps a code', () => {
    const value = create()
    expect(typeof errorText(value)).toBe('string')
    expect(errorCode(value)).toBeUndefined()
    expect([typeof isError(value), isCodedError(value)]).toEqual(['boolean', false])
  })
})

describe('T24 a handler', () => {
  it.each([
    ['whose result has a `then` that throws when it is read', () => throwing({})],
    ['whose result has a `then` that throws', () => ({ then: boom })],
    ['whose result is a proxy that was revoked', revoked],
    ['whose promise has a `then` of its own that throws', () => Object.assign(Promise.resolve(1), { then: boom })]
  ])('%s has failed', async (_, handler) => {
    const bench = await started(answering('ask', handler))
    expect(await bench.request('ask').answered).toHaveProperty('code')
    expect(bench.threads.list()).toMatchObject([{ failures: 1 }])
  })

  it('that fails at each message fills no log: 60 lines a minute, then how many were held back', async () => {
    const bench = await started(answering('ask', boom))
    const failures = () => bench.log.lines.filter(({ message }) => message === 'a handler failed')
    for (let index = 0; index < 61; index++) bench.request('ask')
    expect(failures()).toHaveLength(60)
    bench.kit.clock.advance(60_000)
    bench.request('ask')
    expect(failures()).toHaveLength(61)
    expect(failures().at(-1)?.fields).toMatchObject({ heldBack: 1 })
    expect(bench.threads.list()).toMatchObject([{ failures: 62 }])
  })
})

function throwIt(value: unknown): never {
  throw value
}

describe('T24 what only looks like a promise', () => {
  const NO_PROMISES: [string, () => Promise<unknown>][] = [
    ['a proxy of one', () => new Proxy(Promise.resolve(1), {})],
    ['an object with its prototype', () => Object.create(Promise.prototype) as Promise<unknown>],
    ['one whose constructor is none', () => Object.assign(Promise.resolve(1), { constructor: 5 })],
    ['one whose constructor throws', () => Object.defineProperty(Promise.resolve(1), 'constructor', { get: boom })]
  ]

  it.each(NO_PROMISES)(
    'given by a handler is a failure for the asker, and keeps nothing waiting: %s',
    async (_, create) => {
      const bench = await started(answering('ask', create))
      expect(await bench.request('ask').answered).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED' })
      expect(bench.threads.list()).toMatchObject([{ active: 0, failures: 1, state: 'running' }])
    }
  )

  it.each(NO_PROMISES)('given by a method rejects the call, and keeps nothing waiting: %s', async (_, create) => {
    class Giver extends Thread {
      static override manifest = { handles: [] }
      give(): unknown {
        return create()
      }
    }
    const bench = await started(Giver)
    await expect(bench.threads.get('a').give?.()).rejects.toThrow()
    expect(bench.threads.list()).toMatchObject([{ active: 0, failures: 1 }])
  })
})

describe('T24 a thread that is a proxy whose traps throw', () => {
  it('hinders no hook of another thread', async () => {
    class Trapped extends Thread {
      static override manifest = { handles: [] }
      constructor() {
        super()
        return new Proxy(this, { has: boom })
      }
    }
    const seen: unknown[] = []
    class Seeing extends Thread {
      static override manifest = { handles: [] }
      override onSocketConnection(socket: unknown): void {
        seen.push(socket)
      }
    }
    const bench = createBench({ a: Trapped, b: Seeing })
    await bench.threads.start()
    const socket = createSocket()
    bench.threads.socketConnected(socket)
    expect(seen).toEqual([socket])
  })
})
