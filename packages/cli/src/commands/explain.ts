import { explainCode } from 'trustp2p/control'
import type { CodeExplanation, ExplainRecord } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { ANSWER_MS, askNodes, reportFailures, WAITING, withNodes, withNodesOr } from '../control/nodes'
import type { NodesUse } from '../control/nodes'
import { ExitStatus } from '../exit-status'
import { printCode, printRecord } from '../explain/record-text'
import { printable, printableJson } from '../printable'
import { showWhile } from '../progress'
import { printProblem, reportUsage } from '../report-error'
import type { Output, Terminal } from '../terminal'

export interface ExplainOptions extends NodeOptions {
  readonly limit?: number
}

/** What one node knows. */
interface Explained {
  readonly name: string
  readonly records: readonly ExplainRecord[]
}

const USUAL_RECORDS = 20

/** What every code begins with. */
const CODE = /^ERR_TRUSTP2P_/

/**
 * Prints what the nodes of a folder refused, closed, dropped or failed, the newest first, or one
 * line of JSON for each node with `json`. Of a code it tells what that means first, also where no node runs.
 */
export async function explain(
  what: string | undefined,
  options: ExplainOptions,
  terminal: Terminal
): Promise<ExitStatus> {
  const use: NodesUse = (nodes) => explainNodes(nodes, what, { options, terminal })
  if (what === undefined || !CODE.test(what)) return withNodes(options, terminal, use)
  const code = explainCode(what)
  if (code === undefined) return noCode(what, options, terminal.err)
  tellCode(code, options, terminal.out)
  if (options.name !== undefined) return withNodes(options, terminal, use)
  return withNodesOr(options, terminal, { use, otherwise: () => Promise.resolve(ExitStatus.DONE) })
}

async function explainNodes(
  nodes: Parameters<NodesUse>[0],
  about: string | undefined,
  { options, terminal }: { readonly options: ExplainOptions; readonly terminal: Terminal }
): Promise<ExitStatus> {
  const query = { limit: options.limit ?? USUAL_RECORDS, ...(about !== undefined && { about }) }
  const asking = askNodes(nodes, async (node): Promise<Explained> => {
    return { name: node.name, records: await node.explain(query, { timeoutMs: ANSWER_MS }) }
  })
  const { answers, failures } = await showWhile(terminal.progress, WAITING, asking)
  for (const answer of answers) tellRecords(answer, about, { options, out: terminal.out })
  return reportFailures(failures, terminal.err, options.json)
}

function tellRecords(
  { name, records }: Explained,
  about: string | undefined,
  { options, out }: { readonly options: ExplainOptions; readonly out: Output }
): void {
  const { line, columns, colors } = out
  if (options.json === true) return line(printableJson({ name, records }, 'compact'))
  const what = about === undefined ? '' : ` of ${printable(about)}`
  if (records.length === 0) return line(`the node ${printable(name)} knows of nothing${what} that failed`)
  line(colors.bold(`the node ${printable(name)}, the newest first`))
  for (const record of records) printRecord(record, Date.now(), { line, colors, columns })
}

function tellCode(code: CodeExplanation, { json }: ExplainOptions, { line, columns, colors }: Output): void {
  if (json === true) line(printableJson(code, 'compact'))
  else printCode(code, { line, colors, columns })
}

function noCode(what: string, { json }: ExplainOptions, err: Output): ExitStatus {
  const text = `there is no code ${printable(what)}: docs/reference/errors.md has all of them`
  if (json === true) reportUsage(text, err)
  else printProblem([text], err)
  return ExitStatus.USAGE
}
