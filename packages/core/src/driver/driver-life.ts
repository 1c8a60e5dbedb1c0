import type { P2pError } from '../errors'
import type { DialOptions, DriverListener, DriverSocket } from './contract'
import { DRIVER_CLOSED, dialAborted, listenFailed } from './driver-errors'

/** An address that was bound, as its driver has it. */
export interface BoundListener extends DriverListener {
  /** Settles once the listener and every connection that it accepted are gone [nobody waits for that]. */
  readonly gone?: Promise<void>
}

/** One attempt to connect. */
export interface Dial {
  /** Gives up. */
  abort(cause: unknown): void
}

/** Who is told how a dial went. */
export interface DialEvents<Socket> {
  /** Called once. */
  readonly onOpen: (socket: Socket) => void
  /** Called once, instead of `onOpen`; nothing is left open then. */
  readonly onFailed: (error: P2pError) => void
  /** A socket that was opened is gone. */
  readonly onGone: (socket: Socket) => void
}

/** Who is told of each socket that opens, and that it is gone. */
export interface SocketWatch<Socket> {
  add(socket: Socket): void
  delete(socket: Socket): void
}

/** What of a driver is open or opens, and whether it may open more. */
export class DriverLife<Socket extends Pick<DriverSocket, 'terminate'>> {
  readonly #watch: SocketWatch<Socket> | undefined
  /** Calls of `listen` and `dial` that are not settled. */
  readonly #underWay = new Set<Promise<unknown>>()
  /** What listeners leave behind. */
  readonly #endings = new Set<Promise<unknown>>()
  readonly #listeners = new Set<DriverListener>()
  readonly #dials = new Set<Dial>()
  readonly #sockets = new Set<Socket>()
  #closing: Promise<void> | undefined
  #onLastGone: (() => void) | undefined

  constructor(watch?: SocketWatch<Socket>) {
    this.#watch = watch
  }

  /** Throws ERR_TRUSTP2P_DRIVER_LISTEN_FAILED once the driver is closed. */
  assertMayListen(url: string): void {
    if (this.#closing !== undefined) throw listenFailed(url, DRIVER_CLOSED)
  }

  /** Throws ERR_TRUSTP2P_DRIVER_DIAL_ABORTED where nobody wants the dial any more, and once the driver is closed. */
  assertMayDial(url: string, { signal }: Pick<DialOptions, 'signal'>): void {
    if (signal?.aborted === true) throw dialAborted(url, signal.reason)
    if (this.#closing !== undefined) throw dialAborted(url, DRIVER_CLOSED)
  }

  /** Lets `close` wait for a call of `listen` or `dial`. */
  track<Value>(call: Promise<Value>): Promise<Value> {
    holdUntilSettled(this.#underWay, call)
    return call
  }

  /** Takes a listener. It is closed once, whoever does it: its address may be another one's by then. */
  addListener(bound: BoundListener): DriverListener {
    let closing: Promise<void> | undefined
    const listener = {
      get address(): string {
        return bound.address
      },
      close: (): Promise<void> => {
        this.#listeners.delete(listener)
        return (closing ??= bound.close())
      }
    }
    this.#listeners.add(listener)
    if (bound.gone !== undefined) holdUntilSettled(this.#endings, bound.gone)
    return listener
  }

  /** Takes a listener that was being bound: as `assertMayListen`, and it is closed, where it comes too late. */
  async addListenerMaybe(url: string, bound: BoundListener): Promise<DriverListener> {
    const listener = this.addListener(bound)
    if (this.#closing !== undefined) await listener.close()
    this.assertMayListen(url)
    return listener
  }

  /** Begins a dial, and takes its socket. Rejects where it fails, and where it is given up. */
  dial({ signal }: Pick<DialOptions, 'signal'>, begin: (events: DialEvents<Socket>) => Dial): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const onOpen = (socket: Socket): void => {
        this.#dials.delete(dial)
        this.addSocket(socket)
        resolve(socket)
      }
      const onFailed = (error: P2pError): void => {
        this.#dials.delete(dial)
        reject(error)
      }
      const dial = begin({ onOpen, onFailed, onGone: this.deleteSocket })
      this.#dials.add(dial)
      if (signal?.aborted === true) dial.abort(signal.reason)
      else if (this.#closing !== undefined) dial.abort(DRIVER_CLOSED)
    })
  }

  readonly addSocket = (socket: Socket): void => {
    this.#sockets.add(socket)
    this.#watch?.add(socket)
  }

  /** The socket is gone. */
  readonly deleteSocket = (socket: Socket): void => {
    this.#sockets.delete(socket)
    this.#watch?.delete(socket)
    if (this.#sockets.size === 0) this.#onLastGone?.()
  }

  /** Closes the listeners, and terminates what is open or opens. Settles when all of it is gone. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    for (const dial of this.#dials) dial.abort(DRIVER_CLOSED)
    await Promise.allSettled(this.#underWay)
    await Promise.all([...this.#listeners].map((listener) => listener.close()))
    for (const socket of this.#sockets) socket.terminate()
    await Promise.all(this.#endings)
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => (this.#onLastGone = resolve))
  }
}

function holdUntilSettled(promises: Set<Promise<unknown>>, promise: Promise<unknown>): void {
  const forget = (): void => void promises.delete(promise)
  promises.add(promise)
  promise.then(forget, forget)
}
