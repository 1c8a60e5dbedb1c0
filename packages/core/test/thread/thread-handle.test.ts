import { inspect } from 'node:util'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import type { ThreadHandle } from '../../src/thread/thread'
import { createBench, createGate } from './bench'
import type { Bench, BenchOptions } from './bench'

class Base extends Thread {
  static override manifest: ThreadManifest = { handles: [] }

  inherited(): string {
    return 'inherited'
  }
}

class Store extends Base {
  readonly secret = 'secret'
  readonly arrow = (): string => 'arrow'
  version = 1

  get accessor(): () => string {
    throw new Error('this is never read')
  }

  add(left: number, right: number): number {
    return left + right
  }

  async later(): Promise<string> {
    return `later ${this.secret}`
  }

  fail(): never {
    throw Object.assign(new Error('no'), { code: 'E_OWN' })
  }

  override stop(): void {}

  override onSocketOpen(): void {}
}

async function started(classes: Record<string, unknown> = { store: Store }, options?: BenchOptions): Promise<Bench> {
  const bench = createBench(classes, options)
  await bench.threads.start()
  return bench
}

function call(handle: ThreadHandle, key: string): Promise<unknown> {
  return Reflect.apply(handle[key] ?? (() => undefined), handle, []) as Promise<unknown>
}

describe('the handle to a thread', () => {
  it('calls its public methods, own and inherited, and always gives a promise', async () => {
    const { threads } = await started()
    const store = threads.get('store')
    const sum = store.add?.(1, 2)
    expect(sum).toBeInstanceOf(Promise)
    expect(await sum).toBe(3)
    expect(await store.later?.()).toBe('later secret')
    expect(await store.inherited?.()).toBe('inherited')
    expect(threads.list()).toMatchObject([{ calls: 3, failures: 0 }])
  })

  it('rejects with what the method throws, and counts it', async () => {
    const { threads, warnings } = await started()
    await expect(threads.get('store').fail?.()).rejects.toMatchObject({ code: 'E_OWN', message: 'no' })
    expect(threads.list()).toMatchObject([{ calls: 1, failures: 1 }])
    expect(warnings).toEqual([])
  })

  it.each([
    'secret',
    'version',
    'arrow',
    'accessor',
    'nothing',
    'setTimeout',
    'effect',
    'start',
    'stop',
    'onSocketOpen'
  ])('has no method for %s', async (key) => {
    const { threads } = await started()
    await expect(call(threads.get('store'), key)).rejects.toEqual(
      new TypeError(`the thread store has no public method ${key}()`)
    )
  })

  it.each(['constructor', '__proto__', 'then', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__', 'toJSON'])(
    'gives undefined for %s, which belongs to the language',
    async (key) => {
      expect((await started()).threads.get('store')[key]).toBeUndefined()
    }
  )

  it('shows nothing of the thread, and takes nothing', async () => {
    const store = (await started()).threads.get('store')
    expect([Object.keys(store), Object.getPrototypeOf(store), 'add' in store, 'constructor' in store]).toEqual([
      [],
      null,
      false,
      false
    ])
    expect(inspect(store)).not.toContain('secret')
    expect(await Promise.resolve(store)).toBe(store)
    expect(JSON.stringify(store)).toBe('{}')
    expect(Reflect.set(store, 'add', 1)).toBe(false)
    expect(Reflect.defineProperty(store, 'add', { value: 1 })).toBe(false)
    expect(Reflect.setPrototypeOf(store, {})).toBe(false)
    expect(Reflect.get(store, Symbol.iterator)).toBeUndefined()
  })

  it('rejects while the thread does not run, and works as soon as it does', async () => {
    const { threads } = await started({ store: Store }, { enabled: [] })
    const store = threads.get('store')
    const missing = { code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND', message: expect.stringContaining('store') as string }
    await expect(store.add?.(1, 2)).rejects.toMatchObject(missing)
    await threads.enable('store')
    expect(await store.add?.(1, 2)).toBe(3)
    await threads.disable('store')
    await expect(store.add?.(1, 2)).rejects.toMatchObject(missing)
  })

  it('survives the reload of the thread', async () => {
    const { threads, list, kit } = await started()
    const store = threads.get('store')
    const kept = store.add
    list.put(
      'store',
      class extends Base {
        add(left: number, right: number): number {
          return left * right
        }
      }
    )
    await kit.clock.advanceAsync(0)
    expect(await store.add?.(3, 4)).toBe(12)
    expect(await kept?.(3, 4)).toBe(12)
  })

  it('lets a call finish on the version that took it, until that is stopped', async () => {
    const gate = createGate<string>()
    class Waiting extends Base {
      wait(): Promise<string> {
        return gate.opened
      }

      hang(): Promise<never> {
        return new Promise(() => undefined)
      }
    }
    const { threads, kit } = await started({ a: Waiting })
    const waiting = threads.get('a').wait?.()
    await threads.reload('a')
    expect(threads.list()).toMatchObject([{ active: 0 }])
    gate.open('done')
    expect(await waiting).toBe('done')
    const hanging = threads
      .get('a')
      .hang?.()
      .catch((error: unknown) => error)
    const disabled = threads.disable('a')
    await kit.clock.advanceAsync(10_000)
    await disabled
    expect(await hanging).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
  })

  it('reaches classes of the old style', async () => {
    class Old {
      eventMap = { 30: { ask: () => 'yes' } }

      greet(): string {
        return 'hello'
      }
    }
    const { threads } = await started({ old: Old })
    expect(await threads.get('old').greet?.()).toBe('hello')
  })
})
