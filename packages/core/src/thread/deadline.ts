import type { P2pError } from '../errors'
import type { Clock } from '../kit'

export interface DeadlineOptions<Value> {
  readonly clock: Clock
  /** Longest wait in ms; 0 waits for ever. */
  readonly ms: number
  /** Makes the error of a wait that was too long. */
  readonly expired: () => P2pError
  /** Ends the wait with its reason. */
  readonly signal?: AbortSignal
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
