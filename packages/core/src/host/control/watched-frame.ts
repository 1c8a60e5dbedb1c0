import type { P2pSocket } from '../../driver/socket'
import { isCodedError } from '../../errors'
import { CP2pPackage, Encoding, PackageType } from '../../wire/package'
import type { ErrorFacts } from './control-events'

/** Most bytes of a body that a watcher is shown. */
export const SHOWN_BODY_BYTES = 2048
/** Most characters of an event, a tag or a code that a watcher is shown. */
export const SHOWN_NAME = 256

/** Whether a frame came or left. */
export type FrameWay = 'in' | 'out'

/** A frame as a watcher is shown it. Texts are the peer's: they may hold anything. */
export interface WatchedFrame {
  /** When it came or left, in ms since 1970. */
  readonly at: number
  readonly way: FrameWay
  /** Id of the socket. */
  readonly socket: string
  readonly peer: string
  /** Length of the frame. */
  readonly bytes: number
  /** Name of the package type; absent, with all below it, where the frame is no package. */
  readonly type?: string
  readonly event?: string
  readonly tag?: string
  /** The code of a failed answer. */
  readonly error?: string
  /** The JSON text of the body. */
  readonly json?: string
  /** A body of bytes, or a typed one. */
  readonly base64?: string
  /** True where the body goes on beyond the 2048 bytes that are shown. */
  readonly cut?: true
  /** Why the frame is no package. */
  readonly problem?: ErrorFacts
}

const TYPE_NAMES = new Map<number, string>(Object.entries(PackageType).map(([name, type]) => [type, name]))

/** A frame that is looked at: decoded once, however many watchers there are, and only where one of them needs it. */
export class FrameView {
  readonly way: FrameWay
  readonly socket: P2pSocket
  readonly #frame: Uint8Array
  #package: CP2pPackage | undefined
  #problem: ErrorFacts | undefined

  constructor(frame: Uint8Array, way: FrameWay, socket: P2pSocket) {
    this.#frame = frame
    this.way = way
    this.socket = socket
  }

  /** Undefined where the frame is none. */
  get package(): CP2pPackage | undefined {
    if (this.#package === undefined && this.#problem === undefined) this.#decode()
    return this.#package
  }

  /** What a watcher is shown; nothing of it refers to the frame. */
  describe(at: number): WatchedFrame {
    const { way, socket, package: found } = this
    const facts = { at, way, socket: socket.id, peer: socket.peer, bytes: this.#frame.length }
    if (found === undefined) return { ...facts, ...(this.#problem && { problem: this.#problem }) }
    const { type, event, tag, error, bytes, encoding } = found
    const shown = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, SHOWN_BODY_BYTES))
    return {
      ...facts,
      type: TYPE_NAMES.get(type) ?? String(type),
      event: event.slice(0, SHOWN_NAME),
      tag: tag.slice(0, SHOWN_NAME),
      ...(error !== undefined && { error: error.slice(0, SHOWN_NAME) }),
      ...(encoding === Encoding.JSON ? { json: shown.toString('utf8') } : { base64: shown.toString('base64') }),
      ...(bytes.length > SHOWN_BODY_BYTES && { cut: true })
    }
  }

  #decode(): void {
    try {
      this.#package = CP2pPackage.decode(this.#frame, { frameBytes: Infinity })
    } catch (error) {
      this.#problem = isCodedError(error)
        ? { code: error.code, message: error.message }
        : { code: 'ERR_TRUSTP2P_WIRE_MALFORMED', message: 'the frame cannot be decoded' }
    }
  }
}
