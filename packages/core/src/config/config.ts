import type { Isolation, Quota, RestartPolicy } from '../thread/manifest-types'

/** What a node is created as: the roles differ in their defaults alone. */
export type NodeRole = 'server' | 'client' | 'node'

/** The effective configuration of a node: every key present, frozen. */
export interface NodeConfig {
  /** Name of the node: its state lies in `.trustp2p/<name>/`. */
  readonly name: string
  /** Addresses to listen on. */
  readonly listen: readonly string[]
  /** Addresses to dial, and to dial again when they are lost. */
  readonly connect: readonly string[]
  /**
   * Whether a running node can be driven from its folder, or the path of the control socket, relative to `cwd`. Where
   * nobody says it: API false, command line true.
   */
  readonly control: boolean | string
  /**
   * What keeps what the node remembers, in its state folder: true for `@trustp2p/store` where that is installed, another
   * package by its name, or false: it then lasts as long as the node.
   */
  readonly store: boolean | string
  /**
   * Whether peers prove who they are, and frames are sealed where TLS does not: off; optional, for those that can; or
   * required, so that others are refused.
   */
  readonly auth: AuthMode
  /** The private network that the node is of. */
  readonly network: NetworkConfig
  /** Who may connect, and be dialled. */
  readonly peers: PeersConfig
  /** Proxies whose `x-forwarded-for` and `x-real-ip` are believed: addresses, and networks such as `10.0.0.0/8`. */
  readonly trustProxy: readonly string[]
  /** Whether connections of `trustProxy` begin with a header of the PROXY protocol, version 2, which says whom they come from. */
  readonly proxyProtocol: boolean
  /** The proxy through which peers are dialled. */
  readonly proxy: ProxyConfig
  /** Folders outside the project, relative to it, that links of threads may lead into: what lies there runs. */
  readonly allowedFolders: readonly string[]
  /**
   * Whether what threads leave floating (a promise without a catch, a timer of Node's own that throws) goes to the node;
   * without it Node's default ends the process.
   */
  readonly processHandlers: boolean
  /** How threads are found that keep the event loop from turning. */
  readonly watchdog: WatchdogConfig
  /** Settings of single drivers, by name. */
  readonly drivers: DriversConfig
  /** What a node accepts at most. */
  readonly limits: LimitsConfig
  /** Settings of our own requests. */
  readonly request: RequestConfig
  /** When a lost connection of `connect` is dialled again. */
  readonly redial: RedialConfig
  /** What is written to the log. */
  readonly log: LogConfig
  /** Settings of single threads, by name. */
  readonly threads: Readonly<Record<string, Partial<ThreadConfig>>>
}

/** A proxy through which peers are dialled over `ws://`, `wss://`, `tcp://` and `tls://`. */
export interface ProxyConfig {
  /** Its address: `socks5://` or `http://` (CONNECT), with `user:password@` where it asks for them; "" is none. Reports leave them out. */
  readonly url: string
  /** Hosts that are dialled without it: names, IP addresses and networks. Other names are looked up by the proxy. */
  readonly direct: readonly string[]
}

/** Whether peers prove who they are. */
export type AuthMode = 'off' | 'optional' | 'required'

/** A private network: peers without its key cannot prove themselves, and are refused. */
export interface NetworkConfig {
  /** The key that its members share, 32 bytes in base64; every peer has to prove itself with it. Reports leave it out. */
  readonly key: string
  /** File that holds the key in place of that, mode 0600; relative to `cwd`. */
  readonly keyFile: string
}

/** Who may connect, and be dialled. An entry is a peer id, an IP address, or a network such as `10.0.0.0/8`. */
export interface PeersConfig {
  /** Who may connect and be dialled, by peer id, IP address or network, once proved where it is a peer id. [] is everybody. */
  readonly allow: readonly string[]
  /** Who may not connect nor be dialled, by peer id, IP address or network, also where `allow` lists it. */
  readonly deny: readonly string[]
  /** Whether we and a peer that has proved who it is share one socket over each scheme, whoever dialled; others are closed once they are idle. */
  readonly closeDuplicates: boolean
}

/** What a program gives: any part of the configuration. A key whose value is undefined is as good as absent. */
export type ConfigInput = Loose<NodeConfig>

/** A value from the command line. */
export interface ConfigFlag {
  /** The flag as it was written, for reports: `--listen`. */
  readonly flag: string
  /** The key that it sets, levels parted by dots: `log.level`. */
  readonly path: string
  /** A text is taken as JSON where it is JSON that the key accepts, else as text; other values as they are. */
  readonly value: unknown
}

type Loose<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Loose<T[Key]> | undefined }
    : T

/** Settings of single drivers, by name. */
export interface DriversConfig {
  /** The driver of `ws://` and `wss://` addresses. */
  readonly ws: WsConfig
  /** The driver of `tcp://` addresses. */
  readonly tcp: LinkConfig
  /** The driver of `tls://` addresses. */
  readonly tls: TlsDriverConfig
  /** The driver of `unix://` addresses. */
  readonly unix: UnixConfig
  /** Drivers of others, by a name of your choice; each is loaded when the node starts. */
  readonly modules: Readonly<Record<string, DriverModuleConfig>>
}

/** A driver of others. */
export interface DriverModuleConfig {
  /** The package that brings it, or a path that begins with "./", "../" or "/"; from the folder of the node. */
  readonly module: string
  /** What it gets as its `config`. */
  readonly config?: unknown
}

/** Settings of every driver of byte streams. */
export interface LinkConfig {
  /** Time in ms between the pings that keep a link alive; a link that answers none until the next is dropped. 0: off. */
  readonly keepAliveMs: number
}

/** Settings of TLS. */
export interface TlsDriverConfig extends LinkConfig, TlsConfig {}

/** Settings of Unix domain sockets. */
export interface UnixConfig extends LinkConfig {
  /** Who may connect: the mode of the socket, in octal digits. */
  readonly mode: string
}

/** Settings of WebSocket. */
export interface WsConfig {
  /** Offer and accept permessage-deflate (RFC 7692). */
  readonly compression: boolean
  /** Path to listen on, where the address names none. */
  readonly path: string
  /** Origins whose handshakes are accepted; a handshake without an Origin header always is. */
  readonly origins: readonly string[]
  /** Time in ms between the pings that keep a link alive; a link that answers none until the next is dropped. 0: off. */
  readonly keepAliveMs: number
  /** Certificates of `wss://`. */
  readonly tls: TlsConfig
}

/** Certificates of a driver. Paths are relative to `cwd`; an empty one means that there is none. */
export interface TlsConfig {
  /** File of the certificate to listen with, and of those between it and its authority, in PEM; relative to `cwd`. */
  readonly certFile: string
  /** File of the private key of that certificate, in PEM; relative to `cwd`. */
  readonly keyFile: string
  /** File of authorities that are trusted besides the usual ones when dialling, in PEM; relative to `cwd`. */
  readonly caFile: string
  /** Time in ms between two looks at the files, so that renewed ones serve without a restart. 0: read once. */
  readonly reloadMs: number
}

/** What a node accepts at most. */
export interface LimitsConfig {
  /** Most inbound sockets at once; the next is closed with 1013. */
  readonly inboundSockets: number
  /** Most of them from one host, or one IPv6 network of 64 bits; the next is closed with 1013. 0: no such limit. */
  readonly inboundSocketsPerHost: number
  /** Most of them of one peer that has proved who it is; the next is closed with 1013. 0: no such limit. */
  readonly inboundSocketsPerPeer: number
  /** Most that one host may open per second, as many at once; the next is closed with 1013. 0: no such limit. */
  readonly inboundSocketsPerSecond: number
  /** A host is banned past this many offences: sockets that were closed for what came on them. 0: never. */
  readonly offencesPerHour: number
  /** How long a ban lasts, in ms. */
  readonly banMs: number
  /** A proved peer is refused while its score is at or below this, and its sockets are closed. 0: never. */
  readonly refuseScore: number
  /** A proved peer is banned once its score is at or below this. 0: never. */
  readonly banScore: number
  /** What a peer did counts half after this time, in ms. */
  readonly scoreHalfLifeMs: number
  /** Most peers, and most hosts, that are remembered; who was met longest ago is forgotten for another. */
  readonly knownPeers: number
  /** Peers and hosts that were not met for this time are forgotten, in ms. */
  readonly forgetMs: number
  /** Most frames of one peer per second, as many at once; then its socket is closed with 1008. 0: no such limit. */
  readonly framesPerSecond: number
  /** Most bytes of frames of one peer per second; then its socket is closed with 1008. 0: no such limit. */
  readonly bytesPerSecond: number
  /** Longest frame, in bytes. */
  readonly frameBytes: number
  /** Most bytes queued to one slow reader. */
  readonly sendQueueBytes: number
  /** Longest handshake, in ms. */
  readonly handshakeMs: number
  /** Longest wait for a peer's greeting where one is needed, in ms. */
  readonly greetingMs: number
  /** Longest greeting, as a frame, in bytes; the socket is closed with 1009. */
  readonly greetingBytes: number
  /** An inbound socket on which nothing but heartbeats passes for so many ms is closed with 1000. 0: never. */
  readonly idleMs: number
  /** Longest time in ms that the `admit` of a program may take for one peer, which is refused then. */
  readonly admitMs: number
  /** Most peers that `admit` decides on at once; the next is closed with 1013. */
  readonly pendingAdmissions: number
  /** Most requests of ours that wait for answers, per socket. */
  readonly pendingRequests: number
  /** Most requests of a peer that run at once, per socket; the next is answered with ERR_TRUSTP2P_LIMIT_BUSY. */
  readonly runningRequests: number
  /** Most bytes of frames that handlers work on at once, per socket; beyond it requests are busy and talks dropped. */
  readonly runningBytes: number
  /** The same for the whole node, with those whose socket has gone. */
  readonly nodeRunningBytes: number
  /** Deepest nesting of a JSON body. */
  readonly bodyDepth: number
  /** A socket is closed with 1002 at its n-th undecodable frame. 0: never. */
  readonly badFrames: number
  /** A socket is closed with 1003 past this many unknown talks within a minute. 0: never. */
  readonly unknownEvents: number
  /** A socket is closed with 1003 past this many pings, empty frames and answers to nothing within a minute. 0: never. */
  readonly uselessFrames: number
  /** Most records of what was refused, closed, dropped or failed, a tenth of them of one host. 0: none. */
  readonly explainRecords: number
  /** Most bytes that one thread keeps in the store: its keys and values, and 64 for each. */
  readonly threadStoreBytes: number
}

/** Settings of our own requests. */
export interface RequestConfig {
  /** Longest wait for an answer, in ms. 0: for ever. */
  readonly timeoutMs: number
  /** How long a server may leave a request with `reroute` unanswered before another is asked, in ms. 0: for ever. */
  readonly stalledMs: number
}

/** When a lost connection is dialled again. */
export interface RedialConfig {
  /** Wait before the first redial, in ms. */
  readonly firstMs: number
  /** What each wait is multiplied by to give the next. */
  readonly factor: number
  /** Longest wait, in ms. */
  readonly longestMs: number
  /** Part of a wait that is random: 0.2 gives 80 % to 120 % of it. */
  readonly jitter: number
}

/** How threads are found that keep the event loop from turning. */
export interface WatchdogConfig {
  /** Longest time in ms that a thread may keep the event loop from turning without being told of. 0: for ever. */
  readonly blockedMs: number
}

/** What is written to the log. */
export interface LogConfig {
  /** The least severe lines that are written. */
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent'
}

/** Settings of one thread: its own under `config`, ours beside it. */
export interface ThreadConfig {
  /** What the thread gets as `this.config`. */
  readonly config: unknown
  /** Longest time to load and start, in ms, each. */
  readonly startTimeoutMs: number
  /** Longest time to stop, in ms. */
  readonly stopTimeoutMs: number
  /** How long running handlers may finish when the thread is stopped, in ms. */
  readonly drainTimeoutMs: number
  /** Longest time of one handler, in ms. 0: no limit. */
  readonly handlerTimeoutMs: number
  /** When it is started again after a failure. What is not set here is as the thread's manifest says. */
  readonly restart: Partial<RestartPolicy>
  /** How often one peer may send an event, by event; an event that stands here has nothing of the manifest's quotas. */
  readonly quotas: Readonly<Record<string, Quota>>
  /** Where its code runs. Where it is not set, as its manifest says. */
  readonly isolation?: Isolation
  /** What it may take where it runs in a worker. */
  readonly worker?: Partial<WorkerConfig>
}

/** What a thread in a worker may take. */
export interface WorkerConfig {
  /** Largest heap of the worker, in MiB; buffers of bytes do not count. */
  readonly heapMb: number
  /** How long the worker may stand still before it is ended, in ms. 0: for ever. */
  readonly hangMs: number
  /** Most messages and calls that one side has sent and the other has not taken. */
  readonly queue: number
  /** Most bytes of their bodies. */
  readonly queueBytes: number
}
