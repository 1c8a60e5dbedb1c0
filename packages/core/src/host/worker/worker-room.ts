import type { MessagePort, Worker } from 'node:worker_threads'
import { errorCode } from '../../errors'
import type { Room, RoomEnd } from '../../thread/isolated/room'

/** A worker of Node as a room for a thread. */
export class WorkerRoom implements Room {
  readonly step: Int32Array
  readonly #worker: Worker
  readonly #line: MessagePort
  readonly #listeners: ((end: RoomEnd) => void)[] = []
  #error: { readonly error: unknown } | undefined
  #end: RoomEnd | undefined
  #asked = false

  constructor(worker: Worker, line: MessagePort, step: Int32Array) {
    this.step = step
    this.#worker = worker
    this.#line = line
    worker.on('error', (error) => (this.#error ??= { error }))
    worker.on('messageerror', () => undefined)
    worker.once('exit', (exitCode) => this.#ended(exitCode))
  }

  post(message: unknown, transfer: readonly ArrayBuffer[]): void {
    this.#line.postMessage(message, [...transfer])
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#line.on('message', listener)
  }

  onEnd(listener: (end: RoomEnd) => void): void {
    if (this.#end === undefined) this.#listeners.push(listener)
    else listener(this.#end)
  }

  /** Lets it keep the process running, as it does from the start. */
  ref(): void {
    this.#worker.ref()
  }

  /** Lets the process end although it runs. */
  unref(): void {
    this.#worker.unref()
  }

  async terminate(): Promise<void> {
    this.#asked = true
    await this.#worker.terminate()
  }

  #ended(exitCode: number): void {
    this.#line.close()
    const end = this.#describe(exitCode)
    this.#end = end
    for (const listener of this.#listeners.splice(0)) listener(end)
  }

  #describe(exitCode: number): RoomEnd {
    if (this.#asked) return { fate: 'ended' }
    if (this.#error === undefined) return { fate: 'exited', exitCode }
    const { error } = this.#error
    return { fate: errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'threw', error }
  }
}
