import { resolve } from 'node:path'

/** What every command takes. */
export interface CommonOptions {
  /** The folder to act in, as it was given. */
  readonly cwd: string
  /** Print JSON for programs. */
  readonly json?: boolean
}

/** What a command takes that acts on a running node. */
export interface NodeOptions extends CommonOptions {
  /** Its name; without it the node that runs in the folder is meant, or all of them. */
  readonly name?: string
}

/** The folder to act in, as an absolute path. */
export function folderOf({ cwd }: CommonOptions): string {
  return resolve(cwd)
}
