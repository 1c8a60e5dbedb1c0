import type { DriverSocket, SocketLimits } from 'trustp2p'
import type { QueuedEvent } from './event-queue'
import { Lane } from './lane'
import type { Machine } from './machine'
import { ABNORMAL, SimulatedSocket } from './simulated-socket'
import type { CloseFrame } from './simulated-socket'
import type { VirtualTime } from './virtual-time'

/** Who listens under a name. */
export interface Binding {
  readonly name: string
  readonly address: string
  readonly machine: Machine
  readonly limits: SocketLimits
  readonly onSocket: (socket: DriverSocket) => void
}

/** Who dials, and is told how that ends: of exactly one outcome, unless it gives up. */
export interface Knock {
  readonly machine: Machine
  readonly url: string
  readonly limits: SocketLimits
  readonly onOpen: (socket: DriverSocket) => void
  readonly onRefused: (why: string) => void
}

/** What a connection is made of. */
export interface ConnectionParts {
  /** Unique in its network. */
  readonly id: number
  readonly latencyMs: number
  readonly knock: Knock
  readonly binding: Binding
}

/** What a connection needs of its network. */
export interface ConnectionSite {
  readonly time: VirtualTime
  readonly bytesPerMs: number
  /** The time of one shipment, in ms, on a way that takes `latencyMs`. */
  travelMs(latencyMs: number): number
  isSeparated(one: Machine, other: Machine): boolean
  isBound(binding: Binding): boolean
  onAccepted(connection: Connection): void
  /** A frame arrived at one of its machines. */
  onFrame(connection: Connection, to: Machine, bytes: Uint8Array): void
  onClosed(connection: Connection, machine: Machine, frame: CloseFrame): void
  /** Both ends are gone. */
  onGone(connection: Connection): void
}

/** Two machines and the two lanes between them, from the knock to the end. */
export class Connection {
  readonly id: number
  readonly near: Machine
  readonly far: Machine
  /** When it is to be lost; set by the network. */
  loss: QueuedEvent | undefined
  /** When both ends take the other for dead; set by the network. */
  stall: QueuedEvent | undefined
  readonly #site: ConnectionSite
  readonly #knock: Knock
  readonly #binding: Binding
  readonly #latencyMs: number
  readonly #forward: Lane
  readonly #backward: Lane
  #nearEnd: SimulatedSocket | undefined
  #farEnd: SimulatedSocket | undefined
  /** Who dialled was told, or has given up. */
  #answered = false

  constructor({ id, latencyMs, knock, binding }: ConnectionParts, site: ConnectionSite) {
    this.id = id
    this.near = knock.machine
    this.far = binding.machine
    this.#site = site
    this.#knock = knock
    this.#binding = binding
    this.#latencyMs = latencyMs
    this.#forward = this.#createLane(this.near, this.far)
    this.#backward = this.#createLane(this.far, this.near)
  }

  /** True once nobody is at one of its ends. */
  get isOrphan(): boolean {
    return this.near.state === 'down' || this.far.state === 'down'
  }

  /** True while the end of that machine is there. */
  holds(machine: Machine): boolean {
    return (machine === this.near ? this.#nearEnd : this.#farEnd)?.isGone === false
  }

  /** Knocks at the other end. */
  open(): void {
    this.#forward.push({ bytes: 0, arrive: () => this.#arrive() })
  }

  /** Who dials waits no more. */
  giveUp(): void {
    if (this.#answered) return
    this.#answered = true
    this.#forward.pushLast(() => this.#farEnd?.end(ABNORMAL))
    this.#goneMaybe()
  }

  /** The network loses it: both ends are told at once. */
  cut(): void {
    this.near.perform(() => this.#endNear('the connection was lost'))
    this.far.perform(() => this.#farEnd?.end(ABNORMAL))
  }

  /** One of its machines is gone; `isSilent` where nothing tells the other one of that. */
  lose(machine: Machine, isSilent: boolean): void {
    if (machine === this.near) {
      this.#answered = true
      this.#nearEnd?.vanish()
      if (!isSilent) this.#forward.pushLast(() => this.#farEnd?.end(ABNORMAL))
    } else {
      this.#farEnd?.vanish()
      if (!isSilent) this.#backward.pushLast(() => this.#endNear('the connection was reset'))
    }
    this.#goneMaybe()
  }

  /** One of its machines drops its end. */
  terminate(machine: Machine): void {
    const end = machine === this.near ? this.#nearEnd : this.#farEnd
    end?.terminate()
  }

  /** What was stopped on its way goes on. */
  release(): void {
    this.#forward.release(this.#site.travelMs(this.#latencyMs))
    this.#backward.release(this.#site.travelMs(this.#latencyMs))
  }

  #createLane(from: Machine, to: Machine): Lane {
    const { time, bytesPerMs } = this.#site
    const isNear = to === this.near
    return new Lane({
      time,
      from,
      to,
      bytesPerMs,
      travelMs: () => this.#site.travelMs(this.#latencyMs),
      isClear: () => !this.#site.isSeparated(from, to) && (isNear ? this.#nearEnd : this.#farEnd)?.reads !== false,
      onTaken: () => (isNear ? this.#farEnd : this.#nearEnd)?.drain()
    })
  }

  /** The knock is heard. */
  #arrive(): void {
    if (this.#answered) return
    if (!this.#site.isBound(this.#binding)) {
      this.#backward.pushLast(() => this.#endNear('nobody listens there'))
      return
    }
    const { url, limits } = { url: this.#binding.address, limits: this.#binding.limits }
    const socket = this.#createEnd({ machine: this.far, url, limits, peer: this.near.nextPeer(), host: this.near.host })
    this.#farEnd = socket
    this.#backward.push({ bytes: 0, arrive: () => this.#accepted() })
    this.#site.onAccepted(this)
    this.#binding.onSocket(socket)
  }

  #accepted(): void {
    if (this.#answered) return
    this.#answered = true
    const { url, limits, machine, onOpen } = this.#knock
    this.#nearEnd = this.#createEnd({ machine, url, limits, peer: url, host: this.far.host })
    onOpen(this.#nearEnd)
  }

  /** Ends the end of who dialled, or says why there is none. */
  #endNear(why: string): void {
    this.#nearEnd?.end(ABNORMAL)
    if (this.#answered) return
    this.#answered = true
    this.#knock.onRefused(why)
    this.#goneMaybe()
  }

  #createEnd(named: {
    machine: Machine
    url: string
    limits: SocketLimits
    peer: string
    host: string
  }): SimulatedSocket {
    const { machine } = named
    const isNear = machine === this.near
    return new SimulatedSocket({
      lane: isNear ? this.#forward : this.#backward,
      partner: () => (isNear ? this.#farEnd : this.#nearEnd),
      onFrame: (bytes) => this.#site.onFrame(this, machine, bytes),
      onReads: () => (isNear ? this.#backward : this.#forward).release(0),
      onGone: (frame) => {
        if (machine.state !== 'down') this.#site.onClosed(this, machine, frame)
        this.#goneMaybe()
      },
      // Last: an object that spreads first gets a hidden class of its own, and each frame looks into this one.
      ...named
    })
  }

  #goneMaybe(): void {
    if (this.#answered && this.#nearEnd?.isGone !== false && this.#farEnd?.isGone !== false) this.#site.onGone(this)
  }
}
