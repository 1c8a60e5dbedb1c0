import { errorCode, errorText, P2pError } from '../errors'
import type { P2pSocket } from '../driver/socket'
import { RateWindow } from '../rate-window'
import { CP2pPackage, Encoding, PackageType, PROTOCOL_ALT, PROTOCOL_VERSION } from '../wire/package'
import { CANCEL_EVENT, CONTRACT_EVENT, CONTRACTS_EVENT, GREETING_EVENT, PROOF_EVENT } from './greeting'
import { incompatibility, PLAIN_PEER, readDigests, readGreeting } from './greeting'
import type { LinkContext } from './link-context'
import { endCause } from './link-records'
import type { EndCause, LinkRecords } from './link-records'
import { CP2pMessage } from './message'
import type { Outbox } from './outbox'
import type { PendingRequest, PendingTable } from './pending-table'
import { responseError } from './response-error'
import { RunningRequest } from './running-request'
import type { AnswerPort, WireFailure } from './running-request'
import { RunningTalk } from './running-talk'
import type { TalkPort } from './running-talk'
import type { RunningWork } from './running-work'

/** What the inbox of a link needs of its link. */
export interface InboxOwner extends AnswerPort {
  /** Longest frame, in bytes: the one that its driver holds the peer to. */
  readonly frameBytes: number
  readonly socket: P2pSocket
  readonly pending: PendingTable
  readonly outbox: Outbox
  readonly records: LinkRecords
  /** Messages that came or left so far, heartbeats apart. */
  exchanges: number
  /** Grows with each message that a thread took, and each answer to a request of ours. */
  good: number
  close(code: number, reason: string, why?: EndCause): void
  /** As `close`, for what the peer is to blame for. */
  punish(code: number, reason: string, why?: EndCause): void
  /** A frame of the peer cannot be read. */
  onBadFrame(error: P2pError): void
  /** Settles a request of ours that failed. */
  reject(request: PendingRequest, error: P2pError): void
  /** The peer said what the digests of its contracts are. */
  onContracts(digests: ReadonlyMap<string, string>): void
  /** A proof came on an open link: gives true where none may come, and the link ends. */
  onLateProof(): boolean
  /** Settles a request with an answer that a contract reads. */
  readAnswer(request: PendingRequest, received: CP2pPackage): void
}

const MINUTE_MS = 60_000

const STRAY = 'an answer that nobody waits for was dropped'
const REPEATED = 'a request was dropped, since one of the same tag runs'
const BUSY = 'a talk was dropped, since as many run as may, or their frames are as long as they may be together'
const UNKNOWN = 'a talk or a system message was dropped, since no thread of this node handles its event'

/** Why a request was handed to nobody. */
type Unrouted = Pick<WireFailure, 'code' | 'text' | 'limit'>

const NO_HANDLER: Unrouted = { code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER', text: 'no thread handles this event' }

const TOO_MANY_UNKNOWN: EndCause = {
  code: 'ERR_TRUSTP2P_LIMIT_USELESS_FRAMES',
  text: 'the peer sends too many talks and system messages that no thread of this node handles',
  limit: 'limits.unknownEvents'
}
const TOO_MANY_USELESS: EndCause = {
  code: 'ERR_TRUSTP2P_LIMIT_USELESS_FRAMES',
  text: 'the peer sends too many pings, empty frames and answers that nobody waits for',
  limit: 'limits.uselessFrames'
}

/** What comes in on one link: each frame is decoded once, and becomes an answer, a message, or a count. */
export class Inbox implements TalkPort {
  readonly #context: LinkContext
  readonly #owner: InboxOwner
  readonly #running = new Map<string, RunningRequest>()
  /** Those that nobody waits for, whose handlers have not ended: they count, but their tags may be used again. */
  readonly #left = new Set<RunningRequest>()
  readonly #talks = new Set<RunningTalk>()
  readonly #unknownEvents: RateWindow
  readonly #uselessFrames: RateWindow
  /** What is being routed: most of it ends at once, and is never listed. */
  #arriving: RunningWork | undefined
  /** Bytes of what is listed. */
  #heldBytes = 0
  #badFrames = 0

  constructor(context: LinkContext, owner: InboxOwner) {
    this.#context = context
    this.#owner = owner
    this.#unknownEvents = new RateWindow(context.limits.unknownEvents, MINUTE_MS)
    this.#uselessFrames = new RateWindow(context.limits.uselessFrames, MINUTE_MS)
  }

  get runningRequests(): number {
    return this.#running.size + this.#left.size + (this.isRouting ? 1 : 0)
  }

  /** True while a request is handed to its handlers. */
  get isRouting(): boolean {
    return this.#arriving instanceof RunningRequest
  }

  /** Takes a frame of an open link. */
  take(bytes: Uint8Array): void {
    if (bytes.length === 0) return this.#takeEmpty()
    let received: CP2pPackage
    try {
      received = CP2pPackage.decode(bytes, this.#owner)
    } catch (error) {
      return this.#refuse(error)
    }
    this.#receive(received)
  }

  /** The request has its answer, or nobody waits and its handlers have ended. */
  finished(request: RunningRequest): void {
    if (request === this.#arriving) this.#arriving = undefined
    else if (this.#unlist(request)) this.#letGo(request)
  }

  /** Nobody waits for answers any more. What handlers still work on counts until they have ended. */
  abortAll(reason: P2pError): void {
    this.#arriving?.abort(reason)
    const requests = [...this.#running.values()]
    this.#running.clear()
    for (const request of requests) this.#left.add(request)
    for (const work of [...requests, ...this.#talks]) work.abort(reason)
  }

  /** The greeting of a peer of 2018 arrives as a frame of length zero. */
  #takeEmpty(): void {
    this.#context.counters.emptyFrames++
    this.#countUseless()
    this.#owner.outbox.learn(PLAIN_PEER)
  }

  #receive(received: CP2pPackage): void {
    const { outbox } = this.#owner
    if (received.version !== PROTOCOL_VERSION || received.alt !== PROTOCOL_ALT) {
      const reason = incompatibility(received.version, received.alt)
      if (reason !== undefined) return this.#owner.close(1000, reason, incompatible(reason))
    }
    if (outbox.greeting === undefined && received.event !== GREETING_EVENT) outbox.learn(PLAIN_PEER)
    const isBeat = received.type === PackageType.HEARTBEAT_PING || received.type === PackageType.HEARTBEAT_PONG
    if (!isBeat) this.#owner.exchanges++
    switch (received.type) {
      case PackageType.RESPONSE:
      case PackageType.HEARTBEAT_PONG:
        return this.#settle(received)
      case PackageType.HEARTBEAT_PING:
        this.#countUseless()
        return this.#run(received)
      case PackageType.REQUEST:
        return received.event === CONTRACT_EVENT ? this.#describe(received) : this.#run(received)
      case PackageType.SYSTEM:
        return this.#takeSystem(received)
      case PackageType.TALK:
        return received.event === GREETING_EVENT ? this.#greeted(received) : this.#tell(received)
    }
  }

  #takeSystem(received: CP2pPackage): void {
    if (received.event === CANCEL_EVENT) return this.#cancel(received.tag)
    if (received.event === PROOF_EVENT && this.#owner.onLateProof()) return
    return received.event === CONTRACTS_EVENT ? this.#learnContracts(received) : this.#tell(received)
  }

  #greeted(received: CP2pPackage): void {
    const { outbox } = this.#owner
    const { greetingBytes } = this.#context.limits
    if (received.frameBytes > greetingBytes)
      return this.#owner.punish(1009, 'greeting too large', greetingTooLarge(greetingBytes))
    let body: unknown
    try {
      body = received.body
    } catch (error) {
      return this.#refuse(error)
    }
    const read = readGreeting(body)
    if ('incompatible' in read) return this.#owner.close(1000, read.incompatible, incompatible(read.incompatible))
    outbox.learn(read.greeting)
    // A second greeting changes nothing, nor does one that comes after something else.
    if (outbox.greeting === read.greeting) this.#owner.onContracts(read.greeting.contracts)
  }

  #learnContracts(received: CP2pPackage): void {
    try {
      this.#owner.onContracts(readDigests(received.body))
    } catch (error) {
      this.#refuse(error)
    }
  }

  /** A peer asks what a digest of ours is the digest of: no matter of threads, and never too much. */
  #describe(received: CP2pPackage): void {
    const request = new RunningRequest(this.#owner, received, 0)
    try {
      const text = this.#context.contracts.describe(digestIn(received.body))
      if (text !== undefined) request.reply(text)
      else request.fail('ERR_TRUSTP2P_CONTRACT_UNKNOWN', 'no contract here has that digest')
    } catch (error) {
      request.fail(errorCode(error) ?? 'ERR_TRUSTP2P_CONTRACT_UNKNOWN', errorText(error))
    }
  }

  #settle(received: CP2pPackage): void {
    const request = this.#takePending(received.type, received.tag)
    if (request !== undefined) return this.#resolve(request, received)
    this.#context.counters.strayAnswers++
    this.#owner.records.dropped('ERR_TRUSTP2P_REQUEST_STRAY', STRAY, { event: received.event })
    this.#countUseless()
  }

  /** Takes the request that an answer of that type and tag is for: a PONG answers pings alone. */
  #takePending(type: PackageType, tag: string): PendingRequest | undefined {
    const { pending } = this.#owner
    const isPong = type === PackageType.HEARTBEAT_PONG
    if (isPong && pending.get(tag)?.type !== PackageType.HEARTBEAT_PING) return undefined
    return pending.take(tag)
  }

  #rejectPending(type: PackageType, tag: string, error: P2pError): void {
    const request = this.#takePending(type, tag)
    if (request !== undefined) this.#owner.reject(request, error)
  }

  #resolve(request: PendingRequest, received: CP2pPackage): void {
    this.#owner.good++
    let body: unknown
    try {
      const failure = responseError(received, this.#owner.outbox.greeting ?? PLAIN_PEER)
      if (failure !== undefined) return this.#owner.reject(request, failure)
      if (request.typed !== undefined || received.encoding === Encoding.TYPED) {
        return this.#owner.readAnswer(request, received)
      }
      body = received.body
    } catch (error) {
      return this.#owner.reject(request, decodeError(error))
    }
    request.resolve(body)
  }

  #run(received: CP2pPackage): void {
    if (this.#isRepeated(received)) return
    const request = new RunningRequest(this.#owner, received, received.frameBytes)
    const limit = this.#fullFor(request, this.runningRequests)
    if (limit !== undefined) return this.#refuseBusy(request, limit)
    this.#arriving = request
    const handled = this.#context.route(new CP2pMessage(received, this.#owner.socket, request))
    if (handled) this.#owner.good++
    else answerUnrouted(request, NO_HANDLER)
    if (this.#arriving === undefined) return
    this.#arriving = undefined
    if (request.settled) this.#left.add(request)
    else this.#running.set(received.tag, request)
    this.#hold(request)
  }

  /** The limit that leaves no room for that beside so many others; undefined where there is room. */
  #fullFor({ bytes }: RunningWork, running: number): string | undefined {
    const { limits, held } = this.#context
    if (running >= limits.runningRequests) return 'limits.runningRequests'
    if (this.#heldBytes + bytes > limits.runningBytes) return 'limits.runningBytes'
    return held.bytes + bytes > limits.nodeRunningBytes ? 'limits.nodeRunningBytes' : undefined
  }

  #hold(work: RunningWork): void {
    const { held } = this.#context
    this.#heldBytes += work.bytes
    held.bytes += work.bytes
    if (work instanceof RunningRequest) held.requests++
  }

  #letGo(work: RunningWork): void {
    const { held } = this.#context
    this.#heldBytes -= work.bytes
    held.bytes -= work.bytes
    if (work instanceof RunningRequest) held.requests--
  }

  #unlist(request: RunningRequest): boolean {
    if (this.#running.get(request.tag) !== request) return this.#left.delete(request)
    return this.#running.delete(request.tag)
  }

  /** True, and counted, for a tag that is running: there will be one answer. */
  #isRepeated({ event, tag }: Pick<CP2pPackage, 'event' | 'tag'>): boolean {
    if (this.#running.size === 0 || !this.#running.has(tag)) return false
    this.#context.counters.repeatedRequests++
    this.#owner.records.dropped('ERR_TRUSTP2P_REQUEST_REPEATED', REPEATED, { event })
    return true
  }

  #refuseBusy(request: RunningRequest, limit: string): void {
    const { counters } = this.#context
    counters.busyRequests++
    const text = `${this.runningRequests} requests of this socket run already, and ${limit} has no room for one more`
    answerUnrouted(request, { code: 'ERR_TRUSTP2P_LIMIT_BUSY', text, limit })
  }

  #cancel(tag: string): void {
    const reason = new P2pError('ERR_TRUSTP2P_REQUEST_CANCELLED', 'the asker no longer waits for the answer')
    const request = this.#running.get(tag)
    if (request === undefined) return
    this.#running.delete(tag)
    this.#left.add(request)
    request.abort(reason)
  }

  #tell(received: CP2pPackage): void {
    const talk = new RunningTalk(received.frameBytes, this)
    const limit = this.#fullFor(talk, this.#talks.size)
    if (limit !== undefined) {
      this.#context.counters.busyTalks++
      this.#owner.records.dropped('ERR_TRUSTP2P_LIMIT_BUSY', BUSY, { event: received.event, limit })
      return
    }
    this.#arriving = talk
    const handled = this.#context.route(new CP2pMessage(received, this.#owner.socket, talk))
    const runs = this.#arriving === talk
    this.#arriving = undefined
    if (!handled) return this.#refuseUnknown(received)
    this.#owner.good++
    if (!runs) return
    this.#talks.add(talk)
    this.#hold(talk)
  }

  talkDropped(event: string, code: string, text: string): void {
    this.#owner.records.dropped(code, text, { event })
  }

  talkEnded(talk: RunningTalk): void {
    if (talk === this.#arriving) this.#arriving = undefined
    else if (this.#talks.delete(talk)) this.#letGo(talk)
  }

  #refuseUnknown(received: CP2pPackage): void {
    this.#context.counters.unknownEvents++
    this.#owner.records.dropped('ERR_TRUSTP2P_THREAD_NO_HANDLER', UNKNOWN, received)
    this.#countUnknown()
  }

  #countUnknown(): void {
    const exceeded = this.#unknownEvents.exceeded(this.#context.kit.clock.now())
    if (exceeded) this.#owner.punish(1003, 'unknown talks', TOO_MANY_UNKNOWN)
  }

  /** Answers that nobody waits for, pings and empty frames: a few are normal, a flood of them is not. */
  #countUseless(): void {
    const exceeded = this.#uselessFrames.exceeded(this.#context.kit.clock.now())
    if (exceeded) this.#owner.punish(1003, 'useless frames', TOO_MANY_USELESS)
  }

  /** Counts an undecodable frame; one of an unknown kind comes from a newer peer, and is no fault. */
  #refuse(thrown: unknown): void {
    const error = decodeError(thrown)
    if (error.code === 'ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE' || error.code === 'ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING') {
      return this.#refuseKind(error)
    }
    const { counters, limits } = this.#context
    counters.badFrames++
    this.#badFrames++
    this.#owner.records.dropped(error.code, error.message)
    this.#owner.onBadFrame(error)
    if (limits.badFrames === 0 || this.#badFrames < limits.badFrames) return
    this.#owner.punish(1002, 'undecodable frames', { ...endCause(error), limit: 'limits.badFrames' })
  }

  #refuseKind(error: P2pError): void {
    this.#context.counters.unknownKinds++
    const { type, event, tag } = error.details ?? {}
    this.#owner.records.dropped(error.code, error.message, typeof event === 'string' ? { event } : {})
    if (typeof event === 'string' && typeof tag === 'string') this.#settleKind(type, event, tag, error)
    this.#countUnknown()
  }

  /**
   * Gives the error to whoever waits. An answer must not be answered: its tag is one of ours, which a request of the
   * peer may have too. A type that is unknown is taken for a question.
   */
  #settleKind(type: unknown, event: string, tag: string, error: P2pError): void {
    switch (type) {
      case PackageType.RESPONSE:
      case PackageType.HEARTBEAT_PONG:
        return this.#rejectPending(type, tag, error)
      case PackageType.TALK:
      case PackageType.SYSTEM:
        return
      default:
        if (tag !== '' && !this.#isRepeated({ event, tag })) {
          const asked = { type: PackageType.REQUEST, event, tag }
          new RunningRequest(this.#owner, asked, 0).fail(error.code, error.message)
        }
    }
  }
}

/** A ping is answered by us, so that a node without the heartbeat thread is not thrown off. */
function answerUnrouted(request: RunningRequest, { code, text, limit }: Unrouted): void {
  if (request.type !== PackageType.HEARTBEAT_PING) {
    request.fail(code, text, limit)
    return
  }
  try {
    request.reply({ sleep: false })
  } catch (error) {
    request.fail(errorCode(error) ?? code, errorText(error))
  }
}

function incompatible(reason: string): EndCause {
  return { code: 'ERR_TRUSTP2P_SOCKET_INCOMPATIBLE', text: `the peer speaks another protocol: ${reason}` }
}

function greetingTooLarge(most: number): EndCause {
  const text = `the peer sent a greeting of more than ${most} bytes`
  return { code: 'ERR_TRUSTP2P_LIMIT_GREETING', text, limit: 'limits.greetingBytes' }
}

function digestIn(body: unknown): string {
  const digest: unknown = typeof body === 'object' && body !== null && 'digest' in body ? body.digest : undefined
  return typeof digest === 'string' ? digest : ''
}

function decodeError(error: unknown): P2pError {
  if (error instanceof P2pError) return error
  return new P2pError('ERR_TRUSTP2P_WIRE_MALFORMED', 'the frame cannot be decoded', { cause: error })
}
