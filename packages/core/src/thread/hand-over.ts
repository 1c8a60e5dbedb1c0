import { P2pError, errorText } from '../errors'
import type { ErrorCode } from '../errors'
import type { Clock } from '../kit'
import { withDeadline } from '../deadline'
import { firstLine } from './failure'
import type { Generation } from './generation'

/** The state that one version of a thread gives to the next; a box, since the state may be undefined. */
export interface KeptState {
  readonly state: unknown
}

export interface HandOverOptions {
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Waits until the old version has finished its handlers, and takes its state where it keeps one. Rejects with
 * ERR_TRUSTP2P_THREAD_HAND_OVER_TIMEOUT or ERR_TRUSTP2P_THREAD_SNAPSHOT_FAILED; the old version goes on then.
 */
export async function takeState(old: Generation, { clock, signal }: HandOverOptions): Promise<KeptState | undefined> {
  const { path, settings } = old
  if (!(await old.idle(settings.drainTimeoutMs, signal))) {
    signal.throwIfAborted()
    const text = `${path}: handlers of the old version ran longer than drainTimeoutMs, ${settings.drainTimeoutMs} ms`
    throw new P2pError('ERR_TRUSTP2P_THREAD_HAND_OVER_TIMEOUT', `${text}; it serves on, save the file again later`)
  }
  signal.throwIfAborted()
  if (!old.keepsState) return undefined
  const what = 'snapshot()'
  const step = { old, what, code: 'ERR_TRUSTP2P_THREAD_SNAPSHOT_FAILED', ms: settings.stopTimeoutMs } as const
  return { state: await runStep(step, () => cloned(old.snapshot()), { clock, signal }) }
}

/** Gives the state to a version. Rejects with ERR_TRUSTP2P_THREAD_RESTORE_FAILED. */
export async function giveState(next: Generation, { state }: KeptState, options: HandOverOptions): Promise<void> {
  const step = {
    old: next,
    what: 'restore()',
    code: 'ERR_TRUSTP2P_THREAD_RESTORE_FAILED',
    ms: next.settings.startTimeoutMs
  } as const
  await runStep(step, () => next.restore(state), options)
}

/** How a version takes over from another one. */
export interface TakeOver extends HandOverOptions {
  readonly old: Generation
  readonly next: Generation
  /** What the old version gave. */
  readonly kept: KeptState | undefined
  /** Starts the new version. */
  readonly start: () => Promise<void>
  /** Lets it serve, in one step. */
  readonly serve: () => void
  /** Ends it where it failed. */
  readonly discard: () => Promise<void>
  /** The old version could not be brought back. */
  readonly onLost: (error: unknown) => void
}

/** Gives a new version, which runs beside the old one, the state, and lets it serve. */
export async function handOver({ next, kept, serve, clock, signal }: TakeOver): Promise<void> {
  if (kept !== undefined) await giveState(next, kept, { clock, signal })
  signal.throwIfAborted()
  serve()
}

/** Stops the old version before the new one starts; a failure brings the old one back, with its state. */
export async function exchange(takeOver: TakeOver): Promise<void> {
  const { old, next, kept, start, discard } = takeOver
  await old.stop({ mayRevive: true })
  try {
    await start()
    await handOver({ ...takeOver, kept: next.keepsState ? kept : undefined })
    old.dispose()
  } catch (error) {
    await discard()
    await bringBack(takeOver)
    throw error
  }
}

async function bringBack({ old, kept, clock, onLost }: TakeOver): Promise<void> {
  const { signal } = new AbortController()
  try {
    await old.revive()
    await old.start(signal)
    if (kept !== undefined) await giveState(old, kept, { clock, signal })
    old.release()
  } catch (error) {
    onLost(error)
  }
}

interface Step {
  readonly old: Generation
  readonly what: string
  readonly code: ErrorCode
  readonly ms: number
}

async function runStep<Result>(
  { old, what, code, ms }: Step,
  run: () => Promise<Result>,
  { clock, signal }: HandOverOptions
): Promise<Result> {
  const fail = (text: string, cause?: unknown): P2pError => {
    return new P2pError(code, `${old.path}: ${what} ${text}; the old version serves on`, { cause })
  }
  try {
    return await withDeadline(run(), { clock, ms, signal, expired: () => fail(`did not end within ${ms} ms`) })
  } catch (error) {
    if (signal.aborted || (error instanceof P2pError && error.code === code)) throw error
    throw fail(`threw: ${firstLine(errorText(error))}`, error)
  }
}

/** As across a port: what cannot be cloned is refused, and nothing is shared. */
async function cloned(state: Promise<unknown>): Promise<unknown> {
  return structuredClone(await state)
}
