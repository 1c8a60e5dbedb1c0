import { explainCode } from 'trustp2p/control'
import type { CodeExplanation, ExplainQuery, ExplainRecord } from 'trustp2p/control'
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
  /** Which one, where what is asked about is a word for its kind: `peer`, `socket` or `request`. */
  readonly which?: string
}

/** What is asked about. */
type Subject = Pick<ExplainQuery, 'about' | 'peer' | 'socket' | 'request'>

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
  const subject = subjectOf(what, options.which)
  if (subject === undefined) return wrongUse(kindText(what, options.which), options, terminal.err)
  const use: NodesUse = (nodes) => explainNodes(nodes, subject, { options, terminal })
  if (what === undefined || !CODE.test(what)) return withNodes(options, terminal, use)
  const code = explainCode(what)
  if (code === undefined) return wrongUse(noCodeText(what), options, terminal.err)
  tellCode(code, options, terminal.out)
  if (options.name !== undefined) return withNodes(options, terminal, use)
  return withNodesOr(options, terminal, { use, otherwise: () => Promise.resolve(ExitStatus.DONE) })
}

/** Undefined where the words do not go together. `socket` and `request` alone are stages. */
function subjectOf(what: string | undefined, which: string | undefined): Subject | undefined {
  if (which === undefined) return what === undefined ? {} : what === 'peer' ? undefined : { about: what }
  return what === 'peer' || what === 'socket' || what === 'request' ? { [what]: which } : undefined
}

async function explainNodes(
  nodes: Parameters<NodesUse>[0],
  subject: Subject,
  { options, terminal }: { readonly options: ExplainOptions; readonly terminal: Terminal }
): Promise<ExitStatus> {
  const query = { limit: options.limit ?? USUAL_RECORDS, ...subject }
  const asking = askNodes(nodes, async (node): Promise<Explained> => {
    return { name: node.name, records: await node.explain(query, { timeoutMs: ANSWER_MS }) }
  })
  const { answers, failures } = await showWhile(terminal.progress, WAITING, asking)
  for (const answer of answers) tellRecords(answer, subject, { options, out: terminal.out })
  return reportFailures(failures, terminal.err, options.json)
}

function tellRecords(
  { name, records }: Explained,
  subject: Subject,
  { options, out }: { readonly options: ExplainOptions; readonly out: Output }
): void {
  const { line, columns, colors } = out
  if (options.json === true) return line(printableJson({ name, records }, 'compact'))
  const [about] = Object.values(subject)
  const what = about === undefined ? '' : ` of ${printable(about)}`
  if (records.length === 0) return line(`the node ${printable(name)} knows of nothing${what} that failed`)
  line(colors.bold(`the node ${printable(name)}, the newest first`))
  for (const record of records) printRecord(record, Date.now(), { line, colors, columns })
}

function tellCode(code: CodeExplanation, { json }: ExplainOptions, { line, columns, colors }: Output): void {
  if (json === true) line(printableJson(code, 'compact'))
  else printCode(code, { line, colors, columns })
}

function noCodeText(what: string): string {
  return `there is no code ${printable(what)}: docs/reference/errors.md has all of them`
}

function kindText(what = '', which = ''): string {
  if (which === '') return `say which ${printable(what)}: its id, its host or its address`
  return `${printable(which)} is one too many: only peer, socket and request go before the one that is meant`
}

function wrongUse(text: string, { json }: ExplainOptions, err: Output): ExitStatus {
  if (json === true) reportUsage(text, err)
  else printProblem([text], err)
  return ExitStatus.USAGE
}
