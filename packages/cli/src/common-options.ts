import { resolve } from 'node:path'

/** What every command takes. */
export interface CommonOptions {
  /** The folder to act in, as it was given. */
  readonly cwd: string
  /** Print JSON for programs. */
  readonly json?: boolean
}

/** The folder to act in, as an absolute path. */
export function folderOf({ cwd }: CommonOptions): string {
  return resolve(cwd)
}
