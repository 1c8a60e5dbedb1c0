import type { Log } from '../kit'

type Method = 'debug' | 'info' | 'warn' | 'error'

/**
 * A log whose methods never throw: fields may hold what a thread threw, and what is written of an object whose getters
 * throw, or of a proxy that was revoked, throws too. Such a line is written without its fields.
 */
export function guardLog(log: Log): Log {
  return new GuardedLog(log)
}

class GuardedLog implements Log {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
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
    return new GuardedLog(this.#log.child(bindings))
  }

  #write(method: Method, fields: object, message: string): void {
    try {
      this.#log[method](fields, message)
    } catch {
      this.#writeBare(method, message)
    }
  }

  #writeBare(method: Method, message: string): void {
    try {
      this.#log[method]({ fieldsCannotBeShown: true }, message)
    } catch {
      // A log that cannot write at all ends nothing.
    }
  }
}
