import { P2pError } from '../errors'
import { type FileKey, fileOfKey, type Note } from './file-print'
import type { PrintLook, Prints } from './thread-files'

export interface SharedFilesOptions {
  /** True for a file whose module runs, and is kept until the node ends. */
  readonly runs: (file: string) => boolean
  readonly label: (file: string) => string
}

/** The files of the modules that threads share. A running one is not loaded again, so its change is only reported. */
export class SharedFiles {
  readonly #options: SharedFilesOptions
  readonly #prints = new Map<FileKey, string>()
  #changed = new Map<FileKey, string>()

  constructor(options: SharedFilesOptions) {
    this.#options = options
  }

  readonly note: Note = (key, print) => void this.#prints.set(key, print)

  get files(): readonly string[] {
    return [...this.#prints.keys()].map(fileOfKey)
  }

  /** What was read for modules that do not run: a thread that failed for one of them is tried again by these. */
  unloaded(): Prints {
    return new Map([...this.#prints].filter(([key]) => !this.#options.runs(fileOfKey(key))))
  }

  /** Gives a warning for each running file that has changed since, once two looks agree on it. */
  async look(look: PrintLook): Promise<readonly P2pError[]> {
    const running = [...this.#prints.keys()].filter((key) => this.#options.runs(key))
    const warnings: P2pError[] = []
    const changed = new Map<FileKey, string>()
    for (const [key, print] of await look.readAll(running)) {
      if (print === this.#prints.get(key)) continue
      if (this.#changed.get(key) !== print) changed.set(key, print)
      else {
        this.#prints.set(key, print)
        warnings.push(this.#warning(key))
      }
    }
    this.#changed = changed
    return warnings
  }

  #warning(file: string): P2pError {
    const text = `${this.#options.label(file)} is shared by threads and has changed: they keep what they loaded`
    return new P2pError('ERR_TRUSTP2P_THREAD_SHARED_CHANGED', `${text} until the node restarts`, { details: { file } })
  }
}
