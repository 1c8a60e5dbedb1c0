import type { P2pError, ThreadEntry, ThreadFolderOptions, ThreadSource } from 'trustp2p'
import { createLog, createNodeKit, createThreadFolder } from 'trustp2p'

/** The threads of a folder, as far as files show them; no thread's code is run. */
export interface OpenThreadFolder {
  readonly source: ThreadSource
  /** What is switched on now. */
  readonly entries: () => readonly ThreadEntry[]
  /** What hinders the folder as a whole. */
  readonly warnings: readonly P2pError[]
}

/** Where threads lie, and where their code may come from: as a node of the same configuration would have it. */
export type ThreadFolderPlace = Required<Pick<ThreadFolderOptions, 'cwd' | 'allowedFolders'>>

/** Opens the thread folder of a project, does something with it, and closes it. */
export async function withThreadFolder<Result>(
  place: ThreadFolderPlace,
  use: (folder: OpenThreadFolder) => Promise<Result>
): Promise<Result> {
  const source = threadFolder(place)
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

/** The threads that could be switched on, in name order. */
export function availableThreads(place: ThreadFolderPlace): Promise<readonly string[]> {
  return threadFolder(place).available()
}

function threadFolder(place: ThreadFolderPlace): ThreadSource {
  const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
  return createThreadFolder({ ...place, kit, api: () => ({}) })
}
