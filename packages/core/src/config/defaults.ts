import { WORKER_DEFAULTS } from '../thread/isolated/worker-defaults'
import { RESTART_DEFAULTS } from '../thread/restarts'
import type { NodeConfig, NodeRole, ThreadConfig, TlsConfig } from './config'

const LOCAL_ADDRESS = 'ws://127.0.0.1:1107'

/** In bytes. */
export const MEBIBYTE = 1024 * 1024

const DAY_MS = 86_400_000

/** Time between two looks at a link. */
const KEEP_ALIVE_MS = 20_000

const NO_CERTIFICATES: TlsConfig = Object.freeze({ certFile: '', keyFile: '', caFile: '', reloadMs: 10_000 })

/** What a thread gets where its settings say nothing. */
export const THREAD_DEFAULTS: ThreadConfig = Object.freeze({
  config: Object.freeze({}),
  startTimeoutMs: 10_000,
  stopTimeoutMs: 5_000,
  drainTimeoutMs: 10_000,
  handlerTimeoutMs: 0,
  restart: RESTART_DEFAULTS,
  quotas: Object.freeze({}),
  isolation: 'inline',
  worker: WORKER_DEFAULTS
})

/**
 * The configuration of a node to which nobody gave one. The roles differ only in this: a server listens on
 * `ws://127.0.0.1:1107`, a client dials it, a node does neither. Each call gives a new object.
 */
export function defaultConfig(role: NodeRole, control = false, listen = defaultListen(role)): NodeConfig {
  return {
    name: role,
    listen,
    connect: role === 'client' ? [LOCAL_ADDRESS] : [],
    control,
    store: true,
    auth: 'optional',
    network: { key: '', keyFile: '' },
    peers: { allow: [], deny: [], closeDuplicates: true },
    trustProxy: [],
    proxyProtocol: false,
    proxy: { url: '', direct: ['127.0.0.0/8', '::1', 'localhost'] },
    allowedFolders: [],
    processHandlers: true,
    watchdog: { blockedMs: 1_000 },
    drivers: {
      ws: {
        compression: false,
        path: '/',
        origins: [],
        keepAliveMs: KEEP_ALIVE_MS,
        tls: { ...NO_CERTIFICATES }
      },
      tcp: { keepAliveMs: KEEP_ALIVE_MS },
      tls: { keepAliveMs: KEEP_ALIVE_MS, ...NO_CERTIFICATES },
      unix: { keepAliveMs: KEEP_ALIVE_MS, mode: '600' },
      modules: {}
    },
    limits: {
      inboundSockets: 100,
      inboundSocketsPerHost: 100,
      inboundSocketsPerPeer: 20,
      inboundSocketsPerSecond: 100,
      offencesPerHour: 10,
      banMs: 3_600_000,
      refuseScore: -5,
      banScore: -10,
      scoreHalfLifeMs: 3_600_000,
      knownPeers: 10_000,
      forgetMs: 30 * DAY_MS,
      framesPerSecond: 0,
      bytesPerSecond: 0,
      frameBytes: MEBIBYTE,
      sendQueueBytes: 4 * MEBIBYTE,
      handshakeMs: 10_000,
      greetingMs: 10_000,
      greetingBytes: 64 * 1024,
      idleMs: 0,
      admitMs: 10_000,
      pendingAdmissions: 100,
      pendingRequests: 10_000,
      runningRequests: 1_000,
      runningBytes: 16 * MEBIBYTE,
      nodeRunningBytes: 256 * MEBIBYTE,
      bodyDepth: 64,
      badFrames: 1,
      unknownEvents: 1_000,
      uselessFrames: 1_000,
      explainRecords: 1_000,
      threadStoreBytes: 16 * MEBIBYTE
    },
    request: { timeoutMs: 300_000, stalledMs: 5_000 },
    redial: { firstMs: 1_000, factor: 2, longestMs: 30_000, jitter: 0.2 },
    log: { level: 'info' },
    threads: {}
  }
}

function defaultListen(role: NodeRole): readonly string[] {
  return role === 'server' ? [LOCAL_ADDRESS] : []
}
