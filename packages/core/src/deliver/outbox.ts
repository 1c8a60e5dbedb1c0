import { P2pError } from '../errors'
import type { DriverSocket } from '../driver/contract'
import type { P2pSocket } from '../driver/socket'
import { Encoding, encodeFrame, encodingOf, PackageType } from '../wire/package'
import type { EncodedBody } from '../wire/package'
import { CANCEL_EVENT, CONTRACTS_EVENT, PLAIN_PEER } from './greeting'
import type { PeerGreeting } from './greeting'
import type { LinkContext } from './link-context'
import type { WireFailure } from './running-request'
import type { FrameLine } from './sealed-line'
import { UngreetedQueue } from './ungreeted-queue'

/** What the outbox of a link tells its link. */
export interface OutboxOwner {
  readonly socket: P2pSocket
  /** A frame that the peer must get could not be sent: the link ends, and `reason` says why. */
  onUnsent(error: P2pError, reason: string): void
  /** A frame that waited for the peer's greeting was dropped; `tag` is its request's, or empty. */
  onUnsupported(error: P2pError, tag: string): void
}

/** What leaves on one link: it knows what the peer reads, and how much may wait for it. */
export class Outbox {
  readonly #context: LinkContext
  readonly #peer: string
  #line: FrameLine
  /** How much longer a frame leaves than it is. */
  #sealBytes = 0
  readonly #owner: OutboxOwner
  readonly #ungreeted: UngreetedQueue
  #greeting: PeerGreeting | undefined

  constructor(context: LinkContext, driverSocket: DriverSocket, owner: OutboxOwner) {
    this.#context = context
    this.#peer = driverSocket.peer
    this.#line = driverSocket
    this.#owner = owner
    this.#ungreeted = new UngreetedQueue(context.kit.clock, context.limits)
  }

  get bufferedAmount(): number {
    return this.#line.bufferedAmount + this.#ungreeted.bytes
  }

  /** What leaves from now on goes another way, by which it becomes longer by so many bytes at most. */
  redirect(line: FrameLine, sealBytes: number): void {
    this.#line = line
    this.#sealBytes = sealBytes
  }

  /** What is known of the peer; undefined before it said anything. */
  get greeting(): PeerGreeting | undefined {
    return this.#greeting
  }

  /**
   * Sends a package that its sender answers for; `encoding` is that of its body. Gives false when the queue is
   * above the high-water mark. Throws ERR_TRUSTP2P_SOCKET_CLOSED, _LIMIT_SEND_QUEUE, _WIRE_TOO_LARGE or
   * _BODY_UNSUPPORTED.
   */
  send(frame: Uint8Array, encoding: Encoding, tag: string): boolean {
    this.#assertFits(frame)
    if (this.#ungreeted.active || (encoding !== Encoding.JSON && this.#greeting === undefined)) {
      const { bufferedAmount } = this.#line
      return this.#ungreeted.add({ frame, encoding, tag }, bufferedAmount, () => this.learn(PLAIN_PEER))
    }
    if (encoding !== Encoding.JSON) this.#assertReads(encoding)
    this.#count(frame)
    return this.#line.send(frame)
  }

  /** Sends an answer. Throws ERR_TRUSTP2P_WIRE_TOO_LARGE or _BODY_UNSUPPORTED. */
  answer(type: PackageType, event: string, body: EncodedBody, tag: string): void {
    if (typeof body !== 'string') this.#assertReads(encodingOf(body))
    const frame = encodeFrame(type, event, body, tag)
    this.#assertFits(frame)
    this.transmit(frame)
  }

  /**
   * Sends a failed answer: its code alone where event and text do not fit. A peer whose tag leaves no room for that
   * either would wait for ever, and is let go.
   */
  fail(failure: WireFailure): void {
    const whole = failureFrame(failure)
    const frame = this.#excess(whole) === undefined ? whole : failureFrame({ ...failure, event: '', text: '' })
    const excess = this.#excess(frame)
    if (excess === undefined) this.transmit(frame)
    else this.#owner.onUnsent(excess, 'answer too long')
  }

  /** Tells the peer that nobody waits for the answer of that tag any more; peers of 2018 do not know this. */
  cancel(tag: string): void {
    if (this.#greeting?.current !== true) return
    this.transmit(encodeFrame(PackageType.SYSTEM, CANCEL_EVENT, 'null', tag))
  }

  /** Tells the peer which contracts we have now; only a peer that reads typed bodies knows what that is. */
  announce(digests: Record<string, string>): void {
    if (this.#greeting?.encodings.has(Encoding.TYPED) !== true) return
    this.transmit(encodeFrame(PackageType.SYSTEM, CONTRACTS_EVENT, JSON.stringify(digests), ''))
  }

  /** A frame has left by another way. */
  sent(frame: Uint8Array): void {
    this.#count(frame)
  }

  /** Sends what the peer must get: a peer that does not read it is let go. */
  transmit(frame: Uint8Array): void {
    this.#count(frame)
    try {
      this.#line.send(frame)
    } catch (error) {
      if (!(error instanceof P2pError)) throw error
      this.#owner.onUnsent(error, 'send queue full')
    }
  }

  /** The peer said what it reads, or spoke without saying so, which counts as JSON alone: the first word counts. */
  learn(greeting: PeerGreeting): void {
    if (this.#greeting !== undefined) return
    this.#greeting = greeting
    for (const { frame, encoding, tag } of this.#ungreeted.takeAll()) {
      if (greeting.encodings.has(encoding)) this.transmit(frame)
      else this.#drop(encoding, tag)
    }
  }

  /** Forgets what waits for the greeting. */
  clear(): void {
    this.#ungreeted.clear()
  }

  #count(frame: Uint8Array): void {
    const { counters, tap } = this.#context
    counters.framesOut++
    if (tap !== undefined) tap.onSent(frame, this.#owner.socket)
  }

  #drop(encoding: Encoding, tag: string): void {
    this.#context.counters.unsupportedFrames++
    this.#owner.onUnsupported(this.#unsupported(encoding), tag)
  }

  #assertFits(frame: Uint8Array): void {
    const excess = this.#excess(frame)
    if (excess !== undefined) throw excess
  }

  /** The error where a frame is too long. */
  #excess(frame: Uint8Array): P2pError | undefined {
    const { frameBytes } = this.#context.limits
    if (frame.length + this.#sealBytes <= frameBytes) return undefined
    const sealed = this.#sealBytes === 0 ? '' : `, less ${this.#sealBytes} for its seal`
    const text = `a frame of ${frame.length} bytes is longer than limits.frameBytes (${frameBytes}${sealed}): send less`
    return new P2pError('ERR_TRUSTP2P_WIRE_TOO_LARGE', text)
  }

  #assertReads(encoding: Encoding): void {
    if (this.#greeting?.encodings.has(encoding) !== true) throw this.#unsupported(encoding)
  }

  #unsupported(encoding: Encoding): P2pError {
    const bodies = encoding === Encoding.TYPED ? 'typed bodies' : 'bodies of bytes'
    const text = `the peer ${this.#peer} has not said that it reads ${bodies}: send it a JSON body`
    return new P2pError('ERR_TRUSTP2P_BODY_UNSUPPORTED', text)
  }
}

function failureFrame({ event, tag, code, text }: WireFailure): Uint8Array {
  return encodeFrame(PackageType.RESPONSE, event, JSON.stringify({ error: text, code }), tag, code)
}
