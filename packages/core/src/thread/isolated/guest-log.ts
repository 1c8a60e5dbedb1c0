import { errorText, isError } from '../../errors'
import type { Log } from '../../kit'
import { carryError } from './carried-error'
import type { CarriedError } from './carried-error'
import type { GuestLine } from './guest-line'
import type { LogLevel } from './protocol'

/** The log of a thread in a room: its lines are written by the node. */
export class GuestLog implements Log {
  readonly #line: GuestLine
  readonly #bindings: Readonly<Record<string, unknown>>
  readonly #lost: { lines: number }

  constructor(line: GuestLine, bindings: Readonly<Record<string, unknown>> = {}, lost = { lines: 0 }) {
    this.#line = line
    this.#bindings = bindings
    this.#lost = lost
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
    return new GuestLog(this.#line, { ...this.#bindings, ...bindings }, this.#lost)
  }

  /** Where the queue to the node is full the line is lost; the next one tells how many were. */
  #write(level: LogLevel, fields: object, message: string): void {
    const { values, error } = readFields(fields)
    const lost = this.#lost.lines === 0 ? {} : { linesLost: this.#lost.lines }
    const item = { kind: 'log', level, fields: { ...this.#bindings, ...values, ...lost }, error } as const
    if (this.#line.sendCounted({ ...item, fields: cloneable(item.fields), text: errorText(message) }))
      this.#lost.lines = 0
    else this.#lost.lines += 1
  }
}

interface Fields {
  readonly values: Readonly<Record<string, unknown>>
  /** What stands under `err`, as pino has it. */
  readonly error: CarriedError | undefined
}

function readFields(fields: object): Fields {
  if (typeof fields === 'string') return { values: { text: fields }, error: undefined }
  if (isError(fields)) return { values: {}, error: carryError(fields) }
  const { err, ...values } = fields as Readonly<Record<string, unknown>>
  return { values, error: err === undefined ? undefined : carryError(err) }
}

function cloneable(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return structuredClone(fields)
  } catch {
    return { fieldsCannotBeShown: true }
  }
}
