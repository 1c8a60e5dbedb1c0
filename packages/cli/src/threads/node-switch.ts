import type { ControlClient, ThreadReport } from 'trustp2p/control'
import { printable } from '../printable'
import { describeFacts } from '../report-error'
import { showWhile } from '../progress'
import type { Progress } from '../progress'
import type { ListedThread, ThreadSwitch } from './thread-switch'

/** Switches threads in the nodes that run in a folder, and waits until each of them shows it. */
export class NodeSwitch implements ThreadSwitch {
  readonly #nodes: readonly ControlClient[]
  readonly #progress: Progress

  constructor(nodes: readonly ControlClient[], progress: Progress) {
    this.#nodes = nodes
    this.#progress = progress
  }

  async list(): Promise<readonly ListedThread[]> {
    const lists = this.#nodes.map(async (node) => {
      const threads = await node.listThreads()
      return threads.map((thread) => listedThread(node.name, thread))
    })
    return (await Promise.all(lists)).flat()
  }

  async enable(name: string): Promise<string> {
    const changes = await this.#each(`enabling ${name}`, (node) => node.enableThread(name))
    return changes.some(({ changed }) => changed) ? 'enabled' : 'enabled already'
  }

  async disable(name: string): Promise<string> {
    const changes = await this.#each(`disabling ${name}`, (node) => node.disableThread(name))
    return changes.some(({ changed }) => changed) ? 'disabled' : 'not enabled'
  }

  /** Loads a thread anew in each node. */
  async reload(name: string): Promise<string> {
    await this.#each(`reloading ${name}`, (node) => node.reloadThread(name))
    return 'reloaded'
  }

  /** One after the other: they share the links, and the first of them makes or removes one. */
  async #each<Answer>(what: string, act: (node: ControlClient) => Promise<Answer>): Promise<Answer[]> {
    const answers: Answer[] = []
    for (const node of this.#nodes) {
      const text = printable(`${what}: waiting for the node ${node.name}`)
      answers.push(await showWhile(this.#progress, text, act(node)))
    }
    return answers
  }
}

function listedThread(node: string, { error, ...thread }: ThreadReport): ListedThread {
  return { node, ...thread, ...(error !== undefined && { error: describeFacts(error) }) }
}
