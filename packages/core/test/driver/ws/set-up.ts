import { ManualClock, createMemoryLog, createTestKit } from '@trustp2p/testing'
import type { WsConfig } from '../../../src/config/config'
import { defaultConfig } from '../../../src/config/defaults'
import type { Driver, DriverListener, DriverSocket, ListenOptions, SocketLimits } from '../../../src/driver/contract'
import { createWsDriver } from '../../../src/driver/ws/ws-driver'
import type { P2pError } from '../../../src/errors'
import { Recorder } from '../recorder'

export const LIMITS: SocketLimits = { frameBytes: 10_000, sendQueueBytes: 100_000, handshakeMs: 1_000 }

/** A ws driver on a clock that the test moves, and what it accepted and warned of. */
export class WsBench {
  readonly clock = new ManualClock()
  readonly driver: Driver
  readonly accepted: DriverSocket[] = []
  /** One for each accepted socket. */
  readonly recorders: Recorder[] = []
  readonly warnings: P2pError[] = []
  readonly #waiting: (() => void)[] = []

  constructor(config: Partial<WsConfig> = {}) {
    const kit = createTestKit({ clock: this.clock, log: createMemoryLog() })
    const whole = { ...defaultConfig('node').drivers.ws, keepAliveMs: 0, ...config }
    this.driver = createWsDriver({ kit, config: whole })
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
