import type { P2pError, ThreadEntry } from 'trustp2p'
import { describeError } from '../report-error'
import type { ErrorReport } from '../report-error'
import type { OpenThreadFolder } from '../thread-folder'
import type { ListedThread, ThreadListing, ThreadSwitch } from './thread-switch'

/** Switches threads by their files; a node that starts later follows. */
export class FileSwitch implements ThreadSwitch {
  readonly #folder: OpenThreadFolder

  constructor(folder: OpenThreadFolder) {
    this.#folder = folder
  }

  list(): Promise<ThreadListing> {
    return Promise.resolve({ threads: this.#folder.entries().map(listedThread), failures: [] })
  }

  async enable(name: string): Promise<string> {
    const { source, entries } = this.#folder
    const made = await source.enable(name)
    const problem = entries().find((entry) => entry.name === name)?.problem
    if (problem !== undefined) throw problem
    return made ? 'enabled' : 'enabled already'
  }

  async disable(name: string): Promise<string> {
    return (await this.#folder.source.disable(name)) ? 'disabled' : 'not enabled'
  }
}

function listedThread({ name, path, problem }: ThreadEntry): ListedThread {
  return { name, linked: true, path, ...(problem !== undefined && { error: reportOf(problem) }) }
}

function reportOf(error: P2pError): ErrorReport {
  return describeError(error) ?? { code: error.code, message: error.message }
}
