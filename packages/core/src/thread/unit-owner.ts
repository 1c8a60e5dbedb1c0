import type { ThreadConfig } from '../config/config'
import type { Generation, Surroundings } from './generation'
import type { Judge } from './intake'
import type { ThreadState } from './lifecycle'
import type { ThreadUnit } from './thread-unit'

/** What a unit asks of the bootstrap. */
export interface UnitOwner {
  readonly surroundings: Surroundings
  settings(name: string): ThreadConfig
  /** True once all threads of the beginning have settled. */
  serves(): boolean
  /** Gives its place in the start order once the threads that it waits for have settled; rejects where it may not run. */
  turn(unit: ThreadUnit, signal: AbortSignal): Promise<number>
  /** Lets those that require the thread finish and stop. */
  suspendDependants(unit: ThreadUnit): Promise<void>
  /** Messages reach another receiver now. */
  onIntake(): void
  /** Says whether a message that waited can be read now. */
  readonly judge: Judge
  /** Another generation runs now, or none: the routes change in one step, before anything else happens. */
  onSwitch(unit: ThreadUnit, previous: Generation | undefined): void
  /** The newest version failed, or the one that served; `unit.error` says why. */
  onFailure(unit: ThreadUnit): void
  /** The thread was given up; `isCritical` as its manifest says. */
  onQuarantine(unit: ThreadUnit, isCritical: boolean): void
  /** A version that was replaced or removed has ended. */
  onEnd(unit: ThreadUnit, ended: Generation): void
  /** A unit is elsewhere in its operation: others may go on. */
  onPhase(): void
  /** A thread went from one state to the next. */
  onMove(unit: ThreadUnit, from: ThreadState, to: ThreadState): void
}
