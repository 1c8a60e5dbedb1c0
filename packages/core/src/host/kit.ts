import { performance } from 'node:perf_hooks'
import { LONGEST_TIMER_MS } from '../kit'
import type { Clock, Context, Kit, Log, Random, TimerHandle } from '../kit'
import { nodeCrypto } from './node-crypto'
import { createNodeContext } from './node-context'

/** What a kit of Node is made of. */
export interface NodeKitOptions {
  readonly log: Log
  /** What follows the code of threads [one that tells of no code that blocks]. */
  readonly context?: Context
}

/** The kit of Node: the system's clocks and timers, its hash, and `process.nextTick` to flush in. */
export function createNodeKit({ log, context = createNodeContext(QUIET) }: NodeKitOptions): Kit {
  return { clock, random, crypto: nodeCrypto, log, context, defer }
}

const QUIET = { blockedMs: 0, logsBlocked: false }

/** Read once in a turn of the event loop, as libuv does: many frames arrive in one. */
let turnTime: number | undefined
const turn = Promise.resolve()
const endTurn = () => {
  turnTime = undefined
}

const clock: Clock = {
  now() {
    if (turnTime === undefined) {
      turnTime = performance.now()
      void turn.then(endTurn)
    }
    return turnTime
  },
  exact: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS)),
  clearTimeout(handle) {
    if (isTimeout(handle)) clearTimeout(handle)
  }
}

const random: Random = { next: () => Math.random() }

/** `process.nextTick` beats `setImmediate` here: a lone request does not wait for the event loop to come round. */
function defer(callback: () => void): void {
  process.nextTick(callback)
}

function isTimeout(handle: TimerHandle): handle is NodeJS.Timeout {
  return typeof handle === 'object' && 'hasRef' in handle
}
