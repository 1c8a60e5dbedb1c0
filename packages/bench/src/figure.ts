import type { Bench } from './bench'

/** One line of the report. */
export interface Figure {
  readonly what: string
  readonly figure: string
  readonly target: string
  readonly spread: string
  readonly met: boolean
  /** Information that has no target. */
  readonly note?: string
}

/** One row of the table: it may give several lines. */
export interface Row {
  readonly name: string
  /** Rows of one group can be asked for together. */
  readonly group?: string
  measure(bench: Bench): Promise<readonly Figure[]>
}
