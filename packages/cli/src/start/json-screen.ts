import type { P2pError, P2pNode, P2pSocket, ThreadInfo } from 'trustp2p'
import { printableJson } from '../printable'
import { describeError } from '../report-error'
import type { Output } from '../terminal'
import type { Screen, ThreadChange } from './screen'

/** One line of JSON for each event, with its name under `event`. */
export class JsonScreen implements Screen {
  readonly #out: Output

  constructor(out: Output) {
    this.#out = out
  }

  started(node: P2pNode): void {
    const { name, addresses, threads, sockets } = node.status()
    this.#tell('started', {
      name,
      addresses,
      connected: sockets.filter(({ inbound }) => !inbound).map(({ url }) => url),
      threads: threads.map(plainThread)
    })
  }

  thread(change: ThreadChange, info: ThreadInfo): void {
    this.#tell(`thread:${change}`, { thread: plainThread(info) })
  }

  connected({ url }: P2pSocket): void {
    this.#tell('socket:open', { url })
  }

  lost({ url }: P2pSocket, code: number, reason: string): void {
    this.#tell('socket:close', { url, code, reason })
  }

  warning(error: P2pError): void {
    this.#tell('warning', { error: describeError(error) })
  }

  critical(error: P2pError): void {
    this.#tell('critical', { error: describeError(error) })
  }

  stopping(): void {
    this.#tell('stopping', {})
  }

  stopped(): void {
    this.#tell('stopped', {})
  }

  #tell(event: string, facts: object): void {
    this.#out.line(printableJson({ event, ...facts }, 'compact'))
  }
}

function plainThread({ name, state, path, revision, restarts, retryInMs, error }: ThreadInfo): object {
  return {
    name,
    state,
    path,
    revision,
    restarts,
    retryInMs,
    ...(error !== undefined && { error: describeError(error) })
  }
}
