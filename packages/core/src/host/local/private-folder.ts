import type { Stats } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { errorCode, errorText, P2pError } from '../../errors'
import { diskRemedy } from '../disk-remedy'
import { lstatMaybe } from './lstat-maybe'

/** Bits of a mode that let others do something. */
export const Others = {
  /** Anything at all. */
  ANY: 0o077,
  /** Change what is there. */
  WRITE: 0o022,
  /** Nothing: whatever the mode, only the owner counts. */
  NONE: 0
} as const

/**
 * Makes a folder that nobody else may enter, or checks the one that is there as assertOwnFolder does. Its parent must
 * be there. Rejects with ERR_TRUSTP2P_STATE_FOLDER_INVALID.
 */
export async function makeOwnFolder(path: string, forbidden: number = Others.ANY): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (cause) {
    if (errorCode(cause) !== 'EEXIST')
      throw folderInvalid(path, `cannot be made: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
  }
  await assertOwnFolder(path, forbidden)
}

/**
 * Rejects with ERR_TRUSTP2P_STATE_FOLDER_INVALID unless the path is a real folder of this user whose mode has none of
 * the `forbidden` bits.
 */
export async function assertOwnFolder(path: string, forbidden: number = Others.ANY): Promise<void> {
  const stats = await lstatOf(path)
  if (!stats.isDirectory()) throw folderInvalid(path, `is ${kindOf(stats)}, not a folder: move it away`)
  const stranger = strangerOf(stats, forbidden)
  if (stranger !== undefined) throw folderInvalid(path, strangerText(path, stranger))
}

/** Who else has a say in a file: its owner, or those whom its mode lets in. Undefined where nobody else has. */
export function strangerOf(stats: Stats, forbidden: number): Stranger | undefined {
  const user = process.geteuid?.()
  if (user !== undefined && stats.uid !== user) return { owner: stats.uid }
  return (stats.mode & forbidden) === 0 ? undefined : { mode: stats.mode & 0o777 }
}

export type Stranger = { readonly owner: number } | { readonly mode: number }

/** What is wrong, and what to do about it. */
export function strangerText(path: string, stranger: Stranger): string {
  if ('owner' in stranger) return `belongs to the user ${stranger.owner}: act as that user, or remove it`
  return `may be used by others (mode ${stranger.mode.toString(8)}): run chmod go= ${path}`
}

/** How a report names what lies at a path. */
export function kindOf(stats: Stats): string {
  if (stats.isSymbolicLink()) return 'a link'
  if (stats.isDirectory()) return 'a folder'
  if (stats.isSocket()) return 'a socket'
  return stats.isFile() ? 'a file' : 'a device or a pipe'
}

export function folderInvalid(path: string, what: string, cause?: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_STATE_FOLDER_INVALID', `${path} ${what}`, {
    ...(cause !== undefined && { cause }),
    details: { path }
  })
}

async function lstatOf(path: string): Promise<Stats> {
  const stats = await lstatMaybe(path).catch((cause: unknown) => {
    throw folderInvalid(path, `cannot be looked at: ${errorText(cause)}`, cause)
  })
  if (stats === undefined) throw folderInvalid(path, 'is not there')
  return stats
}
