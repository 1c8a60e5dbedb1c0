import type { MessagePort } from 'node:worker_threads'
import { errorCode } from '../../errors'
import type { Room, RoomEnd } from '../../thread/isolated/room'
import type { StartedWorker } from './worker-stock'

/** A worker of Node as a room for one version of a thread. */
export class WorkerRoom implements Room {
  readonly step: Int32Array
  readonly #started: StartedWorker
  readonly #line: MessagePort
  readonly #giveBack: (() => void) | undefined
  readonly #listeners: ((end: RoomEnd) => void)[] = []
  readonly #onError = (error: unknown): void => void (this.#error ??= { error })
  readonly #onExit = (exitCode: number): void => this.#ended(exitCode)
  #error: { readonly error: unknown } | undefined
  #end: RoomEnd | undefined
  #asked = false

  /** `giveBack` takes the worker when its thread was let go; without it a worker serves one thread. */
  constructor(started: StartedWorker, line: MessagePort, giveBack?: () => void) {
    this.step = started.step
    this.#started = started
    this.#line = line
    this.#giveBack = giveBack
    started.worker.on('error', this.#onError)
    started.worker.on('exit', this.#onExit)
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

  async release(): Promise<void> {
    if (this.#giveBack === undefined || this.#end !== undefined) return this.terminate()
    const { worker } = this.#started
    worker.off('error', this.#onError)
    worker.off('exit', this.#onExit)
    this.#settle({ fate: 'ended' })
    this.#giveBack()
  }

  async terminate(): Promise<void> {
    if (this.#end !== undefined) return
    this.#asked = true
    await this.#started.worker.terminate()
  }

  #ended(exitCode: number): void {
    this.#settle(this.#describe(exitCode))
  }

  #settle(end: RoomEnd): void {
    this.#line.close()
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
