import { CLOSED_ABNORMALLY } from '../driver/close-frame'
import { isErrorCode } from '../errors'
import type { P2pError } from '../errors'
import { stageOf } from '../explain/explain-code'
import type { ExplainLog } from '../explain/explain-log'
import type { ExplainedClose } from '../explain/explain-record'
import type { ExplainOrigin, Incident } from '../explain/incident'
import type { Refusal } from './admission'
import type { Asked } from './running-request'

/** A link, as records name it. */
type LinkOrigin = ExplainOrigin & Required<Pick<ExplainOrigin, 'id' | 'url' | 'network'>>

/** Why a link ends. */
export type EndCause = Pick<Incident, 'code' | 'text' | 'limit' | 'cause'>

interface Ending extends EndCause {
  readonly close: ExplainedClose
}

const CLOSED: EndCause = { code: 'ERR_TRUSTP2P_SOCKET_CLOSED' }

/** What a link ends of that failed so. */
export function endCause({ code, message, cause }: P2pError): EndCause {
  return { code, text: message, cause }
}

/** The records that one link leaves: of what came to nothing on it, and one of its own end. */
export class LinkRecords {
  readonly #explain: ExplainLog
  readonly #origin: LinkOrigin
  /** What its driver told last. */
  #failure: P2pError | undefined
  #ending: Ending | undefined
  /** What became of it is told already, or nothing that anybody would ask for. */
  #told = false

  constructor(explain: ExplainLog, origin: LinkOrigin) {
    this.#explain = explain
    this.#origin = origin
  }

  add(incident: Incident): void {
    this.#explain.add(this.#origin, incident)
  }

  /** A request of ours failed. */
  requestFailed(error: P2pError, { event, tag }: Partial<Asked>): void {
    this.#explain.addError(this.#origin, error, { stage: 'request', event, tag })
  }

  /** Something that we wanted to send did not leave. */
  unsent(error: P2pError, event?: string): void {
    this.#explain.addError(this.#origin, error, { stage: 'send', event })
  }

  /** A frame of the peer was dropped. */
  dropped(code: string, text: string, { event, limit }: Pick<Incident, 'event' | 'limit'> = {}): void {
    this.add({ stage: 'frame', code, text, event, limit })
  }

  /** The peer is not let in, and closed. */
  refused({ error, code, reason, peerId }: Refusal): void {
    this.#told = true
    const stage = isErrorCode(error.code) ? stageOf(error.code) : 'proof'
    const { host, url, peer, id, network } = this.#origin
    const origin = peerId === undefined ? this.#origin : { host, url, peer, id, network, peerId }
    this.#explain.addError(origin, error, { stage, close: { by: 'us', code, reason } })
  }

  /** The peer was probed, and is there. */
  reached(): void {
    this.#told = true
  }

  /** Its driver tells of a failure, which may be the end of it. */
  broke(error: P2pError): void {
    this.#failure = error
  }

  /** We end it. */
  ending(code: number, reason: string, why = CLOSED): void {
    this.#ending ??= { ...why, close: { by: 'us', code, reason } }
  }

  /** It is gone. */
  ended(wasOpen: boolean, code: number, reason: string): void {
    if (this.#told) return
    const ending = this.#ending ?? endingOf(this.#failure, code, reason)
    this.add({ stage: wasOpen ? 'socket' : 'greeting', ...ending })
  }
}

/** Of a link that we did not end. Where the peer broke the protocol of the driver, the driver has. */
function endingOf(failure: P2pError | undefined, code: number, reason: string): Ending {
  if (failure?.code === 'ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED') {
    return { ...endCause(failure), close: { by: 'us', code, reason } }
  }
  const by = code === CLOSED_ABNORMALLY ? 'nobody' : 'peer'
  return { ...(failure === undefined ? CLOSED : endCause(failure)), close: { by, code, reason } }
}
