import type { NodeReport } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { ANSWER_MS, askNodes, reportFailures, WAITING, withNodes } from '../control/nodes'
import { statusLines } from '../control/status-lines'
import { printStatus } from '../control/status-screen'
import type { ExitStatus } from '../exit-status'
import { printableJson } from '../printable'
import { showWhile } from '../progress'
import type { Output, Terminal } from '../terminal'

/**
 * Prints the state of the nodes that run in a folder: tables on a terminal, lines of fields parted by tabs in a pipe,
 * one line of JSON for each node with `json`. Failed where a node does not answer; the others are told of all the same.
 */
export function status(options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  return withNodes(options, terminal, async (nodes) => {
    const asking = askNodes(nodes, (node) => node.status({ timeoutMs: ANSWER_MS }))
    const { answers, failures } = await showWhile(terminal.progress, WAITING, asking)
    for (const report of answers) print(report, terminal.out, options.json === true)
    return reportFailures(failures, terminal.err, options.json)
  })
}

function print(report: NodeReport, out: Output, json: boolean): void {
  if (json) out.line(printableJson(report, 'compact'))
  else if (out.columns === undefined) for (const line of statusLines(report)) out.line(line)
  else printStatus(report, out, out.columns)
}
