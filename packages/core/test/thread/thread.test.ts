import { EventEmitter } from 'node:events'
import type { Log } from '../../src/kit'
import { P2pError } from '../../src/errors'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import type { EventMap } from '../../src/thread/thread'
import { PackageType } from '../../src/wire/package'
import { createBench } from './bench'
import type { Bench, BenchOptions } from './bench'

async function started(threadClass: unknown, options?: BenchOptions): Promise<Bench> {
  const bench = createBench({ a: threadClass }, options)
  await bench.threads.start()
  return bench
}

/** A thread that has hooks only. */
abstract class Hooks extends Thread {
  static override manifest: ThreadManifest = { handles: [] }
}

describe('a Thread', () => {
  it('has its surroundings in field initialisers and in the constructor', async () => {
    let seen: unknown[] = []
    class Early extends Hooks {
      readonly fields = [this.node.sockets, this.config, this.threads.get('x'), this.now(), this.random()]

      constructor() {
        super()
        this.log.info({}, 'constructed')
        this.setTimeout(() => undefined, 10)
        seen = [...this.fields, this.node]
      }
    }
    const bench = await started(Early, { settings: { a: { config: { one: 1 } } } })
    expect(bench.threads.list()).toMatchObject([{ error: undefined }])
    expect(seen.slice(0, 2)).toEqual([[], { one: 1 }])
    expect(seen.slice(3)).toEqual([0, expect.any(Number), bench.node])
    expect(bench.log.lines).toContainEqual({ level: 'info', message: 'constructed', fields: { thread: 'a' } })
    expect(bench.kit.clock.pending).toBe(1)
    await bench.threads.stop()
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('cannot be made by anyone but its node, nor by another thread', async () => {
    class Plain extends Hooks {}
    expect(() => new Plain()).toThrow(new TypeError('a Thread is constructed by its node: hand the class to one'))
    class Outer extends Hooks {
      readonly inner = new Plain()
    }
    const bench = await started(Outer)
    expect(bench.threads.list()).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED' } }])
  })

  it('may have its eventMap as a getter, as a field, or set by the constructor', async () => {
    const events: EventMap = { [PackageType.REQUEST]: { ask: () => 'yes' } }
    class Getter extends Thread {
      override get eventMap(): EventMap {
        return events
      }
    }
    class Field extends Thread {
      override eventMap = events
    }
    class Assigned extends Thread {
      declare eventMap: EventMap

      constructor() {
        super()
        this.eventMap = events
      }
    }
    for (const threadClass of [Getter, Field, Assigned]) {
      expect((await started(threadClass)).request('ask').answer).toEqual({ body: 'yes' })
    }
  })

  it('of the old style extends nothing, and gets { server, client, log }', async () => {
    let parts: { server: unknown; client: unknown; log: Log } | undefined
    class Old {
      readonly eventMap = { [PackageType.REQUEST]: { ask: this.onAsk } }
      readonly greeting = 'hello'

      constructor(given: typeof parts) {
        parts = given
      }

      onAsk(): string {
        return this.greeting
      }
    }
    const bench = await started(Old)
    expect(Object.keys(parts ?? {})).toEqual(['server', 'client', 'log'])
    expect([parts?.server, parts?.client]).toEqual([null, null])
    parts?.log.warn({}, 'old')
    expect(bench.log.lines).toContainEqual({ level: 'warn', message: 'old', fields: { thread: 'a' } })
    expect(bench.request('ask').answer).toEqual({ body: 'hello' })
  })
})

describe('this.config', () => {
  class Configured extends Thread {
    static override manifest: ThreadManifest = {
      config: {
        parse(value) {
          if (typeof value === 'object' && value !== null && 'bad' in value) throw value.bad
          return { parsed: value }
        }
      }
    }

    override get eventMap() {
      return { [PackageType.REQUEST]: { config: () => this.config } }
    }
  }

  it.each([
    [undefined, {}],
    [{ one: 1 }, { one: 1 }]
  ])('is what the manifest makes of %j', async (config, value) => {
    const bench = await started(Configured, { settings: { a: { config } } })
    expect(bench.request('config').answer).toEqual({ body: { parsed: value } })
  })

  const issues = [{ path: ['port', 0], message: 'Expected number' }]
  it.each([
    [new Error('no\nin detail'), 'threads.a.config: no; mend the configuration'],
    [{ issues }, 'threads.a.config.port.0: Expected number; mend the configuration'],
    [{ issues: [{ message: 'as a whole' }] }, 'threads.a.config: as a whole; mend the configuration']
  ])('that is refused keeps the thread from running: %#', async (bad, message) => {
    const bench = await started(Configured, { settings: { a: { config: { bad } } } })
    expect(bench.threads.list()).toMatchObject([
      { error: { code: 'ERR_TRUSTP2P_CONFIG_INVALID', message, cause: bad } }
    ])
  })
})

describe('T6 what a thread takes is undone at unload', () => {
  it('timers', async () => {
    const ticks: unknown[] = []
    class Ticking extends Hooks {
      override start(): void {
        this.setInterval((text: string) => ticks.push(text), 100, 'interval')
        this.setTimeout((text: string) => ticks.push(text), 150, 'once')
        this.setTimeout(() => ticks.push('late'), 1_000)
      }
    }
    const bench = await started(Ticking)
    bench.kit.clock.advance(300)
    expect(ticks).toEqual(['interval', 'once', 'interval', 'interval'])
    await bench.threads.disable('a')
    bench.kit.clock.advance(10_000)
    expect([ticks.length, bench.kit.clock.pending]).toEqual([4, 0])
  })

  it('listeners to emitters, to targets and to the node', async () => {
    const heard: unknown[] = []
    const emitter = new EventEmitter()
    const target = new EventTarget()
    class Listening extends Hooks {
      override start(): void {
        this.on(emitter, 'news', (...values: unknown[]) => heard.push(['emitter', ...values]))
        this.on(target, 'news', (event: Event) => heard.push(['target', event.type]))
        this.on('socket:open', (...values: unknown[]) => heard.push(['node', ...values]))
      }
    }
    const tell = (bench: Bench): void => {
      emitter.emit('news', 1, 2)
      target.dispatchEvent(new Event('news'))
      for (const listener of bench.listeners.get('socket:open') ?? []) listener(3)
    }
    const bench = await started(Listening)
    tell(bench)
    expect(heard).toEqual([
      ['emitter', 1, 2],
      ['target', 'news'],
      ['node', 3]
    ])
    await bench.threads.disable('a')
    tell(bench)
    expect(heard).toHaveLength(3)
    expect([emitter.listenerCount('news'), bench.listeners.get('socket:open')?.size]).toEqual([0, 0])
  })

  it('effects, newest first, each guarded', async () => {
    const undone: string[] = []
    class Effective extends Hooks {
      override start(): void {
        this.effect(() => () => undone.push('first'))
        this.effect(() => () => {
          throw new Error('no')
        })
        this.effect(() => async () => {
          await Promise.resolve()
          undone.push('asynchronous')
        })
        this.effect(() => undefined)
        this.effect(() => () => undone.push('last'))
      }
    }
    const bench = await started(Effective)
    await bench.threads.disable('a')
    expect(undone).toEqual(['last', 'first', 'asynchronous'])
    expect(bench.warnings).toMatchObject([{ message: 'effect of the thread a failed: no' }])
  })

  it('earlier where the thread asks for it, and not twice', async () => {
    const undone: string[] = []
    const emitter = new EventEmitter()
    class Tidy extends Hooks {
      override start(): void {
        this.setInterval(() => undefined, 10).close()
        this.on(emitter, 'news', () => undefined)()
        const undo = this.effect(() => () => undone.push('effect'))
        undo()
        undo()
      }
    }
    const bench = await started(Tidy)
    expect([undone, emitter.listenerCount('news'), bench.kit.clock.pending]).toEqual([['effect'], 0, 0])
    await bench.threads.disable('a')
    expect(undone).toEqual(['effect'])
  })

  it('and nothing can be taken afterwards', async () => {
    let thread: Late | undefined
    const emitter = new EventEmitter()
    class Late extends Hooks {
      constructor() {
        super()
        thread = this // eslint-disable-line @typescript-eslint/no-this-alias -- the test looks at it after its end
      }

      take(): void {
        this.setInterval(() => undefined, 10).refresh()
        this.on(emitter, 'news', () => undefined)
        this.on('warning', () => undefined)
        this.effect(() => {
          throw new Error('this does not run')
        })
      }
    }
    const bench = await started(Late)
    await bench.threads.disable('a')
    thread?.take()
    expect([emitter.listenerCount('news'), bench.listeners.size, bench.kit.clock.pending]).toEqual([0, 0, 0])
  })
})

describe('code of a thread that has no caller', () => {
  it.each([
    [
      'setTimeout',
      (thread: Access) =>
        thread.timeout(() => {
          throw new Error('no')
        })
    ],
    ['setTimeout', (thread: Access) => thread.timeout(() => Promise.reject(new Error('no')))],
    ['setInterval', (thread: Access) => thread.interval(() => Promise.reject(new Error('no')))],
    [
      'listener of news',
      (thread: Access) =>
        thread.listen(() => {
          throw new Error('no')
        })
    ],
    ['listener of news', (thread: Access) => thread.listen(() => Promise.reject(new Error('no')))],
    [
      'listener of news',
      (thread: Access) =>
        thread.listenToNode(() => {
          throw new Error('no')
        })
    ]
  ])('that fails is attributed, counted, logged and reported: %s', async (where, fail) => {
    const bench = await started(
      class extends Access {
        override start(): void {
          fail(this)
        }
      }
    )
    for (const listener of bench.listeners.get('news') ?? []) listener()
    await bench.kit.clock.advanceAsync(10)
    Access.emitter.emit('news')
    await bench.kit.clock.advanceAsync(0)
    expect(bench.warnings).toMatchObject([
      { message: `${where} of the thread a failed: no`, details: { thread: 'a', where } }
    ])
    expect(bench.threads.list()).toMatchObject([{ state: 'running', failures: 1 }])
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { thread: 'a', where } }])
    await bench.threads.stop()
  })

  it.each(['ERR_TRUSTP2P_NODE_CLOSED', 'ERR_TRUSTP2P_SOCKET_CLOSED'] as const)(
    'and that a closing node or a leaving peer stopped is counted, and no error of it: %s',
    async (code) => {
      const bench = await started(
        class extends Hooks {
          override start(): void {
            this.setTimeout(() => Promise.reject(new P2pError(code, 'gone')), 10)
          }
        }
      )
      await bench.kit.clock.advanceAsync(10)
      expect(bench.threads.list()).toMatchObject([{ state: 'running', failures: 1 }])
      expect(bench.warnings).toEqual([])
      expect(bench.log.lines.filter(({ level }) => level !== 'info')).toMatchObject([
        { level: 'debug', message: 'a callback was given up', fields: { thread: 'a', where: 'setTimeout' } }
      ])
      await bench.threads.stop()
    }
  )

  it('and listens to warnings is not warned of itself', async () => {
    const bench = await started(
      class extends Hooks {
        override start(): void {
          this.on('warning', () => {
            throw new Error('no')
          })
        }
      }
    )
    for (const listener of bench.listeners.get('warning') ?? []) listener()
    expect(bench.warnings).toEqual([])
    expect(bench.threads.list()).toMatchObject([{ failures: 1 }])
  })

  it('keeps an interval going after a failure', async () => {
    let ticks = 0
    const bench = await started(
      class extends Hooks {
        override start(): void {
          this.setInterval(() => {
            ticks += 1
            throw new Error('no')
          }, 10)
        }
      }
    )
    bench.kit.clock.advance(30)
    expect([ticks, bench.warnings.length]).toEqual([3, 3])
    await bench.threads.stop()
  })
})

describe('this.on', () => {
  it('takes an event and a listener, or an emitter before them', async () => {
    const bench = await started(
      class extends Hooks {
        override start(): void {
          this.on('warning', 'no function' as never)
        }
      }
    )
    expect(bench.threads.list()).toMatchObject([
      { error: { cause: new TypeError('on takes (event, listener) or (emitter, event, listener)') } }
    ])
  })

  it('hears an emitter as an emitter, though it can be listened to like a target', async () => {
    const heard: unknown[] = []
    const both = Object.assign(new EventEmitter(), {
      addEventListener: () => heard.push('target'),
      removeEventListener: () => undefined
    })
    await started(
      class extends Hooks {
        override start(): void {
          this.on(both, 'news', (value: string) => heard.push(value))
        }
      }
    )
    both.emit('news', 'emitter')
    expect(heard).toEqual(['emitter'])
  })
})

class Access extends Hooks {
  static readonly emitter = new EventEmitter()

  timeout(callback: () => unknown): void {
    this.setTimeout(callback, 10)
  }

  interval(callback: () => unknown): void {
    const timer = this.setInterval(() => {
      timer.close()
      return callback()
    }, 10)
  }

  listen(listener: () => unknown): void {
    this.on(Access.emitter, 'news', listener)
  }

  listenToNode(listener: () => unknown): void {
    this.on('news', listener)
  }
}
