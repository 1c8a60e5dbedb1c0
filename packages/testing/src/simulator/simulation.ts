import type { Random } from 'trustp2p'
import { auditOf } from './audit'
import type { Audit } from './audit'
import { EventLog } from './event-log'
import { Network } from './network'
import { OpenRequests } from './open-requests'
import { RunLoop } from './run-loop'
import { randomFor } from './seeds'
import { SimulatedNode } from './simulated-node'
import type { SimulatedNodeOptions } from './simulated-node'
import { SimulationError } from './simulation-error'
import { assertTime, readSimulationOptions } from './simulation-options'
import type { SimulationOptions } from './simulation-options'
import type { SimulationParts } from './simulation-parts'
import { VirtualTime } from './virtual-time'

/** How a node crashes. */
export interface CrashOptions {
  /**
   * True for a machine that loses its power: its peers notice after `stallMs`. False for a process that is killed: the
   * system tells them [false].
   */
  readonly silent?: boolean
}

/** Longest virtual time that is waited for something, in ms, where nobody says otherwise. */
const PATIENCE_MS = 600_000

/** Makes a network without nodes. Throws ERR_SIMULATION_OPTION_INVALID. */
export function createSimulation(options: SimulationOptions = {}): Simulation {
  return new Simulation(options)
}

/**
 * Nodes in one process on a network of virtual time. Time goes on while somebody waits for one of the promises of this
 * class, from event to event; a run of minutes takes seconds. `createSimulation` makes one.
 */
export class Simulation {
  /** Replays the run: `createSimulation({ seed })`. */
  readonly seed: number
  /** What happened so far. */
  readonly log: EventLog
  /** Chance for the scenario itself, from the same seed. */
  readonly random: Random
  readonly #parts: SimulationParts
  readonly #loop: RunLoop
  readonly #nodes = new Map<string, SimulatedNode>()
  #lastHost = 0
  #closing: Promise<void> | undefined

  /** @internal */
  constructor(options: SimulationOptions) {
    const settings = readSimulationOptions(options)
    const { seed } = settings
    const time = new VirtualTime(settings.instantEvents)
    this.seed = seed
    this.log = new EventLog(settings.logLines)
    this.random = randomFor(seed, 'scenario')
    const network = new Network({ time, settings, log: this.log, random: randomFor(seed, 'network') })
    const note = (text: string): void => this.log.add(`${time.now} ${text}`)
    this.#parts = { settings, time, network, note, requests: new OpenRequests(note) }
    this.#loop = new RunLoop(time, () => `seed ${seed}, ${time.now} ms`)
  }

  /** Virtual time since the simulation began, in ms. */
  get now(): number {
    return this.#parts.time.now
  }

  /** All nodes that were made, in that order. */
  get nodes(): SimulatedNode[] {
    return [...this.#nodes.values()]
  }

  /**
   * Makes a node with the exported `createNode`, and lets time go on until it has started, or has crashed meanwhile.
   * Rejects as that one, with ERR_SIMULATION_NAME_INVALID, and with ERR_SIMULATION_LIMIT_NODES.
   */
  async createNode(options: SimulatedNodeOptions): Promise<SimulatedNode> {
    this.#assertOpen()
    const { name } = options
    this.#assertName(name)
    const node = new SimulatedNode(options, this.#nextHost(), this.#parts)
    this.#nodes.set(name, node)
    try {
      await this.wait(node.start())
    } catch (error) {
      if (node.state === 'stopped') this.#nodes.delete(name)
      throw error
    }
    return node
  }

  /** Lets that much virtual time go by. Rejects with ERR_SIMULATION_LIMIT_INSTANT. */
  async run(ms: number): Promise<void> {
    this.#assertOpen()
    assertTime('the time to run', ms)
    await this.#loop.wait({ until: Math.ceil(this.now + ms) })
  }

  /**
   * Lets time go on until a condition holds; it is looked at in the end of each instant. Rejects with
   * ERR_SIMULATION_TIMEOUT after `limitMs` [600000], and with ERR_SIMULATION_IDLE where nothing is left that could
   * happen; both tell the seed.
   */
  async runUntil(condition: () => boolean, limitMs = PATIENCE_MS): Promise<void> {
    this.#assertOpen()
    assertTime('limitMs', limitMs)
    await this.#until(condition, limitMs)
  }

  /** Lets time go on until a promise has settled, and gives what it gives. Rejects as it, and as `runUntil`. */
  async wait<Value>(promise: Promise<Value>, limitMs = PATIENCE_MS): Promise<Value> {
    this.#assertOpen()
    assertTime('limitMs', limitMs)
    return this.#untilSettled(promise, limitMs)
  }

  /** Calls back after that much virtual time, while time goes on; gives the way to call it off. */
  after(ms: number, callback: () => void): () => void {
    this.#assertOpen()
    assertTime('the time until the callback', ms)
    const event = this.#parts.time.schedule(ms, callback)
    return () => this.#parts.time.cancel(event)
  }

  /**
   * From now on nodes of one group reach only each other; those that are in no group form one more. Frames on their way
   * wait, and a connection over which nothing comes for `stallMs` is lost. It takes the place of an earlier partition.
   * Throws ERR_SIMULATION_OPTION_INVALID for a node that is in two groups.
   */
  partition(...groups: readonly (readonly SimulatedNode[])[]): void {
    this.#assertOpen()
    const sides = new Map<string, number>()
    for (const [side, group] of groups.entries()) for (const node of group) this.#putOnSide(sides, node, side)
    this.#parts.note(`partition ${groups.map((group) => group.map(({ name }) => name).join(',')).join(' ')}`)
    this.#parts.network.partition(sides)
  }

  /** Ends the partition: what was on its way arrives. */
  heal(): void {
    this.#assertOpen()
    this.#parts.note('heal')
    this.#parts.network.partition(undefined)
  }

  /** Loses every connection between two nodes, as a router does that forgets them. Gives how many. */
  cut(one: SimulatedNode, other: SimulatedNode): number {
    this.#assertOpen()
    return this.#parts.network.cut(this.#known(one).machine, this.#known(other).machine)
  }

  /** Stops a node as SIGSTOP does: nothing of it runs, what reaches it waits. Throws ERR_SIMULATION_NODE_STATE. */
  pause(node: SimulatedNode): void {
    this.#known(node).pause()
  }

  /** Lets a paused node go on. Throws ERR_SIMULATION_NODE_STATE. */
  resume(node: SimulatedNode): void {
    this.#known(node).resume()
  }

  /**
   * Ends a node as `kill -9` does: nothing of it runs any more, no hook, no `finally`. What its promises wait for never
   * comes. Throws ERR_SIMULATION_NODE_STATE where it does not run.
   */
  crash(node: SimulatedNode, { silent = false }: CrashOptions = {}): void {
    this.#known(node).crash(silent)
  }

  /** Closes a node in an orderly way, and lets time go on until it is closed. */
  async stop(node: SimulatedNode): Promise<void> {
    await this.wait(this.#known(node).stop())
  }

  /**
   * Starts a node that was stopped or has crashed; one that runs crashes first. Lets time go on until it has started, or
   * has crashed meanwhile. Rejects as `createNode` of trustp2p.
   */
  async restart(node: SimulatedNode): Promise<void> {
    const known = this.#known(node)
    if (known.state !== 'stopped' && known.state !== 'crashed') known.crash(false)
    await this.wait(known.start())
  }

  /** Looks at what all nodes hold now. */
  audit(): Audit {
    return auditOf(this.nodes, this.#parts)
  }

  /**
   * Heals the network, stops all nodes, and looks at what is left. Rejects with ERR_SIMULATION_LEAKED where a node left
   * something behind or a request was never settled. Called again it gives the same promise.
   */
  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  /** Closes the simulation: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { network } = this.#parts
    network.partition(undefined)
    for (const node of this.nodes) if (node.state === 'paused') node.resume()
    for (const node of this.nodes) if (node.state === 'starting') node.crash(false)
    const running = this.nodes.filter(({ state }) => state === 'running')
    await this.#untilSettled(Promise.all(running.map((node) => node.stop())), PATIENCE_MS)
    const { leaks, unsettled } = this.audit()
    this.#loop.end(new SimulationError('ERR_SIMULATION_CLOSED', 'the simulation was closed'))
    const open = unsettled.map(({ from, to, event, askedAt }) => `${from} asked ${to} for ${event} at ${askedAt} ms`)
    if (leaks.length + open.length > 0) throw this.#leakError([...leaks, ...open])
  }

  #putOnSide(sides: Map<string, number>, node: SimulatedNode, side: number): void {
    const { name } = this.#known(node)
    if ((sides.get(name) ?? side) !== side) {
      throw new SimulationError('ERR_SIMULATION_OPTION_INVALID', `${name} is in two groups of one partition`)
    }
    sides.set(name, side)
  }

  async #until(isDone: () => boolean, limitMs: number): Promise<void> {
    if (await this.#loop.wait({ isDone, until: Math.ceil(this.now + limitMs) })) return
    const text = `what was waited for did not happen within ${limitMs} ms (seed ${this.seed}, ${this.now} ms)`
    throw new SimulationError('ERR_SIMULATION_TIMEOUT', text)
  }

  async #untilSettled<Value>(promise: Promise<Value>, limitMs: number): Promise<Value> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    await this.#until(() => isSettled, limitMs)
    return promise
  }

  #leakError(lines: readonly string[]): SimulationError {
    const text = `the simulation left something behind (seed ${this.seed}):\n${lines.map((line) => `- ${line}`).join('\n')}`
    return new SimulationError('ERR_SIMULATION_LEAKED', text)
  }

  #nextHost(): string {
    this.#lastHost += 1
    return `10.${(this.#lastHost >> 16) & 255}.${(this.#lastHost >> 8) & 255}.${this.#lastHost & 255}`
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new SimulationError('ERR_SIMULATION_CLOSED', 'the simulation is closed')
  }

  #assertName(name: string): void {
    const { nodes } = this.#parts.settings
    if (!/^[a-z][a-z0-9-]{0,62}$/.test(name)) {
      const text = `'${name}' is no name: use small letters, digits and hyphens, at most 63, a letter first`
      throw new SimulationError('ERR_SIMULATION_NAME_INVALID', text)
    }
    if (this.#nodes.has(name)) throw new SimulationError('ERR_SIMULATION_NAME_INVALID', `'${name}' is taken`)
    if (this.#nodes.size < nodes) return
    throw new SimulationError('ERR_SIMULATION_LIMIT_NODES', `there are ${nodes} nodes already: raise the option nodes`)
  }

  #known(node: SimulatedNode): SimulatedNode {
    this.#assertOpen()
    if (this.#nodes.get(node.name) === node) return node
    throw new SimulationError('ERR_SIMULATION_NODE_STATE', `${node.name} is no node of this simulation`)
  }
}
