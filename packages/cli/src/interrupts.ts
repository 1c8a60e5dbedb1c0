/**
 * Signals within this many ms of the first belong to the same press: under `npm start` one Ctrl-C comes twice, from
 * the terminal to the whole process group, and once more from npm, which passes on what it got.
 */
export const SAME_PRESS_MS = 500

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** The part of `process` that signals come from. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: () => void): unknown
}

export interface InterruptOptions {
  /** Called once, at the first press. */
  readonly onFirst: () => void
  /** Called at each later press. */
  readonly onAgain: () => void
  readonly source?: SignalSource
  /** A monotonic clock, in ms. */
  readonly now?: () => number
}

/**
 * Listens for Ctrl-C and for what asks a process to end, until the process is gone: a signal of the first press that
 * comes when all is done would otherwise still kill it.
 */
export function listenForInterrupts(options: InterruptOptions): void {
  const { onFirst, onAgain, source = process, now = () => performance.now() } = options
  let firstAt: number | undefined
  const onSignal = () => {
    if (firstAt === undefined) {
      firstAt = now()
      onFirst()
    } else if (now() - firstAt > SAME_PRESS_MS) onAgain()
  }
  for (const signal of SIGNALS) source.on(signal, onSignal)
}
