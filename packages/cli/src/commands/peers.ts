import { errorCode } from 'trustp2p/control'
import type { BanOptions, ControlClient, KnownPeer, PeerListing } from 'trustp2p/control'
import type { NodeOptions } from '../common-options'
import { ANSWER_MS, askNode, askNodes, reportFailures, WAITING, withNodes } from '../control/nodes'
import { ExitStatus } from '../exit-status'
import { printPeer, printPeers } from '../peers/peer-text'
import { printable, printableJson } from '../printable'
import { showWhile } from '../progress'
import { printProblem } from '../report-error'
import type { Terminal } from '../terminal'
import { duration } from '../units'

const ASK = { timeoutMs: ANSWER_MS } as const

export interface ListPeersOptions extends NodeOptions {
  readonly limit?: number
}

/** `BanOptions` as the command line has them. */
export interface BanPeerOptions extends NodeOptions, BanOptions {}

/** Prints the peers that the nodes of a folder know, those met last first, or one line of JSON for each node with `json`. */
export function listPeers(options: ListPeersOptions, terminal: Terminal): Promise<ExitStatus> {
  const { out } = terminal
  return eachNode(options, terminal, {
    ask: (node) => node.listPeers(options.limit, ASK),
    tell: (listing: PeerListing, name) => {
      if (options.json === true) out.line(printableJson({ name, ...listing }, 'compact'))
      else printPeers(listing, name, { now: Date.now(), out })
    }
  })
}

/** Prints what is known of one peer. Failed where no node knows it. */
export async function showPeer(peer: string, options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  const { out, err } = terminal
  let isKnown = false
  const status = await eachNode(options, terminal, {
    ask: (node) => node.showPeer(peer, ASK),
    tell: (known: KnownPeer | undefined, name) => {
      if (options.json === true) out.line(printableJson({ name, peer: known ?? null }, 'compact'))
      else if (known !== undefined) printPeer(known, name, { now: Date.now(), out })
      isKnown ||= known !== undefined
    }
  })
  if (isKnown || status !== ExitStatus.DONE) return status
  if (options.json !== true) printProblem([`no node here knows ${printable(peer)}`], err)
  return ExitStatus.FAILED
}

/** Bans a peer, or a host, in each node. */
export function banPeer(peer: string, options: BanPeerOptions, terminal: Terminal): Promise<ExitStatus> {
  const { out } = terminal
  const { ms, reason, json } = options
  const ban = { ...(ms !== undefined && { ms }), ...(reason !== undefined && { reason }) }
  return eachNode(options, terminal, {
    ask: (node) => node.banPeer(peer, ban, ASK),
    tell: (made, name) => {
      if (json === true) out.line(printableJson({ name, ban: made }, 'compact'))
      else out.line(printable(`${made.id}: banned for ${duration(made.until - made.since)}`))
    }
  })
}

/** Ends the bans of peers, and of hosts. */
export function unbanPeers(peers: readonly string[], options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  return changePeers(peers, { options, terminal }, (node, peer) => node.unbanPeer(peer, ASK), [
    'unbanned',
    'not banned'
  ])
}

/** Has the nodes forget peers, and hosts. */
export function forgetPeers(peers: readonly string[], options: NodeOptions, terminal: Terminal): Promise<ExitStatus> {
  return changePeers(peers, { options, terminal }, (node, peer) => node.forgetPeer(peer, ASK), [
    'forgotten',
    'not known'
  ])
}

/** What the answers of a node are done with. */
interface Asking<Answer> {
  readonly ask: (node: ControlClient) => Promise<Answer>
  readonly tell: (answer: Answer, name: string) => void
}

function eachNode<Answer>(
  options: NodeOptions,
  terminal: Terminal,
  { ask, tell }: Asking<Answer>
): Promise<ExitStatus> {
  return withNodes(options, terminal, async (nodes) => {
    const asking = askNodes(nodes, async (node) => ({ name: node.name, answer: await ask(node) }))
    const { answers, failures } = await showWhile(terminal.progress, WAITING, asking)
    for (const { name, answer } of answers) tell(answer, name)
    return reportFailures(failures, terminal.err, options.json)
  })
}

/** What stands behind a peer that was changed, and behind one that was so already. */
type Results = readonly [changed: string, unchanged: string]

/** What became of the peers that a node was told of. */
interface Changes {
  readonly name: string
  readonly changes: { readonly peer: string; readonly changed: boolean }[]
  readonly failures: unknown[]
}

type ChangeOne = (node: ControlClient, peer: string) => Promise<{ readonly changed: boolean }>

/** A name that is none keeps no other from being changed, and what was changed is told of whatever else failed. */
function changePeers(
  peers: readonly string[],
  { options, terminal }: { readonly options: NodeOptions; readonly terminal: Terminal },
  change: ChangeOne,
  [changedText, unchangedText]: Results
): Promise<ExitStatus> {
  const { out, err, progress } = terminal
  return withNodes(options, terminal, async (nodes) => {
    const asking = Promise.all(nodes.map((node) => changeAll(node, new Set(peers), change)))
    const all = await showWhile(progress, WAITING, asking)
    for (const { name, changes } of all) {
      if (options.json !== true) {
        for (const { peer, changed } of changes)
          out.line(printable(`${peer}: ${changed ? changedText : unchangedText}`))
      } else if (changes.length > 0) out.line(printableJson({ name, peers: changes }, 'compact'))
    }
    const failures = all.flatMap((one) => one.failures)
    return reportFailures(failures, err, options.json)
  })
}

/** Asks for one after the other, until the node fails to answer. */
async function changeAll(node: ControlClient, peers: Iterable<string>, change: ChangeOne): Promise<Changes> {
  const result: Changes = { name: node.name, changes: [], failures: [] }
  for (const peer of peers) {
    try {
      result.changes.push({ peer, changed: (await askNode(node, () => change(node, peer))).changed })
    } catch (error) {
      result.failures.push(error)
      if (errorCode(error) !== 'ERR_TRUSTP2P_RULE_INVALID') break
    }
  }
  return result
}
