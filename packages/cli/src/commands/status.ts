import type { NodeOptions } from '../common-options'
import { withNodes } from '../control/nodes'
import { statusLines } from '../control/status-lines'
import { printStatus } from '../control/status-screen'
import { ExitStatus } from '../exit-status'
import { printableJson } from '../printable'
import type { Terminal } from '../terminal'

/** Longest wait for a node that is asked how it is, in ms. */
const STATUS_TIMEOUT_MS = 5000

/**
 * Prints the state of the nodes that run in a folder: tables on a terminal, lines of fields parted by tabs in a pipe,
 * one line of JSON for each node with `json`.
 */
export async function status(options: NodeOptions, { out }: Terminal): Promise<ExitStatus> {
  const reports = await withNodes(options, (nodes) =>
    Promise.all(nodes.map((node) => node.status({ timeoutMs: STATUS_TIMEOUT_MS })))
  )
  for (const report of reports) {
    if (options.json) out.line(printableJson(report, 'compact'))
    else if (out.columns === undefined) for (const line of statusLines(report)) out.line(line)
    else printStatus(report, out, out.columns)
  }
  return ExitStatus.DONE
}
