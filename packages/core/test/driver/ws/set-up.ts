import { ManualClock, createMemoryLog, createTestKit } from '@trustp2p/testing'
import type { TlsConfig, WsConfig } from '../../../src/config/config'
import { defaultConfig } from '../../../src/config/defaults'
import type { DriverListener, DriverSocket, ListenOptions, SocketLimits } from '../../../src/driver/contract'
import type { SharedServer } from '../../../src/driver/ws/shared-upgrades'
import { createWsDriver } from '../../../src/driver/ws/ws-driver'
import type { WsDriver, WsDriverOptions } from '../../../src/driver/ws/ws-driver'
import type { P2pError } from '../../../src/errors'
import { Recorder } from '../recorder'

export const LIMITS: SocketLimits = { frameBytes: 10_000, sendQueueBytes: 100_000, handshakeMs: 1_000 }

interface BenchConfig extends Partial<Omit<WsConfig, 'tls'>> {
  readonly tls?: Partial<TlsConfig>
}

/** A ws driver on a clock that the test moves, and what it accepted and warned of. */
export class WsBench {
  /** Its wall clock shows the time, which certificates are compared with. */
  readonly clock = new ManualClock(Date.now())
  readonly driver: WsDriver
  readonly accepted: DriverSocket[] = []
  /** One for each accepted socket. */
  readonly recorders: Recorder[] = []
  readonly warnings: P2pError[] = []
  readonly log = createMemoryLog()
  readonly #waiting: (() => void)[] = []

  constructor({ tls, ...config }: BenchConfig = {}, options: Pick<WsDriverOptions, 'cwd' | 'trustProxy'> = {}) {
    const kit = createTestKit({ clock: this.clock, log: this.log })
    const defaults = defaultConfig('node').drivers.ws
    const whole = { ...defaults, keepAliveMs: 0, ...config, tls: { ...defaults.tls, ...tls } }
    this.driver = createWsDriver({ kit, config: whole, ...options })
  }

  listen(url = 'ws://127.0.0.1:0', limits: Partial<SocketLimits> = {}): Promise<DriverListener> {
    return this.driver.listen(url, this.#options(limits))
  }

  async dial(url: string, limits: Partial<SocketLimits> = {}, signal?: AbortSignal): Promise<DriverSocket> {
    return this.driver.dial(url, { limits: { ...LIMITS, ...limits }, ...(signal && { signal }) })
  }

  /** Gives the accepted socket of that number, and its recorder, once it is there. */
  async acceptedSocket(number = 0): Promise<{ readonly socket: DriverSocket; readonly recorder: Recorder }> {
    for (;;) {
      const socket = this.accepted[number]
      const recorder = this.recorders[number]
      if (socket !== undefined && recorder !== undefined) return { socket, recorder }
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Accepts on a server of the test; gives what it began to listen on. */
  share(server: SharedServer, limits: Partial<SocketLimits> = {}): { listener: DriverListener; began: string[] } {
    const began: string[] = []
    const options = { ...this.#options(limits), onListening: (address: string) => void began.push(address) }
    return { listener: this.driver.share(server, options), began }
  }

  #options(limits: Partial<SocketLimits>): ListenOptions {
    return {
      limits: { ...LIMITS, ...limits },
      onWarning: (error) => this.warnings.push(error),
      onSocket: (socket) => {
        this.accepted.push(socket)
        this.recorders.push(Recorder.of(socket))
        for (const resolve of this.#waiting.splice(0)) resolve()
      }
    }
  }
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
