import type { Exchange } from '../../deliver/message'
import { errorText, isPeerCode } from '../../errors'
import type { P2pError } from '../../errors'
import { encodeBody } from '../../wire/package'
import type { GuestLine } from './guest-line'

/** Where a thread in a room answers a message. Whether somebody else has answered it, the node knows. */
export class GuestExchange implements Exchange {
  readonly expectsAnswer: boolean
  readonly #id: number
  readonly #line: GuestLine
  readonly #bodyDepth: number
  #settled = false
  #reason: P2pError | undefined
  #callbacks: Set<(reason: P2pError) => void> | undefined

  constructor(id: number, line: GuestLine, options: { expectsAnswer: boolean; bodyDepth: number }) {
    this.#id = id
    this.#line = line
    this.#bodyDepth = options.bodyDepth
    this.expectsAnswer = options.expectsAnswer
  }

  get settled(): boolean {
    return this.#settled
  }

  reply(body: unknown): boolean {
    if (!this.expectsAnswer || this.#settled) return false
    const encoded = encodeBody(body, this.#bodyDepth)
    this.#settled = true
    this.#line.send({ kind: 'reply', id: this.#id, body: encoded })
    return true
  }

  fail(code: string, text: string): boolean {
    if (typeof code !== 'string' || !isPeerCode(code)) {
      throw new TypeError('the code of a failure is a letter, then at most 63 letters, digits, "_", ".", ":" or "-"')
    }
    if (typeof text !== 'string') throw new TypeError(`the text of a failure is a text, not ${errorText(text)}`)
    if (!this.expectsAnswer || this.#settled) return false
    this.#settled = true
    this.#line.send({ kind: 'fail', id: this.#id, code, text })
    return true
  }

  release(): void {
    this.#settled = true
  }

  onAbort(callback: (reason: P2pError) => void): () => void {
    if (this.#reason !== undefined) callback(this.#reason)
    const callbacks = (this.#callbacks ??= new Set())
    callbacks.add(callback)
    return () => callbacks.delete(callback)
  }

  /** Nobody waits for it any more. */
  abort(reason: P2pError): void {
    if (this.#reason !== undefined) return
    this.#reason = reason
    this.#settled = this.expectsAnswer
    for (const callback of this.#callbacks ?? []) callback(reason)
  }
}
