/**
 * What a thread does.
 *
 * - `available`: its file is there and nobody has switched it on.
 * - `loading`: its module is read, compiled, checked and run.
 * - `waiting`: it is loaded, or was, and what it requires or starts after does not run yet.
 * - `starting`: its `start()` runs.
 * - `running`: a version serves; a newer one may be tried beside it.
 * - `draining`: no message reaches it any more, and its running handlers finish.
 * - `stopping`: its `stop()` runs.
 * - `stopped`: nothing of it is left.
 * - `failed`: no version runs, and none will until its file or its link changes.
 * - `backoff`: it failed, and is started again after a wait.
 * - `quarantined`: it failed too often, and is started again by `threads reset` or when its file changes.
 */
export type ThreadState =
  | 'available'
  | 'loading'
  | 'waiting'
  | 'starting'
  | 'running'
  | 'draining'
  | 'stopping'
  | 'stopped'
  | 'failed'
  | 'backoff'
  | 'quarantined'

/** Where a thread may go from each state. */
export const MOVES: Readonly<Record<ThreadState, readonly ThreadState[]>> = {
  available: ['loading', 'failed', 'stopped'],
  loading: ['waiting', 'failed', 'stopped'],
  waiting: ['starting', 'loading', 'failed', 'stopped'],
  starting: ['running', 'loading', 'waiting', 'failed', 'backoff', 'quarantined', 'stopped'],
  running: ['draining'],
  draining: ['stopping', 'loading'],
  stopping: ['stopped', 'waiting', 'backoff', 'quarantined', 'failed', 'loading'],
  stopped: ['loading', 'failed'],
  failed: ['loading', 'stopped'],
  backoff: ['loading', 'stopped', 'failed'],
  quarantined: ['loading', 'stopped', 'failed']
}

/** The state of one thread, and the only place where it changes. */
export class Lifecycle {
  readonly #onMove: (from: ThreadState, to: ThreadState) => void
  #state: ThreadState = 'available'

  constructor(onMove: (from: ThreadState, to: ThreadState) => void) {
    this.#onMove = onMove
  }

  get state(): ThreadState {
    return this.#state
  }

  /** Moves; harmless where the thread is there already. Throws a RangeError for a move that is not legal. */
  enter(state: ThreadState): void {
    const from = this.#state
    if (from === state) return
    if (!MOVES[from].includes(state)) throw new RangeError(`a thread cannot go from ${from} to ${state}`)
    this.#state = state
    this.#onMove(from, state)
  }
}
