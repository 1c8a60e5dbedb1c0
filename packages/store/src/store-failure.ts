import { errorCode, errorText, P2pError } from 'trustp2p'
import type { ErrorCode } from 'trustp2p'

/** What to do, by code. */
const REMEDIES = {
  ERR_TRUSTP2P_STORE_LOCKED: 'is open already, here or in another process: end that, or choose another folder',
  ERR_TRUSTP2P_STORE_FOLDER_INVALID: 'cannot be used: mend its path or its permissions',
  ERR_TRUSTP2P_STORE_BROKEN: 'is damaged, or none: put back a copy of it, or remove it and begin with an empty one',
  ERR_TRUSTP2P_STORE_DISK_FULL: 'has no room on its disk: make some',
  ERR_TRUSTP2P_STORE_FAILED: 'failed: see the cause'
} as const satisfies Partial<Record<ErrorCode, string>>

type FailureCode = keyof typeof REMEDIES

/** By what the system says, which LevelDB repeats as text. */
const NO_ROOM = /No space left|quota exceeded|File too large|not enough space/i
const NO_ACCESS = /Permission denied|Operation not permitted|Read-only file system|Not a directory|Is a directory/i
/** The folder was there: a file of the store in it is not, or is shorter than it was. */
const NO_FILE = /No such file or directory|Invalid argument/i

const CODES: Readonly<Record<string, FailureCode>> = {
  LEVEL_LOCKED: 'ERR_TRUSTP2P_STORE_LOCKED',
  LEVEL_CORRUPTION: 'ERR_TRUSTP2P_STORE_BROKEN',
  ENOSPC: 'ERR_TRUSTP2P_STORE_DISK_FULL',
  EDQUOT: 'ERR_TRUSTP2P_STORE_DISK_FULL',
  EACCES: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  EPERM: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  EROFS: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  EEXIST: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  ENOENT: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  ENOTDIR: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  ELOOP: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID',
  ENAMETOOLONG: 'ERR_TRUSTP2P_STORE_FOLDER_INVALID'
}

/** The coded error of what failed in a folder: it names the folder, what the platform said, and what to do. */
export function storeFailure(folder: string, cause: unknown): P2pError {
  if (cause instanceof P2pError) return cause
  const root = rootOf(cause)
  const code = codeFor(root)
  const text = `the store in ${folder} ${REMEDIES[code]} (${errorText(root)})`
  return new P2pError(code, text, { cause, details: { folder } })
}

/** What LevelDB says lies below "Database failed to open". */
function rootOf(error: unknown): unknown {
  const cause = errorCode(error) === 'LEVEL_DATABASE_NOT_OPEN' ? (error as Error).cause : undefined
  return cause ?? error
}

function codeFor(error: unknown): FailureCode {
  const known = CODES[errorCode(error) ?? '']
  if (known !== undefined) return known
  const text = errorText(error)
  if (NO_ROOM.test(text)) return 'ERR_TRUSTP2P_STORE_DISK_FULL'
  if (NO_ACCESS.test(text)) return 'ERR_TRUSTP2P_STORE_FOLDER_INVALID'
  return NO_FILE.test(text) ? 'ERR_TRUSTP2P_STORE_BROKEN' : 'ERR_TRUSTP2P_STORE_FAILED'
}
