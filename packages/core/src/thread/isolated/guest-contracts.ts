import { Contract } from '../../contract/contract'
import { ContractTable } from '../../contract/contract-table'
import type { TypedEvent } from '../../contract/contract-table'
import { readDescriptor } from '../../contract/descriptor'
import { assertEvent } from '../../deliver/assert-options'
import { messageControl } from '../../deliver/message'
import type { CP2pMessage } from '../../deliver/message'
import { AnswerWriter, BodyReading, encodeQuestion } from '../../deliver/typed-bodies'
import type { EventLike } from '../../deliver/typed-traffic'
import type { Hash } from '../../kit'
import { encodeBody, Encoding, TypedBody } from '../../wire/package'
import type { EncodedBody } from '../../wire/package'
import type { CarriedBody, FromRoom } from './protocol'

/** How the table calls who brings the contracts. */
const NODE = 'the node'

/** The contracts of a node, in a room: bodies are read and written there, so that a worker bears what they cost. */
export class GuestContracts {
  readonly #table: ContractTable
  readonly #send: (item: FromRoom) => void
  /** Compiled once, however often the node tells of them. */
  #known = new Map<string, Contract>()
  readonly #told = new WeakSet<Contract>()

  constructor(crypto: Hash, send: (item: FromRoom) => void) {
    this.#table = new ContractTable(crypto)
    this.#send = send
  }

  /** The node has these contracts now. */
  set(texts: readonly string[]): void {
    const known = new Map(texts.map((text) => [text, this.#known.get(text) ?? compile(text)]))
    this.#known = known
    this.#table.set(NODE, [...known.values()])
  }

  /** Lets the contract of its event, where there is one, read the body of a message and write its answer. */
  cover(message: CP2pMessage, bodyDepth: number): void {
    const typed = this.#table.find(message.event)
    if (typed === undefined) return
    const received = messageControl.packageOf(message)
    const reading = new BodyReading(received, typed.codecs.request, bodyDepth)
    messageControl.readWith(message, reading, new AnswerWriter(typed, received.encoding === Encoding.TYPED))
  }

  /** Writes a body that is to be sent. Throws as a node's own `request` rejects. */
  write(event: EventLike, body: unknown, bodyDepth: number): { readonly event: string; readonly body: EncodedBody } {
    const typed = typeof event === 'string' ? this.#table.find(event) : this.#table.use(event)
    if (typed !== undefined) return { event: typed.event, body: this.#question(typed, body, bodyDepth) }
    if (typeof event !== 'string') throw new TypeError('an event is a text, or one that defineContract gave')
    return { event: assertEvent(event), body: encodeBody(body, bodyDepth) }
  }

  /** The node has to know what it is asked to send, for peers that want to see it. */
  #question(typed: TypedEvent, body: unknown, bodyDepth: number): TypedBody {
    const { contract } = typed
    const encoded = encodeQuestion(typed, body, bodyDepth)
    if (!this.#known.has(contract.descriptor.text) && !this.#told.has(contract)) {
      this.#told.add(contract)
      this.#send({ kind: 'contract', text: contract.descriptor.text })
    }
    return encoded
  }
}

/** A body as it crosses: bytes alone, not all that share an ArrayBuffer with them. */
export function carriedBody(body: EncodedBody): CarriedBody {
  return body instanceof TypedBody
    ? { bytes: new Uint8Array(body.bytes), contract: new Uint8Array(body.contract) }
    : body
}

function compile(text: string): Contract {
  return new Contract(readDescriptor(JSON.parse(text)))
}
