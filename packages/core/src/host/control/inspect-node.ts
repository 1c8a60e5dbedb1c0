import { lstat } from 'node:fs/promises'
import { stateFolderPath } from '../state-folder'
import { findLockHolder } from '../state-folder-lock'
import { findControlSocket } from './find-control-socket'
import { knock } from './knock'
import type { Knock } from './knock'
import type { ControlTarget } from './control-client'

/** What the state folder of a node shows, without asking the node. */
export interface NodeInspection {
  /** The state folder. */
  readonly folder: string
  readonly hasFolder: boolean
  /** The process that holds the folder; undefined where none does. */
  readonly pid: number | undefined
  /** Where the control socket lies; undefined where there is none. */
  readonly socketPath: string | undefined
  /** Whether somebody listens there. */
  readonly socket: Knock
}

/**
 * Looks at what is left, or held, of a node. Rejects with ERR_TRUSTP2P_NODE_FOLDER_INVALID,
 * ERR_TRUSTP2P_STATE_FOLDER_INVALID or ERR_TRUSTP2P_CONTROL_FORBIDDEN.
 */
export async function inspectNode(target: ControlTarget): Promise<NodeInspection> {
  const folder = await stateFolderPath(target)
  const hasFolder = await lstat(folder).then(
    () => true,
    () => false
  )
  if (!hasFolder) return { folder, hasFolder, pid: undefined, socketPath: undefined, socket: 'missing' }
  const socketPath = await findControlSocket(folder)
  const holder = await findLockHolder(folder)
  const socket = socketPath === undefined ? 'missing' : await knock(socketPath)
  return { folder, hasFolder, pid: holder?.pid, socketPath, socket }
}
