import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { errorText, P2pError } from '../errors'

/**
 * Rejects with ERR_TRUSTP2P_NODE_FOLDER_INVALID where a path leads to no folder, or to one that cannot be read: it would
 * look like one without threads, without nodes and without a configuration file.
 */
export async function assertFolder(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined)
  if (stats?.isDirectory() !== true) throw folderInvalid(`${path} is no folder: mend the path, or make the folder`)
  try {
    await access(path, constants.R_OK | constants.X_OK)
  } catch (cause) {
    throw folderInvalid(`${path} cannot be read: ${errorText(cause)}: mend its permissions, or mend the path`, cause)
  }
}

function folderInvalid(text: string, cause?: unknown): P2pError {
  return new P2pError('ERR_TRUSTP2P_NODE_FOLDER_INVALID', text, cause === undefined ? {} : { cause })
}
