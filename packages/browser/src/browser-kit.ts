import { createPlainContext, LONGEST_TIMER_MS } from 'trustp2p/browser'
import type { Clock, Kit, Log, LogConfig, Random, TimerHandle } from 'trustp2p/browser'
import { createConsoleLog } from './console-log'
import { nobleCrypto } from './noble-crypto'

/** What a kit of a browser is made of. */
export interface BrowserKitOptions {
  /** Where lines go [the console]. */
  readonly log?: Log | undefined
  /** The least severe lines that go to the console [info]. */
  readonly level?: LogConfig['level'] | undefined
}

/**
 * The kit of a browser: its clocks and timers, cryptography in script by @noble, chance by `crypto.getRandomValues`, and
 * the queue of microtasks to flush in. It runs wherever these are: in a page, in a worker, and in Node.
 */
export function createBrowserKit({ log, level }: BrowserKitOptions = {}): Kit {
  const context = createPlainContext()
  return { clock, random, crypto: nobleCrypto, log: log ?? createConsoleLog({ level }), context, defer }
}

const clock: Clock = {
  now: () => performance.now(),
  exact: () => performance.now(),
  wall: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, Math.min(delayMs, LONGEST_TIMER_MS)),
  clearTimeout(handle) {
    if (isTimer(handle)) clearTimeout(handle)
  }
}

const NUMBERS = 2 ** 32

const random: Random = {
  next() {
    const [drawn = 0] = crypto.getRandomValues(new Uint32Array(1))
    return drawn / NUMBERS
  }
}

function defer(callback: () => void): void {
  queueMicrotask(callback)
}

/** Browsers number their timers, and Node gives objects. */
function isTimer(handle: TimerHandle): handle is ReturnType<typeof setTimeout> & TimerHandle {
  return typeof handle === 'number' || 'hasRef' in handle
}
