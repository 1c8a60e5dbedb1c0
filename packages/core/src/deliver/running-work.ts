import type { P2pError } from '../errors'

/** What a small frame counts, in bytes: about what the objects around it take. */
const LEAST_BYTES = 1024

/** A package of a peer while handlers work on it. */
export abstract class RunningWork {
  /** What it counts for `limits.runningBytes`. */
  readonly bytes: number
  #abortReason: P2pError | undefined
  #abortCallbacks: Set<(reason: P2pError) => void> | undefined

  /** @param frameBytes length of its frame */
  constructor(frameBytes: number) {
    this.bytes = Math.max(frameBytes, LEAST_BYTES)
  }

  onAbort(callback: (reason: P2pError) => void): () => void {
    if (this.#abortReason !== undefined) callback(this.#abortReason)
    const callbacks = (this.#abortCallbacks ??= new Set())
    callbacks.add(callback)
    return () => callbacks.delete(callback)
  }

  /** Nobody waits for it any more. It counts until its handlers have ended. */
  abort(reason: P2pError): void {
    if (this.#abortReason !== undefined) return
    this.#abortReason = reason
    for (const callback of this.#abortCallbacks ?? []) callback(reason)
  }
}
