import { connect, createServer } from 'node:net'
import type { AddressInfo, NetConnectOpts, Server, Socket } from 'node:net'
import { ManualClock, createMemoryLog, createTestKit } from '@trustp2p/testing'
import type { Driver, DriverListener, DriverSocket, SocketLimits } from '../../../src/driver/contract'
import type { P2pError } from '../../../src/errors'
import type { Kit } from '../../../src/kit'
import { Recorder } from '../recorder'

export const LIMITS: SocketLimits = { frameBytes: 10_000, sendQueueBytes: 100_000, handshakeMs: 1_000 }
export const PREFACE = 'trustp2p/1\n'

/** A driver of byte streams on a clock that the test moves, and what it accepted and warned of. */
export class StreamBench {
  readonly clock = new ManualClock(Date.now())
  readonly log = createMemoryLog()
  readonly driver: Driver
  readonly accepted: { readonly socket: DriverSocket; readonly recorder: Recorder }[] = []
  readonly warnings: P2pError[] = []
  readonly #waiting: (() => void)[] = []

  constructor(createDriver: (kit: Kit) => Driver) {
    this.driver = createDriver(createTestKit({ clock: this.clock, log: this.log }))
  }

  listen(url: string, limits: Partial<SocketLimits> = {}): Promise<DriverListener> {
    return this.driver.listen(url, {
      limits: { ...LIMITS, ...limits },
      onWarning: (error) => {
        this.warnings.push(error)
        this.#wake()
      },
      onSocket: (socket) => {
        this.accepted.push({ socket, recorder: Recorder.of(socket) })
        this.#wake()
      }
    })
  }

  dial(url: string, limits: Partial<SocketLimits> = {}, signal?: AbortSignal): Promise<DriverSocket> {
    return this.driver.dial(url, { limits: { ...LIMITS, ...limits }, ...(signal && { signal }) })
  }

  /** Resolves as soon as the condition holds; it is looked at after each socket and each warning. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  async firstAccepted(): Promise<{ readonly socket: DriverSocket; readonly recorder: Recorder }> {
    await this.until(() => this.accepted.length > 0)
    const [first] = this.accepted
    if (first === undefined) throw new Error('none was accepted')
    return first
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A connection without a driver: what it was sent, and its end. */
export class RawPeer {
  readonly raw: Socket
  #received = Buffer.alloc(0)
  #ended = false
  readonly #waiting: (() => void)[] = []

  constructor(raw: Socket) {
    this.raw = raw
    raw.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    raw.on('error', () => raw.destroy())
    raw.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  static async dial(options: NetConnectOpts): Promise<RawPeer> {
    const raw = connect(options)
    await new Promise<void>((resolve, reject) => raw.once('connect', resolve).once('error', reject))
    return new RawPeer(raw)
  }

  /** Dials a listener of `tcp://`. */
  static dialTcp({ address }: DriverListener): Promise<RawPeer> {
    const { hostname, port } = new URL(address)
    return RawPeer.dial({ host: hostname, port: Number(port) })
  }

  get received(): Buffer {
    return this.#received
  }

  write(...parts: readonly (string | Uint8Array | readonly number[])[]): this {
    this.raw.write(
      Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Uint8Array.from(part))))
    )
    return this
  }

  async bytes(count: number): Promise<Buffer> {
    while (this.#received.length < count && !this.#ended) await this.#change()
    return this.#received
  }

  async ended(): Promise<void> {
    while (!this.#ended) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}

/** A server that does with each connection what the test says; gives its port. */
export async function serveRaw(onConnection: (raw: Socket) => void): Promise<{ server: Server; port: number }> {
  const server = createServer((raw) => {
    raw.on('error', () => raw.destroy())
    onConnection(raw)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}
