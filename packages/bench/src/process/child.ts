import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { isReply } from './answer'
import type { Numbers, Question } from './answer'

export interface ChildOptions {
  readonly args?: readonly string[]
  readonly execArgv?: readonly string[]
}

/** Longest wait for an answer, in ms. */
const ANSWER_MS = 300_000
/** How long a child may take to end by itself, in ms. */
const END_MS = 2_000
/** How much of a child's standard error is kept for a report, in characters. */
const KEPT_ERROR_TEXT = 2_000

/** A program in a process of its own that answers questions, one after the other. */
export class Child {
  readonly #process: ChildProcess
  readonly #file: string
  readonly #ended: Promise<void>
  #errorText = ''

  constructor(file: string, { args = [], execArgv = [] }: ChildOptions = {}) {
    this.#file = file
    this.#process = fork(file, [...args], { execArgv: [...execArgv], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#errorText = (this.#errorText + text).slice(-KEPT_ERROR_TEXT)
    })
    this.#ended = new Promise((resolve) => this.#process.once('exit', () => resolve()))
  }

  /** Rejects when the child fails, ends, or does not answer within 5 minutes. */
  ask(name: string, values: Numbers = {}): Promise<Numbers> {
    return new Promise((resolve, reject) => {
      const settle = (error: Error | undefined, answer: Numbers): void => {
        clearTimeout(timer)
        this.#process.off('message', onMessage)
        this.#process.off('exit', onExit)
        if (error === undefined) resolve(answer)
        else reject(error)
      }
      const onMessage = (reply: unknown): void => {
        if (!isReply(reply)) return
        if ('answer' in reply) settle(undefined, reply.answer)
        else settle(new Error(`${this.#file}: ${reply.failure}`), {})
      }
      const onExit = (): void => settle(new Error(`${this.#file} ended: ${this.#errorText}`), {})
      const onLate = (): void => settle(new Error(`${this.#file} did not answer ${name} in time`), {})
      const timer = setTimeout(onLate, ANSWER_MS)
      this.#process.on('message', onMessage)
      this.#process.on('exit', onExit)
      if (this.#process.exitCode !== null || !this.#process.connected) return onExit()
      const question: Question = { ask: name, values }
      this.#process.send(question)
    })
  }

  /** Lets the child end by itself, and ends it when it does not. */
  async stop(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect()
    const timer = setTimeout(() => this.kill(), END_MS)
    await this.#ended
    clearTimeout(timer)
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}
