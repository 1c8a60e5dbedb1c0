import picocolors from 'picocolors'
import { columnsOf } from './columns'
import { NO_PROGRESS, ProgressLine } from './progress'
import type { Progress } from './progress'

export type Colors = ReturnType<typeof picocolors.createColors>

/** One of the two streams that a command writes to. */
export interface Output {
  /** Colours, or the texts as they are where the stream takes none. */
  readonly colors: Colors
  /** Writes a text and a line feed. What a peer said must have gone through `printable` before. */
  readonly line: (text: string) => void
  /** Width in characters where the stream is a terminal; undefined for a pipe or a file. */
  readonly columns: number | undefined
  /** Settles when nobody reads any more, or nothing can be written. */
  readonly gone: Promise<void>
  /** Settles when all is written, or nobody reads any more. Rejects with why it cannot be: a disk is full. */
  readonly written: () => Promise<void>
}

/** Where a command writes: results to `out`, problems to `err`. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  /** What goes on meanwhile: on a terminal alone. */
  readonly progress: Progress
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const colors = picocolors.createColors(takesColors(stderr, process.env))
  const progress = isLive(stderr, process.env) ? new ProgressLine(stderr, colors) : NO_PROGRESS
  return {
    out: createOutput(stdout, process.env, progress),
    err: createOutput(stderr, process.env, progress),
    progress
  }
}

/** The part of a stream that an output needs. */
export interface OutputStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string, done?: () => void): unknown
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
}

/** What a stream fails with whose reader has gone away. */
const READER_GONE = 'EPIPE'

/**
 * Writes to a stream until its reader goes away: `trustp2p-cli … | head -1` is no failure of ours. Any other failure is.
 * Colours only on a terminal, and not with `NO_COLOR` (no-color.org) or a terminal that is dumb.
 */
export function createOutput(
  stream: OutputStream,
  environment: NodeJS.ProcessEnv = process.env,
  progress = NO_PROGRESS
): Output {
  let open = true
  let used = false
  let failure: Error | undefined
  const gone = new Promise<void>((resolve) => {
    stream.on('error', (error) => {
      if (open && error.code !== READER_GONE) failure = notWritten(error)
      open = false
      resolve()
    })
  })
  return {
    colors: picocolors.createColors(takesColors(stream, environment)),
    line(text) {
      progress.clear()
      used = true
      if (open) stream.write(`${text}\n`)
    },
    get columns() {
      return stream.isTTY === true ? columnsOf(stream) : undefined
    },
    gone,
    async written() {
      if (open && used) await Promise.race([gone, new Promise<void>((resolve) => stream.write('', resolve))])
      if (failure !== undefined) throw failure
    }
  }
}

function notWritten(cause: NodeJS.ErrnoException): Error {
  const error = new Error(`the results cannot be written: ${cause.message}`, { cause })
  return Object.assign(error, { code: cause.code ?? 'EIO' })
}

interface Environment {
  readonly NO_COLOR?: string | undefined
  readonly TERM?: string | undefined
}

function takesColors(stream: OutputStream, environment: Environment): boolean {
  return isLive(stream, environment) && (environment.NO_COLOR ?? '') === ''
}

/** True for a terminal that obeys what moves its cursor. */
function isLive({ isTTY }: OutputStream, { TERM }: Environment): boolean {
  return isTTY === true && TERM !== 'dumb'
}
