import { P2pError } from '../errors'
import type { Log, Place } from '../kit'
import type { ThreadEvent, ThreadEvents, ThreadInfo } from './thread-events'

/** Tells what becomes of threads, in the log and by the node's events. */
export class ThreadReports {
  readonly #log: Log
  readonly #events: ThreadEvents

  constructor(log: Log, events: ThreadEvents) {
    this.#log = log
    this.#events = events
  }

  /** Something became of a thread. */
  tell(event: ThreadEvent, info: ThreadInfo): void {
    const fields = { thread: info.name, path: info.path, revision: info.revision }
    if (info.error === undefined) this.#log.info(fields, event)
    else this.#log.error({ ...fields, err: info.error }, event)
    this.#events.emit(event, info)
  }

  /** Something went wrong that ends no thread. */
  warn(error: P2pError): void {
    this.#log.warn({ err: error }, 'the threads are hindered')
    this.#events.warning(error)
  }

  /** Code of a thread kept the event loop from turning. */
  blocked({ owner, what }: Place, blockedMs: number): void {
    const ms = Math.round(blockedMs)
    const text = `the thread ${owner.thread} kept the event loop from turning for ${ms} ms in ${what}`
    const details = { thread: owner.thread, where: what, blockedMs: ms }
    const remedy = 'do less at once, or give way in between'
    this.warn(new P2pError('ERR_TRUSTP2P_THREAD_BLOCKED', `${text}; ${remedy}`, { details }))
  }
}
