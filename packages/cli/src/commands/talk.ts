import type { PackageType } from 'trustp2p'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { withPeer } from '../peer'
import type { PeerMessage } from '../peer'
import { printable, printableJson } from '../printable'
import type { Terminal } from '../terminal'

export interface TalkCommandOptions extends CommonOptions {
  readonly type?: PackageType
}

/** Tells a peer something and prints what was sent. That it was sent is all that is known: a talk has no answer. */
export async function talk(
  { url, event, body = null }: PeerMessage,
  options: TalkCommandOptions,
  { out }: Terminal
): Promise<ExitStatus> {
  const { type, json } = options
  await withPeer({ url, event, body }, folderOf(options), (node, socket) => {
    node.talk(socket, event, body, type === undefined ? {} : { type })
    return Promise.resolve()
  })
  if (json) out.line(printableJson({ sent: { url, event, body } }, 'compact'))
  else out.line(`sent to ${printable(url)}: ${printable(event)} ${printableJson(body, 'compact')}`)
  return ExitStatus.DONE
}
