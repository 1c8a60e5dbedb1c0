import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readlink, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { errorCode, errorText, P2pError } from '../errors'
import { knock } from './local/knock'
import { listenLocally } from './local/local-listener'
import type { LocalListener } from './local/local-listener'
import { lstatMaybe } from './local/lstat-maybe'
import { folderInvalid } from './local/private-folder'

/** Who holds a lock. */
export interface LockHolder {
  readonly pid: number
  /** Its link in the folder `lock`. */
  readonly entry: string
  /** The socket that it listens on as long as it lives. */
  readonly socketPath: string
}

const LOCK = 'lock'
const ENTRY = /^([1-9]\d{0,9})\.[0-9a-f]{8}$/
/** What a start leaves that was killed in its midst. */
const LEFT_OVER = /^(?:alive|lock)\.[0-9a-f]{8}$/
/** A start that is under way is not swept away. */
const LEFT_OVER_AGE_MS = 60_000
/** Each attempt ends with a winner, or removes one dead holder. */
const ATTEMPTS = 100

/**
 * The right of one process to a state folder, without a native module: see
 * docs/decisions/0010-state-lock.md. The folder `lock` holds one link, whose name is the holder's pid
 * and a random number, to a socket on which the holder listens. It is made elsewhere and then renamed to `lock`, which
 * the system does only where `lock` is empty or not there: of many at once one succeeds.
 */
export class StateLock {
  readonly #folder: string
  readonly #entry: string
  readonly #listener: LocalListener
  #released: Promise<void> | undefined

  private constructor(folder: string, entry: string, listener: LocalListener) {
    this.#folder = folder
    this.#entry = entry
    this.#listener = listener
  }

  /**
   * Takes the lock of a folder. Rejects with ERR_TRUSTP2P_STATE_LOCKED where a process holds it that lives, with
   * ERR_TRUSTP2P_STATE_FOLDER_INVALID where something else is in the way, or as listenLocally does.
   */
  static async acquire(folder: string): Promise<StateLock> {
    const id = randomBytes(4).toString('hex')
    const path = join(folder, `alive.${id}`)
    const listener = await listenLocally({ path, onConnection: (socket) => socket.destroy(), onError: () => undefined })
    const entry = `${process.pid}.${id}`
    const prepared = join(folder, `${LOCK}.${id}`)
    try {
      await mkdir(prepared, { mode: 0o700 })
      await symlink(relative(prepared, listener.path), join(prepared, entry))
      await publish(prepared, folder)
    } catch (error) {
      await rm(prepared, { recursive: true, force: true })
      await listener.close()
      throw error
    }
    await sweep(folder)
    return new StateLock(folder, entry, listener)
  }

  /** Gives the lock back. */
  release(): Promise<void> {
    return (this.#released ??= this.#release())
  }

  async #release(): Promise<void> {
    const lock = join(this.#folder, LOCK)
    await unlink(join(lock, this.#entry)).catch(() => undefined)
    // Fails where somebody has taken it already.
    await rmdir(lock).catch(() => undefined)
    await this.#listener.close()
  }
}

/**
 * Who holds the lock of a folder and lives; undefined where nobody does. Rejects as `acquire` does, and where the
 * signal aborts with ERR_TRUSTP2P_DRIVER_DIAL_ABORTED.
 */
export async function findLockHolder(folder: string, signal?: AbortSignal): Promise<LockHolder | undefined> {
  const holder = await readHolder(folder)
  return holder !== undefined && (await isAlive(holder, signal)) ? holder : undefined
}

async function publish(prepared: string, folder: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await renameMaybe(prepared, join(folder, LOCK))) return
    const holder = await readHolder(folder)
    if (holder === undefined) continue
    if (await isAlive(holder)) throw lockedError(folder, holder)
    await bury(folder, holder)
  }
  throw folderInvalid(join(folder, LOCK), `changed ${ATTEMPTS} times while it was taken: try again`)
}

/** Gives false where the lock is held. */
async function renameMaybe(prepared: string, lock: string): Promise<boolean> {
  try {
    await rename(prepared, lock)
    return true
  } catch (cause) {
    const code = errorCode(cause)
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false
    if (code === 'ENOTDIR') throw folderInvalid(lock, 'is in the way: move it away', cause)
    throw folderInvalid(lock, `cannot be made: ${errorText(cause)}`, cause)
  }
}

async function readHolder(folder: string): Promise<LockHolder | undefined> {
  const lock = join(folder, LOCK)
  try {
    const [entry] = await readdir(lock)
    if (entry === undefined) return undefined
    const pid = ENTRY.exec(entry)?.[1]
    if (pid === undefined) throw folderInvalid(join(lock, entry), 'is in the way: remove it')
    return { pid: Number(pid), entry, socketPath: resolve(lock, await readlink(join(lock, entry))) }
  } catch (cause) {
    if (cause instanceof P2pError) throw cause
    if (errorCode(cause) === 'ENOENT') return undefined
    throw folderInvalid(lock, `cannot be read: ${errorText(cause)}`, cause)
  }
}

/**
 * A holder lives as long as it listens. Where its socket was removed, by hand or by a cleaner of temporary files, its
 * pid has to do: that may by now be another process, but two nodes on one folder would be worse than one too few.
 */
async function isAlive({ pid, socketPath }: LockHolder, signal?: AbortSignal): Promise<boolean> {
  switch (await knock(socketPath, signal)) {
    case 'answers':
    case 'unknown':
      return true
    case 'refuses':
      return false
    case 'missing':
      return pid !== process.pid && isProcess(pid)
  }
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** Removes a dead holder, by names that were never those of another one. */
async function bury(folder: string, { entry, socketPath }: LockHolder): Promise<void> {
  await unlink(join(folder, LOCK, entry)).catch(() => undefined)
  const stats = await lstatMaybe(socketPath).catch(() => undefined)
  if (stats?.isSocket() === true) await unlink(socketPath).catch(() => undefined)
}

/** Removes what starts left that were killed before they had the lock, or after they had lost it. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!LEFT_OVER.test(name)) continue
    const path = join(folder, name)
    const stats = await lstatMaybe(path)
    if (stats === undefined || Date.now() - stats.mtimeMs < LEFT_OVER_AGE_MS) continue
    if (stats.isSocket() && (await knock(path)) !== 'refuses') continue
    await rm(path, { recursive: true, force: true })
  }
}

function lockedError(folder: string, { pid }: LockHolder): P2pError {
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`
  const text = `a node with the state folder ${folder} runs already, as ${who}: end it, or give this one another name (--name)`
  return new P2pError('ERR_TRUSTP2P_STATE_LOCKED', text, { details: { path: folder, pid } })
}
