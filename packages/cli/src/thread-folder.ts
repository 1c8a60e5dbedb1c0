import { stat } from 'node:fs/promises'
import type { ThreadEntry, ThreadSource } from 'trustp2p'
import { P2pError, createLog, createNodeKit, createThreadFolder } from 'trustp2p'

/** The threads of a folder, as far as files show them; no thread's code is run. */
export interface OpenThreadFolder {
  readonly source: ThreadSource
  /** What is switched on now. */
  readonly entries: () => readonly ThreadEntry[]
  /** What hinders the folder as a whole. */
  readonly warnings: readonly P2pError[]
}

/** Opens the thread folder of a project, does something with it, and closes it. */
export async function withThreadFolder<Result>(
  cwd: string,
  use: (folder: OpenThreadFolder) => Promise<Result>
): Promise<Result> {
  await assertFolder(cwd)
  const source = threadFolder(cwd)
  const warnings: P2pError[] = []
  let entries: readonly ThreadEntry[] = []
  try {
    entries = await source.open({
      onChange: (changed) => {
        entries = changed
      },
      onWarning: (error) => void warnings.push(error)
    })
    return await use({ source, entries: () => entries, warnings })
  } finally {
    await source.close()
  }
}

/** A folder that is not there would look like one without threads, and without a configuration file. */
export async function assertFolder(cwd: string): Promise<void> {
  const stats = await stat(cwd).catch(() => undefined)
  if (stats?.isDirectory() === true) return
  throw new P2pError('ERR_TRUSTP2P_NODE_FOLDER_INVALID', `${cwd} is no folder`)
}

/** The threads that could be switched on, in name order. */
export function availableThreads(cwd: string): Promise<readonly string[]> {
  return threadFolder(cwd).available()
}

function threadFolder(cwd: string): ThreadSource {
  const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
  return createThreadFolder({ cwd, kit, api: () => ({}) })
}
