import { errorText } from '../../errors'
import { firstLine } from '../failure'
import type { RoomEnd } from './room'
import { stepOf } from './step'

/** What is known of a worker that ended by itself. */
export interface CrashFacts {
  readonly path: string
  readonly heapMb: number
  /** What the step of the room said when it ended. */
  readonly step: number
  /** Names a message that is under way. */
  readonly describe: (id: number) => string | undefined
  /** Names all that are. */
  readonly running: readonly string[]
}

/** Says what a worker did when it ended, why it ended as far as is known, and what to do. */
export function crashText(end: RoomEnd, facts: CrashFacts): string {
  return `${facts.path}: the worker ended in ${placeOf(facts)}: ${reasonOf(end, facts.heapMb)}`
}

/** Says what a worker does that answers no more. */
export function hangText(hangMs: number, facts: CrashFacts): string {
  const remedy = 'mend the loop, or raise worker.hangMs'
  return `${facts.path}: the worker stood still for more than worker.hangMs, ${hangMs} ms, in ${placeOf(facts)}; ${remedy}`
}

function placeOf({ step, describe, running }: CrashFacts): string {
  if (step > 0) return `the handler of ${describe(step) ?? 'a message'}`
  if (step < 0 || running.length === 0) return stepOf(step)
  return `code after an await, while it ran ${[...new Set(running)].join(', ')}`
}

function reasonOf({ fate, error, exitCode }: RoomEnd, heapMb: number): string {
  switch (fate) {
    case 'memory':
      return `its heap was full, ${heapMb} MiB; hold less, or raise worker.heapMb`
    case 'exited':
      return `it called process.exit(${exitCode ?? 0}); throw an error instead`
    case 'threw':
      return `${firstLine(errorText(error))}; await it, or catch what it throws`
    case 'ended':
      return 'it was ended from outside'
  }
}
