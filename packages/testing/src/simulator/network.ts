import type { Random } from 'trustp2p'
import { Connection } from './connection'
import type { Binding, ConnectionSite, Knock } from './connection'
import type { EventLog } from './event-log'
import type { Machine } from './machine'
import { hashOf } from './seeds'
import type { SimulationSettings } from './simulation-options'
import type { CloseFrame } from './simulated-socket'
import type { VirtualTime } from './virtual-time'

/** What a network is made of. */
export interface NetworkOptions {
  readonly time: VirtualTime
  readonly random: Random
  readonly log: EventLog
  readonly settings: SimulationSettings
}

const HOUR_MS = 3_600_000
const MS_PER_SECOND = 1_000

/** The way between the machines: who listens where, how long things take, what is lost, who cannot reach whom. */
export class Network implements ConnectionSite {
  readonly time: VirtualTime
  readonly bytesPerMs: number
  readonly #options: NetworkOptions
  readonly #bindings = new Map<string, Binding>()
  readonly #connections = new Set<Connection>()
  /** The side of each machine that was named, by its name; undefined while there is no partition. */
  #sides: ReadonlyMap<string, number> | undefined
  #lastId = 0

  constructor(options: NetworkOptions) {
    this.#options = options
    this.time = options.time
    this.bytesPerMs = options.settings.bytesPerSecond / MS_PER_SECOND
  }

  /** Takes a name, and gives true; gives false where it is taken. */
  bind(binding: Binding): boolean {
    if (this.#bindings.has(binding.name)) return false
    this.#bindings.set(binding.name, binding)
    return true
  }

  unbind(binding: Binding): void {
    if (this.isBound(binding)) this.#bindings.delete(binding.name)
  }

  isBound(binding: Binding): boolean {
    return this.#bindings.get(binding.name) === binding
  }

  /** Dials; gives the way to give up. */
  dial(name: string, knock: Knock): () => void {
    const latencyMs = this.#latencyMs()
    const binding = this.#bindings.get(name)
    if (binding === undefined) return this.#refuse(name, knock, latencyMs)
    const connection = new Connection({ id: (this.#lastId += 1), latencyMs, knock, binding }, this)
    this.#connections.add(connection)
    if (this.isSeparated(connection.near, connection.far)) this.#stallLater(connection)
    connection.open()
    return () => connection.giveUp()
  }

  /** From now on only machines of one side reach each other; those that are on none are one more. */
  partition(sides: ReadonlyMap<string, number> | undefined): void {
    this.#sides = sides
    for (const connection of [...this.#connections]) {
      if (!this.isSeparated(connection.near, connection.far)) this.#join(connection)
      else if (connection.stall === undefined) this.#stallLater(connection)
    }
  }

  /** Loses every connection between two machines; gives how many. */
  cut(one: Machine, other: Machine): number {
    const found = this.#connectionsOf(one).filter(({ near, far }) => near === other || far === other)
    for (const connection of found) this.#cut(connection)
    return found.length
  }

  /** A machine is gone: the others are told, unless it is `isSilent`, or find out. */
  lose(machine: Machine, isSilent: boolean): void {
    for (const binding of this.#bindingsOf(machine)) this.unbind(binding)
    for (const connection of this.#connectionsOf(machine)) {
      if (isSilent && connection.stall === undefined) this.#stallLater(connection)
      connection.lose(machine, isSilent)
    }
  }

  /** A machine drops all of its connections. */
  terminate(machine: Machine): void {
    for (const connection of this.#connectionsOf(machine)) connection.terminate(machine)
  }

  /** What a machine holds: addresses that it listens on, and ends of connections. */
  holdingsOf(machine: Machine): { readonly addresses: number; readonly sockets: number } {
    const sockets = this.#connectionsOf(machine).filter((connection) => connection.holds(machine)).length
    return { addresses: this.#bindingsOf(machine).length, sockets }
  }

  travelMs(latencyMs: number): number {
    const { jitterMs } = this.#options.settings
    return jitterMs === 0 ? latencyMs : latencyMs + this.#options.random.next() * jitterMs
  }

  isSeparated(one: Machine, other: Machine): boolean {
    const sides = this.#sides
    return sides !== undefined && one !== other && sides.get(one.name) !== sides.get(other.name)
  }

  onAccepted(connection: Connection): void {
    const { lossPerHour } = this.#options.settings
    this.#log(connection, 'connect', '')
    if (lossPerHour === 0) return
    const untilMs = (-Math.log(1 - this.#options.random.next()) / lossPerHour) * HOUR_MS
    connection.loss = this.time.schedule(untilMs, () => this.#cut(connection))
  }

  onFrame({ id, near, far }: Connection, to: Machine, bytes: Uint8Array): void {
    if (!this.#options.settings.logFrames) return
    const { log } = this.#options
    const from = to === near ? far : near
    log.add(`${this.time.now} frame ${from.name} ${to.name} #${id} ${bytes.length} ${hashOf(bytes).toString(16)}`)
  }

  onClosed(connection: Connection, machine: Machine, { code, reason }: CloseFrame): void {
    this.#log(connection, 'close', ` at ${machine.name} ${code}${reason === '' ? '' : ` ${JSON.stringify(reason)}`}`)
  }

  onGone(connection: Connection): void {
    this.#connections.delete(connection)
    for (const event of [connection.loss, connection.stall]) if (event !== undefined) this.time.cancel(event)
  }

  #bindingsOf(machine: Machine): Binding[] {
    return [...this.#bindings.values()].filter((binding) => binding.machine === machine)
  }

  #connectionsOf(machine: Machine): Connection[] {
    return [...this.#connections].filter(({ near, far }) => near === machine || far === machine)
  }

  #latencyMs(): number {
    const { least, most } = this.#options.settings.latencyMs
    return least === most ? least : least + this.#options.random.next() * (most - least)
  }

  /** Nobody listens: known after a way there and back. */
  #refuse(name: string, { machine, onRefused }: Knock, latencyMs: number): () => void {
    const event = this.time.schedule(2 * latencyMs, () => {
      this.#options.log.add(`${this.time.now} refuse ${machine.name} ${name}`)
      machine.perform(() => onRefused('nobody listens there'))
    })
    return () => this.time.cancel(event)
  }

  /** Frames come through, where there is somebody to send them. */
  #join(connection: Connection): void {
    connection.release()
    if (connection.stall === undefined || connection.isOrphan) return
    this.time.cancel(connection.stall)
    connection.stall = undefined
  }

  #stallLater(connection: Connection): void {
    const { stallMs } = this.#options.settings
    connection.stall = this.time.schedule(stallMs, () => this.#cut(connection))
  }

  #cut(connection: Connection): void {
    this.#log(connection, 'lose', '')
    connection.cut()
  }

  #log({ id, near, far }: Connection, what: string, details: string): void {
    this.#options.log.add(`${this.time.now} ${what} ${near.name} ${far.name} #${id}${details}`)
  }
}
