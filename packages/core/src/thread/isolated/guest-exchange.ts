import type { BodyWriter, Exchange } from '../../deliver/message'
import { errorText, isPeerCode } from '../../errors'
import type { P2pError } from '../../errors'
import { encodeBody } from '../../wire/package'
import { carriedBody } from './guest-contracts'
import type { GuestLine } from './guest-line'
import type { CarriedBody } from './protocol'

/** Where a thread in a room answers a message. Whether somebody else has answered it, the node knows. */
export class GuestExchange implements Exchange {
  readonly expectsAnswer: boolean
  readonly #id: number
  readonly #line: GuestLine
  readonly #bodyDepth: number
  #writer: BodyWriter | undefined
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

  answerWith(writer: BodyWriter): void {
    this.#writer = writer
  }

  /** A body as it crosses. Throws where it is none, or does not match the contract. */
  carry(body: unknown): CarriedBody {
    const depth = this.#bodyDepth
    return carriedBody(this.#writer === undefined ? encodeBody(body, depth) : this.#writer.write(body, depth))
  }

  reply(body: unknown): boolean {
    if (!this.expectsAnswer || this.#settled) return false
    const encoded = this.carry(body)
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
