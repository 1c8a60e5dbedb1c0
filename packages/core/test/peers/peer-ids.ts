import { createIdentity } from '../../src/identity/identity'
import { createTestKit } from '@trustp2p/testing'

const ids: string[] = []
const { crypto } = createTestKit()

/** The peer id of that number: the same for each call. */
export function peerIdOf(number: number): string {
  while (ids.length <= number) ids.push(createIdentity(crypto).peerId)
  return ids[number] ?? ''
}
