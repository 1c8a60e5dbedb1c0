import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeOwnFolder } from './private-folder'

/**
 * Longest path of a socket that every system takes, in bytes: macOS has room for 103, Linux for 107, and a longer one
 * is cut without an error.
 */
export const LONGEST_SOCKET_PATH = 100

/** Bytes by which the path at which a socket is made is longer than that of its folder: `/.XXXXXX/s`. */
const MAKING_BYTES = 10

export function isSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= LONGEST_SOCKET_PATH
}

/** True where a socket can be made at that path. */
export function isSocketRoom(path: string): boolean {
  return isSocketPath(path) && Buffer.byteLength(dirname(path)) + MAKING_BYTES <= LONGEST_SOCKET_PATH
}

/** The folder for sockets whose own place will not do: of this user alone, below the temporary one. */
export function fallbackFolder(): string {
  return join(tmpdir(), `trustp2p-${process.geteuid?.() ?? 'user'}`)
}

/** Gives the other place for a socket, in the fallback folder, which is made or checked. */
export async function fallbackPlace(path: string): Promise<string> {
  const folder = fallbackFolder()
  await makeOwnFolder(folder)
  const name = createHash('sha256').update(path).digest('hex').slice(0, 20)
  return join(folder, `${name}.sock`)
}
