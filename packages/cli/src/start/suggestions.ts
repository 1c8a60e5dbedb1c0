import type { P2pNode, ThreadInfo } from 'trustp2p'
import { PackageType } from 'trustp2p'
import { shellWord } from '../shell-quotes'

/** One command to try next. */
export interface Suggestion {
  readonly command: string
  readonly purpose: string
}

export interface SuggestionFacts {
  /** How the user calls this program. */
  readonly command: string
  /** What follows the command so that it acts in the node's folder: empty, or ` --cwd <dir>`. */
  readonly inFolder: string
  /** Threads that could be switched on. */
  readonly available: readonly string[]
}

/** What a newcomer can type next, against what runs: a request that is answered, and how to get more threads. */
export function suggest(node: Pick<P2pNode, 'addresses' | 'threads'>, facts: SuggestionFacts): Suggestion[] {
  const [address] = node.addresses
  const threads = node.threads.list()
  const asked = threads.find((thread) => requestEvent(thread) !== undefined)
  return [
    ...(address === undefined ? [] : [requestSuggestion(reachable(address), asked, facts)]),
    ...(asked === undefined ? [threadSuggestion(threads, facts)] : [])
  ]
}

function requestSuggestion(address: string, thread: ThreadInfo | undefined, { command }: SuggestionFacts): Suggestion {
  const event = thread && requestEvent(thread)
  if (thread === undefined || event === undefined) {
    return {
      command: `${command} request ${shellWord(address)} ping --type HEARTBEAT_PING`,
      purpose: 'every node answers a ping'
    }
  }
  return { command: `${command} request ${shellWord(address)} ${event}`, purpose: `the thread ${thread.name} answers` }
}

function threadSuggestion(
  threads: readonly ThreadInfo[],
  { command, inFolder, available }: SuggestionFacts
): Suggestion {
  const name = available.find((one) => !threads.some((thread) => thread.name === one))
  return name === undefined
    ? { command: `${command} init${inFolder}`, purpose: 'writes a thread to edit, and switches it on' }
    : {
        command: `${command} threads enable ${shellWord(name)}${inFolder}`,
        purpose: 'switches a thread on, in this running node'
      }
}

/** An event that the thread answers and that needs no quoting in a shell. */
function requestEvent({ state, events }: ThreadInfo): string | undefined {
  if (state !== 'running') return undefined
  return events.find(({ type, event }) => type === PackageType.REQUEST && /^[\w./:@-]+$/.test(event))?.event
}

/** An address that can be dialled from this machine, for one that is listened on. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
