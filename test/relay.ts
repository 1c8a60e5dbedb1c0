import {
  createNodeKit,
  createTcpDriver,
  createTlsDriver,
  createWsDriver,
  CP2pPackage,
  createLog,
  DriverRegistry,
  resolveConfig
} from 'trustp2p'
import type { ConfigInput, DriverSocket, DriverSocketReceiver } from 'trustp2p'

/** Who sent a frame: the side that dialled the relay, or the one that it dialled. */
export type Side = 'dialer' | 'listener'

/** One connection through a relay, and what both sides said on it. */
export interface Passage {
  readonly frames: Readonly<Record<Side, Uint8Array[]>>
  /** Sends a frame to that side as if the other had sent it. */
  inject(to: Side, frame: Uint8Array): void
}

/** What a relay makes of the index-th frame of a side: the frames that it hands on instead. */
export type Change = (frame: Uint8Array, from: Side, index: number, passage: Passage) => readonly Uint8Array[]

/** A third party that takes connections and hands frames on, whatever the scheme: TLS ends at it. */
export class Relay {
  readonly passages: Passage[] = []
  readonly #registry = new DriverRegistry()
  readonly #limits
  change: Change = (frame) => [frame]
  address = ''

  constructor(drivers: ConfigInput['drivers'] = {}) {
    const config = resolveConfig({ role: 'node', code: { drivers } })
    const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
    this.#limits = config.limits
    this.#registry.add(createWsDriver({ kit, config: config.drivers.ws }))
    this.#registry.add(createTcpDriver({ kit, config: config.drivers.tcp }))
    this.#registry.add(createTlsDriver({ kit, config: config.drivers.tls }))
  }

  async open(target: string): Promise<void> {
    const { protocol } = new URL(target)
    const listener = await this.#registry.forUrl(target).listen(`${protocol}//127.0.0.1:0`, {
      limits: this.#limits,
      onSocket: (socket) => this.#take(socket, target),
      onWarning: () => undefined
    })
    this.address = listener.address
  }

  close(): Promise<void> {
    return this.#registry.close()
  }

  #take(near: DriverSocket, target: string): void {
    let far: DriverSocket | undefined
    const early: Uint8Array[] = []
    const passage: Passage = {
      frames: { dialer: [], listener: [] },
      inject: (to, frame) => send(to === 'dialer' ? near : far, frame)
    }
    this.passages.push(passage)
    const hand = (from: Side, to: () => DriverSocket | undefined, frame: Uint8Array): void => {
      const index = passage.frames[from].push(frame) - 1
      for (const out of this.change(frame, from, index, passage)) send(to(), out)
    }
    const hear = (from: Side, to: () => DriverSocket | undefined): DriverSocketReceiver => ({
      onFrame: (frame) => (from === 'dialer' && far === undefined ? early.push(frame) : hand(from, to, frame)),
      onDrain: () => undefined,
      onError: () => undefined,
      onClose: (code, reason) => to()?.close(code === 1006 ? 1001 : code, reason)
    })
    near.attach(hear('dialer', () => far))
    void this.#registry
      .forUrl(target)
      .dial(target, { limits: this.#limits })
      .then((socket) => {
        far = socket
        socket.attach(hear('listener', () => near))
        for (const frame of early) hand('dialer', () => far, frame)
      })
  }
}

function send(socket: DriverSocket | undefined, frame: Uint8Array): void {
  try {
    socket?.send(frame)
  } catch {
    // That side has hung up.
  }
}

/** The greeting with other fields. */
export function regreet(frame: Uint8Array, fields: Readonly<Record<string, unknown>>): Uint8Array {
  const { type, event, body } = CP2pPackage.decode(frame)
  return CP2pPackage.encode({ type, event, body: { ...(body as object), ...fields } })
}
