import * as fs from 'node:fs'
import { promisify } from 'node:util'
import { errorCode } from '../errors'

/** One access to the file system, in its two ways. */
export interface FileStep {
  readonly now: () => unknown
  readonly later: () => Promise<unknown>
}

/**
 * Work on files that is written once and runs either way: off the event loop while threads are loaded, and at once
 * for a `require` whose argument is only known while the code runs.
 */
export type Steps<Result> = Generator<FileStep, Result, unknown>

/** Runs the work at once, blocking. */
export function runNow<Result>(steps: Steps<Result>): Result {
  let state = steps.next()
  while (state.done !== true) {
    const { now } = state.value
    let value: unknown
    try {
      value = now()
    } catch (error) {
      state = steps.throw(error)
      continue
    }
    state = steps.next(value)
  }
  return state.value
}

/** Runs the work without blocking the event loop. */
export async function runLater<Result>(steps: Steps<Result>): Promise<Result> {
  let state = steps.next()
  while (state.done !== true) {
    const { later } = state.value
    let value: unknown
    try {
      value = await later()
    } catch (error) {
      state = steps.throw(error)
      continue
    }
    state = steps.next(value)
  }
  return state.value
}

function* step<Value>(now: () => Value, later: () => Promise<Value>): Steps<Value> {
  // The two runners give each step what its own function gave.
  return (yield { now, later }) as Value
}

/** Gives undefined for what is not there. */
function* orMissing<Value>(steps: Steps<Value>): Steps<Value | undefined> {
  try {
    return yield* steps
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** True for the error of a path that leads nowhere: absent, below a file, or a circle of links. */
export function isMissing(error: unknown): boolean {
  return MISSING.has(errorCode(error) ?? '')
}

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'ELOOP'])

/** Looks at the path itself, a link included. */
export function lstat(path: string): Steps<fs.BigIntStats | undefined> {
  return orMissing(
    step(
      () => fs.lstatSync(path, EXACT),
      () => fs.promises.lstat(path, EXACT)
    )
  )
}

/** Looks at what the path leads to. */
export function stat(path: string): Steps<fs.BigIntStats | undefined> {
  return orMissing(
    step(
      () => fs.statSync(path, EXACT),
      () => fs.promises.stat(path, EXACT)
    )
  )
}

export function readlink(path: string): Steps<string> {
  return step(
    () => fs.readlinkSync(path),
    () => fs.promises.readlink(path)
  )
}

export function realpath(path: string): Steps<string | undefined> {
  return orMissing(
    step(
      () => fs.realpathSync(path),
      () => fs.promises.realpath(path)
    )
  )
}

const EXACT = { bigint: true } as const

/** What was read through one descriptor. */
export interface OpenedFile {
  readonly stats: fs.BigIntStats
  /** Undefined where the file is no regular one, or longer than the limit. */
  readonly bytes: Uint8Array | undefined
}

/**
 * Opens a file, looks at it and reads it, all through one descriptor. A link is not followed, and a pipe does not
 * block. Gives undefined where there is no file. Reads again while the file changes under the reader.
 */
export function* readOpened(path: string, limitBytes: number): Steps<OpenedFile | undefined> {
  const descriptor = yield* orMissing(
    step(
      () => fs.openSync(path, OPEN_FLAGS),
      () => openLater(path, OPEN_FLAGS)
    )
  )
  if (descriptor === undefined) return undefined
  try {
    for (let attempt = 1; ; attempt++) {
      const opened = yield* readDescriptor(descriptor, limitBytes)
      const { stats } = yield* statDescriptor(descriptor)
      if (isSameState(opened.stats, stats) || attempt === READ_ATTEMPTS) return opened
    }
  } finally {
    yield* step(
      () => fs.closeSync(descriptor),
      () => closeLater(descriptor)
    )
  }
}

/** A file that is written to all the time is taken as it is after so many attempts: its change is seen later. */
const READ_ATTEMPTS = 3

// Node has no O_NOFOLLOW and no O_NONBLOCK on Windows.
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants as Partial<typeof fs.constants>
const OPEN_FLAGS = (O_RDONLY ?? 0) | O_NOFOLLOW | O_NONBLOCK

const openLater = promisify(fs.open) as (path: string, flags: number) => Promise<number>
const closeLater = promisify(fs.close)
const fstatLater = promisify(fs.fstat) as (descriptor: number, options: typeof EXACT) => Promise<fs.BigIntStats>
const readLater = promisify(fs.read) as (
  descriptor: number,
  buffer: Uint8Array,
  offset: number,
  length: number,
  position: number
) => Promise<{ bytesRead: number }>

function* statDescriptor(descriptor: number): Steps<{ stats: fs.BigIntStats }> {
  const stats = yield* step(
    () => fs.fstatSync(descriptor, EXACT),
    () => fstatLater(descriptor, EXACT)
  )
  return { stats }
}

function* readDescriptor(descriptor: number, limitBytes: number): Steps<OpenedFile> {
  const { stats } = yield* statDescriptor(descriptor)
  if (!stats.isFile() || stats.size > BigInt(limitBytes)) return { stats, bytes: undefined }
  // One byte more than there should be, so that a file that grows is noticed without reading all of it.
  const buffer = new Uint8Array(Number(stats.size) + 1)
  let length = 0
  while (length < buffer.length) {
    const bytesRead = yield* readChunk(descriptor, buffer, length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return { stats, bytes: buffer.subarray(0, length) }
}

function* readChunk(descriptor: number, buffer: Uint8Array, offset: number): Steps<number> {
  const length = buffer.length - offset
  return yield* step(
    () => fs.readSync(descriptor, buffer, offset, length, offset),
    async () => (await readLater(descriptor, buffer, offset, length, offset)).bytesRead
  )
}

/** True where nothing says that the file was written between two looks. */
export function isSameState(before: fs.BigIntStats, after: fs.BigIntStats): boolean {
  return stateOf(before) === stateOf(after)
}

/** What tells one state of a file from another without reading it. */
export function stateOf(stats: fs.BigIntStats): string {
  return [stats.dev, stats.ino, stats.size, stats.mtimeNs, stats.ctimeNs].join(':')
}
