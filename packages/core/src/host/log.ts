import type * as Pino from 'pino'
import type { DestinationStream, Logger } from 'pino'
import type { LogConfig } from '../config/config'
import type { Log } from '../kit'
import { printable } from '../printable'

/** Which lines a log writes, and where. */
export interface LogOptions {
  /** Lines below this level are dropped; `silent` drops all of them. */
  readonly level: LogConfig['level']
  /** Where lines of JSON go [standard error, written synchronously, so that none is lost when the process ends]. */
  readonly destination?: { write(line: string): void }
}

/** Makes the log of a node. Pino is loaded when the first line is written, not before. */
export function createLog({ level, destination }: LogOptions): Log {
  if (level === 'silent') return silentLog
  let logger: Logger | undefined
  return new LazyLog(LEVELS[level], () => (logger ??= createPino(level, destination)))
}

/** A log that drops everything. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog
}

/** Pino's numbers: `LEVELS[level]` is the lowest that is written. */
const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const

const STANDARD_ERROR = 2

class LazyLog implements Log {
  readonly #lowest: number
  readonly #make: () => Logger
  #made: Logger | undefined

  constructor(lowest: number, make: () => Logger) {
    this.#lowest = lowest
    this.#make = make
  }

  debug(fields: object, message: string): void {
    if (this.#lowest <= LEVELS.debug) this.#logger.debug(fields, message)
  }

  info(fields: object, message: string): void {
    if (this.#lowest <= LEVELS.info) this.#logger.info(fields, message)
  }

  warn(fields: object, message: string): void {
    if (this.#lowest <= LEVELS.warn) this.#logger.warn(fields, message)
  }

  error(fields: object, message: string): void {
    if (this.#lowest <= LEVELS.error) this.#logger.error(fields, message)
  }

  child(bindings: Record<string, unknown>): Log {
    return new LazyLog(this.#lowest, () => this.#logger.child(bindings))
  }

  get #logger(): Logger {
    return (this.#made ??= this.#make())
  }
}

function createPino(level: LogConfig['level'], destination: DestinationStream | undefined): Logger {
  // A static import would cost every program that imports trustp2p 18 ms, also those that never log.
  // eslint-disable-next-line @typescript-eslint/no-require-imports, @typescript-eslint/no-unsafe-assignment -- typed here
  const { pino }: typeof Pino = require('pino')
  const lines = destination ?? pino.destination({ dest: STANDARD_ERROR, sync: true })
  // JSON escapes line ends and no more: a peer's text could still hold what a terminal obeys.
  return pino({ level }, { write: (line: string) => lines.write(`${printable(line.trimEnd())}\n`) })
}
