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

/** The kit of Node: the system's clocks and timers, its cryptography, and `process.nextTick` to flush in. */
export function createNodeKit({ log, context = createNodeContext(QUIET) }: NodeKitOptions): Kit {
  return { clock, random, crypto: nodeCrypto, log, context, defer }
}

/** Taken once: to look it up each time costs as much as a tick does. */
const nextTick = process.nextTick.bind(process)

const QUIET = { blockedMs: 0, logsBlocked: false }

/** Read once in a turn, as libuv does: many frames arrive in one. */
let turnTime: number | undefined
/** What is called when the turn ends: the first `waiting` of these. */
const deferred: ((() => void) | undefined)[] = []
let waiting = 0
let ending = false

/**
 * A turn is one callback of the event loop. `process.nextTick` beats `setImmediate` as its end: a lone request does not
 * wait for the event loop to come round. There is one tick for all, since each is followed like a promise.
 */
function endTurnSoon(): void {
  if (ending) return
  ending = true
  nextTick(endTurn)
}

function endTurn(): void {
  ending = false
  turnTime = undefined
  let called = 0
  try {
    while (called < waiting) {
      const callback = deferred[called]
      deferred[called++] = undefined
      callback?.()
    }
  } finally {
    if (called === waiting) waiting = 0
    else {
      deferred.copyWithin(0, called, waiting)
      waiting -= called
      endTurnSoon()
    }
  }
}

const clock: Clock = {
  now() {
    if (turnTime === undefined) {
      turnTime = performance.now()
      endTurnSoon()
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

function defer(callback: () => void): void {
  deferred[waiting++] = callback
  endTurnSoon()
}

function isTimeout(handle: TimerHandle): handle is NodeJS.Timeout {
  return typeof handle === 'object' && 'hasRef' in handle
}
