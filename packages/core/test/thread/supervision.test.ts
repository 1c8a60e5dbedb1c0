import fc from 'fast-check'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { PackageType } from '../../src/wire/package'
import { createBench } from './bench'

const NAMES = ['a', 'b', 'c'] as const
type Name = (typeof NAMES)[number]

/** How a version behaves, and what it waits for. */
interface Version {
  readonly start: 'at once' | 'later' | 'too late' | 'throws' | 'hangs'
  readonly stop: 'at once' | 'throws' | 'hangs'
  readonly after: readonly Name[]
  readonly requires: readonly Name[]
}

type Step =
  | { readonly do: 'enable' | 'disable' | 'reload' | 'ask'; readonly name: Name }
  | { readonly do: 'put'; readonly name: Name; readonly version: Version }
  | { readonly do: 'wait'; readonly ms: number }

const name = fc.constantFrom(...NAMES)
const names = fc.uniqueArray(name, { maxLength: 2 })
const version: fc.Arbitrary<Version> = fc.record({
  start: fc.constantFrom('at once', 'at once', 'later', 'too late', 'throws', 'hangs'),
  stop: fc.constantFrom('at once', 'at once', 'throws', 'hangs'),
  after: fc.oneof(fc.constant([]), names),
  requires: fc.oneof(fc.constant([]), fc.constant([]), names)
})
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('enable', 'disable', 'reload', 'ask'), name }),
  fc.record({ do: fc.constant('put'), name, version }),
  fc.record({ do: fc.constant('wait'), ms: fc.constantFrom(0, 1, 5, 150, 400) })
)
const versions = fc.record({ a: version, b: version, c: version })

/** What became of every instance that was made. */
interface Life {
  readonly name: Name
  started: boolean
  stopped: number
}

/** The instances that were made, and waits that outlive them. */
interface World {
  readonly lives: Life[]
  wait(ms: number): Promise<void>
}

function createClass(world: World, own: Name, { start, stop, after, requires }: Version): unknown {
  return class extends Thread {
    static override manifest: ThreadManifest = { after, requires }
    readonly life: Life = { name: own, started: false, stopped: 0 }
    readonly ticking = this.setInterval(() => undefined, 7)

    constructor() {
      super()
      world.lives.push(this.life)
    }

    override get eventMap() {
      return {
        [PackageType.REQUEST]: {
          [own]: () => new Promise((resolve) => this.setTimeout(() => resolve(this.life.stopped), 3)),
          all: () => undefined
        }
      }
    }

    override async start(): Promise<void> {
      if (start === 'later') await world.wait(5)
      if (start === 'too late') await world.wait(101)
      if (start === 'hangs') await new Promise(() => undefined)
      if (start === 'throws') throw new Error('no')
      this.life.started = true
    }

    override async stop(): Promise<void> {
      this.life.stopped += 1
      if (stop === 'hangs') await new Promise(() => undefined)
      if (stop === 'throws') throw new Error('no')
    }
  }
}

const restart = { firstMs: 5, longestMs: 10, most: 2, withinMs: 60_000 }
const settings = { startTimeoutMs: 100, stopTimeoutMs: 50, drainTimeoutMs: 200, restart }

async function run(first: Record<Name, Version>, steps: readonly Step[]): Promise<void> {
  const world: World = { lives: [], wait: (ms) => new Promise((resolve) => kit.clock.setTimeout(resolve, ms)) }
  const on = new Set<Name>(NAMES)
  const classes = Object.fromEntries(NAMES.map((each) => [each, createClass(world, each, first[each])]))
  const bench = createBench(classes, { settings: Object.fromEntries(NAMES.map((each) => [each, settings])) })
  const { threads, list, kit } = bench
  const asked: ReturnType<typeof bench.request>[] = []
  const started = threads.start()
  for (const each of steps) {
    if (each.do === 'wait') await kit.clock.advanceAsync(each.ms)
    else if (each.do === 'put') list.put(each.name, createClass(world, each.name, each.version))
    else if (each.do === 'ask') asked.push(bench.request(each.name))
    else {
      threads[each.do](each.name).catch(() => undefined)
      if (each.do !== 'reload') on[each.do === 'enable' ? 'add' : 'delete'](each.name)
    }
  }
  await kit.clock.advanceAsync(2_000)
  await started
  expectSettled(bench, world.lives, on)
  for (const { handled, answer } of asked) expect(answer === undefined).toBe(!handled)
  const stopped = threads.stop()
  await kit.clock.advanceAsync(2_000)
  await stopped
  expect(kit.clock.pending).toBe(0)
  for (const life of world.lives) expect(life.stopped).toBe(life.started ? 1 : 0)
}

/** Every name that is on runs or says why not; exactly one instance of each that runs is left. */
function expectSettled(bench: ReturnType<typeof createBench>, lives: readonly Life[], on: ReadonlySet<Name>): void {
  const infos = bench.threads.list()
  expect(infos.map((info) => info.name)).toEqual([...on].sort())
  for (const info of infos) {
    expect(['running', 'failed', 'waiting', 'quarantined']).toContain(info.state)
    if (info.state !== 'running') expect(info.error).toBeDefined()
  }
  const isRunning = (each: unknown): boolean => infos.some(({ name, state }) => name === each && state === 'running')
  for (const { error } of infos) {
    const missing = error?.details?.missing
    if (Array.isArray(missing)) expect(missing.every(isRunning)).toBe(false)
  }
  for (const each of NAMES) {
    const runs = isRunning(each)
    const alive = lives.filter((life) => life.name === each && life.started && life.stopped === 0)
    expect(alive).toHaveLength(runs ? 1 : 0)
    expect(bench.request(each).handled).toBe(runs)
  }
}

describe('the supervision of threads', () => {
  it('ends every story of changes in the last state, with each instance stopped once and nothing left', async () => {
    await fc.assert(fc.asyncProperty(versions, fc.array(step, { maxLength: 15 }), run), { numRuns: 100 })
  })
})
