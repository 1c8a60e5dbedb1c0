import type { CP2pMessage } from '../../deliver/message'
import { errorText } from '../../errors'
import { printable } from '../../printable'
import { TYPES_BY_NAME } from '../event-patterns'
import { firstLine } from '../failure'
import type { RoomEnd } from './room'
import type { RoomOver } from './room-link'
import { stepOf } from './step'

/** What is known of a worker that is over. */
export interface OverFacts {
  readonly heapMb: number
  readonly hangMs: number
  /** What the step of the room said when it was over. */
  readonly step: number
  /** The messages that were under way, by number. */
  readonly messages: ReadonlyMap<number, CP2pMessage>
}

/** Of an event in reports, which a peer chose. */
const LONGEST_EVENT = 64

/** Says what a worker did when it was over, why it is as far as that is known, and what to do. */
export function overText(over: RoomOver, facts: OverFacts): string {
  if (over.kind === 'broken') return `the worker sent ${over.what}, and was ended`
  const place = placeOf(facts)
  if (over.kind === 'end') return `the worker ended in ${place}: ${endText(over.end, facts.heapMb)}`
  const remedy = 'mend the loop, or raise worker.hangMs'
  return `the worker stood still for more than worker.hangMs, ${facts.hangMs} ms, in ${place}; ${remedy}`
}

/** Says why a worker ended, and what to do. */
export function endText({ fate, error, exitCode }: RoomEnd, heapMb: number): string {
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

function placeOf({ step, messages }: OverFacts): string {
  const message = messages.get(step)
  if (step > 0) return `the handler of ${message === undefined ? 'a message' : nameOf(message)}`
  if (step < 0 || messages.size === 0) return stepOf(step)
  return `code after an await, while it ran ${[...new Set([...messages.values()].map(nameOf))].join(', ')}`
}

function nameOf({ type, event }: CP2pMessage): string {
  const [name] = [...TYPES_BY_NAME].find(([, number]) => number === type) ?? [type]
  return `${name} '${printable(event.slice(0, LONGEST_EVENT))}'`
}
