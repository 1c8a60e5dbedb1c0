import type { EventEmitter } from 'node:events'
import {
  createMemoryDriver,
  createNodeKit,
  createWsDriver,
  DriverRegistry,
  MemoryNetwork,
  P2pNode,
  resolveConfig
} from 'trustp2p'
import type { ConfigInput, Driver, Kit, NodeConfig, ThreadConfig } from 'trustp2p'
import { ManualClock } from '../manual-clock'
import { createMemoryLog } from '../memory-log'
import type { MemoryLog } from '../memory-log'
import { createSeededRandom } from '../seeded-random'
import { createBenchSource } from './bench-source'
import type { BenchSource, BenchThread } from './bench-source'
import { createOwnedDriver } from './owned-driver'
import type { OwnedResources } from './owned-resources'
import { SharedThings } from './shared-things'

/** How a thread is run. */
export interface ThreadBenchOptions {
  /** Name of the thread [that of its file; `thread` for a class]. */
  readonly name?: string
  /** What it gets as `this.config` [{}]. */
  readonly config?: unknown
  /** Its other settings [those of a node]. */
  readonly settings?: Partial<Omit<ThreadConfig, 'config'>>
  /** More of the configuration of its node [that of `createNode`]. */
  readonly node?: Omit<ConfigInput, 'listen' | 'connect' | 'threads' | 'control'>
  /** `virtual`: time stands still until `advance` [real]. */
  readonly time?: 'virtual' | 'real'
  /** How peers connect: within the process, or by WebSockets on 127.0.0.1 [memory]. */
  readonly transport?: 'memory' | 'ws'
  /** What its random numbers come from [1]. */
  readonly seed?: number
  /** Emitters whose listeners are looked at in the end, by the name that a report gives them [`process` alone]. */
  readonly emitters?: Readonly<Record<string, EventEmitter>>
}

/** What a bench is made of. */
export interface BenchParts {
  readonly node: P2pNode
  readonly source: BenchSource
  /** That of the node: its timers run in the context of the thread. */
  readonly kit: Kit
  readonly log: MemoryLog
  /** Undefined where time is real. */
  readonly clock: ManualClock | undefined
  readonly owned: OwnedResources
  readonly shared: SharedThings
  readonly peerDriver: Driver
  /** Where a peer listens. */
  readonly peerAddress: string
  readonly limits: P2pNode['config']['limits']
}

/** Makes the node of a bench and what belongs to it; nothing runs yet. */
export function createParts(thread: BenchThread, options: ThreadBenchOptions, owned: OwnedResources): BenchParts {
  const { seed = 1, time = 'real', name } = options
  const log = createMemoryLog()
  const clock = time === 'virtual' ? new ManualClock() : undefined
  const base = { ...createNodeKit({ log }), random: createSeededRandom(seed) }
  const peerKit: Kit = clock === undefined ? base : { ...base, clock }
  const kit = createOwnedKit(peerKit, owned)
  const source = createBenchSource(thread, { kit, owned, name })
  try {
    const config = configOf(source.name, options)
    const { createDriver, peerAddress } = createTransport(options, config, peerKit)
    const registry = new DriverRegistry()
    registry.add(createOwnedDriver(createDriver(kit), owned.run))
    const program = { name: 'bench', version: '0' }
    const node = new P2pNode({ kit, config, registry, source: source.source, program })
    // Now that the libraries of the node are there: they may have globals of their own.
    const shared = new SharedThings(options.emitters ?? {})
    const peers = { peerDriver: createDriver(peerKit), peerAddress, limits: config.limits }
    return { node, source, kit, log, clock, owned, shared, ...peers }
  } catch (error) {
    source.dispose()
    throw error
  }
}

function configOf(thread: string, { node, transport, settings, config }: ThreadBenchOptions): NodeConfig {
  const listen = [transport === 'ws' ? 'ws://127.0.0.1:0' : 'memory://bench']
  return resolveConfig({ role: 'node', code: { ...node, listen, threads: { [thread]: { ...settings, config } } } })
}

/** How node and peers are connected: the drivers of one are made as those of the other. */
function createTransport(
  { transport }: ThreadBenchOptions,
  { drivers }: NodeConfig,
  peerKit: Kit
): { createDriver: (kit: Kit) => Driver; peerAddress: string } {
  if (transport === 'ws') {
    return { createDriver: (kit) => createWsDriver({ kit, config: drivers.ws }), peerAddress: 'ws://127.0.0.1:0' }
  }
  const network = new MemoryNetwork(peerKit)
  return { createDriver: (kit) => createMemoryDriver({ kit, network }), peerAddress: 'memory://peer' }
}

/** Timers of the node call the thread: they run in its context, whoever lets the time go on. */
function createOwnedKit(kit: Kit, { run }: OwnedResources): Kit {
  const { clock } = kit
  return {
    ...kit,
    clock: {
      now: () => clock.now(),
      exact: () => clock.exact(),
      wall: () => clock.wall(),
      setTimeout: (callback, delayMs) => clock.setTimeout(() => run(callback), delayMs),
      clearTimeout: (handle) => clock.clearTimeout(handle)
    }
  }
}
