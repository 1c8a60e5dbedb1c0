import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { FROM_SOURCE } from '../../../test/from-source'

const ROOT = resolve(__dirname, '../../..')
const MAIN = join(ROOT, 'packages/cli/src/main.ts')
/** What `npm start` runs these sources with. */
export const TS_NODE = ['-C', '@trustp2p/source', '-r', require.resolve('ts-node/register/transpile-only')]

export interface CommandResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface CommandOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Flags that make Node run TypeScript. */
  readonly flags?: readonly string[]
}

/** How the command line is run from its source. */
export function commandLine(args: readonly string[], { cwd, env = {}, flags = FROM_SOURCE }: CommandOptions) {
  return {
    file: process.execPath,
    words: [...flags, MAIN, ...args],
    options: { cwd, env: { ...cleanEnvironment(), TS_NODE_PROJECT: join(ROOT, 'tsconfig.json'), ...env } }
  }
}

const cleanups: (() => unknown)[] = []

/** Ends the processes and removes the folders of a test; call it in afterEach. */
export async function cleanUp(): Promise<void> {
  for (const clean of cleanups.splice(0).reverse()) await clean()
}

/** The real command line in a process of its own, run from its source. */
export class RunningCommand {
  readonly child: ChildProcessByStdio<null, Readable, Readable>
  readonly ended: Promise<CommandResult>
  readonly cwd: string
  #out = ''
  #err = ''
  readonly #waiting = new Set<() => void>()

  constructor(args: readonly string[], given: CommandOptions) {
    const { file, words, options } = commandLine(args, given)
    this.cwd = given.cwd
    this.child = spawn(file, words, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
      this.#wake()
    })
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
      this.#wake()
    })
    this.ended = new Promise((settle) => {
      this.child.on('close', (code, signal) => settle({ code, signal, out: this.#out, err: this.#err }))
    })
  }

  get out(): string {
    return this.#out
  }

  get err(): string {
    return this.#err
  }

  /** Settles when what was printed to either stream holds that; rejects when the process ended before. */
  async prints(expected: string | RegExp): Promise<void> {
    const found = () => [this.#out, this.#err].some((text) => holds(text, expected))
    let ended = false
    void this.ended.then(() => {
      ended = true
      this.#wake()
    })
    while (!found()) {
      if (ended) throw new Error(`it ended without ${String(expected)}:\n${this.#out}${this.#err}`)
      await new Promise<void>((settle) => this.#waiting.add(settle))
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  /** The first address that `start` says it listens on. */
  async address(): Promise<string> {
    await this.prints('Ctrl-C ends it')
    const address = /listens on (\S+)/.exec(this.#out)?.[1]
    if (address === undefined) throw new Error(`it listens nowhere:\n${this.#out}`)
    return address
  }

  #wake(): void {
    for (const settle of this.#waiting) settle()
    this.#waiting.clear()
  }
}

function holds(text: string, expected: string | RegExp): boolean {
  return typeof expected === 'string' ? text.includes(expected) : expected.test(text)
}

/** Starts a command that is ended after the test at the latest. */
export function startCommand(args: readonly string[], options: CommandOptions): RunningCommand {
  const command = new RunningCommand(args, options)
  cleanups.push(async () => {
    if (command.child.exitCode === null) command.child.kill('SIGKILL')
    await command.ended
  })
  return command
}

/** Runs a command to its end. */
export function runCommand(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  return startCommand(args, options).ended
}

/** A folder of its own for a test. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'trustp2p-cli-')))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  return folder
}

/** The environment without what would change how the command line behaves. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(TRUSTP2P_|npm_|NO_COLOR|FORCE_COLOR|NODE_OPTIONS)/.test(name)
  )
  return Object.fromEntries(kept)
}
