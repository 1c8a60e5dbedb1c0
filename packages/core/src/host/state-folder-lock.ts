import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readlink, rename, rm, rmdir, symlink, unlink } from 'node:fs/promises'
import { join, relative, resolve } from 'node:path'
import { errorCode, errorText, P2pError } from '../errors'
import { diskRemedy } from './disk-remedy'
import { knock } from './local/knock'
import { listenLocally } from './local/local-listener'
import type { LocalListener } from './local/local-listener'
import { lstatMaybe } from './local/lstat-maybe'
import { folderInvalid } from './local/private-folder'
import { processMark } from './process-mark'

/** Who is named by a lock. */
interface NamedHolder {
  readonly pid: number
  /** What tells it from another process of that pid; undefined where it was not known. */
  readonly mark: string | undefined
  /** Its link in the folder `lock`. */
  readonly entry: string
  /** The socket that it listens on as long as it lives. */
  readonly socketPath: string
}

/**
 * How it is known that a holder lives. `socket`: it listens. `process`: its socket was removed, its process is there.
 * `pid`: its socket was removed, and a process has its pid, which may be another one by now.
 */
export type LifeSign = 'socket' | 'process' | 'pid'

/** Who holds a lock. */
export interface LockHolder extends NamedHolder {
  readonly lifeSign: LifeSign
}

const LOCK = 'lock'
/** Pid, random number, mark of the process. */
const ENTRY = /^([1-9]\d{0,9})\.[0-9a-f]{8}(?:\.([0-9a-f]{16}))?$/
/** What a start leaves that was killed in its midst. */
const LEFT_OVER = /^(?:alive|lock)\.[0-9a-f]{8}$/
/** A start that is under way is not swept away. */
const LEFT_OVER_AGE_MS = 60_000
/** Each attempt ends with a winner, or removes one dead holder. */
const ATTEMPTS = 100

/**
 * The right of one process to a state folder, without a native module: see
 * docs/decisions/0010-state-lock.md. The folder `lock` holds one link, whose name is the holder's pid,
 * a random number and the mark of its process, to a socket on which the holder listens. It is made elsewhere and then renamed to `lock`, which
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
    const mark = await processMark(process.pid)
    const entry = [process.pid, id, ...(mark === undefined ? [] : [mark])].join('.')
    const prepared = join(folder, `${LOCK}.${id}`)
    try {
      await mkdir(prepared, { mode: 0o700 })
      await symlink(relative(prepared, listener.path), join(prepared, entry))
      await publish(prepared, folder)
    } catch (error) {
      await rm(prepared, { recursive: true, force: true })
      await listener.close()
      throw asFolderError(folder, error)
    }
    // What cannot be removed now is in nobody's way.
    await sweep(folder).catch(() => undefined)
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

function asFolderError(folder: string, cause: unknown): P2pError {
  if (cause instanceof P2pError) return cause
  return folderInvalid(folder, `cannot be locked: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
}

/**
 * Who holds the lock of a folder and lives; undefined where nobody does. Rejects as `acquire` does, and where the
 * signal aborts with ERR_TRUSTP2P_DRIVER_DIAL_ABORTED.
 */
export async function findLockHolder(folder: string, signal?: AbortSignal): Promise<LockHolder | undefined> {
  const named = await readHolder(folder)
  const lifeSign = named && (await findLifeSign(named, signal))
  return named && lifeSign && { ...named, lifeSign }
}

/** What to do about a process that holds the lock of a folder, and answers nobody. */
export function holderRemedy(folder: string, { pid, entry, lifeSign }: LockHolder): string {
  switch (lifeSign) {
    case 'socket':
      return 'it starts or ends just now: try again'
    case 'process':
      return `its sockets were removed: end process ${pid}, and start the node again`
    case 'pid':
      return `its sockets were removed: where process ${pid} is no node, remove ${join(folder, LOCK, entry)}`
  }
}

async function publish(prepared: string, folder: string): Promise<void> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await renameMaybe(prepared, join(folder, LOCK))) return
    const holder = await readHolder(folder)
    if (holder === undefined) continue
    const lifeSign = await findLifeSign(holder)
    if (lifeSign !== undefined) throw lockedError(folder, { ...holder, lifeSign })
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
    throw folderInvalid(lock, `cannot be made: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
  }
}

async function readHolder(folder: string): Promise<NamedHolder | undefined> {
  const lock = join(folder, LOCK)
  try {
    const [entry] = await readdir(lock)
    if (entry === undefined) return undefined
    const [, pid, mark] = ENTRY.exec(entry) ?? []
    if (pid === undefined) throw notALink(join(lock, entry))
    return { pid: Number(pid), mark, entry, socketPath: resolve(lock, await readTarget(join(lock, entry))) }
  } catch (cause) {
    if (cause instanceof P2pError) throw cause
    if (errorCode(cause) === 'ENOENT') return undefined
    throw folderInvalid(lock, `cannot be read: ${errorText(cause)}`, cause)
  }
}

async function readTarget(path: string): Promise<string> {
  try {
    return await readlink(path)
  } catch (cause) {
    throw errorCode(cause) === 'EINVAL' ? notALink(path, cause) : cause
  }
}

function notALink(path: string, cause?: unknown): P2pError {
  return folderInvalid(path, 'is in the way: remove it', cause)
}

/**
 * A holder lives as long as it listens. Where its socket was removed, by hand or by a cleaner of temporary files, its
 * process has to do, and where the system does not tell that one from a later one, its pid: two nodes on one folder
 * would be worse than one too few.
 */
async function findLifeSign(holder: NamedHolder, signal?: AbortSignal): Promise<LifeSign | undefined> {
  switch (await knock(holder.socketPath, signal)) {
    case 'answers':
    case 'unknown':
      return 'socket'
    case 'refuses':
      return undefined
    case 'missing':
      return findProcess(holder)
  }
}

async function findProcess({ pid, mark }: NamedHolder): Promise<LifeSign | undefined> {
  const present = mark === undefined ? undefined : await processMark(pid)
  if (present !== undefined) return present === mark ? 'process' : undefined
  return pid !== process.pid && isProcess(pid) ? 'pid' : undefined
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
async function bury(folder: string, { entry, socketPath }: NamedHolder): Promise<void> {
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

function lockedError(folder: string, holder: LockHolder): P2pError {
  const { pid, lifeSign } = holder
  const who = pid === process.pid ? `this process (${pid})` : `process ${pid}`
  const remedy = lifeSign === 'pid' ? holderRemedy(folder, holder) : 'end it, or give this one another name (--name)'
  const text = `a node with the state folder ${folder} runs already, as ${who}: ${remedy}`
  return new P2pError('ERR_TRUSTP2P_STATE_LOCKED', text, { details: { path: folder, pid } })
}
