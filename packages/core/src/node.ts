import { atMost } from './deadline'
import { P2pError } from './errors'
import { threadConfig } from './config/thread-config'
import type { LimitsConfig, NodeConfig } from './config/config'
import { LiveLimits } from './config/live-limits'
import type { NodeLimits } from './config/live-limits'
import { Deliver } from './deliver/deliver'
import type { AuthOptions } from './deliver/deliver-options'
import type { BroadcastOptions, BroadcastResult, ConnectOptions, RequestOptions, TalkOptions } from './deliver/options'
import type { EventLike } from './deliver/typed-traffic'
import { PeerRules } from './deliver/peer-rules'
import type { NodeRules } from './deliver/peer-rules'
import type { ListenOptions } from './driver/contract'
import { canonicalUrl, distinctUrls } from './driver/canonical-url'
import type { P2pSocket } from './driver/socket'
import { contractsIn } from './contract/contract'
import type { ContractEvent } from './contract/contract'
import { ContractTable } from './contract/contract-table'
import { ExplainLog } from './explain/explain-log'
import type { ExplainQuery, ExplainRecord } from './explain/explain-record'
import { isSignedStatement, signStatement } from './identity/statement'
import type { SignedStatement, Statement } from './identity/statement'
import { InboundDoor } from './inbound-door'
import { NodeAnnouncer } from './node-announcer'
import { assertNodeEvent } from './node-events'
import { DriverDesk } from './node-drivers'
import type { NodeDrivers } from './node-drivers'
import type { NodeEvents } from './node-events'
import { NodeMemory } from './node-memory'
import { authOf } from './node-options'
import type { NodeOptions } from './node-options'
import { socketStatus } from './node-status'
import type { NodeState, NodeStatus } from './node-status'
import { OutboundDesk } from './outbound-desk'
import type { NodePeers } from './peers/known-peer'
import { Suspension } from './suspension'
import type { SuspendOptions } from './suspension'
import { createThreadView } from './thread-view'
import { ThreadBootstrap } from './thread/thread-bootstrap'

/** How a node is closed. */
export interface CloseOptions {
  /** How long running handlers may finish, in ms [each thread's drainTimeoutMs]. */
  readonly timeoutMs?: number
}

/** Longest wait for the sockets to close in an orderly way, in ms; then their drivers drop them. */
const CLOSE_WAIT_MS = 3000

/** Configuration, drivers, deliver and threads: what `createServer`, `createClient` and `createNode` give. */
export class P2pNode {
  readonly threads: ThreadBootstrap
  /** The contracts of its events, those that threads bring included. */
  readonly contracts: ContractTable
  readonly #options: NodeOptions
  readonly #limits: LiveLimits
  /** Undefined where nobody proves who it is. */
  readonly #auth: AuthOptions | undefined
  readonly #explain: ExplainLog
  readonly #announcer: NodeAnnouncer
  readonly #memory: NodeMemory
  readonly #rules: PeerRules
  readonly #deliver: Deliver
  readonly #door: InboundDoor
  readonly #outbound: OutboundDesk
  readonly #drivers: DriverDesk
  readonly #suspension: Suspension
  readonly #onAbort = (): void => void this.close()
  #state: NodeState = 'starting'
  /** Why the node ends, where that is a thread which it is not to run without. */
  #critical: P2pError | undefined
  #starting: Promise<void> | undefined
  #closing: Promise<void> | undefined

  constructor(options: NodeOptions) {
    const { kit } = options
    this.#limits = new LiveLimits(options.config, (before) => this.#limitsChanged(before))
    const config = this.#limits.live
    this.#options = { ...options, config }
    this.#auth = authOf(options)
    this.#explain = new ExplainLog(kit.clock, config, config.limits.explainRecords)
    this.#announcer = new NodeAnnouncer({ kit, explain: this.#explain, threads: () => this.threads })
    this.#memory = this.#createMemory()
    this.contracts = new ContractTable(kit.crypto)
    this.contracts.set('the program', contractsIn(options.contracts ?? []))
    this.threads = this.#createThreads()
    this.#rules = new PeerRules(config.peers, () => this.#deliver.judgeAgain())
    this.#deliver = this.#createDeliver()
    this.#door = this.#createDoor()
    this.#drivers = this.#createDrivers()
    this.#outbound = this.#createOutbound()
    this.#suspension = this.#createSuspension()
  }

  /** Its peer id: who it is to those that it proves itself to; undefined where `auth` is off. */
  get id(): string | undefined {
    return this.#auth?.identity.peerId
  }

  /** The effective configuration, frozen; `limits` are those of now. */
  get config(): NodeConfig {
    return this.#limits.config
  }

  /** Its limits, which can be changed while it runs. */
  get limits(): NodeLimits {
    return this.#limits.face
  }

  /** What the node really listens on, with the ports that the system gave; a shared server once it listens. */
  get addresses(): string[] {
    return this.#drivers.addresses
  }

  /** Its drivers, which can be added, removed and replaced while it runs. */
  get drivers(): NodeDrivers {
    return this.#drivers
  }

  /** The peers and hosts that it knows, what they are worth, and who is banned. */
  get peers(): NodePeers {
    return this.#memory.peers
  }

  /** Who may connect and be dialled: begins with `peers` of the configuration, and can be changed while the node runs. */
  get rules(): NodeRules {
    return this.#rules
  }

  /** The open sockets, inbound and outbound, oldest first: a snapshot. */
  get sockets(): P2pSocket[] {
    return this.#deliver.sockets
  }

  /**
   * Starts the threads, binds the listeners, dials each configured address once. Rejects when a listener cannot be
   * bound, or when the node was closed meanwhile; all is closed again then. A dial that fails is repeated later.
   */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  async #start(): Promise<void> {
    const { companion, signal } = this.#options
    try {
      if (signal?.aborted === true) throw closedError()
      signal?.addEventListener('abort', this.#onAbort)
      await companion?.open(this, (tap) => (this.#deliver.tap = tap))
      await Promise.all([this.threads.start(), this.#memory.open()])
      for (const url of distinctUrls(this.config.listen)) await this.#drivers.listen(url)
      this.#assertNotClosing()
      this.#share()
      await this.#outbound.start()
      this.#assertNotClosing()
    } catch (error) {
      const closing = this.#closing
      await this.close()
      throw this.#critical ?? (closing === undefined ? error : closedError())
    }
    this.#state = 'running'
  }

  /** Gives the open outbound socket of that URL (and a `duplicate driver` warning), or dials it. */
  connect(url: string, options: ConnectOptions = {}): Promise<P2pSocket> {
    return this.#outbound.connect(url, options)
  }

  /**
   * Finds out whether a peer is where an address says, `ws://<peer id>@host:port`: dials it, lets the peer prove who it
   * is, hangs up before that has a socket, and remembers in `peers` that it was reached there. Sockets to the peer stay as
   * they are; no event is told. Rejects as `connect`: with ERR_TRUSTP2P_PROOF_WRONG_PEER where another peer answers, with
   * ERR_TRUSTP2P_PROOF_OFF where `auth` is off; and with a TypeError where the address names nobody.
   */
  reach(url: string, options: ConnectOptions = {}): Promise<void> {
    return this.#outbound.reach(url, options)
  }

  /**
   * Asks the peer at the other end of a socket; gives the body of its answer. Rejects with a P2pError whose code is
   * the peer's own, or ERR_TRUSTP2P_REQUEST_TIMEOUT, _REQUEST_ABORTED, _SOCKET_CLOSED, _NODE_CLOSED, _LIMIT_PENDING,
   * _LIMIT_SEND_QUEUE, _WIRE_TOO_LARGE or _BODY_UNSUPPORTED; with a TypeError for a body that cannot be sent. Where the
   * event is that of a contract, or one of the node's contracts has it, the bodies are typed: it rejects then with
   * ERR_TRUSTP2P_CONTRACT_BODY before anything is sent, and with ERR_TRUSTP2P_CONTRACT_MISMATCH where the peer's contract
   * would misread it.
   */
  request<Request, Response>(
    socket: P2pSocket,
    event: ContractEvent<Request, Response>,
    body: Request,
    options?: RequestOptions
  ): Promise<Response>
  request(socket: P2pSocket, event: string, body?: unknown, options?: RequestOptions): Promise<unknown>
  request(socket: P2pSocket, event: EventLike, body?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#deliver.request(socket, event, body, options)
  }

  /**
   * Tells the peer, and expects no answer. Gives false when the queue to it is above the high-water mark:
   * the event `socket:drain` tells when it fell below.
   * Throws where `request` rejects.
   */
  talk<Request>(socket: P2pSocket, event: ContractEvent<Request>, body: Request, options?: TalkOptions): boolean
  talk(socket: P2pSocket, event: string, body?: unknown, options?: TalkOptions): boolean
  talk(socket: P2pSocket, event: EventLike, body?: unknown, options?: TalkOptions): boolean {
    return this.#deliver.talk(socket, event, body, options)
  }

  /** Asks (type REQUEST, the default) or tells (TALK, SYSTEM) direct neighbours; gives one result for each socket. */
  broadcast<Request, Response>(
    event: ContractEvent<Request, Response>,
    body: Request,
    options?: BroadcastOptions
  ): Promise<BroadcastResult<Response>[]>
  broadcast(event: string, body?: unknown, options?: BroadcastOptions): Promise<BroadcastResult[]>
  broadcast(event: EventLike, body?: unknown, options?: BroadcastOptions): Promise<BroadcastResult[]> {
    return this.#deliver.broadcast(event, body, options)
  }

  /**
   * Signs a statement with the identity of the node; gives the signature in base64. What it signs is no proof of the
   * protocol, and fits no other purpose. Rejects with ERR_TRUSTP2P_IDENTITY_OFF where `auth` is off, and with a TypeError
   * or a RangeError for what is no statement.
   */
  sign(statement: Statement): Promise<string> {
    const identity = this.#auth?.identity
    if (identity === undefined) return Promise.reject(identityOff())
    return Promise.resolve(statement).then((given) => signStatement(identity, given))
  }

  /** Tells whether a peer has signed a statement: false also for a peer id or a signature that is none. */
  verify(statement: SignedStatement): Promise<boolean> {
    const { crypto } = this.#options.kit
    return Promise.resolve(statement).then((given) => isSignedStatement(crypto, given))
  }

  /** A plain snapshot. */
  status(): NodeStatus {
    const now = this.#options.kit.clock.now()
    return {
      name: this.config.name,
      id: this.id,
      state: this.#suspension.active && this.#state === 'running' ? 'suspended' : this.#state,
      addresses: this.addresses,
      store: this.#memory.store.place,
      sockets: this.sockets.map((socket) => socketStatus(socket, now)),
      threads: this.threads.list(),
      pendingRequests: this.#deliver.pendingRequests,
      runningRequests: this.#deliver.runningRequests,
      counters: { ...this.#deliver.counters, ...this.threads.counters }
    }
  }

  /**
   * Tells what was refused, closed, dropped or failed, why, and what to do: plain values, the newest first. It knows
   * the last `limits.explainRecords`; of one host, or IPv6 network of 64 bits, a tenth of them. What peers sent stands in
   * it as it came: `printable` makes it fit for a terminal. Throws a TypeError or a RangeError for what is no query.
   */
  explain(query?: ExplainQuery): ExplainRecord[] {
    return this.#explain.find(query)
  }

  /** Adds a listener and gives the function that removes it. */
  on<Name extends keyof NodeEvents>(name: Name, listener: (...values: NodeEvents[Name]) => void): () => void {
    assertNodeEvent(name)
    return this.#announcer.on(name, listener)
  }

  /** Removes a listener. */
  off<Name extends keyof NodeEvents>(name: Name, listener: (...values: NodeEvents[Name]) => void): void {
    this.#announcer.off(name, listener)
  }

  /**
   * Leaves the network, as a phone does whose program goes to the background, and keeps all else: stops listening and
   * dialling, closes the sockets with 1001 `node suspended`. Threads run on; what they ask, and `connect`, rejects with
   * ERR_TRUSTP2P_NODE_SUSPENDED or ERR_TRUSTP2P_SOCKET_CLOSED. Does nothing where it is suspended already. Rejects with
   * ERR_TRUSTP2P_NODE_CLOSED.
   */
  suspend(options: SuspendOptions = {}): Promise<void> {
    return this.#suspension.suspend(options)
  }

  /**
   * Comes back after `suspend`: listens on the same addresses, and dials those of `connect` at once; settles when each was
   * dialled, as the start does. Rejects as `suspend`, and where an address cannot be bound any more: it stays suspended
   * then.
   */
  resume(): Promise<void> {
    return this.#suspension.resume()
  }

  /**
   * Stops listening and dialling, drains and stops the threads, settles our own requests with
   * ERR_TRUSTP2P_NODE_CLOSED, closes the sockets with 1001. Called again it gives the same promise.
   */
  close(options: CloseOptions = {}): Promise<void> {
    this.#closing ??= this.#close(options)
    return this.#closing
  }

  /** Closes the node: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close({ timeoutMs }: CloseOptions): Promise<void> {
    const { kit, registry, companion, signal } = this.#options
    signal?.removeEventListener('abort', this.#onAbort)
    this.#state = 'closing'
    await Promise.all([this.#outbound.close(closedError()), this.#drivers.close()])
    this.#deliver.drain()
    await this.threads.stop(timeoutMs === undefined ? {} : { drainTimeoutMs: timeoutMs })
    const closing = this.#deliver.close(closedError(), 1001, 'node stopping')
    await atMost(CLOSE_WAIT_MS, kit.clock, closing)
    await this.#memory.closePeers()
    await this.#drivers.settled()
    try {
      await registry.close()
    } finally {
      // Before the lock of the state folder goes, so that whoever has that next finds the store free.
      await this.#memory.closeStore()
      await companion?.close()
    }
    this.#state = 'closed'
  }

  #limitsChanged(before: LimitsConfig): void {
    const { limits } = this.#limits.live
    this.#explain.most = limits.explainRecords
    this.#door.limitsChanged()
    this.#deliver.limitsChanged(before)
    // Of peers that come in on their score some may not be here any more.
    this.#deliver.judgeAgain()
  }

  #share(): void {
    const onListening = (address: string): void => this.#announcer.emit('listening', address)
    const listener = this.#options.share?.({ ...this.#listenOptions(), onListening })
    if (listener !== undefined) this.#drivers.keep(listener)
  }

  #listenOptions(): ListenOptions {
    return {
      limits: this.#limits.live.limits,
      mayConnect: (host) => this.#door.mayConnect(host),
      onSocket: (driverSocket) => this.#door.accept(driverSocket),
      onWarning: (error) => {
        this.#door.listenerFailed(error)
        this.#announcer.warn(error)
      }
    }
  }

  #socketClosed(socket: P2pSocket, code: number, reason: string): void {
    this.#announcer.socketClosed(socket, code, reason)
    this.#outbound.socketClosed(socket)
  }

  #createMemory(): NodeMemory {
    const { kit, config, store } = this.#options
    return new NodeMemory({
      kit,
      limits: config.limits,
      opener: store,
      denies: (peerId) => this.#rules.deniesPeer(peerId),
      onBan: () => this.#deliver.judgeAgain(),
      onWarning: (error) => this.#announcer.warn(error),
      onStoreFailure: (error) => {
        this.#explain.addError(undefined, error, { stage: 'start' })
        this.#announcer.warn(error)
      }
    })
  }

  #createThreads(): ThreadBootstrap {
    const { kit, config, source, share } = this.#options
    return new ThreadBootstrap({
      source,
      kit,
      node: createThreadView(this, {
        listens: config.listen.length > 0 || share !== undefined,
        dials: config.connect.length > 0
      }),
      contracts: this.contracts,
      settings: (name) => threadConfig(config, name),
      events: this.#announcer.threadEvents({ critical: (error) => this.#onCritical(error) }),
      limits: config.limits,
      store: this.#memory.store,
      judge: (message) => this.#deliver.judge(message)
    })
  }

  #createDeliver(): Deliver {
    const { kit, config, program, admit } = this.#options
    return new Deliver({
      kit,
      config,
      program,
      auth: this.#auth,
      rules: this.#rules,
      peers: this.#memory.peers,
      admit,
      closesDuplicates: config.peers.closeDuplicates,
      router: this.threads,
      contracts: this.contracts,
      explain: this.#explain,
      events: {
        onOpen: (socket) => this.#announcer.socketOpened(socket),
        onError: (error, socket) => this.#announcer.socketFailed(error, socket),
        onDrain: (socket) => this.#announcer.emit('socket:drain', socket),
        onRefused: (error, socket) => this.#door.peerRefused(error, socket),
        onOffence: (socket, culprit) => this.#door.blame(socket, culprit),
        onClose: (socket, code, reason) => this.#socketClosed(socket, code, reason),
        onWarning: (error) => this.#announcer.warn(error)
      }
    })
  }

  #createDoor(): InboundDoor {
    const { kit, config } = this.#options
    return new InboundDoor({
      kit,
      limits: config.limits,
      proxies: config.trustProxy,
      hall: this.#deliver,
      peers: this.#memory.peers,
      explain: this.#explain,
      closing: () => this.#closing !== undefined,
      onWarning: (error) => this.#announcer.warn(error)
    })
  }

  #createDrivers(): DriverDesk {
    const { config, registry } = this.#options
    return new DriverDesk({
      registry,
      deliver: this.#deliver,
      listen: config.listen,
      listenOptions: () => this.#listenOptions(),
      onListening: (address) => this.#announcer.emit('listening', address),
      assertOpen: () => this.#assertNotClosing()
    })
  }

  #createOutbound(): OutboundDesk {
    const { kit, config, registry } = this.#options
    return new OutboundDesk({
      kit,
      registry,
      connect: config.connect,
      redial: config.redial,
      limits: config.limits,
      admission: this.#deliver.admission,
      find: (url) => this.sockets.find((socket) => socket.outbound && canonicalUrl(socket.url) === canonicalUrl(url)),
      open: (pinned) => this.#deliver.createOpening({ dials: true, pinned }),
      adopt: (driverSocket, dialled) => this.#deliver.adopt(driverSocket, 'outbound', dialled),
      whenOpen: (socket) => this.#deliver.whenOpen(socket),
      explain: this.#explain,
      onWarning: (error) => this.#announcer.warn(error)
    })
  }

  #createSuspension(): Suspension {
    return new Suspension({
      deliver: this.#deliver,
      outbound: this.#outbound,
      drivers: this.#drivers,
      share: () => this.#share(),
      assertOpen: () => this.#assertNotClosing()
    })
  }

  /** A thread without which the node is not to run was given up. */
  #onCritical(error: P2pError): void {
    this.#critical = error
    this.#announcer.emit('critical', error)
    void this.close()
  }

  #assertNotClosing(): void {
    if (this.#closing !== undefined) throw closedError()
  }
}

function identityOff(): P2pError {
  const text = 'this node has no identity to sign with: auth is off; set it to optional or required'
  return new P2pError('ERR_TRUSTP2P_IDENTITY_OFF', text)
}

function closedError(): P2pError {
  return new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'the node is closed, or closes: create a new one')
}
