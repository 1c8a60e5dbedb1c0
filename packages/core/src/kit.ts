/**
 * What differs by platform, handed in as one object: the browser rooms read no clock, start no timer and draw no
 * random number on their own, so that a simulator can run them on virtual time.
 */
export interface Kit {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly log: Log
  /** Runs a callback after the current one and before any input is read: where frames of one tick are flushed. */
  readonly defer: (callback: () => void) => void
}

/** Longest delay of the timers of Node and of browsers, in ms (24.8 days): they take a longer one for the shortest. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Where time comes from. */
export interface Clock {
  /** Milliseconds since an arbitrary point; never goes back, and may stand still until the code that runs gives way. */
  now(): number
  /** As `now`, and read anew with every call: for durations within a turn. */
  exact(): number
  /** Milliseconds since 1970-01-01T00:00:00Z; may jump. */
  wall(): number
  /** Calls back once after `delayMs`. */
  setTimeout(callback: () => void, delayMs: number): TimerHandle
  /** Forgets a timer; harmless for one that has fired. */
  clearTimeout(handle: TimerHandle): void
}

/** What `setTimeout` gave: opaque. */
export type TimerHandle = object | number

/** Where chance comes from. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number
}

/** Cryptography of the platform. */
export interface Crypto {
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
}

/** The part of pino's interface that the rooms use. */
export interface Log {
  /** A step that matters to who looks for a fault. */
  debug(fields: object, message: string): void
  /** Something that changed. */
  info(fields: object, message: string): void
  /** Something that a person should know of, and that the node lives with. */
  warn(fields: object, message: string): void
  /** Something that failed. */
  error(fields: object, message: string): void
  /** A logger that adds `bindings` to each of its lines. */
  child(bindings: Record<string, unknown>): Log
}
