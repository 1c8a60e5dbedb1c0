import { resolve } from 'node:path'

export interface Options {
  /** Names of the rows to measure; empty for all of them. */
  readonly rows: readonly string[]
  /** Where the CPU profiles of the children go. */
  readonly profileFolder: string | undefined
  /** Compile before measuring. */
  readonly build: boolean
}

/** Reads the arguments. Throws a RangeError for one that it does not know. */
export function readOptions(args: readonly string[], rowNames: readonly string[]): Options {
  const rows: string[] = []
  let profileFolder: string | undefined
  let build = true
  for (const arg of args) {
    if (arg === '--no-build') build = false
    else if (arg.startsWith('--profile=')) profileFolder = resolve(arg.slice('--profile='.length))
    else if (rowNames.includes(arg)) rows.push(arg)
    else
      throw new RangeError(`"${arg}" is unknown: give --no-build, --profile=<folder>, or rows: ${rowNames.join(', ')}`)
  }
  return { rows, profileFolder, build }
}
