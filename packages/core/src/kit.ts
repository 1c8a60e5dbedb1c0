/**
 * What differs by platform, handed in as one object: the browser rooms read no clock, start no timer and draw no
 * random number on their own, so that a simulator can run them on virtual time.
 */
export interface Kit {
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
  readonly log: Log
  readonly context: Context
  /** Runs a callback after the current one and before any input is read: where frames of one tick are flushed. */
  readonly defer: (callback: () => void) => void
}

/** Longest delay of the timers of Node and of browsers, in ms (24.8 days): they take a longer one for the shortest. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Where time comes from. */
export interface Clock {
  /** Milliseconds since an arbitrary point; never goes back, and may stand still in a turn of the event loop. */
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

/** Tells whose code runs, also once it has waited: what a failure that nobody catches is attributed by. */
export interface Context {
  /** The place of the code that runs; undefined where it is no thread's. Promises, timers and events keep that of who made them. */
  readonly current: Place | undefined
  /** Makes a place that can be entered. */
  createPlace(owner: CodeOwner, what: string): Place
  /** Forgets the places of an owner that has ended. */
  forget(owner: CodeOwner): void
  /** From here to `leave` the code of that place runs, or that of nobody. Gives what `leave` takes. */
  enter(place: Place | undefined): Place | undefined
  /** What ran before runs again. Belongs to the newest `enter` that was not left. */
  leave(outer: Place | undefined): void
  /** Settles once failures that were left floating until now are told of; undefined where the platform tells of none. */
  settled(): Promise<void> | undefined
  /**
   * Follows code from now on; gives the way to stop. Until then `current` may be undefined throughout. `onBlocked` is
   * told of code that kept the event loop from turning, once it has ended.
   */
  open(onBlocked: (place: Place, blockedMs: number) => void): () => void
}

/** A part of somebody's code. */
export interface Place {
  readonly owner: CodeOwner
  /** An event, a hook, or a step such as `start()`. */
  readonly what: string
  /** What it is called in memory that processors share; 0 where there is none. */
  readonly number: number
}

/** Whose code it is: one version of one thread. It is compared by identity, and outlives what it stands for. */
export interface CodeOwner {
  readonly thread: string
  /** The threads that it is one of, those of one node. */
  readonly home: object
}

/** Where chance comes from. */
export interface Random {
  /** A number from 0 (included) to 1 (excluded). */
  next(): number
}

/** A hash of the platform. */
export interface Hash {
  /** SHA-256 (FIPS 180-4): 32 bytes. */
  sha256(bytes: Uint8Array): Uint8Array
}

/** Cryptography of the platform. Keys are 32 bytes each; whoever hands in others gets a TypeError or a RangeError. */
export interface Crypto extends Hash {
  readonly ed25519: Ed25519
  readonly x25519: X25519
  readonly chacha20Poly1305: Aead
  /** HMAC-SHA-256 (RFC 2104): 32 bytes. */
  hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array
  /** Bytes that nobody can guess: what keys are made of. */
  randomBytes(length: number): Uint8Array
}

/** Signatures (RFC 8032). A secret key is any 32 random bytes. */
export interface Ed25519 {
  /** 32 bytes. */
  publicKey(secretKey: Uint8Array): Uint8Array
  /** 64 bytes. */
  sign(secretKey: Uint8Array, message: Uint8Array): Uint8Array
  /** False for whatever does not fit. A public key of low order may have signatures that fit anything: check it before. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** Key agreement (RFC 7748). A secret key is any 32 random bytes. */
export interface X25519 {
  /** 32 bytes. */
  publicKey(secretKey: Uint8Array): Uint8Array
  /** The secret that both sides share: 32 bytes. Undefined where it is all zero, as with a public key of low order. */
  agree(secretKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
}

/** Authenticated encryption (RFC 8439). */
export interface Aead {
  /** The sealed text, then the tag of 16 bytes. Text and box are used up by then: the caller writes into them again. */
  seal(box: SealedBox, text: Uint8Array): Uint8Array
  /** The text; undefined where the tag does not fit. */
  open(box: SealedBox, sealed: Uint8Array): Uint8Array | undefined
}

/** What a text is sealed with. */
export interface SealedBox {
  /** 32 bytes. */
  readonly key: Uint8Array
  /** 12 bytes, never the same twice with one key. */
  readonly nonce: Uint8Array
  /** What is authenticated with the text [nothing]. */
  readonly data?: Uint8Array | undefined
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
