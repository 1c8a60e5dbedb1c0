import { readFile, statfs } from 'node:fs/promises'
import type { NodeConfig } from 'trustp2p'
import { byteSize, count } from '../units'
import { ok, problem, skipped, warning } from './finding'
import type { Finding } from './finding'

/** Below that neither the state of a node nor a copy of a thread is sure to be written, in bytes. */
const FREE_BYTES = 16 * 1024 * 1024

/** The part of what `fs.statfs` tells that is looked at. */
export interface FreeSpace {
  /** Free blocks for who is not root, and the size of one in bytes. */
  readonly bavail: number
  readonly bsize: number
}

/** Looks at how much can be written below the folder. */
export async function checkDisk(
  folder: string,
  look: (folder: string) => Promise<FreeSpace> = (path) => statfs(path)
): Promise<Finding[]> {
  const { bavail, bsize } = await look(folder)
  const free = byteSize(bavail * bsize)
  if (bavail * bsize >= FREE_BYTES) return [ok(`the disk of the folder has ${free} free`)]
  const text = `the disk of the folder has ${free} free, less than ${byteSize(FREE_BYTES)}`
  return [problem(text, 'make room on it, or move the project to another disk')]
}

/** Files that a node has open beside its sockets: listeners, watched folders, what its threads open. */
const OTHER_FILES = 100

/** Looks whether as many files may be open as the node may have sockets. Node has raised the limit as far as it may. */
export async function checkOpenFiles(
  config: NodeConfig | undefined,
  readLimits: () => Promise<string | undefined> = readOwnLimits
): Promise<Finding[]> {
  if (config === undefined) {
    return [skipped('the limit of open files was not looked at: the configuration is wrong')]
  }
  const limits = await readLimits()
  const [, limit] = /^Max open files +(\d+|unlimited) /m.exec(limits ?? '') ?? []
  if (limit === undefined) return [skipped('the limit of open files was not looked at: this system does not tell it')]
  const { inboundSockets } = config.limits
  const sockets = `${count(inboundSockets)} sockets of peers (limits.inboundSockets)`
  if (limit === 'unlimited' || Number(limit) >= inboundSockets + OTHER_FILES) {
    return [
      ok(`${limit === 'unlimited' ? 'any number of' : count(Number(limit))} files may be open: enough for ${sockets}`)
    ]
  }
  const text = `${count(Number(limit))} files may be open, too few for ${sockets} and ${OTHER_FILES} others`
  return [warning(text, 'raise it (ulimit -n, or LimitNOFILE= of a service), or lower limits.inboundSockets')]
}

/** Undefined where the system has no such file. */
async function readOwnLimits(): Promise<string | undefined> {
  return process.platform === 'linux' ? readFile('/proc/self/limits', 'utf8') : undefined
}
