import type { Generation, StartTimes } from './generation'
import type { Latency } from './latency'
import { dependenciesOf } from './order'
import type { HandledEvent, ThreadInfo } from './thread-events'
import type { ThreadEntry } from './thread-source'
import type { ThreadUnit } from './thread-unit'

const NO_TIMES: StartTimes = { loadMs: undefined, waitMs: undefined, startMs: undefined }

/** What is known of a thread at a time of the kit's clock, and how many messages came over its quotas. */
export function infoOf(unit: ThreadUnit, now: number, overQuota: number): ThreadInfo {
  const { name, error, entry, current, retiring, lifecycle, restarts } = unit
  const shown = current ?? unit.starting ?? retiring.at(-1)
  const manifest = shown?.manifest ?? unit.plan
  const events = current === undefined ? [] : handledEvents(current)
  return {
    name,
    state: lifecycle.state,
    linked: entry !== undefined,
    version: manifest?.version,
    isolation: shown?.isolation ?? 'inline',
    uptimeMs: current && now - current.runsSince,
    restarts: restarts.total,
    retryInMs: lifecycle.state === 'backoff' ? Math.max(0, restarts.retryAt - now) : undefined,
    waitsFor: manifest === undefined ? [] : dependenciesOf(manifest),
    times: { ...(shown?.times ?? NO_TIMES) },
    path: entry?.path ?? shown?.path ?? name,
    revision: current?.revision ?? entry?.revision ?? shown?.revision ?? 0,
    error,
    handlers: events.length,
    events,
    overQuota,
    ...(shown?.counts ?? NO_COUNTS)
  }
}

const NO_COUNTS = { calls: 0, failures: 0, dropped: 0, active: 0 }

/** What is known of an entry that lost its name to another one. */
export function infoOfEntry({ name, path, revision, problem }: ThreadEntry): ThreadInfo {
  return {
    name,
    state: 'failed',
    linked: true,
    version: undefined,
    isolation: 'inline',
    uptimeMs: undefined,
    restarts: 0,
    retryInMs: undefined,
    waitsFor: [],
    times: NO_TIMES,
    path,
    revision,
    error: problem,
    handlers: 0,
    events: [],
    overQuota: 0,
    ...NO_COUNTS
  }
}

function handledEvents(generation: Generation): HandledEvent[] {
  return [...generation.handlers].flatMap(([type, events]) =>
    [...events].map(([event, handler]) => ({ type, event, ...timesOf(generation.latencyOf(handler)) }))
  )
}

function timesOf(latency: Latency): Omit<HandledEvent, 'type' | 'event'> {
  return { calls: latency.count, p50Ms: latency.quantile(0.5), p99Ms: latency.quantile(0.99) }
}
