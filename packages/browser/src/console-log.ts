import type { Log, LogConfig } from 'trustp2p/browser'

/** Which lines are written. */
export interface ConsoleLogOptions {
  /** Lines below this level are dropped; `silent` drops all of them [info]. */
  readonly level?: LogConfig['level'] | undefined
}

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60, silent: Infinity } as const

/** Makes a log that writes to the console of the platform: the text, then the fields as an object. */
export function createConsoleLog({ level = 'info' }: ConsoleLogOptions = {}): Log {
  return new ConsoleLog(LEVELS[level], {})
}

type Line = 'debug' | 'info' | 'warn' | 'error'

class ConsoleLog implements Log {
  readonly #lowest: number
  readonly #bindings: object

  constructor(lowest: number, bindings: object) {
    this.#lowest = lowest
    this.#bindings = bindings
  }

  debug(fields: object, message: string): void {
    this.#write('debug', fields, message)
  }

  info(fields: object, message: string): void {
    this.#write('info', fields, message)
  }

  warn(fields: object, message: string): void {
    this.#write('warn', fields, message)
  }

  error(fields: object, message: string): void {
    this.#write('error', fields, message)
  }

  child(bindings: Record<string, unknown>): Log {
    return new ConsoleLog(this.#lowest, { ...this.#bindings, ...bindings })
  }

  #write(line: Line, fields: object, message: string): void {
    if (LEVELS[line] < this.#lowest) return
    // A peer's text may stand in the message: as the first value a console would read formats in it.
    // eslint-disable-next-line no-console -- the one place of a page that lines are read in
    console[line]('%s', message, { ...this.#bindings, ...fields })
  }
}
