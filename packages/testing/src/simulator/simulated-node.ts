import { createIdentity, createNode, createPlainContext, createThreadList, DriverRegistry } from 'trustp2p'
import type { ConfigInput, Identity, Kit, P2pNode, P2pSocket, RequestOptions, Service } from 'trustp2p'
import { createSeededCrypto } from '../test-kit'
import { Machine } from './machine'
import { createNodeLog } from './node-log'
import type { OpenRequest } from './open-requests'
import { randomFor } from './seeds'
import { createSimulatedDriver, SCHEME } from './simulated-driver'
import { SimulationError } from './simulation-error'
import type { SimulationParts } from './simulation-parts'

/** What a node of a simulation is made of. */
export interface SimulatedNodeOptions {
  /** Small letters, digits and hyphens, at most 63, a letter first: it listens on `sim://<name>`. */
  readonly name: string
  /** The classes of its threads, by name [none]. */
  readonly threads?: Readonly<Record<string, unknown>>
  /**
   * Its configuration, as for `createNode` [it listens on its own address alone]. With `auth: 'off'` it proves nothing,
   * which takes less of the time of large simulations.
   */
  readonly config?: ConfigInput
  /** The services of `defineContract` whose events it exchanges typed [those that its threads bring]. */
  readonly contracts?: readonly Service[]
}

/** `starting` → `running` ⇄ `paused`; `stopped` after an orderly end, `crashed` after the other one. */
export type SimulatedNodeState = 'starting' | 'running' | 'paused' | 'stopped' | 'crashed'

/** One node of a simulation, through all of its restarts. `net.createNode` makes one. */
export class SimulatedNode {
  readonly name: string
  /** Where it listens, unless its configuration says otherwise: `sim://<name>`. */
  readonly address: string
  /** Its address in the network, by which its peers know it as `socket.host`: `10.0.0.1`. */
  readonly host: string
  readonly #options: SimulatedNodeOptions
  readonly #parts: SimulationParts
  /** What a real one keeps on its disk: made at its first start, and the same after each restart. */
  #identity: Identity | undefined
  #machine: Machine
  #node: P2pNode | undefined
  #state: SimulatedNodeState = 'stopped'
  #starts = 0
  #giveUpStart = (): void => undefined

  /** @internal */
  constructor(options: SimulatedNodeOptions, host: string, parts: SimulationParts) {
    this.name = options.name
    this.address = `${SCHEME}://${options.name}`
    this.host = host
    this.#options = options
    this.#parts = parts
    this.#machine = this.#createMachine()
  }

  /** What became of it so far. */
  get state(): SimulatedNodeState {
    return this.#state
  }

  /** How often it was started. */
  get starts(): number {
    return this.#starts
  }

  /** The node itself; another one after a restart. Throws ERR_SIMULATION_NODE_STATE where none runs. */
  get node(): P2pNode {
    if (this.#node !== undefined) return this.#node
    throw this.#stateError('has no node')
  }

  /** The first open socket to another node, whoever dialled; undefined where there is none. */
  socketTo(other: SimulatedNode): P2pSocket | undefined {
    return this.#node?.sockets.find((socket) => socket.host === other.host)
  }

  /**
   * Asks another node over the socket to it. The simulation watches over these: each is settled once, also where this
   * node crashes, with ERR_SIMULATION_NODE_CRASHED, and its end is a line of the event log. Otherwise rejects as
   * `request` of a node does, with ERR_SIMULATION_NOT_LINKED, and with ERR_SIMULATION_NODE_STATE. A rejection that
   * nobody looks at, or not before later, does no harm.
   */
  request(other: SimulatedNode, event: string, body?: unknown, options?: RequestOptions): Promise<unknown> {
    const outcome = this.#ask(other, event, { body, options })
    outcome.catch(() => undefined)
    return outcome
  }

  /** @internal */
  get machine(): Machine {
    return this.#machine
  }

  /** @internal Starts it, or starts it anew; settles also where it crashes meanwhile. */
  async start(): Promise<void> {
    const machine = this.#createMachine()
    this.#machine = machine
    this.#starts += 1
    this.#state = 'starting'
    this.#parts.note(`start ${this.name}`)
    const crashed = new Promise<undefined>((resolve) => (this.#giveUpStart = () => resolve(undefined)))
    try {
      const node = await Promise.race([this.#createNode(machine), crashed])
      if (node === undefined) return
      this.#node = node
      this.#state = 'running'
    } catch (error) {
      this.#state = 'stopped'
      throw error
    }
  }

  /** @internal Closes it in an orderly way. */
  async stop(): Promise<void> {
    const { node } = this
    if (this.#state !== 'running') throw this.#stateError('cannot be stopped')
    this.#parts.note(`stop ${this.name}`)
    this.#state = 'stopped'
    this.#node = undefined
    await node.close()
  }

  /** @internal */
  pause(): void {
    if (this.#state !== 'running') throw this.#stateError('cannot be paused')
    this.#parts.note(`pause ${this.name}`)
    this.#state = 'paused'
    this.#machine.pause()
  }

  /** @internal */
  resume(): void {
    if (this.#state !== 'paused') throw this.#stateError('cannot be resumed')
    this.#parts.note(`resume ${this.name}`)
    this.#state = 'running'
    this.#machine.resume()
  }

  /** @internal */
  crash(isSilent: boolean): void {
    if (this.#state === 'stopped' || this.#state === 'crashed') throw this.#stateError('cannot crash')
    this.#parts.note(`crash ${this.name}`)
    this.#state = 'crashed'
    this.#node = undefined
    this.#machine.end()
    this.#giveUpStart()
    this.#parts.network.lose(this.#machine, isSilent)
    for (const request of this.#parts.requests.of(this.name)) request.settle({ error: crashedError(request) })
  }

  async #ask(
    other: SimulatedNode,
    event: string,
    { body, options }: { readonly body: unknown; readonly options: RequestOptions | undefined }
  ): Promise<unknown> {
    const { node } = this
    const socket = this.socketTo(other)
    if (socket === undefined) {
      throw new SimulationError('ERR_SIMULATION_NOT_LINKED', `no open socket leads from ${this.name} to ${other.name}`)
    }
    const request = this.#parts.requests.add({ from: this.name, to: other.name, event, askedAt: this.#parts.time.now })
    node.request(socket, event, body, options).then(
      (answer) => request.settle({ answer }),
      (error: unknown) => request.settle({ error })
    )
    return request.outcome
  }

  #createMachine(): Machine {
    return new Machine(this.name, this.host, this.#parts.time)
  }

  #createNode(machine: Machine): Promise<P2pNode> {
    const { threads = {}, config, contracts } = this.#options
    const registry = new DriverRegistry()
    registry.add(createSimulatedDriver(machine, this.#parts.network))
    const kit = this.#createKit(machine)
    if (config?.auth !== 'off') this.#identity ??= createIdentity(kit.crypto)
    return createNode({
      name: this.name,
      listen: [this.address],
      ...config,
      kit,
      registry,
      ...(this.#identity && { identity: this.#identity }),
      source: createThreadList(threads),
      ...(contracts === undefined ? {} : { contracts })
    })
  }

  #createKit(machine: Machine): Kit {
    const { settings, note } = this.#parts
    const purpose = `${this.name} ${this.#starts}`
    const kit: Kit = {
      clock: machine,
      random: randomFor(settings.seed, purpose),
      crypto: createSeededCrypto(randomFor(settings.seed, `${purpose} keys`)),
      log: createNodeLog(settings.logLevel, (level, message) => note(`${level} ${this.name} ${message}`)),
      context: createPlainContext(),
      defer: machine.defer
    }
    return settings.kit(kit, this.name)
  }

  #stateError(what: string): SimulationError {
    return new SimulationError('ERR_SIMULATION_NODE_STATE', `${this.name} ${what}: it is ${this.#state}`)
  }
}

function crashedError({ from, to, event }: OpenRequest): SimulationError {
  const text = `${from} crashed before ${to} had answered ${event}`
  return new SimulationError('ERR_SIMULATION_NODE_CRASHED', text)
}
