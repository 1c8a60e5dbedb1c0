import { randomBytes } from 'node:crypto'
import { readdir, realpath, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { LONGEST_NODE_NAME, NODE_NAME } from '../config/names'
import { errorCode, errorText, P2pError } from '../errors'
import { printable } from '../printable'
import { assertFolder } from './assert-folder'
import { diskRemedy } from './disk-remedy'
import { lstatMaybe } from './local/lstat-maybe'
import { assertOwnFolder, folderInvalid, makeOwnFolder, Others } from './local/private-folder'
import { StateLock } from './state-folder-lock'

/** The only folder that a node writes to: `<cwd>/.trustp2p/<name>/`, of its user alone, and of one process at a time. */
export interface StateFolder {
  readonly path: string
  /** Lets the next process have it. */
  close(): Promise<void>
}

/** Where the state of a node lies. */
export interface StateFolderOptions {
  readonly cwd: string
  /** Name of the node. */
  readonly name: string
}

const PARENT = '.trustp2p'
/** Most characters of a wrong name that an error repeats. */
const SHOWN_NAME = 100

/**
 * Makes the state folder of a node where it is not there, checks its owner and its mode, and takes its lock.
 * Rejects with ERR_TRUSTP2P_STATE_LOCKED, ERR_TRUSTP2P_STATE_FOLDER_INVALID or ERR_TRUSTP2P_CONTROL_UNSUPPORTED.
 */
export async function openStateFolder({ cwd, name }: StateFolderOptions): Promise<StateFolder> {
  assertSupported()
  const path = await makeStateFolder({ cwd, name })
  const lock = await StateLock.acquire(path)
  return { path, close: () => lock.release() }
}

/**
 * Makes the state folder of a node where it is not there, and checks its owner and its mode; gives its path. Rejects with
 * ERR_TRUSTP2P_STATE_FOLDER_INVALID.
 */
export async function makeStateFolder({ cwd, name }: StateFolderOptions): Promise<string> {
  const parent = join(await realpath(cwd), PARENT)
  await makeOwnFolder(parent, Others.WRITE)
  await ignoreInGit(parent)
  const path = join(parent, name)
  await makeOwnFolder(path)
  return path
}

/**
 * Looks whether openStateFolder would take what is there, and makes nothing; harmless where nothing is there. Rejects
 * with ERR_TRUSTP2P_STATE_FOLDER_INVALID, ERR_TRUSTP2P_NODE_FOLDER_INVALID or ERR_TRUSTP2P_CONFIG_INVALID.
 */
export async function assertStateFolder(options: StateFolderOptions): Promise<void> {
  const path = await stateFolderPath(options)
  const parent = dirname(path)
  if (!(await isThere(parent))) return
  await assertOwnFolder(parent, Others.WRITE)
  if (await isThere(path)) await assertOwnFolder(path)
}

async function isThere(path: string): Promise<boolean> {
  const stats = await lstatMaybe(path).catch((cause: unknown) => {
    throw folderInvalid(path, `cannot be looked at: ${errorText(cause)}`, cause)
  })
  return stats !== undefined
}

/**
 * The names of nodes that have, or had, a state folder below `cwd`, in order. Rejects with
 * ERR_TRUSTP2P_STATE_FOLDER_INVALID where it cannot be read.
 */
export async function listStateFolders(cwd: string): Promise<readonly string[]> {
  const parent = join(cwd, PARENT)
  const entries = await readdir(parent, { withFileTypes: true }).catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT' || errorCode(cause) === 'ENOTDIR') return []
    throw folderInvalid(parent, `cannot be read: ${errorText(cause)}`, cause)
  })
  return entries
    .filter((entry) => entry.isDirectory() && NODE_NAME.test(entry.name))
    .map(({ name }) => name)
    .sort()
}

/** Where the state of a node lies. Rejects with ERR_TRUSTP2P_NODE_FOLDER_INVALID or ERR_TRUSTP2P_CONFIG_INVALID. */
export async function stateFolderPath({ cwd, name }: StateFolderOptions): Promise<string> {
  assertName(name)
  await assertFolder(cwd)
  return join(await realpath(cwd), PARENT, name)
}

/** A name that is none could lead to a folder that is not ours. */
function assertName(name: string): void {
  if (NODE_NAME.test(name)) return
  const wanted = `a letter or digit, then at most ${LONGEST_NODE_NAME - 1} letters, digits, "_", "." or "-"`
  const text = `the name of a node is ${wanted}, not "${printable(name.slice(0, SHOWN_NAME))}"`
  throw new P2pError('ERR_TRUSTP2P_CONFIG_INVALID', text)
}

/**
 * State is nobody's source: a project that was made by hand has no line for it in its .gitignore. The file comes whole
 * or not at all; an empty one was left by an earlier version, on a full disk.
 */
async function ignoreInGit(parent: string): Promise<void> {
  const path = join(parent, '.gitignore')
  const temporary = `${path}.${randomBytes(4).toString('hex')}`
  try {
    const stats = await lstatMaybe(path)
    if (stats !== undefined && !(stats.isFile() && stats.size === 0)) return
    await writeFile(temporary, '*\n', { flag: 'wx' })
    await rename(temporary, path)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw folderInvalid(path, `cannot be written: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
  }
}

function assertSupported(): void {
  if (process.platform !== 'win32') return
  const text = 'a node on Windows has no control socket and no state folder yet: set control to false'
  throw new P2pError('ERR_TRUSTP2P_CONTROL_UNSUPPORTED', text)
}
