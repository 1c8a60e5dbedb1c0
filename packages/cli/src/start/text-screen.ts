import { relative } from 'node:path'
import type { P2pError, P2pNode, P2pSocket, ThreadInfo, ThreadState } from 'trustp2p'
import { printable } from '../printable'
import { describeError, reportLines } from '../report-error'
import type { Colors, Output, Terminal } from '../terminal'
import { count, duration } from '../units'
import type { Screen, ThreadChange } from './screen'
import type { Suggestion } from './suggestions'

export interface TextScreenOptions extends Terminal {
  /** The node's folder: paths are shown as seen from there. */
  readonly cwd: string
}

/** Tells people what happens: what goes well to `out`, problems to `err`. */
export class TextScreen implements Screen {
  readonly #out: Output
  readonly #err: Output
  readonly #colors: Colors
  readonly #options: TextScreenOptions

  constructor(options: TextScreenOptions) {
    this.#out = options.out
    this.#err = options.err
    this.#colors = options.out.colors
    this.#options = options
  }

  started(node: P2pNode, suggestions: readonly Suggestion[]): void {
    this.#printAddresses(node)
    this.#printThreads(node.threads.list())
    this.#printSuggestions(suggestions)
    this.#out.line('Ctrl-C ends it.')
  }

  thread(change: ThreadChange, info: ThreadInfo): void {
    if (change === 'failed') return this.#printFailure(info)
    if (change === 'backoff') return this.#printRetry(info)
    this.#out.line(`thread ${this.#colors.bold(printable(info.name))} ${PAST[change]}`)
    if (change !== 'stopped' && info.error !== undefined) this.#printFailure(info)
  }

  connected({ url }: P2pSocket): void {
    this.#out.line(`connected to ${printable(url)}`)
  }

  lost({ url }: P2pSocket, code: number, reason: string): void {
    const why = reason === '' ? `code ${code}` : `${code}, ${reason}`
    this.#out.line(`lost ${printable(url)} (${printable(why)})`)
  }

  /** The log tells it, also where it comes before the node has started. */
  warning(): void {}

  critical(): void {
    this.#err.line('the node ends: a thread that is critical was given up')
  }

  stopping(): void {
    this.#out.line('stopping: running handlers may finish; press Ctrl-C again to end at once')
  }

  stopped(): void {
    this.#out.line('stopped')
  }

  #printAddresses(node: P2pNode): void {
    const { bold, green } = this.#colors
    const open = new Set(node.sockets.filter(({ outbound }) => outbound).map(({ url }) => url))
    this.#out.line(bold(`trustp2p ${node.config.name} runs`))
    for (const address of node.addresses) this.#out.line(`  listens on ${green(printable(address))}`)
    for (const url of new Set(node.config.connect)) {
      this.#out.line(
        open.has(url)
          ? `  connected to ${green(printable(url))}`
          : `  cannot reach ${printable(url)}: it is dialled again until it is there`
      )
    }
    if (node.addresses.length + node.config.connect.length === 0) this.#out.line('  listens nowhere and dials nobody')
  }

  #printThreads(threads: readonly ThreadInfo[]): void {
    if (threads.length === 0) return this.#out.line('  no threads: it answers nothing but pings')
    const running = threads.filter(({ state }) => state === 'running')
    if (running.length > 0)
      this.#out.line(`  threads: ${running.map(({ name }) => this.#colors.green(printable(name))).join(', ')}`)
    for (const info of threads) if (info.state !== 'running' || info.error !== undefined) this.#printFailure(info)
  }

  #printSuggestions(suggestions: readonly Suggestion[]): void {
    if (suggestions.length > 0) this.#out.line('Try in another terminal:')
    for (const { command, purpose } of suggestions) {
      this.#out.line(`  ${this.#colors.cyan(printable(command))}`)
      this.#out.line(`    ${this.#colors.dim(printable(purpose))}`)
    }
  }

  #printFailure(info: ThreadInfo): void {
    const { name, state, path, error } = info
    const { red, bold } = this.#err.colors
    const shown = bold(printable(name))
    if (state === 'quarantined' && error !== undefined) return this.#printError(red('error:'), error)
    if (error === undefined) return this.#err.line(`thread ${shown} is ${state} (${printable(this.#relative(path))})`)
    this.#printError(`thread ${shown} ${red(FAILED_AS[state] ?? 'failed')}:`, error)
    if (info.retryInMs !== undefined) this.#printRetry(info)
  }

  #printRetry({ name, retryInMs = 0, restarts }: ThreadInfo): void {
    const { yellow, bold } = this.#err.colors
    const when = yellow(`is started again in ${duration(retryInMs)}`)
    this.#err.line(`thread ${bold(printable(name))} ${when} (restart ${count(restarts)})`)
  }

  #printError(start: string, error: P2pError): void {
    const report = describeError(error) ?? { code: error.code, message: error.message }
    const [first = '', ...others] = reportLines({ ...report, message: this.#withoutCwd(report.message) })
    this.#err.line(`${start} ${first}`)
    for (const other of others) this.#err.line(`  ${other}`)
  }

  #relative(path: string): string {
    return relative(this.#options.cwd, path)
  }

  /** Messages name files by their whole paths; those of the project are better read from its folder. */
  #withoutCwd(message: string): string {
    return message.replaceAll(`${this.#options.cwd}/`, '')
  }
}

/** What became of a thread that has an error, where that is something else than `failed`. */
const FAILED_AS: Partial<Record<ThreadState, string>> = {
  running: 'runs on in its old version, the new one failed',
  waiting: 'waits'
}

const PAST = { started: 'runs', stopped: 'stopped', reloaded: 'runs in its new version' } as const
