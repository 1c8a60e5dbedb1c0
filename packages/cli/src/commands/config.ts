import type { ExplainedValue, GivenValue, NodeRole } from 'trustp2p'
import { explainConfig, resolveConfig, shownConfig } from 'trustp2p'
import { examineConfig } from '../config/examine-config'
import type { ConfigFinding, ConfigReport } from '../config/examine-config'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { printProblem, reportLines } from '../report-error'
import { settingSources } from '../settings'
import type { SettingOptions } from '../settings'
import type { Output, Terminal } from '../terminal'

export interface ConfigOptions extends SettingOptions {
  readonly role?: NodeRole
}

/** Prints the effective configuration, as JSON; secrets in it are not shown. */
export async function showConfig(options: ConfigOptions, { out }: Terminal): Promise<ExitStatus> {
  const config = resolveConfig(await settingSources(options, options.role))
  out.line(printableJson(shownConfig(config), options.json ? 'compact' : 'indented'))
  return ExitStatus.DONE
}

/** Prints where the values of a key or a section come from, or all; more of a single one. */
export async function explainKeys(
  key: string | undefined,
  options: ConfigOptions,
  { out }: Terminal
): Promise<ExitStatus> {
  const values = explainConfig(await settingSources(options, options.role), key)
  const [first] = values
  if (options.json) out.line(printableJson(values, 'compact'))
  else if (first === undefined) out.line(`${printable(key ?? '')} is not set`)
  else if (first.path === key) printValue(first, out)
  else printValues(values, out)
  return ExitStatus.DONE
}

/** Prints all that is wrong with the configuration; failed where something is. */
export async function checkConfig(options: ConfigOptions, { out, err }: Terminal): Promise<ExitStatus> {
  const { report } = await examineConfig(options, options.role)
  if (options.json) out.line(printableJson(report, 'compact'))
  else printReport(report, { out, err })
  return report.problems.length === 0 ? ExitStatus.DONE : ExitStatus.FAILED
}

function printReport({ file, problems, warnings }: ConfigReport, { out, err }: Pick<Terminal, 'out' | 'err'>): void {
  const lines = ({ code, text }: ConfigFinding) => reportLines({ code, message: text })
  for (const problem of problems) printProblem(lines(problem), err)
  for (const warning of warnings) err.line(`${err.colors.yellow('warning:')} ${lines(warning).join(' ')}`)
  if (problems.length > 0) return
  const valid = out.colors.green('valid')
  out.line(file === undefined ? `${valid}; there is no configuration file` : `${printable(file)} is ${valid}`)
}

/** Widest value for which the next column is lined up, in characters. */
const VALUE_WIDTH = 24

function printValues(values: readonly ExplainedValue[], out: Output): void {
  const { cyan, dim } = out.colors
  const width = Math.max(...values.map(({ path }) => path.length))
  for (const { path, value, origin, overridden, default: preset } of values) {
    const line = `${printable(path.padEnd(width))}  ${shown(value).padEnd(VALUE_WIDTH)}`
    const isDefault = preset !== undefined && overridden.length === 0
    out.line(`${isDefault ? line : cyan(line)}  ${dim(printable(origin))}`)
    if (overridden.length > 0) out.line(dim(`${''.padEnd(width)}  instead of ${listed(overridden)}`))
  }
}

function printValue({ path, value, origin, overridden, description, expected, variable }: ExplainedValue, out: Output) {
  out.line(`${out.colors.bold(printable(path))} is ${out.colors.cyan(shown(value))}`)
  const facts = [
    ['from', printable(origin)],
    ['instead of', listed(overridden)],
    ['meaning', description],
    ['takes', expected],
    ['set by', printable(`the configuration file, ${variable}=…, or --set ${path}=…`)]
  ] as const
  for (const [name, text = ''] of facts) if (text !== '') out.line(`  ${name.padEnd('instead of'.length)}  ${text}`)
}

function listed(values: readonly GivenValue[]): string {
  return values.map(({ value, origin }) => `${shown(value)} (${printable(origin)})`).join(', ')
}

function shown(value: unknown): string {
  return printableJson(value, 'compact')
}
