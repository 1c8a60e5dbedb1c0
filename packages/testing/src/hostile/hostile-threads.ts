import { join } from 'node:path'

/** A thread that does harm once it is asked `provoke`. */
export interface HostileThread {
  readonly name: string
  /** Path of its file. */
  readonly file: string
  /** Where its node outlives it: inline code shares the process, its globals and its event loop with the node. */
  readonly outlived: readonly ('inline' | 'worker')[]
}

const FOLDER = join(__dirname, '../../hostile')
const EVERYWHERE = ['inline', 'worker'] as const
const WORKER = ['worker'] as const

/** The threads of the hostile suite. */
export const HOSTILE_THREADS: readonly HostileThread[] = [
  hostile('throws-everywhere', EVERYWHERE),
  hostile('leaks', EVERYWHERE),
  hostile('blocks', EVERYWHERE),
  hostile('floods', EVERYWHERE),
  hostile('floats', EVERYWHERE),
  hostile('rejects-late', EVERYWHERE),
  hostile('patches-globals', WORKER),
  hostile('ends-process', WORKER),
  hostile('fills-heap', WORKER),
  hostile('loops', WORKER)
]

function hostile(name: string, outlived: HostileThread['outlived']): HostileThread {
  return { name, file: join(FOLDER, `${name}.mjs`), outlived }
}
