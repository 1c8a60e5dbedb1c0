import type { P2pError } from './errors'
import type { Clock } from './kit'

/** How long work may take. */
export interface Deadline {
  readonly clock: Clock
  /** Longest wait in ms; 0 waits for ever. */
  readonly ms: number
  /** Makes the error of a wait that was too long. */
  readonly expired: () => P2pError
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal | undefined
}

export interface DeadlineOptions<Value> extends Deadline {
  /** Gets what came after the wait had ended. */
  onLate?(value: Value): void
}

/** Waits for work, not longer than a deadline and not past an abort. The work itself cannot be ended. */
export function withDeadline<Value>(work: Promise<Value>, options: DeadlineOptions<Value>): Promise<Value> {
  const { clock, ms, signal } = options
  return new Promise((resolve, reject) => {
    let ended = false
    const end = (settle: () => void): void => {
      if (ended) return
      ended = true
      if (timer !== undefined) clock.clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      settle()
    }
    const onAbort = (): void => end(() => reject(signal?.reason as Error))
    const timer = ms > 0 ? clock.setTimeout(() => end(() => reject(options.expired())), ms) : undefined
    signal?.addEventListener('abort', onAbort)
    work.then(
      (value) => (ended ? options.onLate?.(value) : end(() => resolve(value))),
      (error: unknown) => end(() => reject(error))
    )
    if (signal?.aborted === true) onAbort()
  })
}

/** The same for work that can be ended: its signal aborts with whatever ended the wait, and with its own failure. */
export async function endableWithin<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  deadline: Deadline
): Promise<Value> {
  const controller = new AbortController()
  try {
    return await withDeadline(work(controller.signal), deadline)
  } catch (error) {
    controller.abort(error)
    throw error
  }
}

/** Waits for work that never rejects, but not longer than that. */
export function atMost(ms: number, clock: Clock, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = clock.setTimeout(resolve, ms)
    void work.then(() => {
      clock.clearTimeout(timer)
      resolve()
    })
  })
}
