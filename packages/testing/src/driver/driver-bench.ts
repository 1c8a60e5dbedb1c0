import type { Driver, DriverListener, DriverSocket, ListenOptions, SocketLimits } from 'trustp2p'
import type { DriverSubject } from './driver-subject'
import { SocketRecorder } from './socket-recorder'

/** What the suite runs every driver with. */
export const LIMITS: SocketLimits = { frameBytes: 70_000, sendQueueBytes: 400_000, handshakeMs: 5_000 }

/** Above this many bytes `send` gives false: a quarter of sendQueueBytes. */
export const HIGH_WATER_BYTES = 100_000

/** Both ends of a connection, to which nobody is attached. */
export interface Connection {
  readonly near: DriverSocket
  readonly far: DriverSocket
  readonly listener: DriverListener
}

/** Both ends of a connection, and what they told. */
export interface RecordedConnection extends Connection {
  readonly atNear: SocketRecorder
  readonly atFar: SocketRecorder
}

/** Two drivers of one test: one listens, the other dials. */
export class DriverBench {
  readonly subject: DriverSubject
  readonly #made: Driver[] = []
  #server: Driver | undefined
  #client: Driver | undefined

  constructor(subject: DriverSubject) {
    this.subject = subject
  }

  get server(): Driver {
    return (this.#server ??= this.createDriver())
  }

  get client(): Driver {
    return (this.#client ??= this.createDriver())
  }

  /** Makes a further driver, which is closed at the end of the test. */
  createDriver(): Driver {
    const driver = this.subject.createDriver()
    this.#made.push(driver)
    return driver
  }

  reset(): void {
    this.subject.reset?.()
    this.#server = undefined
    this.#client = undefined
  }

  async close(): Promise<void> {
    for (const driver of this.#made.splice(0).reverse()) await driver.close()
  }

  /** Listens with the server; a listener that a test does not expect a warning of. */
  listen(url: string, onSocket: ListenOptions['onSocket'], limits: Partial<SocketLimits> = {}) {
    return this.server.listen(url, listenOptions(onSocket, limits))
  }

  dial(url: string, limits: Partial<SocketLimits> = {}): Promise<DriverSocket> {
    return this.client.dial(url, { limits: { ...LIMITS, ...limits } })
  }

  async connect(limits: Partial<SocketLimits> = {}): Promise<Connection> {
    let onFar: (socket: DriverSocket) => void = unexpected
    const accepted = new Promise<DriverSocket>((resolve) => (onFar = resolve))
    const listener = await this.listen(this.subject.listenUrl, (socket) => onFar(socket), limits)
    const near = await this.dial(listener.address, limits)
    return { near, far: await accepted, listener }
  }

  async connectRecorded(limits: Partial<SocketLimits> = {}): Promise<RecordedConnection> {
    const { url, server } = await this.#listenRecorded(limits)
    const near = await this.dial(url.address, limits)
    const atNear = SocketRecorder.of(near)
    return { near, atNear, listener: url, ...(await server) }
  }

  async #listenRecorded(limits: Partial<SocketLimits>) {
    let onFar: (end: { far: DriverSocket; atFar: SocketRecorder }) => void = unexpected
    const server = new Promise<{ far: DriverSocket; atFar: SocketRecorder }>((resolve) => (onFar = resolve))
    const onSocket = (far: DriverSocket): void => onFar({ far, atFar: SocketRecorder.of(far) })
    return { url: await this.listen(this.subject.listenUrl, onSocket, limits), server }
  }
}

export function listenOptions(onSocket: ListenOptions['onSocket'], limits: Partial<SocketLimits> = {}): ListenOptions {
  return { limits: { ...LIMITS, ...limits }, onWarning: unexpected, onSocket }
}

/** For what is never to be called. */
export function unexpected(value?: unknown): never {
  throw new Error(`unexpected: ${value instanceof Error ? value.message : String(value)}`)
}
