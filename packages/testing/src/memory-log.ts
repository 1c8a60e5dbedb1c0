import type { Log } from 'trustp2p'

/** A line that was written. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  /** The fields of the line, those of its logger's bindings included. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** A log that keeps its lines. */
export interface MemoryLog extends Log {
  /** What was written, oldest first; by this log and by its children. */
  readonly lines: readonly LogLine[]
}

/** Makes a log that keeps its lines, for tests that read them. */
export function createMemoryLog(): MemoryLog {
  const lines: LogLine[] = []
  return { lines, ...createWriter(lines, {}) }
}

function createWriter(lines: LogLine[], bindings: Readonly<Record<string, unknown>>): Log {
  const writer = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...bindings, ...fields } })
  }
  return {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: (more) => createWriter(lines, { ...bindings, ...more })
  }
}
