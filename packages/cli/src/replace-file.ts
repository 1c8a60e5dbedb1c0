import { rename, rm, writeFile } from 'node:fs/promises'
import { P2pError, errorText } from 'trustp2p'

/**
 * Writes a file anew in one step: on a full disk, or where the program is ended meanwhile, the one that was there stays.
 * Throws ERR_TRUSTP2P_NODE_FOLDER_INVALID, with the path and why.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    await writeFile(temporary, text)
    await rename(temporary, file)
  } catch (cause) {
    await rm(temporary, { force: true })
    const error = `${file} cannot be written: ${errorText(cause)}`
    throw new P2pError('ERR_TRUSTP2P_NODE_FOLDER_INVALID', error, { cause })
  }
}
