import type { ControlClient, WatchBatch, WatchFilter } from 'trustp2p/control'
import { P2pError } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { withOneNode } from '../control/nodes'
import { ExitStatus } from '../exit-status'
import { listenForInterrupts } from '../interrupts'
import { printable, printableJson } from '../printable'
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
export function watch(options: WatchOptions, { out, progress }: Terminal): Promise<ExitStatus> {
  return withOneNode(options, async (node) => {
    const ended = new Promise<void>((resolve) => {
      listenForInterrupts({ onFirst: resolve, onAgain: () => process.exit(ExitStatus.INTERRUPTED) })
    })
    await node.watch(filterOf(options), (batch) => printBatch(batch, out, options.json === true))
    progress.show(printable(`watching the node ${node.name}: Ctrl-C ends it`))
    const lost = await Promise.race([ended, out.gone, node.closed.then(() => true)])
    progress.clear()
    if (lost === true) throw nodeGone(node)
    return ExitStatus.DONE
  })
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
