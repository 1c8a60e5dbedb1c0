import { resolveConfig } from 'trustp2p'
import type { CommonOptions, NodeOptions } from '../common-options'
import { folderOf } from '../common-options'
import { reportFailures, withNodes, withNodesOr } from '../control/nodes'
import type { NodesUse } from '../control/nodes'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { describeError, printProblem, reportError, reportLines } from '../report-error'
import type { ErrorReport } from '../report-error'
import { settingSources } from '../settings'
import type { Output, Terminal } from '../terminal'
import { withThreadFolder } from '../thread-folder'
import type { OpenThreadFolder } from '../thread-folder'
import { FileSwitch } from '../threads/file-switch'
import { NodeSwitch } from '../threads/node-switch'
import { printDetails } from '../threads/thread-details'
import { printThreadTable } from '../threads/thread-table'
import type { ListedThread, ThreadSwitch } from '../threads/thread-switch'

export interface ListOptions extends NodeOptions {
  /** Also each event that they handle, and how they started. */
  readonly long?: boolean
}

/** Prints the threads that are switched on, and what is wrong with them: as a running node has them, where one runs. */
export function listThreads(options: ListOptions, terminal: Terminal): Promise<ExitStatus> {
  return withSwitch(options, terminal, async (threads) => {
    const { threads: listed, failures } = await threads.list()
    if (listed !== undefined && options.json) terminal.out.line(printableJson(listed, 'compact'))
    else if (listed !== undefined) printList(listed, options, terminal.out)
    return reportFailures(failures, terminal.err, options.json)
  })
}

/** Prints the threads that `enable` would find, and whether they are switched on. */
export function listAvailable(options: CommonOptions, terminal: Terminal): Promise<ExitStatus> {
  return withFolder(options, terminal, async ({ source, entries }) => {
    const { out } = terminal
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

/**
 * Links threads, and waits until a running node runs them. Failed where one of them cannot be linked, or does not run;
 * where no node runs, when it cannot be loaded as it is linked.
 */
export function enableThreads(names: readonly string[], options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  return withSwitch(options, terminal, (threads) =>
    eachThread({ names, options, terminal, act: (name) => threads.enable(name) })
  )
}

/** Removes links, and waits until nothing of the threads is left in a running node. Failed for a real file. */
export function disableThreads(
  names: readonly string[],
  options: NodeOptions,
  terminal: Terminal
): Promise<ExitStatus> {
  return withSwitch(options, terminal, (threads) =>
    eachThread({ names, options, terminal, act: (name) => threads.disable(name) })
  )
}

/** Loads threads anew, changed or not. Failed where a new version does not run, and where no node runs. */
export function reloadThreads(names: readonly string[], options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  return withNodes(options, terminal, (nodes) => {
    const threads = new NodeSwitch(nodes, terminal.progress)
    return eachThread({ names, options, terminal, act: (name) => threads.reload(name) })
  })
}

/** Starts threads again that failed, their failures forgotten. Failed where one does not run then, or no node runs. */
export function resetThreads(names: readonly string[], options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  return withNodes(options, terminal, (nodes) => {
    const threads = new NodeSwitch(nodes, terminal.progress)
    return eachThread({ names, options, terminal, act: (name) => threads.reset(name) })
  })
}

/** What switches threads here; a node that is named has to run. */
function withSwitch(
  options: NodeOptions,
  terminal: Terminal,
  use: (threads: ThreadSwitch) => Promise<ExitStatus>
): Promise<ExitStatus> {
  const useNodes: NodesUse = (nodes) => use(new NodeSwitch(nodes, terminal.progress))
  if (options.name !== undefined) return withNodes(options, terminal, useNodes)
  const useFiles = () => withFolder(options, terminal, (folder) => use(new FileSwitch(folder)))
  return withNodesOr(options, terminal, { use: useNodes, otherwise: useFiles })
}

interface SwitchedThreads {
  readonly names: readonly string[]
  readonly options: CommonOptions
  readonly terminal: Terminal
  /** Gives what is so then. */
  readonly act: (name: string) => Promise<string>
}

async function eachThread({ names, options, terminal, act }: SwitchedThreads): Promise<ExitStatus> {
  const { json } = options
  const { out, err } = terminal
  const results: { name: string; status: string; error?: ErrorReport }[] = []
  for (const name of new Set(names)) {
    const result = await act(name).then(
      (status) => ({ name, status }),
      (error: unknown) => ({ name, status: 'failed', error: describeError(error) ?? rethrow(error) })
    )
    results.push(result)
    if (json) continue
    if ('error' in result) printProblem(reportLines(result.error), err)
    else out.line(`${printable(name)}: ${result.status}`)
  }
  if (json) out.line(printableJson(results, 'compact'))
  return results.some(({ status }) => status === 'failed') ? ExitStatus.FAILED : ExitStatus.DONE
}

/** Tells what hinders the folder as a whole, which makes the command fail; so does a configuration that is wrong. */
async function withFolder(
  options: CommonOptions,
  { err }: Terminal,
  use: (folder: OpenThreadFolder) => Promise<ExitStatus>
): Promise<ExitStatus> {
  const cwd = folderOf(options)
  const { allowedFolders } = resolveConfig(await settingSources(options))
  return withThreadFolder({ cwd, allowedFolders }, async (folder) => {
    const status = await use(folder)
    for (const warning of folder.warnings) reportError(warning, err, options.json)
    return folder.warnings.length > 0 ? ExitStatus.FAILED : status
  })
}

const LISTED = ['name', 'linked', 'state', 'version', 'up', 'restarts', 'calls', 'failures', 'file'] as const

function printList(threads: readonly ListedThread[], { long }: ListOptions, out: Output): void {
  if (threads.length === 0) return out.line('no thread is enabled')
  const nodes = new Set(threads.map(({ node }) => node))
  printThreadTable(threads, nodes.size > 1 ? ['node', ...LISTED] : LISTED, out)
  if (long === true) printDetails(threads, out)
}

function rethrow(error: unknown): never {
  throw error
}
