import type { Stats } from 'node:fs'
import { readlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { errorText, P2pError } from '../../errors'
import { lstatMaybe } from '../local/lstat-maybe'
import { assertOwnFolder, kindOf, Others, strangerOf, strangerText } from '../local/private-folder'

/** The name of the control socket in a state folder, or of a link to where it lies. */
export const CONTROL_SOCKET = 'control.sock'

const STICKY = 0o1000
const ROOT = 0

/**
 * Gives the path of the control socket that belongs to a state folder, or undefined where there is none. Rejects with
 * ERR_TRUSTP2P_STATE_FOLDER_INVALID or ERR_TRUSTP2P_CONTROL_FORBIDDEN where somebody else could answer there.
 */
export async function findControlSocket(folder: string): Promise<string | undefined> {
  if ((await lookAt(folder)) === undefined) return undefined
  await assertOwnFolder(folder)
  const place = join(folder, CONTROL_SOCKET)
  const stats = await lookAt(place)
  if (stats === undefined) return undefined
  if (!stats.isSymbolicLink()) return assertOwnSocket(place, stats)
  const target = resolve(folder, await readlink(place))
  const found = await lookAt(target)
  if (found === undefined) return undefined
  await assertKeptFolder(dirname(target))
  return assertOwnSocket(target, found)
}

function assertOwnSocket(path: string, stats: Stats): string {
  if (!stats.isSocket()) throw forbidden(path, `is ${kindOf(stats)}, not a socket: move it away`)
  const stranger = strangerOf(stats, Others.ANY)
  if (stranger !== undefined) throw forbidden(path, strangerText(path, stranger))
  return path
}

/** In a folder that others may write to, a socket of ours stays ours only where the folder is sticky, as /tmp is. */
async function assertKeptFolder(path: string): Promise<void> {
  const stats = await lookAt(path)
  if (stats?.isDirectory() !== true) throw forbidden(path, 'is no folder any more: try again')
  const unwanted = (stats.mode & STICKY) === 0 ? Others.WRITE : Others.NONE
  const isRoots = stats.uid === ROOT && (stats.mode & unwanted) === 0
  const stranger = isRoots ? undefined : strangerOf(stats, unwanted)
  if (stranger !== undefined) throw forbidden(path, strangerText(path, stranger))
}

async function lookAt(path: string): Promise<Stats | undefined> {
  try {
    return await lstatMaybe(path)
  } catch (cause) {
    throw forbidden(path, `cannot be looked at: ${errorText(cause)}`, cause)
  }
}

function forbidden(path: string, what: string, cause?: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_CONTROL_FORBIDDEN', `${path} ${what}`, {
    ...(cause !== undefined && { cause }),
    details: { path }
  })
}
