import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'

/** The command line as a package manager links it. */
const PROGRAM = join(__dirname, '..', '..', '..', 'cli', 'bin', 'trustp2p-cli.js')
/** How much of what a command prints is kept, in characters. */
const KEPT_TEXT = 4_000

/** A command of the compiled command line, in a process of its own as a user's shell starts it. */
export class Command {
  readonly #process: ChildProcess
  readonly #line: string
  readonly #ended: Promise<number | null>
  #text = ''

  constructor(args: readonly string[], cwd: string) {
    this.#line = `trustp2p-cli ${args.join(' ')}`
    this.#process = spawn(process.execPath, [PROGRAM, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (text: string) => (this.#text = (this.#text + text).slice(-KEPT_TEXT))
    this.#process.stdout?.setEncoding('utf8').on('data', keep)
    this.#process.stderr?.setEncoding('utf8').on('data', keep)
    this.#ended = new Promise((resolve) => this.#process.once('close', resolve))
  }

  /** Waits for its end. Rejects where that is no success. */
  async succeeded(): Promise<void> {
    const status = await this.#ended
    if (status !== 0) throw this.#failure()
  }

  /** Waits until it prints a text. Rejects where it ends before. */
  async printed(text: string): Promise<void> {
    const { stdout } = this.#process
    while (!this.hasPrinted(text)) {
      await Promise.race([this.#ended, new Promise((resolve) => stdout?.once('data', resolve))])
    }
  }

  /** Throws where it has ended without it. */
  hasPrinted(text: string): boolean {
    if (this.#text.includes(text)) return true
    if (this.#process.exitCode !== null) throw this.#failure()
    return false
  }

  /** Stops it as Ctrl-Z does: it goes on living, and reads nothing. */
  suspend(): void {
    this.#process.kill('SIGSTOP')
  }

  async stop(): Promise<void> {
    this.kill()
    await this.#ended
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }

  #failure(): Error {
    return new Error(`${this.#line} ended with ${String(this.#process.exitCode)}: ${this.#text}`)
  }
}
