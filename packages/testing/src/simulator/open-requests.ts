import { errorCode } from 'trustp2p'

/** What is known of a request that a scenario made. */
export interface AskedRequest {
  readonly from: string
  readonly to: string
  readonly event: string
  /** Virtual time in ms. */
  readonly askedAt: number
}

/** How a request ended. */
export type RequestEnd = { readonly answer: unknown } | { readonly error: unknown }

/** One that is not settled. */
export interface OpenRequest extends AskedRequest {
  readonly outcome: Promise<unknown>
  /** Settles it: the first time; later calls do nothing. */
  settle(end: RequestEnd): void
}

/** The requests of a scenario that wait for their end. */
export class OpenRequests {
  readonly #open = new Set<OpenRequest>()
  readonly #note: (text: string) => void

  /** @param note writes a line of the event log */
  constructor(note: (text: string) => void) {
    this.#note = note
  }

  /** Those that wait, oldest first. */
  get all(): readonly OpenRequest[] {
    return [...this.#open]
  }

  /** Those of one node. */
  of(name: string): readonly OpenRequest[] {
    return this.all.filter(({ from }) => from === name)
  }

  add(asked: AskedRequest): OpenRequest {
    let finish: (end: RequestEnd) => void = () => undefined
    const outcome = new Promise<unknown>((resolve, reject) => {
      finish = (end) => ('error' in end ? reject(end.error) : resolve(end.answer))
    })
    const settle = (end: RequestEnd): void => {
      if (!this.#open.delete(request)) return
      this.#note(lineOf(asked, end))
      finish(end)
    }
    const request = { ...asked, outcome, settle }
    this.#open.add(request)
    return request
  }
}

function lineOf({ from, to, event }: AskedRequest, end: RequestEnd): string {
  const what = 'error' in end ? 'fail' : 'answer'
  const code = 'error' in end ? ` ${errorCode(end.error) ?? 'without a code'}` : ''
  return `${what} ${from} ${to} ${JSON.stringify(event)}${code}`
}
