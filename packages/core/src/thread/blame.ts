import { P2pError, errorText } from '../errors'
import type { CodeOwner, Log } from '../kit'
import { firstLine } from './failure'
import { isCausedOutside } from './floating'
import type { Generation } from './generation'
import type { ThreadUnit } from './thread-unit'

export interface BlameOptions {
  /** What the owners of the node's code have as their home. */
  readonly home: object
  readonly units: ReadonlyMap<string, ThreadUnit>
  readonly log: Log
}

/** Finds the version of a thread whose code failed where nobody waited for it, and ends it. */
export class Blame {
  readonly #options: BlameOptions

  constructor(options: BlameOptions) {
    this.#options = options
  }

  /** See ThreadBootstrap. */
  ownersOf(files: readonly string[]): readonly CodeOwner[] {
    const live = [...this.#options.units.values()].flatMap((unit) => unit.live)
    let found: readonly Generation[] = []
    for (const file of files) {
      const matching = (found.length === 0 ? live : found).filter((generation) => generation.includes(file))
      if (matching.length > 0) found = matching
    }
    return found.map(({ owner }) => owner)
  }

  /** See ThreadBootstrap. */
  accuse(cause: unknown, owner: CodeOwner, what: string | undefined): boolean {
    const { home, units, log } = this.#options
    if (owner.home !== home) return false
    const unit = units.get(owner.thread)
    const generation = unit?.live.find((live) => live.owner === owner)
    if (unit === undefined || generation === undefined) {
      log.error({ err: cause, thread: owner.thread, where: what }, 'a thread that has ended left code that failed')
      return true
    }
    generation.floated(what ?? 'unknown', cause)
    if (!isCausedOutside(cause)) unit.crashed(generation, crashError(generation, cause, what))
    return true
  }
}

/** The error of a thread that failed in code which nobody waits for: what `what` has begun. */
function crashError({ name, path }: Generation, cause: unknown, what: string | undefined): P2pError {
  const where = what === undefined ? '' : ` that ${what} left running`
  const text = `${path}: failed in code that nobody waits for${where}: ${firstLine(errorText(cause))}`
  return new P2pError('ERR_TRUSTP2P_THREAD_CRASHED', `${text}; await it, or catch what it throws`, {
    cause,
    details: { thread: name, ...(what !== undefined && { where: what }) }
  })
}
