import { P2pError } from '../errors'

/** Most hooks that wait for a thread that starts, or does not keep up; what comes beyond them is dropped. */
export const HOOK_BACKLOG = 10_000

export interface HookQueueOptions<Hook> {
  /** The file, for reports. */
  readonly path: string
  /** Hands a hook to the thread. Gives false where there is no room for it now. */
  readonly send: (hook: Hook) => boolean
  /** Called once, at the first hook that is dropped. */
  readonly onDrop: (error: P2pError) => void
}

/** Hooks on their way to a thread, in order: they wait while it starts, and while it has no room. */
export class HookQueue<Hook> {
  readonly #options: HookQueueOptions<Hook>
  #waiting: Hook[] = []
  #held = false
  #drops = false

  constructor(options: HookQueueOptions<Hook>) {
    this.#options = options
  }

  push(hook: Hook): void {
    if (!this.#held && this.#waiting.length === 0 && this.#options.send(hook)) return
    if (this.#waiting.length < HOOK_BACKLOG) this.#waiting.push(hook)
    else this.#drop()
  }

  /** Keeps what comes. */
  hold(): void {
    this.#held = true
  }

  /** Lets what was kept go. */
  release(): void {
    this.#held = false
    this.flush()
  }

  /** Sends as many as there is room for, those included that come meanwhile. */
  flush(): void {
    if (this.#held) return
    let sent = 0
    for (const hook of this.#waiting) {
      if (!this.#options.send(hook)) break
      sent += 1
    }
    this.#waiting.splice(0, sent)
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = []
  }

  #drop(): void {
    if (this.#drops) return
    this.#drops = true
    const { path, onDrop } = this.#options
    const text = `${path}: more than ${HOOK_BACKLOG} hooks wait for the thread; later ones are dropped`
    const remedy = 'wait for less in start(), or do less in hooks'
    onDrop(new P2pError('ERR_TRUSTP2P_LIMIT_THREAD_HOOKS', `${text}; ${remedy}`))
  }
}
