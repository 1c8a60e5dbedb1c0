import type { Log, NodeConfig } from 'trustp2p'
import { errorCode, errorText } from 'trustp2p'
import { printable, printableJson } from './printable'
import type { Output } from './terminal'

type Level = 'debug' | 'info' | 'warn' | 'error'

/** From the most to the least talkative; a level shows itself and what comes after it. */
const LEVELS: readonly NodeConfig['log']['level'][] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']

/**
 * A log for people: one line for each entry, `thread: text {fields}`. The node's lines about its threads are left out,
 * since `start` prints these events in words of its own.
 */
export class TerminalLog implements Log {
  readonly #output: Output
  readonly #level: NodeConfig['log']['level']
  readonly #bindings: Readonly<Record<string, unknown>>

  constructor(output: Output, level: NodeConfig['log']['level'], bindings: Readonly<Record<string, unknown>> = {}) {
    this.#output = output
    this.#level = level
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
    return new TerminalLog(this.#output, this.#level, { ...this.#bindings, ...bindings })
  }

  /** Takes a text without fields too, as pino does. */
  #write(level: Level, fields: object | string, message: string | undefined): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)) return
    const text = typeof fields === 'string' ? fields : (message ?? '')
    if (!('thread' in this.#bindings) && text.startsWith('thread:')) return
    const given: Fields = { ...this.#bindings, ...(typeof fields === 'string' ? {} : fields) }
    const { thread, err, code = errorCode(err), ...others } = given
    const who = typeof thread === 'string' ? `${thread}: ` : ''
    const cause = err === undefined ? '' : `: ${errorText(err)}`
    const shown = typeof code === 'string' ? ` (${code})` : ''
    const more = Object.keys(others).length === 0 ? '' : ` ${showFields(others)}`
    this.#output.line(this.#mark(level) + printable(who + text + cause + shown) + this.#output.colors.dim(more))
    const place = firstFrame(err)
    if (place !== undefined) this.#output.line(this.#output.colors.dim(`  ${printable(place)}`))
  }

  #mark(level: Level): string {
    const { colors } = this.#output
    switch (level) {
      case 'debug':
        return colors.dim('debug: ')
      case 'info':
        return ''
      case 'warn':
        return colors.yellow('warning: ')
      case 'error':
        return colors.red('error: ')
    }
  }
}

interface Fields extends Record<string, unknown> {
  readonly thread?: unknown
  readonly err?: unknown
  readonly code?: unknown
}

/** Where an error came from: the first line of its stack that is a place. */
function firstFrame(error: unknown): string | undefined {
  if (!(error instanceof Error) || typeof error.stack !== 'string') return undefined
  return error.stack
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line.startsWith('at '))
}

function showFields(fields: object): string {
  try {
    return printableJson(fields, 'compact')
  } catch {
    return '{…}' // a circle, or a BigInt
  }
}
