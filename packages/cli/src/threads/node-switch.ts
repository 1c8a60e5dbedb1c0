import { errorText, isCodedError } from 'trustp2p/control'
import type { ControlClient, ControlRequestOptions, ThreadReport } from 'trustp2p/control'
import { ANSWER_MS, askNode, askNodes, WAITING } from '../control/nodes'
import { printable } from '../printable'
import { describeFacts } from '../report-error'
import { showWhile } from '../progress'
import type { Progress } from '../progress'
import { whileAlive } from './while-alive'
import type { ListedThread, ThreadListing, ThreadSwitch } from './thread-switch'

/** Something that a node does as long as it takes. */
type Act<Answer> = (node: ControlClient, options: ControlRequestOptions) => Promise<Answer>

/** Switches threads in the nodes that run in a folder, and waits until each of them shows it. */
export class NodeSwitch implements ThreadSwitch {
  readonly #nodes: readonly ControlClient[]
  readonly #progress: Progress

  constructor(nodes: readonly ControlClient[], progress: Progress) {
    this.#nodes = nodes
    this.#progress = progress
  }

  async list(): Promise<ThreadListing> {
    const asking = askNodes(this.#nodes, async (node) => {
      const threads = await node.listThreads({ timeoutMs: ANSWER_MS })
      return threads.map((thread) => listedThread(node.name, thread))
    })
    const { answers, failures } = await showWhile(this.#progress, WAITING, asking)
    return { threads: answers.length === 0 ? undefined : answers.flat(), failures }
  }

  async enable(name: string): Promise<string> {
    const changes = await this.#each(`enabling ${name}`, (node, options) => node.enableThread(name, options))
    return changes.some(({ changed }) => changed) ? 'enabled' : 'enabled already'
  }

  async disable(name: string): Promise<string> {
    const changes = await this.#each(`disabling ${name}`, (node, options) => node.disableThread(name, options))
    return changes.some(({ changed }) => changed) ? 'disabled' : 'not enabled'
  }

  /** Loads a thread anew in each node. */
  async reload(name: string): Promise<string> {
    await this.#each(`reloading ${name}`, (node, options) => node.reloadThread(name, options))
    return 'reloaded'
  }

  /** Forgets the failures of a thread in each node, and starts it where it does not run. */
  async reset(name: string): Promise<string> {
    const changes = await this.#each(`resetting ${name}`, (node) => node.resetThread(name))
    return changes.some(({ changed }) => changed) ? 'started again' : 'runs already'
  }

  /**
   * One after the other: they share the links, and the first of them makes or removes one. A node that fails does not
   * hold up the later ones.
   */
  async #each<Answer>(what: string, act: Act<Answer>): Promise<Answer[]> {
    const answers: Answer[] = []
    const failures: unknown[] = []
    for (const node of this.#nodes) {
      const text = printable(`${what}: waiting for the node ${node.name}`)
      await showWhile(
        this.#progress,
        text,
        askNode(node, () => whileAlive(node, act))
      ).then(
        (answer) => answers.push(answer),
        (error: unknown) => failures.push(error)
      )
    }
    if (failures.length > 0) throw asOne(failures)
    return answers
  }
}

/** The first failure; where others say something else, with what they say. */
function asOne(failures: readonly unknown[]): unknown {
  const [first] = failures
  const texts = new Set(failures.map(errorText))
  if (texts.size === 1 || !isCodedError(first)) return first
  return Object.assign(new Error([...texts].join('\n'), { cause: failures }), { code: first.code })
}

function listedThread(node: string, { error, ...thread }: ThreadReport): ListedThread {
  return { node, ...thread, ...(error !== undefined && { error: describeFacts(error) }) }
}
