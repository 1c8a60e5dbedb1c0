import type { P2pError, ThreadEntry } from 'trustp2p'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { describeError, printProblem, reportError, reportLines } from '../report-error'
import type { ErrorReport } from '../report-error'
import type { Output, Terminal } from '../terminal'
import { withThreadFolder } from '../thread-folder'
import type { OpenThreadFolder } from '../thread-folder'

interface ListedThread {
  readonly name: string
  /** Where it lies, and what it links to: `threads-enabled/a.js -> threads-available/a.js`. */
  readonly path: string
  readonly error?: ErrorReport
}

/** Prints the threads that are switched on, and what is wrong with them. */
export function listThreads(options: CommonOptions, terminal: Terminal): Promise<ExitStatus> {
  return withFolder(options, terminal, ({ entries }) => {
    const threads = entries().map(listedThread)
    if (options.json) terminal.out.line(printableJson(threads, 'compact'))
    else printList(threads, terminal.out)
    return Promise.resolve(ExitStatus.DONE)
  })
}

/** Prints the threads that `enable` would find, and whether they are switched on. */
export function listAvailable(options: CommonOptions, { out, err }: Terminal): Promise<ExitStatus> {
  return withFolder(options, { out, err }, async ({ source, entries }) => {
    const enabled = new Set(entries().map(({ name }) => name))
    const threads = (await source.available()).map((name) => ({ name, enabled: enabled.has(name) }))
    if (options.json) out.line(printableJson(threads, 'compact'))
    else if (threads.length === 0) out.line('no thread is available: write one to threads-available/')
    else
      for (const { name, enabled: on } of threads)
        out.line(on ? `${printable(name)}  ${out.colors.green('enabled')}` : printable(name))
    return ExitStatus.DONE
  })
}

/** Links threads. Failed where one of them cannot be linked, or cannot be loaded as it is linked. */
export function enableThreads(
  names: readonly string[],
  options: CommonOptions,
  terminal: Terminal
): Promise<ExitStatus> {
  return switchThreads(names, options, terminal, async ({ source, entries }, name) => {
    const made = await source.enable(name)
    const problem = entries().find((entry) => entry.name === name)?.problem
    if (problem !== undefined) throw problem
    return made ? 'enabled' : 'enabled already'
  })
}

/** Removes links. Failed where one of them is a real file. */
export function disableThreads(
  names: readonly string[],
  options: CommonOptions,
  terminal: Terminal
): Promise<ExitStatus> {
  return switchThreads(names, options, terminal, async ({ source }, name) =>
    (await source.disable(name)) ? 'disabled' : 'not enabled'
  )
}

function switchThreads(
  names: readonly string[],
  options: CommonOptions,
  { out, err }: Terminal,
  act: (folder: OpenThreadFolder, name: string) => Promise<string>
): Promise<ExitStatus> {
  return withFolder(options, { out, err }, async (folder) => {
    const results: { name: string; status: string; error?: ErrorReport }[] = []
    for (const name of new Set(names)) {
      const result = await act(folder, name).then(
        (status) => ({ name, status }),
        (error: unknown) => ({ name, status: 'failed', error: describeError(error) ?? rethrow(error) })
      )
      results.push(result)
      if (options.json) continue
      if ('error' in result) printProblem(reportLines(result.error), err)
      else out.line(`${printable(name)}: ${result.status}`)
    }
    if (options.json) out.line(printableJson(results, 'compact'))
    return results.some(({ status }) => status === 'failed') ? ExitStatus.FAILED : ExitStatus.DONE
  })
}

/** Tells what hinders the folder as a whole, which makes the command fail. */
function withFolder(
  options: CommonOptions,
  { err }: Terminal,
  use: (folder: OpenThreadFolder) => Promise<ExitStatus>
): Promise<ExitStatus> {
  return withThreadFolder(folderOf(options), async (folder) => {
    const status = await use(folder)
    for (const warning of folder.warnings) reportError(warning, err, options.json)
    return folder.warnings.length > 0 ? ExitStatus.FAILED : status
  })
}

function listedThread({ name, path, problem }: ThreadEntry): ListedThread {
  return { name, path, ...(problem !== undefined && { error: reportOf(problem) }) }
}

function printList(threads: readonly ListedThread[], out: Output): void {
  if (threads.length === 0) out.line('no thread is enabled')
  const width = Math.max(...threads.map(({ name }) => name.length))
  for (const { name, path, error } of threads) {
    out.line(`${printable(name.padEnd(width))}  ${printable(path)}`)
    for (const line of error === undefined ? [] : reportLines(error)) out.line(`  ${out.colors.red(line)}`)
  }
}

function reportOf(error: P2pError): ErrorReport {
  return describeError(error) ?? { code: error.code, message: error.message }
}

function rethrow(error: unknown): never {
  throw error
}
