import { ERROR_CATALOGUE, P2pError, isCodedError } from 'trustp2p/control'
import { printable, printableJson } from './printable'
import type { Output } from './terminal'

/** What a person or a program is told of an error that has a code. */
export interface ErrorReport {
  readonly code: string
  readonly message: string
  /** What to do about it; absent where the message says all. */
  readonly remedy?: string
}

/** What to do on a command line, where the catalogue speaks of what a program can do. */
const OWN_REMEDIES: Readonly<Record<string, string>> = {
  ERR_TRUSTP2P_REQUEST_TIMEOUT: 'ask again, or wait longer: --timeout, or request.timeoutMs',
  ERR_TRUSTP2P_THREAD_QUARANTINED: 'start it again with `trustp2p-cli threads reset <name>`, or change its file'
}

/** Gives what is worth telling of an error; undefined for a mistake in a program, which is worth its stack. */
export function describeError(error: unknown): ErrorReport | undefined {
  if (!isCodedError(error) || error instanceof TypeError || error instanceof RangeError) return undefined
  const { code } = error
  const message = isRemote(error) ? `the peer answered: ${printable(error.message)}` : error.message
  const remedy = error instanceof P2pError ? error.details?.['remedy'] : undefined
  return typeof remedy === 'string' ? { code, message, remedy } : describeFacts({ code, message })
}

/** As describeError, of an error that a node told of as plain values. */
export function describeFacts({ code, message }: { readonly code: string; readonly message: string }): ErrorReport {
  const remedy = remedyOf(code)
  return { code, message, ...(remedy !== undefined && !tells(message, remedy) && { remedy }) }
}

/** Gives the lines of a report, without a mark in front. */
export function reportLines({ code, message, remedy }: ErrorReport): string[] {
  const lines = `${message} (${printable(code)})`.split('\n').map(printable)
  return remedy === undefined ? lines : [...lines, remedy]
}

/** Tells what ended a command. */
export function reportError(error: unknown, output: Output, json = false): void {
  const report = describeError(error)
  if (json) output.line(printableJson({ error: report ?? { message: stackOf(error) } }, 'compact'))
  else printProblem(report === undefined ? stackOf(error).split('\n').map(printable) : reportLines(report), output)
}

/** Tells a program that it called a command in a wrong way. No code tells those apart: the exit status is 2 for all. */
export function reportUsage(message: string, output: Output): void {
  const remedy = 'add --help for commands, arguments and options'
  output.line(printableJson({ error: { message, remedy } }, 'compact'))
}

/** Prints lines about one problem. */
export function printProblem([first = '', ...others]: readonly string[], { colors, line }: Output): void {
  line(`${colors.red('error:')} ${first}`)
  for (const other of others) line(`  ${other}`)
}

/** The remedy of the catalogue, without what only points back at the message. */
function remedyOf(code: string): string | undefined {
  const table: Readonly<Record<string, readonly [string, string]>> = ERROR_CATALOGUE
  if (Object.hasOwn(OWN_REMEDIES, code)) return OWN_REMEDIES[code]
  const remedy = Object.hasOwn(table, code) ? table[code]?.[1] : undefined
  const useful = remedy?.replace(/^see the message.*|^see the cause(; )?/, '')
  return useful === '' || useful?.startsWith('nothing') === true ? undefined : useful
}

/** True where a message gives that advice already, maybe at more length: it has the words that the advice begins with. */
function tells(message: string, remedy: string): boolean {
  return message.includes(/^\S+ [^\s,;:]+/.exec(remedy)?.[0] ?? remedy)
}

function isRemote(error: Error): boolean {
  return error instanceof P2pError && error.details?.['remote'] === true
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
