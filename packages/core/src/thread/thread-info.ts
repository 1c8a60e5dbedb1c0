import type { ThreadInfo, ThreadState } from './thread-events'
import type { ThreadEntry } from './thread-source'
import type { ThreadUnit } from './thread-unit'

function stateOf(unit: ThreadUnit): ThreadState {
  if (unit.current !== undefined) return 'running'
  if (unit.entry === undefined) return 'stopping'
  if (unit.busy && !unit.failed) return 'starting'
  return unit.error?.code === 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING' ? 'waiting' : 'failed'
}

/** What is known of a thread. */
export function infoOf(unit: ThreadUnit): ThreadInfo {
  const { name, error, entry, current, retiring } = unit
  const shown = current ?? retiring.at(-1)
  return {
    name,
    state: stateOf(unit),
    path: entry?.path ?? shown?.path ?? name,
    revision: current?.revision ?? entry?.revision ?? shown?.revision ?? 0,
    error,
    handlers: current?.handlerCount ?? 0,
    events: current?.handledEvents ?? [],
    calls: shown?.invoker.calls ?? 0,
    failures: shown?.invoker.failures ?? 0,
    dropped: shown?.invoker.dropped ?? 0,
    active: shown?.invoker.running ?? 0
  }
}

/** What is known of an entry that lost its name to another one. */
export function infoOfEntry({ name, path, revision, problem }: ThreadEntry): ThreadInfo {
  const counts = { handlers: 0, events: [], calls: 0, failures: 0, dropped: 0, active: 0 }
  return { name, state: 'failed', path, revision, error: problem, ...counts }
}
