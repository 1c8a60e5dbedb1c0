import { P2pError } from '../../src/errors'
import type { Place } from '../../src/kit'
import { Thread } from '../../src/thread/thread'
import type { EventMap } from '../../src/thread/thread'
import { isHandedOver } from '../../src/thread/floating'
import { PackageType } from '../../src/wire/package'
import { createBench, createGate } from './bench'
import type { Bench } from './bench'
import { createEntry, createSource } from './scripted-source'

/** A class whose instances say where their code ran, by the part of it. */
function placed(bench: () => Bench, places: Map<string, Place | undefined>, wait: () => unknown = () => undefined) {
  const note = (what: string): void => void places.set(what, bench().kit.context.current)
  return class extends Thread {
    static override manifest = {
      restart: { firstMs: 100, jitter: 0 },
      config: {
        parse(value: unknown) {
          note('its config')
          return value
        }
      }
    }
    readonly ticking = this.setTimeout(() => note('timer'), 1)

    constructor() {
      super()
      note('its constructor')
    }

    override get eventMap(): EventMap {
      note('eventMap')
      return {
        [PackageType.REQUEST]: {
          ask: () => note('ask'),
          wait: () => {
            note('wait')
            return wait()
          },
          other: async () => {
            await this.threads.get('a')['method']?.()
          }
        }
      }
    }

    override start(): void | Promise<void> {
      note('start()')
    }

    override stop(): void {
      note('stop()')
    }

    override onSocketClose(): void {
      note('onSocketClose')
    }

    method(): void {
      note('method()')
    }
  }
}

async function started(wait?: () => unknown) {
  const places = new Map<string, Place | undefined>()
  const create = (): Bench => bench
  const bench: Bench = createBench({ a: placed(create, places, wait) })
  await bench.threads.start()
  const place = (what: string): Place => {
    const found = places.get(what)
    if (found === undefined) throw new Error(`${what} ran nowhere`)
    return found
  }
  return { bench, places, place, create }
}

describe('T24 code of a thread', () => {
  it('is known by its thread and its part wherever it is called, and by nobody after it', async () => {
    const { bench, places } = await started()
    bench.request('ask')
    bench.threads.socketClosed({ id: 's' } as never)
    await bench.threads.get('a')['method']?.()
    await bench.kit.clock.advanceAsync(1)
    await bench.threads.stop()
    const parts = [...places].map(([what, place]) => [what, place?.owner.thread, place?.what])
    expect(parts.sort()).toEqual([
      ['ask', 'a', 'ask'],
      ['eventMap', 'a', 'its constructor'],
      ['its config', 'a', 'its constructor'],
      ['its constructor', 'a', 'its constructor'],
      ['method()', 'a', 'method()'],
      ['onSocketClose', 'a', 'onSocketClose'],
      ['start()', 'a', 'start()'],
      ['stop()', 'a', 'stop()'],
      ['timer', 'a', 'setTimeout']
    ])
    expect(bench.kit.context.current).toBeUndefined()
  })

  it('is the caller’s again when a method of another thread has returned, and a listener of the node’s is nobody’s', async () => {
    const seen: unknown[] = []
    const create = (): Bench => bench
    const look = (): void => void seen.push(bench.kit.context.current?.what)
    class Asking extends Thread {
      override get eventMap(): EventMap {
        return {
          [PackageType.REQUEST]: {
            go: () => {
              void this.threads.get('a')['method']?.()
              look()
            }
          }
        }
      }
    }
    const bench: Bench = createBench({ a: placed(create, new Map()), b: Asking })
    await bench.threads.start()
    bench.request('go')
    look()
    expect(seen).toEqual(['go', undefined])
  })
})

describe('T24 a failure that nobody waits for', () => {
  it('is that of the version whose code left it: the one that serves ends, with what it left', async () => {
    const { bench, place } = await started()
    bench.request('ask')
    const { owner, what } = place('ask')
    expect(bench.threads.accuse(new Error('floating'), owner, what)).toBe(true)
    await bench.kit.clock.advanceAsync(0)
    expect(bench.threads.list()).toMatchObject([
      {
        state: 'backoff',
        failures: 0,
        error: {
          code: 'ERR_TRUSTP2P_THREAD_CRASHED',
          message:
            'a: failed in code that nobody waits for that ask left running: floating; await it, or catch what it throws',
          details: { thread: 'a', where: 'ask' }
        }
      }
    ])
  })

  it('of a version that is being replaced is counted and logged, and the new one serves on', async () => {
    const gate = createGate<string>()
    const { bench, place, places, create } = await started(() => gate.opened)
    const asked = bench.request('wait')
    const { owner } = place('wait')
    bench.list.put('a', placed(create, places))
    await bench.kit.clock.advanceAsync(0)
    bench.request('ask')
    expect(place('ask').owner).not.toBe(owner)
    expect(bench.threads.accuse(new Error('floating'), owner, 'wait')).toBe(true)
    await bench.kit.clock.advanceAsync(0)
    expect(bench.states()).toEqual({ a: 'running' })
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toMatchObject([
      { message: 'code that nobody waits for failed', fields: { thread: 'a', where: 'wait' } }
    ])
    gate.open('done')
    await bench.kit.clock.advanceAsync(0)
    expect(asked.answer).toEqual({ body: 'done' })
  })

  it('of a version that has ended is logged, and that of another node’s thread is not taken', async () => {
    const { bench, place } = await started()
    bench.request('ask')
    const { owner } = place('ask')
    await bench.threads.disable('a')
    expect(bench.threads.accuse(new Error('floating'), owner, 'ask')).toBe(true)
    expect(bench.log.lines.at(-1)).toMatchObject({ level: 'error', fields: { thread: 'a', where: 'ask' } })
    expect(bench.threads.accuse(new Error('floating'), { thread: 'a', home: {} }, 'ask')).toBe(false)
  })

  it('of what a peer or the end of a node has caused ends nothing, and is counted', async () => {
    const { bench, place } = await started()
    bench.request('ask')
    const gone = new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', 'gone')
    expect(bench.threads.accuse(gone, place('ask').owner, 'ask')).toBe(true)
    await bench.kit.clock.advanceAsync(0)
    expect(bench.threads.list()).toMatchObject([{ state: 'running', failures: 1, error: undefined }])
    expect(bench.log.lines.filter(({ level }) => level === 'error')).toEqual([])
  })

  it('U2 while its module is loaded is a failure of the load: the version before serves on, and nothing is tried again', async () => {
    const { owner, bench, source } = await loading()
    expect(bench.threads.accuse(new Error('floating'), owner(), 'its module')).toBe(true)
    await bench.kit.clock.advanceAsync(60_000)
    expect(bench.threads.list()).toMatchObject([
      { state: 'failed', error: { code: 'ERR_TRUSTP2P_THREAD_LOAD_FAILED' } }
    ])
    source.tell([])
    await bench.threads.stop()
    expect(bench.kit.clock.pending).toBe(0)
  })

  it('U2 of a new version that starts keeps it from taking over, whatever its start() comes to', async () => {
    const gate = createGate()
    const { bench, create } = await started()
    const places = new Map<string, Place | undefined>()
    class Next extends placed(create, places) {
      override async start(): Promise<void> {
        void super.start()
        await gate.opened
      }
    }
    bench.list.put('a', Next)
    await bench.kit.clock.advanceAsync(0)
    const owner = places.get('start()')?.owner ?? { thread: 'a', home: {} }
    expect(bench.threads.accuse(new Error('floating'), owner, 'start()')).toBe(true)
    gate.open()
    await bench.kit.clock.advanceAsync(60_000)
    expect(bench.threads.list()).toMatchObject([{ state: 'running', error: { code: 'ERR_TRUSTP2P_THREAD_CRASHED' } }])
    bench.request('ask')
    expect(places.has('ask')).toBe(false)
  })

  /** A thread whose module does not end. */
  async function loading() {
    let place: Place | undefined
    const load = (): Promise<never> => {
      place = bench.kit.context.current
      return new Promise(() => undefined)
    }
    const source = createSource([createEntry('a', { load })])
    const bench: Bench = createBench({}, { source })
    void bench.threads.start()
    await bench.kit.clock.advanceAsync(0)
    const owner = () => {
      if (place === undefined) throw new Error('nothing was loaded')
      return place.owner
    }
    return { bench, source, owner }
  }

  it('that a thread threw to who called it is the caller’s, not its own', async () => {
    const error = new Error('no')
    class Throwing extends Thread {
      static override manifest = { handles: [] }
      async fail(): Promise<void> {
        await Promise.resolve()
        throw error
      }
    }
    const bench = createBench({ a: Throwing })
    await bench.threads.start()
    expect(isHandedOver(error)).toBe(false)
    await expect(bench.threads.get('a')['fail']?.()).rejects.toBe(error)
    expect(isHandedOver(error)).toBe(true)
  })
})

describe('whose code a stack trace is of', () => {
  /** Two threads of one folder, each with its own file and one that both have. */
  async function two() {
    const owners = new Map<string, unknown>()
    const entry = (name: string) => {
      class Plain extends Thread {
        static override manifest = { handles: [] }
        override start(): void {
          owners.set(name, bench.kit.context.current?.owner)
        }
      }
      const files = [`/p/${name}.js`, '/p/both.js']
      const includes = (file: string): boolean => files.includes(file)
      return createEntry(name, { load: () => Promise.resolve({ exports: Plain, revision: 1, includes }) })
    }
    const source = createSource([entry('a'), entry('b')])
    const bench: Bench = createBench({}, { source })
    await bench.threads.start()
    return { bench, names: (files: readonly string[]) => bench.threads.ownersOf(files).map(({ thread }) => thread) }
  }

  it('is told by the innermost file of a thread, and by the next ones where several threads have it', async () => {
    const { bench, names } = await two()
    expect(names([])).toEqual([])
    expect(names(['/p/c.js', 'node:events'])).toEqual([])
    expect(names(['node:events', '/p/b.js', '/p/a.js'])).toEqual(['b'])
    expect(names(['/p/both.js'])).toEqual(['a', 'b'])
    expect(names(['/p/both.js', '/p/c.js', '/p/b.js', '/p/a.js'])).toEqual(['b'])
    await bench.threads.stop()
    expect(names(['/p/a.js'])).toEqual([])
  })
})
