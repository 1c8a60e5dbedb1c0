import { lstat, mkdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { P2pError, errorCode, errorText } from 'trustp2p'

/** A file to be written. */
export interface NewFile {
  /** Path in the project. */
  readonly path: string
  readonly text: string
  /** Files that serve in its place: where one of them is there, it is not written. */
  readonly unless?: readonly string[]
}

/** What became of it; `path` is that of the file that was there, where one was. */
export interface WrittenFile {
  readonly path: string
  readonly status: 'written' | 'kept'
}

/** Throws ERR_TRUSTP2P_NODE_FOLDER_INVALID for a path that is, or leads through, something else than a folder. */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    if (!(await stat(folder)).isDirectory()) throw new Error('it is no folder')
  } catch (cause) {
    const text = `${folder} cannot become a project: ${errorText(cause)}`
    throw new P2pError('ERR_TRUSTP2P_NODE_FOLDER_INVALID', text, { cause })
  }
}

/** Writes a file unless something of that name is there, be it a link that leads nowhere. */
export async function writeNew(folder: string, { path, text, unless = [] }: NewFile): Promise<WrittenFile> {
  for (const other of unless) if (await isThere(join(folder, other))) return { path: other, status: 'kept' }
  const file = join(folder, path)
  await makeFolder(dirname(file))
  try {
    await writeFile(file, text, { flag: 'wx' })
    return { path, status: 'written' }
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') return { path, status: 'kept' }
    // On a full disk a part of it, which the next call would take for a file of the person's own.
    await rm(file, { force: true })
    const error = `${file} cannot be written: ${errorText(cause)}`
    throw new P2pError('ERR_TRUSTP2P_NODE_FOLDER_INVALID', error, { cause })
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false
  )
}
