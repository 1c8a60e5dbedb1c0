import { knock } from '../local/knock'
import type { Knock } from '../local/knock'
import { lstatMaybe } from '../local/lstat-maybe'
import { stateFolderPath } from '../state-folder'
import { findLockHolder, holderRemedy } from '../state-folder-lock'
import { findControlSocket } from './find-control-socket'
import type { ControlTarget } from './control-client'

/** What the state folder of a node shows, without asking the node. */
export interface NodeInspection {
  /** The state folder. */
  readonly folder: string
  readonly hasFolder: boolean
  /** The process that holds the folder; undefined where none does. */
  readonly pid: number | undefined
  /** What to do about that process where it has no control socket; undefined where none holds the folder. */
  readonly remedy: string | undefined
  /** Where the control socket lies; undefined where there is none. */
  readonly socketPath: string | undefined
  /** Whether somebody listens there. */
  readonly socket: Knock
}

/**
 * Looks at what is left, or held, of a node. Rejects with ERR_TRUSTP2P_NODE_FOLDER_INVALID,
 * ERR_TRUSTP2P_STATE_FOLDER_INVALID, ERR_TRUSTP2P_CONTROL_FORBIDDEN or ERR_TRUSTP2P_CONFIG_INVALID, and where the
 * signal aborts with ERR_TRUSTP2P_DRIVER_DIAL_ABORTED.
 */
export async function inspectNode(
  target: ControlTarget,
  { signal }: { readonly signal?: AbortSignal } = {}
): Promise<NodeInspection> {
  const folder = await stateFolderPath(target)
  const socketPath = await findControlSocket(folder)
  const hasFolder = (await lstatMaybe(folder)) !== undefined
  if (!hasFolder)
    return { folder, hasFolder, pid: undefined, remedy: undefined, socketPath: undefined, socket: 'missing' }
  const holder = await findLockHolder(folder, signal)
  const socket = socketPath === undefined ? 'missing' : await knock(socketPath, signal)
  return { folder, hasFolder, pid: holder?.pid, remedy: holder && holderRemedy(folder, holder), socketPath, socket }
}
