import { connectToNodes, errorCode, P2pError } from 'trustp2p/control'
import type { ConnectedNodes, ControlClient } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { reportError } from '../report-error'
import type { Output, Terminal } from '../terminal'

/** Longest wait for a node that is asked how it, or what of it, is, in ms. */
export const ANSWER_MS = 5000

/** What a terminal shows until they have answered, or not. */
export const WAITING = 'waiting for the nodes of the folder'

/** What nodes answered, in their order, and why others did not. */
export interface NodeAnswers<Answer> {
  readonly answers: readonly Answer[]
  readonly failures: readonly unknown[]
}

/** What to do about a node that takes connections and does not answer. */
const SILENT_REMEDY = 'look at its process: continue it where it is stopped, end it where it hangs, or ask again later'

/** Asks a node; where it does not answer in time, tells what can be done about that here. */
export async function askNode<Answer>(
  node: ControlClient,
  ask: (node: ControlClient) => Promise<Answer>
): Promise<Answer> {
  try {
    return await ask(node)
  } catch (error) {
    if (!(error instanceof P2pError) || error.code !== 'ERR_TRUSTP2P_REQUEST_TIMEOUT') throw error
    throw new P2pError(error.code, error.message, { cause: error, details: { remedy: SILENT_REMEDY } })
  }
}

/** Asks all of them at once: one that is stopped, or busy, does not hold up what the others say. */
export async function askNodes<Answer>(
  nodes: readonly ControlClient[],
  ask: (node: ControlClient) => Promise<Answer>
): Promise<NodeAnswers<Answer>> {
  const settled = await Promise.allSettled(nodes.map((node) => askNode(node, ask)))
  return {
    answers: settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
    failures: settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []))
  }
}

/** Tells why nodes failed; gives how a command ends that did well with the others. */
export function reportFailures(failures: readonly unknown[], err: Output, json: boolean | undefined): ExitStatus {
  for (const failure of failures) reportError(failure, err, json)
  return failures.length === 0 ? ExitStatus.DONE : ExitStatus.FAILED
}

/** What a command does with the nodes that it could connect to. */
export type NodesUse = (nodes: readonly ControlClient[]) => Promise<ExitStatus>

/**
 * Connects to the running node that is meant, or to all that run in the folder, does something with those that it can
 * connect to, tells of the others, and lets them go. Failed where one cannot be connected to. Rejects with
 * ERR_TRUSTP2P_CONTROL_NOT_RUNNING where there is none.
 */
export async function withNodes(options: NodeOptions, terminal: Terminal, use: NodesUse): Promise<ExitStatus> {
  return useReachable(await connectToNodes(folderOf(options), options.name), async ({ nodes, failures }) => {
    const status = nodes.length === 0 ? ExitStatus.FAILED : await use(nodes)
    const told = reportFailures(failures, terminal.err, options.json)
    return told === ExitStatus.DONE ? status : told
  })
}

/** As withNodes, or does something else where no node runs. */
export async function withNodesOr(
  options: NodeOptions,
  terminal: Terminal,
  { use, otherwise }: { readonly use: NodesUse; readonly otherwise: () => Promise<ExitStatus> }
): Promise<ExitStatus> {
  let isRunning = false
  try {
    return await withNodes(options, terminal, (nodes) => {
      isRunning = true
      return use(nodes)
    })
  } catch (error) {
    if (isRunning || errorCode(error) !== 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING') throw error
  }
  return otherwise()
}

/**
 * Connects to the one node that is meant, does something with it, and lets it go. Rejects as withNodes does, with why it
 * cannot be connected to, with ERR_TRUSTP2P_CONTROL_AMBIGUOUS where several run, or with ERR_TRUSTP2P_DRIVER_DIAL_ABORTED.
 */
export async function withOneNode<Result>(
  options: NodeOptions,
  signal: AbortSignal,
  use: (node: ControlClient) => Promise<Result>
): Promise<Result> {
  const folder = folderOf(options)
  return useReachable(await connectToNodes(folder, options.name, { signal }), ({ nodes, failures }) => {
    if (failures.length > 0) throw failures[0]
    return use(theOnly(nodes, folder))
  })
}

async function useReachable<Result>(
  connected: ConnectedNodes,
  use: (connected: ConnectedNodes) => Promise<Result>
): Promise<Result> {
  try {
    return await use(connected)
  } finally {
    await Promise.all(connected.nodes.map((node) => node.close()))
  }
}

function theOnly([node, ...others]: readonly ControlClient[], folder: string): ControlClient {
  if (node !== undefined && others.length === 0) return node
  const names = [node, ...others].map((one) => one?.name).join(', ')
  const text = `several nodes run in ${folder}: choose one of ${names} with --name`
  throw new P2pError('ERR_TRUSTP2P_CONTROL_AMBIGUOUS', text)
}
