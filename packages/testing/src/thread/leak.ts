/** What can be left behind. */
export type LeakKind =
  | 'timer'
  | 'socket'
  | 'server'
  | 'watcher'
  | 'process'
  | 'worker'
  | 'file'
  | 'listener'
  | 'global'
  | 'request'
  | 'handler'
  | 'scope'

/** One thing that a thread left behind. */
export interface Leak {
  readonly kind: LeakKind
  /** What it is: `a timer that runs`. */
  readonly text: string
  /** Where it was taken, where that is known: `threads-available/chat.mjs:12:5`. */
  readonly place?: string
}

/** What `close` of a bench throws where the thread left something behind. */
export class ThreadLeakError extends Error {
  override readonly name = 'ThreadLeakError'
  /** The same for all of them, to recognise it by. */
  readonly code = 'ERR_THREAD_LEAKED'
  readonly leaks: readonly Leak[]

  constructor(thread: string, leaks: readonly Leak[]) {
    super(`the thread ${thread} left behind:\n${leaks.map(lineOf).join('\n')}`)
    this.leaks = leaks
  }
}

function lineOf({ text, place }: Leak): string {
  return place === undefined ? `- ${text}` : `- ${text} (${place})`
}
