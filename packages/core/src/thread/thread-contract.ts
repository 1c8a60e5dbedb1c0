import { contractsOf } from '../contract/contract'
import type { Contract } from '../contract/contract'
import { P2pError } from '../errors'
import type { Manifest } from './manifest'
import type { ThreadModule } from './thread-source'

/** How a node's table of contracts calls a thread. */
export function contractOwner(thread: string): string {
  return `the thread ${thread}`
}

/**
 * The contracts that a thread brings. Rejects with ERR_TRUSTP2P_CONTRACT_INVALID, with the file and what is wrong with it,
 * ERR_TRUSTP2P_LIMIT_CONTRACT, or what reading the file rejects with.
 */
export async function contractsOfThread(
  { contract }: Manifest,
  { readText }: Pick<ThreadModule, 'readText'>,
  path: string
): Promise<readonly Contract[]> {
  if (contract === undefined) return []
  if (typeof contract !== 'string') return contract
  const found = await readText?.(contract)
  if (found === undefined) {
    const place = readText === undefined ? 'threads of this source have no files: give a service' : 'it is not there'
    const text = `${path}: the contract '${contract}' of the manifest cannot be read: ${place}`
    throw new P2pError('ERR_TRUSTP2P_CONTRACT_INVALID', text, { details: { file: contract } })
  }
  return contractsOf(found.text, found.path)
}
