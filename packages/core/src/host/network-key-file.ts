import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { errorText, P2pError } from '../errors'
import { A_NETWORK_KEY, readNetworkKey } from '../identity/network-key'
import { Others, strangerOf, strangerText } from './local/private-folder'

/** Longest file of a key that is read, in bytes: the key, and a line feed or so. */
export const NETWORK_KEY_FILE_BYTES = 256

/**
 * Reads the key of a private network from a file that this user alone may use. Rejects with
 * ERR_TRUSTP2P_IDENTITY_NETWORK_KEY.
 */
export async function readNetworkKeyFile(path: string): Promise<Uint8Array> {
  const key = readNetworkKey((await read(path)).trim())
  if (key === undefined) throw unusable(path, `holds no key: a line with ${A_NETWORK_KEY.replace(/, or .*/, '')}`)
  return key
}

async function read(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const stats = await file.stat()
      const stranger = process.platform === 'win32' ? undefined : strangerOf(stats, Others.ANY)
      if (!stats.isFile()) throw unusable(path, 'is no file')
      if (stranger !== undefined) throw unusable(path, strangerText(path, stranger))
      if (stats.size > NETWORK_KEY_FILE_BYTES) throw unusable(path, `is longer than ${NETWORK_KEY_FILE_BYTES} bytes`)
      return await file.readFile('utf8')
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (cause instanceof P2pError) throw cause
    throw unusable(path, `cannot be read: ${errorText(cause)}`, cause)
  }
}

function unusable(path: string, what: string, cause?: unknown): P2pError {
  const text = `the file of the network key, ${path} (network.keyFile), ${what}`
  return new P2pError('ERR_TRUSTP2P_IDENTITY_NETWORK_KEY', text, {
    details: { path },
    ...(cause !== undefined && { cause })
  })
}
