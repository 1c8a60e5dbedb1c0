import { Buffer } from 'node:buffer'
import type { PackageType } from 'trustp2p'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { withPeer } from '../peer'
import { printableJson } from '../printable'
import type { Terminal } from '../terminal'

/** What goes to which peer. */
export interface PeerMessage {
  readonly url: string
  readonly event: string
  /** Undefined where none was given: sent as null. */
  readonly body: unknown
}

export interface RequestCommandOptions extends CommonOptions {
  readonly type?: PackageType
  readonly timeout?: number
}

/**
 * Asks a peer and prints the body of its answer: indented JSON, or the base64 of bytes. With `json` one line,
 * `{"body":…}` or `{"bytes":"<base64>"}`.
 */
export async function request(
  { url, event, body }: PeerMessage,
  options: RequestCommandOptions,
  { out }: Terminal
): Promise<ExitStatus> {
  const { type, timeout: timeoutMs, json } = options
  const answer = await withPeer(url, folderOf(options), (node, socket) =>
    node.request(socket, event, body, {
      ...(type !== undefined && { type }),
      ...(timeoutMs !== undefined && { timeoutMs })
    })
  )
  const bytes = answer instanceof Uint8Array ? Buffer.from(answer).toString('base64') : undefined
  if (json) out.line(printableJson(bytes === undefined ? { body: answer } : { bytes }, 'compact'))
  else out.line(bytes ?? printableJson(answer, 'indented'))
  return ExitStatus.DONE
}
