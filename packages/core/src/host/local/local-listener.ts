import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { chmod, lstat, mkdtemp, rename, rm, unlink } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { errorCode } from '../../errors'
import { addressInUse, listenFailed } from '../../driver/driver-errors'
import { knock } from './knock'
import { lstatMaybe } from './lstat-maybe'
import { kindOf, Others, strangerOf, strangerText } from './private-folder'
import { fallbackPlace, isSocketRoom } from './socket-place'

/** A Unix domain socket, which this user alone can reach unless its mode says otherwise. */
export interface LocalListener {
  /** Where it really lies: the path that was asked for, or one in the fallback folder. */
  readonly path: string
  /** Stops listening and removes the socket. Accepted connections stay. */
  close(): Promise<void>
}

export interface LocalListenerOptions {
  readonly path: string
  /** Takes a connection that reads nothing before it is resumed. */
  readonly onConnection: (socket: Socket) => void
  /** The listener failed after it was bound; it goes on if it can. */
  readonly onError: (error: Error) => void
  /** Who may connect, as bits of a mode [0o600: this user alone]. */
  readonly mode?: number
  /** What it is called in errors [its path]; with a name no other place will do, and none is looked for. */
  readonly name?: string
}

/** What a file system answers that has no sockets: shared folders of virtual machines and containers, for instance. */
const NO_SOCKETS = new Set(['ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM', 'EINVAL'])

/**
 * Listens on a path, or in the fallback folder where the path is too long or its file system has no sockets. A socket
 * that is there and refuses was left by a process that was killed, and gives way.
 * Rejects with ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE, _LISTEN_FAILED, or ERR_TRUSTP2P_STATE_FOLDER_INVALID.
 */
export async function listenLocally(options: LocalListenerOptions): Promise<LocalListener> {
  const { path, name } = options
  if (name !== undefined || isSocketRoom(path)) {
    try {
      return await listenAt(path, options)
    } catch (error) {
      if (name !== undefined || !NO_SOCKETS.has(errorCode(error) ?? '')) throw asListenError(name ?? path, error)
    }
  }
  const other = await fallbackPlace(path)
  return listenAt(other, options).catch((error: unknown) => {
    throw asListenError(other, error)
  })
}

/**
 * The socket is made in a folder that nobody else may enter, gets its mode there, and only then its name: nobody
 * connects in between, and a stale one is replaced in the same step.
 */
async function listenAt(path: string, options: LocalListenerOptions): Promise<LocalListener> {
  await assertVacant(path, options.name)
  const server = createServer({ pauseOnConnect: true }, options.onConnection)
  const folder = await makeFolder(dirname(path))
  const made = join(folder, 's')
  try {
    await bind(server, made)
    await chmod(made, options.mode ?? 0o600)
    const { ino } = await lstat(made)
    await rename(made, path)
    server.on('error', options.onError)
    return { path, close: () => close(server, path, ino) }
  } catch (error) {
    server.close()
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Makes a folder that nobody else may enter. */
function makeFolder(parent: string): Promise<string> {
  return mkdtemp(`${parent}${sep}.`).catch((cause: unknown) => {
    throw errorCode(cause) === 'ENOENT' ? new Error('its folder is not there: make it', { cause }) : cause
  })
}

/** `exclusive`, since in a worker of a cluster the socket would be the primary's, and outlive the worker. */
function bind(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Throws where something is there that is no stale socket. */
async function assertVacant(path: string, name = path): Promise<void> {
  const stats = await lstatMaybe(path)
  if (stats === undefined) return
  if (!stats.isSocket()) throw new Error(`${kindOf(stats)} is there: move it away, or choose another path`)
  const stranger = strangerOf(stats, Others.NONE)
  if (stranger !== undefined) throw new Error(`the socket ${strangerText(path, stranger)}`)
  const answer = await knock(path)
  if (answer === 'answers' || answer === 'unknown') throw addressInUse(name)
}

/** Removed while it still listens, so that nobody takes it for a stale one meanwhile. */
async function close(server: Server, path: string, ino: number): Promise<void> {
  const stats = await lstatMaybe(path).catch(() => undefined)
  if (stats?.ino === ino) await unlink(path).catch(() => undefined)
  server.close()
}

function asListenError(path: string, error: unknown): unknown {
  return errorCode(error)?.startsWith('ERR_TRUSTP2P_') === true ? error : listenFailed(path, error)
}
