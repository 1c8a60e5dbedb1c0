import { rmSync } from 'node:fs'
import { Child } from './process/child'
import { Command } from './process/command'
import { programPath } from './process/program-path'
import { startPairs } from './pairs'
import type { Pairs } from './pairs'
import { createTemporaryFolder } from './ours/project'

export interface BenchOptions {
  /** Folder for a CPU profile of every child; undefined for none. */
  readonly profileFolder: string | undefined
}

/** What the rows share: child processes and temporary folders, all of which end with the bench. */
export class Bench {
  readonly #options: BenchOptions
  readonly #children = new Set<Child | Command>()
  readonly #folders: string[] = []
  #pairs: Promise<Pairs> | undefined

  constructor(options: BenchOptions) {
    this.#options = options
  }

  /** The three pairs of processes, started and warmed when they are first asked for. */
  pairs(): Promise<Pairs> {
    this.#pairs ??= startPairs(this)
    return this.#pairs
  }

  /** Starts a compiled program, `floor/server` for example. */
  start(program: string, args: readonly string[] = [], execArgv: readonly string[] = []): Child {
    const { profileFolder } = this.#options
    const profile = profileFolder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`]
    const name =
      profileFolder === undefined
        ? []
        : [`--cpu-prof-name=${program.replace('/', '-')}.${process.hrtime.bigint()}.cpuprofile`]
    const child = new Child(programPath(program), { args, execArgv: [...execArgv, ...profile, ...name] })
    this.#children.add(child)
    return child
  }

  /** Starts a command of the compiled command line in a folder. */
  run(args: readonly string[], cwd: string): Command {
    const command = new Command(args, cwd)
    this.#children.add(command)
    return command
  }

  async stop(child: Child | Command): Promise<void> {
    await child.stop()
    this.#children.delete(child)
  }

  /** Makes an empty folder that is removed with the bench. */
  createFolder(): string {
    const folder = createTemporaryFolder()
    this.#folders.push(folder)
    return folder
  }

  /** Lets all children end and removes the folders. */
  async close(): Promise<void> {
    await Promise.all([...this.#children].map((child) => this.stop(child)))
    this.#removeFolders()
  }

  /** As `close`, at once. */
  kill(): void {
    for (const child of this.#children) child.kill()
    this.#removeFolders()
  }

  #removeFolders(): void {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true })
  }
}
