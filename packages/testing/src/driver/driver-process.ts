import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { extname, join } from 'node:path'

const EXTENSION = extname(__filename)

/** From source the program is compiled as it is read. */
const EXEC_ARGV =
  EXTENSION === '.ts' ? ['-C', '@trustp2p/source', '-r', require.resolve('ts-node/register/transpile-only')] : []

/** What the program is asked for. */
export type DriverOrder = { readonly listen: string } | { readonly dial: string }

/** A process that runs the driver of a module; each of its sockets answers a frame with itself. */
export class DriverProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<void>

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#ended = new Promise((resolve) => child.once('exit', () => resolve()))
  }

  /** Rejects where the module does not give a driver. */
  static async start(module: string, config: unknown): Promise<DriverProcess> {
    const child = fork(join(__dirname, `driver-program${EXTENSION}`), [module, JSON.stringify(config)], {
      execArgv: EXEC_ARGV
    })
    const started = new DriverProcess(child)
    await started.#answer()
    return started
  }

  /** Gives the address that it really listens on. */
  async listen(url: string): Promise<string> {
    this.#child.send({ listen: url } satisfies DriverOrder)
    return this.#answer()
  }

  /** Resolves once its socket is open. */
  async dial(url: string): Promise<void> {
    this.#child.send({ dial: url } satisfies DriverOrder)
    await this.#answer()
  }

  /** It stands still: nothing is read, nothing is answered, its connections stay. */
  stop(): void {
    this.#child.kill('SIGSTOP')
  }

  goOn(): void {
    this.#child.kill('SIGCONT')
  }

  killNow(): void {
    this.#child.kill('SIGKILL')
  }

  async kill(): Promise<void> {
    this.killNow()
    await this.#ended
  }

  #answer(): Promise<string> {
    const child = this.#child
    return new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the process of the driver ended with ${code}`))
      child.once('exit', onExit)
      child.once('message', (answer) => {
        child.off('exit', onExit)
        resolve(typeof answer === 'string' ? answer : '')
      })
    })
  }
}
