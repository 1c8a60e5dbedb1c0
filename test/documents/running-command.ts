import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'

/** Longest wait for what a command is to write, in ms. */
const LONGEST_WAIT_MS = 30_000

export interface CommandOptions {
  readonly cwd: string
  readonly environment: NodeJS.ProcessEnv
}

/** A line of a shell that runs, and what it has written to both of its streams. */
export class RunningCommand {
  readonly line: string
  readonly cwd: string
  output = ''
  readonly #child: ChildProcess
  readonly #ended: Promise<number | null>
  readonly #onOutput = new Set<() => void>()

  constructor(line: string, { cwd, environment }: CommandOptions) {
    this.line = line
    this.cwd = cwd
    this.#child = spawn('/bin/sh', ['-c', line], { cwd, env: environment, stdio: ['pipe', 'pipe', 'pipe'] })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        this.output += chunk
        for (const look of this.#onOutput) look()
      })
    }
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject)
      this.#child.on('close', resolve)
    })
  }

  /** Settles with its exit code. */
  ended(): Promise<number | null> {
    return this.#ended
  }

  /** Settles with the match once the output from `start` on has one; rejects when it ends before, or takes too long. */
  waitFor(pattern: RegExp, start = 0): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        end()
        reject(new Error(`${this.line} ${why} it wrote ${String(pattern)}:\n${this.output.slice(start)}`))
      }
      const look = (): void => {
        const match = pattern.exec(this.output.slice(start))
        if (match === null) return
        end()
        resolve(match)
      }
      const timer = setTimeout(() => fail('ran too long before'), LONGEST_WAIT_MS)
      const end = (): void => {
        clearTimeout(timer)
        this.#onOutput.delete(look)
      }
      this.#onOutput.add(look)
      void this.#ended.then(() => fail('ended before'))
      look()
    })
  }

  /** Presses Ctrl-C and gives the exit code. */
  async interrupt(): Promise<number | null> {
    this.#child.kill('SIGINT')
    return this.#ended
  }

  /** Ends it if it still runs. */
  async dispose(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill('SIGKILL')
    await this.#ended
  }
}
