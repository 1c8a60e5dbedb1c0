import type { P2pSocket } from '../driver/socket'
import { P2pError } from '../errors'
import { encodeFrame, encodingOf } from '../wire/package'
import type { PackageType } from '../wire/package'
import type { Link } from './link'
import type { BroadcastResult } from './options'
import type { Outgoing, TypedTraffic } from './typed-traffic'

export interface Telling {
  readonly type: PackageType
  readonly outgoing: Outgoing
  readonly typed: Pick<TypedTraffic, 'assertReadable'>
}

/** Tells several peers, by one frame that is encoded once; gives how it went with each. */
export function tellAll(links: readonly Link[], { type, outgoing, typed }: Telling): BroadcastResult[] {
  const { event, body } = outgoing
  const frame = encodeFrame(type, event, body, '')
  return links.map((link) => {
    const { socket } = link
    try {
      typed.assertReadable(link, outgoing)
      link.sendFrame(frame, encodingOf(body))
      return { socket, status: 'sent' }
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      link.records.unsent(error, event)
      return { socket, status: 'failed', error }
    }
  })
}

/** How it went with one peer that is asked. Rejects for misuse alone. */
export async function resultOf(socket: P2pSocket, ask: () => Promise<unknown>): Promise<BroadcastResult> {
  try {
    return { socket, status: 'answered', body: await ask() }
  } catch (error) {
    if (error instanceof P2pError) return { socket, status: 'failed', error }
    throw error
  }
}
