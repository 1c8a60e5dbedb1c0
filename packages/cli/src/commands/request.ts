import { Buffer } from 'node:buffer'
import type { PackageType } from 'trustp2p'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { withPeer } from '../peer'
import type { PeerMessage } from '../peer'
import { printableJson } from '../printable'
import type { Terminal } from '../terminal'

export interface RequestCommandOptions extends CommonOptions {
  readonly type?: PackageType
  readonly timeout?: number
}

/**
 * Asks a peer and prints the body of its answer: indented JSON, or the base64 of bytes. With `json` one line,
 * `{"body":…}` or `{"bytes":"<base64>"}`.
 */
export async function request(
  message: PeerMessage,
  options: RequestCommandOptions,
  { out }: Terminal
): Promise<ExitStatus> {
  const { type, timeout: timeoutMs, json } = options
  const answer = await withPeer(message, folderOf(options), (node, socket) =>
    node.request(socket, message.event, message.body, {
      ...(type !== undefined && { type }),
      ...(timeoutMs !== undefined && { timeoutMs })
    })
  )
  const bytes = answer instanceof Uint8Array ? Buffer.from(answer).toString('base64') : undefined
  if (json) out.line(printableJson(bytes === undefined ? { body: answer } : { bytes }, 'compact'))
  else out.line(bytes ?? printableJson(answer, 'indented'))
  return ExitStatus.DONE
}
