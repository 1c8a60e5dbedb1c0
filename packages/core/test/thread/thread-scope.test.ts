import { promisify } from 'node:util'
import { ManualClock } from '@trustp2p/testing'
import type { Clock } from '../../src/kit'
import { ScopedTimer } from '../../src/thread/scoped-timer'
import { ThreadScope } from '../../src/thread/thread-scope'

function createScope(clock: Clock = new ManualClock()) {
  const failures: [string, unknown][] = []
  const guard = (where: string, callback: () => unknown): void => {
    try {
      callback()
    } catch (error) {
      failures.push([where, error])
    }
  }
  return { scope: new ThreadScope(clock, guard), failures }
}

describe('the timers of a scope', () => {
  it('run on the clock of the kit, with their values', () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    const ran: unknown[] = []
    const note = (...values: unknown[]): void => void ran.push([clock.now(), ...values])
    scope.globals.setTimeout(note, 10, 'once', 2)
    scope.globals.setInterval(note, 4, 'again')
    scope.globals.setImmediate(note, 'soon')
    clock.advance(12)
    expect(ran).toEqual([
      [0, 'soon'],
      [4, 'again'],
      [8, 'again'],
      [10, 'once', 2],
      [12, 'again']
    ])
  })

  it.each([
    [undefined, 1],
    [0, 1],
    [-5, 1],
    [Number.NaN, 1],
    [Infinity, 1],
    [0.5, 1],
    [1, 1],
    [1.9, 1],
    [2, 2],
    ['7', 7],
    ['x', 1],
    [2 ** 31 - 1, 2 ** 31 - 1],
    [2 ** 31, 1]
  ])('take the delay %p for %d ms, as those of Node do', (delayMs, effective) => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    let ran = 0
    Reflect.apply(scope.globals.setTimeout, undefined, [() => (ran += 1), delayMs])
    clock.advance(effective - 1)
    expect(ran).toBe(0)
    clock.advance(1)
    expect(ran).toBe(1)
  })

  it.each(['setTimeout', 'setInterval', 'setImmediate'] as const)('refuse what is no function: %s', (name) => {
    const { scope } = createScope()
    expect(() => void Reflect.apply(scope.globals[name], undefined, ['text'])).toThrow(
      new TypeError(`${name} takes a function, not string`)
    )
  })

  it('are cleared by any of the three', () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    const { globals } = scope
    const run = (): never => {
      throw new Error('this does not run')
    }
    globals.clearInterval(globals.setTimeout(run, 1))
    globals.clearTimeout(globals.setInterval(run, 1))
    globals.clearTimeout(globals.setImmediate(run))
    for (const handle of [undefined, null, 7, 'text', {}, () => undefined]) globals.clearTimeout(handle)
    clock.advance(10)
    expect([clock.pending, scope.disposers.size]).toEqual([0, 0])
  })

  it('leave nothing once they have run', () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    scope.setTimeout(() => undefined, 1)
    expect(scope.disposers.size).toBe(1)
    clock.advance(1)
    expect(scope.disposers.size).toBe(0)
  })

  it('can end themselves, and start themselves anew', () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    const ran: number[] = []
    const interval = scope.setInterval(() => {
      ran.push(clock.now())
      if (ran.length === 2) interval.close()
    }, 10)
    const timer = scope.setTimeout(() => {
      ran.push(-clock.now())
      if (clock.now() < 60) timer.refresh()
    }, 30)
    clock.advance(1_000)
    expect(ran).toEqual([10, 20, -30, -60])
    interval.refresh()
    expect(clock.pending).toBe(0)
  })

  it('start their delay anew with refresh()', () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    const ran: number[] = []
    const timer = scope.setTimeout(() => ran.push(clock.now()), 10)
    clock.advance(9)
    expect(timer.refresh()).toBe(timer)
    clock.advance(9)
    expect(ran).toEqual([])
    clock.advance(1)
    expect(ran).toEqual([19])
  })

  it('hand ref and unref on to the platform, also to the timers that follow', () => {
    const calls: string[] = []
    const pending: (() => void)[] = []
    const clock: Clock = {
      now: () => 0,
      exact: () => 0,
      wall: () => 0,
      setTimeout(callback) {
        pending.push(callback)
        return { ref: () => calls.push('ref'), unref: () => calls.push('unref') }
      },
      clearTimeout: () => undefined
    }
    const { scope } = createScope(clock)
    const timer = scope.setInterval(() => undefined, 10)
    expect(timer.hasRef()).toBe(true)
    expect(timer.unref().hasRef()).toBe(false)
    pending[0]?.()
    expect(timer.ref().hasRef()).toBe(true)
    pending[1]?.()
    expect(calls).toEqual(['unref', 'unref', 'ref'])
    expect(timer.close().hasRef()).toBe(false)
  })

  it('have the promise form that util.promisify looks for', async () => {
    const clock = new ManualClock()
    const { setTimeout, setImmediate } = createScope(clock).scope.globals
    const waited: Promise<unknown> = Reflect.apply(promisify(setTimeout), undefined, [10, 'value'])
    const soon: Promise<unknown> = Reflect.apply(promisify(setImmediate), undefined, ['soon'])
    await clock.advanceAsync(10)
    expect(await Promise.all([waited, soon])).toEqual(['value', 'soon'])
  })

  it('are guarded, and an interval goes on', () => {
    const clock = new ManualClock()
    const { scope, failures } = createScope(clock)
    const error = new Error('no')
    scope.setInterval(() => {
      throw error
    }, 10)
    clock.advance(20)
    expect(failures).toEqual([
      ['setInterval', error],
      ['setInterval', error]
    ])
  })
})

describe('a disposed scope', () => {
  it('undoes in reverse, though some fail', async () => {
    const { scope, failures } = createScope()
    const undone: string[] = []
    scope.add(() => undone.push('first'))
    scope.add(() => Promise.reject(new Error('rejected')))
    scope.add(() => {
      throw new Error('thrown')
    })
    scope.add(() => undone.push('last'))
    await scope.dispose()
    expect(undone).toEqual(['last', 'first'])
    expect(failures.map(([where, error]) => [where, (error as Error).message])).toEqual([
      ['effect', 'thrown'],
      ['effect', 'rejected']
    ])
    await scope.dispose()
    expect(undone).toHaveLength(2)
  })

  it('takes nothing any more, and undoes at once what is added', async () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    const once = scope.setTimeout(() => undefined, 1)
    clock.advance(1)
    await scope.dispose()
    const undone: string[] = []
    scope.add(() => undone.push('added'))
    scope.setTimeout(() => undefined, 1)
    scope.globals.setImmediate(() => undefined)
    once.refresh()
    new ScopedTimer(scope, { run: () => undefined, delayMs: 1, repeat: true }).refresh()
    scope.guarded('x', () => undone.push('called'))()
    expect([clock.pending, undone, scope.disposers.size]).toEqual([0, ['added'], 0])
  })

  it('ends an interval that disposes of it while it runs', () => {
    const clock = new ManualClock()
    const { scope } = createScope(clock)
    scope.setInterval(() => void scope.dispose(), 10)
    clock.advance(10)
    expect(clock.pending).toBe(0)
  })
})
