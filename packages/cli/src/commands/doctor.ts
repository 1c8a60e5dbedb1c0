import { folderOf } from '../common-options'
import { examineConfig } from '../config/examine-config'
import { checkAddresses } from '../doctor/check-addresses'
import { checkClock } from '../doctor/check-clock'
import { checkConfiguration, checkFolder, checkThreads } from '../doctor/check-folder'
import { checkNodeVersion, checkPackages } from '../doctor/check-machine'
import { checkNodes, checkStateFolder } from '../doctor/check-nodes'
import { checkDisk, checkOpenFiles } from '../doctor/check-resources'
import { checkStore } from '../doctor/check-store'
import { findingOf } from '../doctor/finding'
import type { Finding, Level } from '../doctor/finding'
import type { Patient } from '../doctor/patient'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { showWhile } from '../progress'
import type { SettingOptions } from '../settings'
import type { Colors, Output, Terminal } from '../terminal'

type Check = (patient: Patient) => Promise<readonly Finding[]> | readonly Finding[]

/** What is looked at, in this order. */
const CHECKS: readonly (readonly [what: string, check: Check])[] = [
  ['the version of Node', () => checkNodeVersion()],
  ['the clock', ({ folder }) => checkClock(folder)],
  ['the disk', ({ folder }) => checkDisk(folder)],
  ['the nodes that run here', askNodes],
  ['the packages', checkPackages],
  ['the configuration', configure],
  ['the state folder', checkStateFolder],
  ['the store', checkStore],
  ['the limit of open files', ({ config }) => checkOpenFiles(config)],
  ['the threads', checkThreads],
  ['the addresses', checkAddresses]
]

/**
 * Looks at all that a node needs, tells what is wrong, and what to do about it. Nothing is changed; each address is
 * listened on for a moment. Failed where something is a problem.
 */
export async function doctor(options: SettingOptions, { out, progress }: Terminal): Promise<ExitStatus> {
  const patient: Patient = { options, folder: folderOf(options), reports: [] }
  const show = (findings: readonly Finding[]) => {
    if (!options.json) for (const finding of findings) printFinding(finding, out)
  }
  const findings = await checkFolder(patient.folder)
  show(findings)
  const isFolder = findings.every(({ level }) => level !== 'problem')
  for (const [what, check] of isFolder ? CHECKS : CHECKS.slice(0, 1)) {
    const looked = await showWhile(progress, `looking at ${what}`, examine(check, patient))
    const found = looked.filter(({ text }) => !findings.some((earlier) => earlier.text === text))
    show(found)
    findings.push(...found)
  }
  const problems = findings.filter(({ level }) => level === 'problem').length
  if (options.json) out.line(printableJson({ ok: problems === 0, findings }, 'compact'))
  else out.line(summary(findings, out.colors))
  return problems === 0 ? ExitStatus.DONE : ExitStatus.FAILED
}

/** A check that fails is a finding, too: the others go on. */
async function examine(check: Check, patient: Patient): Promise<readonly Finding[]> {
  try {
    return await check(patient)
  } catch (error) {
    return [findingOf(error)]
  }
}

async function askNodes(patient: Patient): Promise<Finding[]> {
  const { findings, reports } = await checkNodes(patient.folder, patient.options.name)
  patient.reports = reports
  return findings
}

async function configure(patient: Patient): Promise<Finding[]> {
  const { report, config } = await examineConfig(patient.options)
  if (config !== undefined) patient.config = config
  return checkConfiguration(report)
}

const LEVEL_WIDTH = 'problem'.length

function printFinding({ level, text, code, remedy }: Finding, { line, colors }: Output): void {
  const [first = '', ...others] = text.split('\n')
  const shown = code === undefined ? '' : ` (${code})`
  line(`${mark(level, colors)}  ${printable(first + (others.length === 0 ? shown : ''))}`)
  for (const [index, other] of others.entries()) {
    line(`${' '.repeat(LEVEL_WIDTH)}  ${printable(other + (index === others.length - 1 ? shown : ''))}`)
  }
  if (remedy !== undefined) line(`${' '.repeat(LEVEL_WIDTH)}  ${colors.cyan(printable(remedy))}`)
}

function mark(level: Level, { green, dim, yellow, red }: Colors): string {
  const color = { ok: green, skipped: dim, warning: yellow, problem: red }[level]
  return color(level.padEnd(LEVEL_WIDTH))
}

function summary(findings: readonly Finding[], { bold }: Colors): string {
  const [problems, warnings] = (['problem', 'warning'] as const).map(
    (level) => findings.filter((finding) => finding.level === level).length
  )
  if (problems === 0 && warnings === 0) return bold('all is well')
  return bold(`${counted(problems, 'problem')}, ${counted(warnings, 'warning')}`)
}

function counted(number = 0, what: string): string {
  return `${number === 0 ? 'no' : number} ${what}${number === 1 ? '' : 's'}`
}
