import { z } from 'zod'
import { LONGEST_TIMER_MS } from '../kit'
import type {
  AuthMode,
  DriverModuleConfig,
  DriversConfig,
  LinkConfig,
  LimitsConfig,
  LogConfig,
  NetworkConfig,
  NodeConfig,
  PeersConfig,
  ProxyConfig,
  RedialConfig,
  RequestConfig,
  ThreadConfig,
  TlsConfig,
  TlsDriverConfig,
  UnixConfig,
  WatchdogConfig,
  WorkerConfig,
  WsConfig
} from './config'
import { A_RULE, isRule, MOST_RULES } from '../deliver/peer-rules'
import { A_DIRECT_HOST, A_PROXY, isDirectHost, readProxy } from '../driver/proxy-address'
import { A_NETWORK_KEY, readNetworkKey } from '../identity/network-key'
import { LONGEST_NODE_NAME, NODE_NAME } from './names'
import type { Isolation, Quota, RestartPolicy } from '../thread/manifest-types'

/**
 * The schema of the configuration: what validates it, and what the reference page and the JSON schema for editors
 * are made from. `ShapeOf` holds its keys and types equal to the interfaces of config.ts, a test its descriptions.
 * An issue's message is what was expected.
 */
type ShapeOf<T> = { readonly [Key in keyof T]-?: z.ZodType<T[Key]> }

const AN_OBJECT = 'an object'
const GIBIBYTE = 1024 * 1024 * 1024
const MILLION = 1_000_000
/** No timer waits for what is so long. */
const TEN_YEARS_MS = 10 * 365 * 86_400_000

/** A key's `off` is the value, as JSON, that switches off what it is about. */
export const tlsSchema = z.strictObject(
  {
    certFile: filePath().meta({
      description:
        'File of the certificate to listen with, and of those between it and its authority, in PEM; relative to `cwd`.',
      off: '""'
    }),
    keyFile: filePath().meta({
      description: 'File of the private key of that certificate, in PEM; relative to `cwd`.',
      off: '""'
    }),
    caFile: filePath().meta({
      description:
        'File of authorities that are trusted besides the usual ones when dialling, in PEM; relative to `cwd`.',
      off: '""'
    }),
    reloadMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description:
        'Time in ms between two looks at the files, so that renewed ones serve without a restart. 0: read once.',
      off: '0'
    })
  } satisfies ShapeOf<TlsConfig>,
  AN_OBJECT
)

const keepAliveSchema = wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
  description:
    'Time in ms between the pings that keep a link alive; a link that answers none until the next is dropped. 0: off.',
  off: '0'
})

export const wsSchema = z.strictObject(
  {
    compression: yesOrNo().meta({ description: 'Offer and accept permessage-deflate (RFC 7692).', off: 'false' }),
    path: text(/^\/[^\s?#]*$/, 'a path that begins with "/"').meta({
      description: 'Path to listen on, where the address names none.'
    }),
    origins: list(
      text(/^(null|[A-Za-z][A-Za-z0-9+.-]*:\/\/[^\s/]+)$/, 'an origin, such as "https://example.org"'),
      'a list of origins, such as ["https://example.org"]'
    ).meta({
      description: 'Origins whose handshakes are accepted; a handshake without an Origin header always is.',
      off: '[]'
    }),
    keepAliveMs: keepAliveSchema,
    tls: tlsSchema.meta({ description: 'Certificates of `wss://`.' })
  } satisfies ShapeOf<WsConfig>,
  AN_OBJECT
)

export const limitsSchema = z.strictObject(
  {
    inboundSockets: wholeNumber(0, MILLION, 'sockets').meta({
      description: 'Most inbound sockets at once; the next is closed with 1013.'
    }),
    inboundSocketsPerHost: wholeNumber(0, MILLION, 'sockets').meta({
      description:
        'Most of them from one host, or one IPv6 network of 64 bits; the next is closed with 1013. 0: no such limit.',
      off: '0'
    }),
    inboundSocketsPerPeer: wholeNumber(0, MILLION, 'sockets').meta({
      description:
        'Most of them of one peer that has proved who it is; the next is closed with 1013. 0: no such limit.',
      off: '0'
    }),
    inboundSocketsPerSecond: wholeNumber(0, MILLION, 'sockets per second').meta({
      description:
        'Most that one host may open per second, as many at once; the next is closed with 1013. 0: no such limit.',
      off: '0'
    }),
    offencesPerHour: wholeNumber(0, MILLION, 'offences per hour').meta({
      description:
        'A host is banned past this many offences: sockets that were closed for what came on them. 0: never.',
      off: '0'
    }),
    banMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({ description: 'How long a ban lasts, in ms.' }),
    refuseScore: number(-MILLION, 0).meta({
      description:
        'A proved peer is refused while its score is at or below this, and its sockets are closed. 0: never.',
      unit: 'points',
      off: '0'
    }),
    banScore: number(-MILLION, 0).meta({
      description: 'A proved peer is banned once its score is at or below this. 0: never.',
      unit: 'points',
      off: '0'
    }),
    scoreHalfLifeMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({
      description: 'What a peer did counts half after this time, in ms.'
    }),
    knownPeers: wholeNumber(1, MILLION, 'peers').meta({
      description: 'Most peers, and most hosts, that are remembered; who was met longest ago is forgotten for another.'
    }),
    forgetMs: wholeNumber(1, TEN_YEARS_MS, 'ms').meta({
      description: 'Peers and hosts that were not met for this time are forgotten, in ms.'
    }),
    framesPerSecond: wholeNumber(0, MILLION, 'frames per second').meta({
      description:
        'Most frames of one peer per second, as many at once; then its socket is closed with 1008. 0: no such limit.',
      off: '0'
    }),
    bytesPerSecond: wholeNumber(0, 4 * GIBIBYTE, 'bytes per second').meta({
      description:
        'Most bytes of frames of one peer per second; then its socket is closed with 1008. 0: no such limit.',
      off: '0'
    }),
    frameBytes: wholeNumber(1, GIBIBYTE, 'bytes').meta({ description: 'Longest frame, in bytes.' }),
    sendQueueBytes: wholeNumber(1, 4 * GIBIBYTE, 'bytes').meta({
      description: 'Most bytes queued to one slow reader.'
    }),
    handshakeMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({ description: 'Longest handshake, in ms.' }),
    greetingMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({
      description: "Longest wait for a peer's greeting where one is needed, in ms."
    }),
    greetingBytes: wholeNumber(1024, GIBIBYTE, 'bytes').meta({
      description: 'Longest greeting, as a frame, in bytes; the socket is closed with 1009.'
    }),
    idleMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description:
        'An inbound socket on which nothing but heartbeats passes for so many ms is closed with 1000. 0: never.',
      off: '0'
    }),
    admitMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({
      description: 'Longest time in ms that the `admit` of a program may take for one peer, which is refused then.'
    }),
    pendingAdmissions: wholeNumber(1, MILLION, 'peers').meta({
      description: 'Most peers that `admit` decides on at once; the next is closed with 1013.'
    }),
    pendingRequests: wholeNumber(1, MILLION, 'requests').meta({
      description: 'Most requests of ours that wait for answers, per socket.'
    }),
    runningRequests: wholeNumber(1, MILLION, 'requests').meta({
      description:
        'Most requests of a peer that run at once, per socket; the next is answered with ERR_TRUSTP2P_LIMIT_BUSY.'
    }),
    runningBytes: wholeNumber(1024, GIBIBYTE, 'bytes').meta({
      description:
        'Most bytes of frames that handlers work on at once, per socket; beyond it requests are busy and talks dropped.'
    }),
    nodeRunningBytes: wholeNumber(1024, 64 * GIBIBYTE, 'bytes').meta({
      description: 'The same for the whole node, with those whose socket has gone.'
    }),
    bodyDepth: wholeNumber(1, 1000, 'levels').meta({ description: 'Deepest nesting of a JSON body.' }),
    badFrames: wholeNumber(0, MILLION, 'frames').meta({
      description: 'A socket is closed with 1002 at its n-th undecodable frame. 0: never.',
      off: '0'
    }),
    unknownEvents: wholeNumber(0, MILLION, 'frames per minute').meta({
      description: 'A socket is closed with 1003 past this many unknown talks within a minute. 0: never.',
      off: '0'
    }),
    uselessFrames: wholeNumber(0, MILLION, 'frames per minute').meta({
      description:
        'A socket is closed with 1003 past this many pings, empty frames and answers to nothing within a minute. 0: never.',
      off: '0'
    }),
    explainRecords: wholeNumber(0, 10_000, 'records').meta({
      description: 'Most records of what was refused, closed, dropped or failed, a tenth of them of one host. 0: none.',
      off: '0'
    }),
    threadStoreBytes: wholeNumber(0, 4 * GIBIBYTE, 'bytes').meta({
      description: 'Most bytes that one thread keeps in the store: its keys and values, and 64 for each.'
    })
  } satisfies ShapeOf<LimitsConfig>,
  AN_OBJECT
)

export const requestSchema = z.strictObject(
  {
    timeoutMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description: 'Longest wait for an answer, in ms. 0: for ever.',
      off: '0'
    }),
    stalledMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description:
        'How long a server may leave a request with `reroute` unanswered before another is asked, in ms. 0: for ever.',
      off: '0'
    })
  } satisfies ShapeOf<RequestConfig>,
  AN_OBJECT
)

export const redialSchema = z.strictObject(
  {
    firstMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({ description: 'Wait before the first redial, in ms.' }),
    factor: number(1, 100).meta({ description: 'What each wait is multiplied by to give the next.' }),
    longestMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({ description: 'Longest wait, in ms.' }),
    jitter: number(0, 1).meta({
      description: 'Part of a wait that is random: 0.2 gives 80 % to 120 % of it.',
      off: '0'
    })
  } satisfies ShapeOf<RedialConfig>,
  AN_OBJECT
)

export const watchdogSchema = z.strictObject(
  {
    blockedMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description:
        'Longest time in ms that a thread may keep the event loop from turning without being told of. 0: for ever.',
      off: '0'
    })
  } satisfies ShapeOf<WatchdogConfig>,
  AN_OBJECT
)

export const logSchema = z.strictObject(
  {
    level: oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).meta({
      description: 'The least severe lines that are written.',
      off: '"silent"'
    })
  } satisfies ShapeOf<LogConfig>,
  AN_OBJECT
)

const RESTART = "When it is started again after a failure. What is not set here is as the thread's manifest says."

export const restartSchema = z.strictObject(
  {
    firstMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({ description: 'Wait before the first restart, in ms.' }),
    factor: number(1, 100).meta({ description: 'What each wait is multiplied by to give the next.' }),
    longestMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({ description: 'Longest wait, in ms.' }),
    jitter: number(0, 1).meta({
      description: 'Part of a wait that is random: 0.2 gives 80 % to 120 % of it.',
      off: '0'
    }),
    most: wholeNumber(0, 1_000, 'restarts').meta({
      description: 'Most restarts within `withinMs`; past them the thread is quarantined.',
      off: '0'
    }),
    withinMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({
      description: 'The time that restarts are counted in, in ms. Who ran for so long begins with the first wait.'
    })
  } satisfies ShapeOf<RestartPolicy>,
  AN_OBJECT
)

const restartSettingsSchema = z.strictObject(
  {
    firstMs: restartSchema.shape.firstMs.exactOptional(),
    factor: restartSchema.shape.factor.exactOptional(),
    longestMs: restartSchema.shape.longestMs.exactOptional(),
    jitter: restartSchema.shape.jitter.exactOptional(),
    most: restartSchema.shape.most.exactOptional(),
    withinMs: restartSchema.shape.withinMs.exactOptional()
  } satisfies ShapeOf<Partial<RestartPolicy>>,
  AN_OBJECT
)

/** The range is that of manifests, and 0. */
export const quotaSchema = z.strictObject(
  {
    perSecond: number(0, MILLION).meta({
      description: 'The rate that is kept up, in messages per second; 0 for none of it: the event has no quota.',
      off: '0'
    }),
    burst: number(1, MILLION)
      .exactOptional()
      .meta({ description: 'How many may come at once; what a second allows, 1 at least, where it is absent.' })
  } satisfies ShapeOf<Quota>,
  AN_OBJECT
)

export const workerSchema = z.strictObject(
  {
    heapMb: wholeNumber(16, 65_536, 'MiB').meta({
      description: 'Largest heap of the worker, in MiB; buffers of bytes do not count.'
    }),
    hangMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description: 'How long the worker may stand still before it is ended, in ms. 0: for ever.',
      off: '0'
    }),
    queue: wholeNumber(1, MILLION, 'messages').meta({
      description: 'Most messages and calls that one side has sent and the other has not taken.'
    }),
    queueBytes: wholeNumber(1024, GIBIBYTE, 'bytes').meta({ description: 'Most bytes of their bodies.' })
  } satisfies ShapeOf<WorkerConfig>,
  AN_OBJECT
)

const workerSettingsSchema = z.strictObject(
  {
    heapMb: workerSchema.shape.heapMb.exactOptional(),
    hangMs: workerSchema.shape.hangMs.exactOptional(),
    queue: workerSchema.shape.queue.exactOptional(),
    queueBytes: workerSchema.shape.queueBytes.exactOptional()
  } satisfies ShapeOf<Partial<WorkerConfig>>,
  AN_OBJECT
)

const WORKER = 'What it may take where it runs in a worker.'

const isolationSchema: z.ZodType<Isolation> = oneOf(['inline', 'worker'])

export const threadSchema = z.strictObject(
  {
    config: z.unknown().meta({ description: 'What the thread gets as `this.config`.' }),
    startTimeoutMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({
      description: 'Longest time to load and start, in ms, each.'
    }),
    stopTimeoutMs: wholeNumber(1, LONGEST_TIMER_MS, 'ms').meta({ description: 'Longest time to stop, in ms.' }),
    drainTimeoutMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description: 'How long running handlers may finish when the thread is stopped, in ms.'
    }),
    handlerTimeoutMs: wholeNumber(0, LONGEST_TIMER_MS, 'ms').meta({
      description: 'Longest time of one handler, in ms. 0: no limit.',
      off: '0'
    }),
    restart: restartSchema.meta({ description: RESTART }),
    quotas: z
      .record(text(/^[^\0]*$/, 'an event, or the beginning of events with a "*" at its end'), quotaSchema, AN_OBJECT)
      .meta({
        description:
          "How often one peer may send an event, by event; an event that stands here has nothing of the manifest's quotas."
      }),
    isolation: isolationSchema.meta({ description: 'Where its code runs. Where it is not set, as its manifest says.' }),
    worker: workerSchema.meta({ description: WORKER })
  } satisfies ShapeOf<ThreadConfig>,
  AN_OBJECT
)

const threadSettingsSchema = z.strictObject(
  {
    config: threadSchema.shape.config.exactOptional(),
    startTimeoutMs: threadSchema.shape.startTimeoutMs.exactOptional(),
    stopTimeoutMs: threadSchema.shape.stopTimeoutMs.exactOptional(),
    drainTimeoutMs: threadSchema.shape.drainTimeoutMs.exactOptional(),
    handlerTimeoutMs: threadSchema.shape.handlerTimeoutMs.exactOptional(),
    restart: restartSettingsSchema.meta({ description: RESTART }).exactOptional(),
    quotas: threadSchema.shape.quotas.exactOptional(),
    isolation: threadSchema.shape.isolation.exactOptional(),
    worker: workerSettingsSchema.meta({ description: WORKER }).exactOptional()
  } satisfies ShapeOf<Partial<ThreadConfig>>,
  AN_OBJECT
)

export const tcpSchema = z.strictObject({ keepAliveMs: keepAliveSchema } satisfies ShapeOf<LinkConfig>, AN_OBJECT)

export const tlsDriverSchema = z.strictObject(
  { keepAliveMs: keepAliveSchema, ...tlsSchema.shape } satisfies ShapeOf<TlsDriverConfig>,
  AN_OBJECT
)

export const unixSchema = z.strictObject(
  {
    keepAliveMs: keepAliveSchema,
    mode: text(/^[0-7]{3}$/, 'three octal digits, such as "600"').meta({
      description: 'Who may connect: the mode of the socket, in octal digits.'
    })
  } satisfies ShapeOf<UnixConfig>,
  AN_OBJECT
)

export const driverModuleSchema = z.strictObject(
  {
    module: text(/^[^\0\s][^\0]*$/, 'a package, or a path that begins with "./", "../" or "/"').meta({
      description: 'The package that brings it, or a path that begins with "./", "../" or "/"; from `cwd`.'
    }),
    config: z.unknown().exactOptional().meta({ description: 'What it gets as its `config`.' })
  } satisfies ShapeOf<DriverModuleConfig>,
  AN_OBJECT
)

const driversSchema = z.strictObject(
  {
    ws: wsSchema.meta({ description: 'The driver of `ws://` and `wss://` addresses.' }),
    tcp: tcpSchema.meta({ description: 'The driver of `tcp://` addresses.' }),
    tls: tlsDriverSchema.meta({ description: 'The driver of `tls://` addresses.' }),
    unix: unixSchema.meta({ description: 'The driver of `unix://` addresses.' }),
    modules: z
      .record(
        text(/^[A-Za-z][\w@.-]*$/, 'a name: a letter, then letters, digits, "@", ".", "_" or "-"'),
        driverModuleSchema,
        AN_OBJECT
      )
      .meta({ description: 'Drivers of others, by a name of your choice; each is loaded when the node starts.' })
  } satisfies ShapeOf<DriversConfig>,
  AN_OBJECT
)

export const peersSchema = z.strictObject(
  {
    allow: ruleList().meta({
      description:
        'Who may connect and be dialled, by peer id, IP address or network, once proved where it is a peer id. [] is everybody.',
      off: '[]'
    }),
    deny: ruleList().meta({
      description:
        'Who may not connect nor be dialled, by peer id, IP address or network, also where `allow` lists it.',
      off: '[]'
    }),
    closeDuplicates: yesOrNo().meta({
      description:
        'Whether we and a peer that has proved who it is share one socket over each scheme, whoever dialled; others are closed once they are idle.',
      off: 'false'
    })
  } satisfies ShapeOf<PeersConfig>,
  AN_OBJECT
)

export const networkSchema = z.strictObject(
  {
    key: z
      .string(A_NETWORK_KEY)
      .refine((key) => key === '' || readNetworkKey(key) !== undefined, A_NETWORK_KEY)
      .meta({
        description:
          'The key that its members share, 32 bytes in base64; every peer has to prove itself with it. Reports leave it out.',
        off: '""'
      }),
    keyFile: filePath().meta({
      description: 'File that holds the key in place of that, mode 0600; relative to `cwd`.',
      off: '""'
    })
  } satisfies ShapeOf<NetworkConfig>,
  AN_OBJECT
)

export const proxySchema = z.strictObject(
  {
    url: z
      .string(A_PROXY)
      .refine((url) => url === '' || readProxy(url) !== undefined, A_PROXY)
      .meta({
        description:
          'Address of the proxy, with `user:password@` where it asks for them, which reports leave out; over `ws://`, `wss://`, `tcp://` and `tls://`.',
        off: '""'
      }),
    direct: list(
      z.string(A_DIRECT_HOST).refine(isDirectHost, A_DIRECT_HOST),
      'a list of hosts, such as ["localhost", "10.0.0.0/8"]'
    ).meta({
      description:
        'Hosts that are dialled without it: names, IP addresses and networks. Other names are looked up by the proxy.',
      off: '[]'
    })
  } satisfies ShapeOf<ProxyConfig>,
  AN_OBJECT
)

const authSchema: z.ZodType<AuthMode> = oneOf(['off', 'optional', 'required'])

export const nodeSchema = z.strictObject(
  {
    name: text(
      NODE_NAME,
      `a letter or digit, then at most ${LONGEST_NODE_NAME - 1} letters, digits, "_", "." or "-"`
    ).meta({
      description: 'Name of the node: its state lies in `.trustp2p/<name>/`.'
    }),
    listen: list(address(), 'a list of addresses, such as ["ws://127.0.0.1:1107"]').meta({
      description: 'Addresses to listen on.',
      off: '[]'
    }),
    connect: list(address(), 'a list of addresses, such as ["ws://127.0.0.1:1107"]').meta({
      description: 'Addresses to dial, and to dial again when they are lost.',
      off: '[]'
    }),
    control: z.union([z.boolean(), text(/^[^\0]+$/, 'a path')], 'true, false, or the path of a socket').meta({
      description:
        'Whether a running node can be driven from its folder, or the path of the control socket, relative to `cwd`. Where nobody says it: API false, command line true.',
      off: 'false'
    }),
    store: z.union([z.boolean(), text(/^[^\0\s][^\0]*$/, 'a package')], 'true, false, or a package').meta({
      description:
        'What keeps what the node remembers, in its state folder: true for `@trustp2p/store` where that is installed, another package by its name, or false: it then lasts as long as the node.',
      off: 'false'
    }),
    auth: authSchema.meta({
      description:
        'Whether peers prove who they are, and frames are sealed where TLS does not: off; optional, for those that can; or required, so that others are refused.',
      off: '"off"'
    }),
    network: networkSchema.meta({ description: 'The private network that the node is of.' }),
    peers: peersSchema.meta({ description: 'Who may connect, and be dialled.' }),
    trustProxy: list(
      addressOrNetwork('an IP address or a network, such as "10.0.0.0/8"'),
      'a list of IP addresses and networks, such as ["127.0.0.1", "10.0.0.0/8"]'
    ).meta({
      description:
        'Proxies whose `x-forwarded-for` and `x-real-ip` are believed: addresses, and networks such as `10.0.0.0/8`.',
      off: '[]'
    }),
    proxyProtocol: yesOrNo().meta({
      description:
        'Whether connections of `trustProxy` begin with a header of the PROXY protocol, version 2, which says whom they come from.',
      off: 'false'
    }),
    proxy: proxySchema.meta({ description: 'The proxy through which peers are dialled.' }),
    allowedFolders: list(text(/\S/, 'the path of a folder'), 'a list of folders, such as ["../shared-threads"]').meta({
      description:
        'Folders outside the project, relative to it, that links of threads may lead into: what lies there runs.',
      off: '[]'
    }),
    processHandlers: yesOrNo().meta({
      description:
        "Whether what threads leave floating (a promise without a catch, a timer of Node's own that throws) goes to the node; without it Node's default ends the process.",
      off: 'false'
    }),
    watchdog: watchdogSchema.meta({ description: 'How threads are found that keep the event loop from turning.' }),
    drivers: driversSchema.meta({ description: 'Settings of single drivers, by name.' }),
    limits: limitsSchema.meta({ description: 'What a node accepts at most.' }),
    request: requestSchema.meta({ description: 'Settings of our own requests.' }),
    redial: redialSchema.meta({ description: 'When a lost connection of `connect` is dialled again.' }),
    log: logSchema.meta({ description: 'What is written to the log.' }),
    threads: z
      .record(
        text(/^[A-Za-z][\w@.-]*$/, 'a thread name: a letter, then letters, digits, "@", ".", "_" or "-"'),
        threadSettingsSchema,
        AN_OBJECT
      )
      .meta({ description: 'Settings of single threads, by name.' })
  } satisfies ShapeOf<NodeConfig>,
  AN_OBJECT
)

function wholeNumber(from: number, to: number, unit: string): z.ZodType<number> {
  const expected = `a whole number from ${from} to ${to} (${unit})`
  return z.int(expected).min(from, expected).max(to, expected).meta({ unit })
}

function number(from: number, to: number): z.ZodType<number> {
  const expected = `a number from ${from} to ${to}`
  return z.number(expected).min(from, expected).max(to, expected)
}

function text(pattern: RegExp, expected: string): z.ZodType<string, string> {
  return z.string(expected).regex(pattern, expected)
}

function filePath(): z.ZodType<string> {
  return text(/^[^\0]*$/, 'the path of a file, or "" for none')
}

function addressOrNetwork(expected: string): z.ZodType<string> {
  return z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()], expected)
}

function address(): z.ZodType<string> {
  return text(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/\S+$/, 'an address, such as "ws://127.0.0.1:1107"')
}

function list<T>(item: z.ZodType<T>, expected: string): z.ZodType<T[]> {
  return z.array(item, expected)
}

function ruleList(): z.ZodType<string[]> {
  const expected = `at most ${MOST_RULES} entries, each ${A_RULE}`
  return z.array(z.string(A_RULE).refine(isRule, A_RULE), expected).max(MOST_RULES, expected)
}

function yesOrNo(): z.ZodType<boolean> {
  return z.boolean('true or false')
}

function oneOf<const T extends string>(values: readonly T[]): z.ZodType<T> {
  return z.enum(values, `one of ${values.join(', ')}`)
}
