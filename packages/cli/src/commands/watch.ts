import type { ControlClient, WatchBatch, WatchFilter } from 'trustp2p/control'
import { P2pError } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { ANSWER_MS, askNode, withOneNode } from '../control/nodes'
import { ExitStatus } from '../exit-status'
import { listenForInterrupts } from '../interrupts'
import { printable, printableJson } from '../printable'
import { showWhile } from '../progress'
import type { Output, Terminal } from '../terminal'
import { plainFrame } from '../watch/frame-json'
import { printDropped, printFrame } from '../watch/frame-text'

export interface WatchOptions extends NodeOptions {
  readonly thread?: string
  readonly socket?: string
  readonly event?: string
}

/**
 * Prints the frames that come to a running node and leave it, until Ctrl-C or until nobody reads any more. The node
 * never waits for this: what is not read in time is counted, dropped and told of.
 */
export async function watch(options: WatchOptions, terminal: Terminal): Promise<ExitStatus> {
  const ending = new AbortController()
  const ended = new Promise<void>((resolve) => {
    listenForInterrupts({
      onFirst: () => {
        ending.abort()
        resolve()
      },
      onAgain: () => process.exit(ExitStatus.INTERRUPTED)
    })
  })
  try {
    await withOneNode(options, ending.signal, (node) =>
      watchNode(node, { options, terminal, signal: ending.signal, ended })
    )
  } catch (error) {
    if (!ending.signal.aborted) throw error
  }
  return ExitStatus.DONE
}

interface RunningWatch {
  readonly options: WatchOptions
  readonly terminal: Terminal
  /** Aborts when the watch is to end. */
  readonly signal: AbortSignal
  readonly ended: Promise<void>
}

async function watchNode(node: ControlClient, { options, terminal, signal, ended }: RunningWatch): Promise<void> {
  const { out, progress } = terminal
  const onFrames = (batch: WatchBatch) => printBatch(batch, out, options.json === true)
  const answered = { timeoutMs: ANSWER_MS, signal }
  const asking = askNode(node, () => node.watch(filterOf(options), onFrames, answered))
  await showWhile(progress, printable(`waiting for the node ${node.name}`), asking)
  progress.show(printable(`watching the node ${node.name}: Ctrl-C ends it`))
  const lost = await Promise.race([ended, out.gone, node.closed.then(() => true)])
  progress.clear()
  if (lost === true) throw nodeGone(node)
}

function filterOf({ thread, socket, event }: WatchOptions): WatchFilter {
  return {
    ...(thread !== undefined && { thread }),
    ...(socket !== undefined && { socket }),
    ...(event !== undefined && { event })
  }
}

function printBatch({ dropped, frames }: WatchBatch, out: Output, json: boolean): void {
  if (json) {
    if (dropped > 0) out.line(printableJson({ dropped }, 'compact'))
    for (const frame of frames) out.line(printableJson(plainFrame(frame), 'compact'))
  } else {
    if (dropped > 0) printDropped(dropped, out)
    for (const frame of frames) printFrame(frame, out)
  }
}

function nodeGone({ name }: ControlClient): P2pError {
  return new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', `the node ${name} has ended: watch it again once it runs`)
}
