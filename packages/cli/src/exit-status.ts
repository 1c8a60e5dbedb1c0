/** What a command ends with. */
export const ExitStatus = {
  /** Done, or already so. */
  DONE: 0,
  FAILED: 1,
  USAGE: 2,
  /** Ended at once by a second press: 128 + SIGINT. */
  INTERRUPTED: 130
} as const

export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus]
