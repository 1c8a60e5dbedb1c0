import type { Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { isMissing } from '../file-steps'

/** Looks at the path itself, a link included; gives undefined for what is not there. Rejects with Node's error. */
export async function lstatMaybe(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
