import { printable } from 'trustp2p'
import type { Log } from 'trustp2p'
import { LOG_LEVELS } from './simulation-options'
import type { LogLevel } from './simulation-options'

/** Makes the log of a node: its lines, from a level on, are given to `write` without their fields. */
export function createNodeLog(least: LogLevel, write: (level: LogLevel, message: string) => void): Log {
  const writer = (level: LogLevel) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return () => undefined
    return (_fields: object, message: string) => write(level, printable(message))
  }
  const log: Log = {
    debug: writer('debug'),
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    child: () => log
  }
  return log
}
