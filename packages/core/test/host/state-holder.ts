import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { FROM_SOURCE } from '../../../../test/from-source'

const ROOT = join(__dirname, '../../../..')

const holders: StateHolder[] = []

/** A process of its own that takes a state folder when it is told to. */
export class StateHolder {
  readonly #child
  readonly #lines: AsyncIterator<string>

  private constructor(cwd: string, script: string) {
    this.#child = spawn(process.execPath, [...FROM_SOURCE, join(__dirname, 'fixtures', script), cwd], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TS_NODE_PROJECT: join(ROOT, 'tsconfig.json') }
    })
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    holders.push(this)
  }

  /** Settles when the process is ready to take it. */
  static async start(cwd: string, script = 'hold-state.ts'): Promise<StateHolder> {
    const holder = new StateHolder(cwd, script)
    await holder.#line()
    return holder
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** Takes it; gives `held`, or code and message of the error. */
  async take(): Promise<string> {
    this.#child.stdin.write('take\n')
    return this.#line()
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.signal('SIGKILL')
    await ended
  }

  async #line(): Promise<string> {
    const { value } = await this.#lines.next()
    return value as string
  }
}

/** Ends the processes of a test. */
export async function killHolders(): Promise<void> {
  for (const holder of holders.splice(0)) await holder.kill()
}
