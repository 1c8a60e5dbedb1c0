import { join, resolve } from 'node:path'
import type { DriverModuleConfig, ConfigFlag, ConfigInput, NodeConfig, NodeRole } from './config/config'
import { resolveConfig } from './config/resolve-config'
import type { Service } from './contract/contract'
import { assertAdmit } from './deliver/admission'
import type { Admit } from './deliver/admission'
import { LIBRARY_NAME, LIBRARY_VERSION } from './deliver/greeting'
import type { Program } from './deliver/greeting'
import { DriverRegistry } from './driver/registry'
import type { SharedServer } from './driver/ws/shared-upgrades'
import { createTcpDriver } from './driver/stream/tcp-driver'
import { createTlsDriver } from './driver/stream/tls-driver'
import { createUnixDriver } from './driver/stream/unix-driver'
import { createWsDriver } from './driver/ws/ws-driver'
import { assertFolder } from './host/assert-folder'
import { loadDriver } from './host/driver-loader'
import type { DriverLoadOptions } from './host/driver-loader'
import { ControlHost } from './host/control/control-host'
import { guardLog } from './host/guarded-log'
import { createNodeKit } from './host/kit'
import { createLog } from './host/log'
import { createNodeContext } from './host/node-context'
import type { NodeContextOptions } from './host/node-context'
import { createGuard } from './host/process-guard'
import { runLater } from './host/file-steps'
import { readPackageFile } from './host/package-file'
import { createStoreOpener } from './host/store-opener'
import { createThreadFolder } from './host/thread-folder'
import { readConfigFile } from './host/config-file'
import type * as NetworkKeyFile from './host/network-key-file'
import { openIdentity } from './host/identity-file'
import { createIdentity } from './identity/identity'
import type { Identity } from './identity/identity'
import type { Kit, Log } from './kit'
import { P2pNode } from './node'
import { createPlatformNode, isPlatformOptions } from './platform-node'
import type { PlatformOptions } from './platform-node'
import type { ThreadSource } from './thread/thread-source'

/** What `createServer`, `createClient` and `createNode` take; every key of the configuration may stand beside these. */
export interface CreateOptions extends ConfigInput {
  /** Working directory: where `threads-enabled/` lies. */
  readonly cwd: string
  /**
   * The configuration file, relative to `cwd`, or false for none [`trustp2p.config.json` or `trustp2p.config.yaml` of
   * `cwd`, where there is one].
   */
  readonly configFile?: string | false
  /**
   * What `control` is where nobody says it [false]. For the command line alone, whose nodes are driven from a second
   * terminal: a program that wants a control socket gives `control`, which configuration files then do not change.
   */
  readonly defaultControl?: boolean
  /** Closes the node; during the start it makes `create*` reject with ERR_TRUSTP2P_NODE_CLOSED. */
  readonly signal?: AbortSignal
  /** A pino logger, or anything with debug, info, warn, error and child [one to standard error at `log.level`]. */
  readonly logger?: Log
  /** Where threads come from [the links in `threads-enabled/` of `cwd`]. */
  readonly source?: ThreadSource
  /**
   * A server of the program that the node listens on, at `drivers.ws.path`: an `http.Server` or an `https.Server`, which
   * the program binds and closes. Upgrades to WebSocket on that path are the node's, all other requests the program's.
   * With it the default of `listen` is empty.
   */
  readonly server?: ProgramServer
  /** What the node proves itself with [the identity in its state folder, which its first start makes]. */
  readonly identity?: Identity
  /**
   * Decides whether a peer is let in, inbound or dialled: true lets it in [the rules of `peers` alone decide]. Called once
   * for each connection that the rules let in, once the peer is proved or known not to prove itself, before its first frame.
   */
  readonly admit?: Admit
  /** The services of `defineContract` whose events the node exchanges typed: `[Chat]` [those that threads bring]. */
  readonly contracts?: readonly Service[]
  /** Settings of a command line: stronger than file and environment, weaker than the configuration given here. */
  readonly flags?: readonly ConfigFlag[]
}

/** What tells a server of Node's HTTP from others; written without the types of Node, which not every program has. */
export interface ProgramServer {
  readonly listening: boolean
  readonly requestTimeout: number
  address(): unknown
  listenerCount(event: string): number
}

/**
 * A node that listens: on `ws://127.0.0.1:1107`, unless the configuration has `listen`. Settles when its threads run,
 * its listeners are bound and its configured addresses were dialled once. Rejects with ERR_TRUSTP2P_CONFIG_INVALID,
 * ERR_TRUSTP2P_CONFIG_FILE_INVALID, _UNREADABLE or _AMBIGUOUS, ERR_TRUSTP2P_NODE_FOLDER_INVALID,
 * ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE, _LISTEN_FAILED, _ADDRESS_INVALID or _SCHEME_UNKNOWN,
 * ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED, _TLS_FILE_UNREADABLE, _TLS_FILE_INVALID, _TLS_KEY_MISMATCH or _TLS_EXPIRED,
 * ERR_TRUSTP2P_DRIVER_NOT_FOUND, _INVALID, _LOAD_FAILED or _SCHEME_TAKEN for one of `drivers.modules`,
 * or ERR_TRUSTP2P_NODE_CLOSED; unless `auth` is off also with ERR_TRUSTP2P_IDENTITY_FILE_OPEN, _FILE_INVALID or _FILE_FAILED, or
 * ERR_TRUSTP2P_STATE_FOLDER_INVALID; where `control` is on also with ERR_TRUSTP2P_STATE_LOCKED, ERR_TRUSTP2P_STATE_FOLDER_INVALID
 * or ERR_TRUSTP2P_CONTROL_UNSUPPORTED; nothing is left open then.
 */
export function createServer(options: string | CreateOptions): Promise<P2pNode> {
  return create('server', options)
}

/** A node that dials: `ws://127.0.0.1:1107`, unless the configuration has `connect`. Otherwise as createServer. */
export function createClient(options: string | CreateOptions): Promise<P2pNode> {
  return create('client', options)
}

/**
 * A node that does what its configuration says, and nothing else. Otherwise as createServer. With a `kit` it is made of
 * that, of `registry` and of `source` alone, and touches neither files nor the environment: for simulations, and for
 * platforms that have none.
 */
export function createNode(options: string | CreateOptions | PlatformOptions): Promise<P2pNode> {
  if (typeof options === 'object' && isPlatformOptions(options)) return createPlatformNode(options)
  return create('node', options)
}

async function create(role: NodeRole, given: string | CreateOptions): Promise<P2pNode> {
  const {
    cwd,
    configFile,
    defaultControl,
    signal,
    logger,
    source,
    server,
    contracts,
    identity,
    admit,
    flags,
    ...code
  } = optionsOf(given)
  assertServer(server)
  assertAdmit(admit)
  const folder = await workingFolder(cwd)
  const file = await readConfigFile(folder, configFile)
  const defaultListen = server && []
  const config = resolveConfig({ role, defaultControl, defaultListen, file, environment: process.env, flags, code })
  const { allowedFolders } = config
  const log = guardLog(logger ?? createLog({ level: config.log.level }))
  const kit = createNodeKit({ log, context: createNodeContext(contextOptions(config)) })
  const registry = new DriverRegistry()
  const { proxy, trustProxy } = config
  const throughProxies = { proxy, proxyProtocol: config.proxyProtocol ? trustProxy : undefined }
  const ws = createWsDriver({ kit, config: config.drivers.ws, cwd: folder, trustProxy, ...throughProxies })
  const tls = createTlsDriver({ kit, config: config.drivers.tls, cwd: folder, ...throughProxies })
  const [proof, networkKey, program] = await Promise.all([
    config.auth === 'off' ? undefined : (identity ?? identityIn(folder, config, kit)),
    networkKeyIn(folder, config),
    programIn(folder),
    ws.checkFiles(),
    tls.checkFiles()
  ])
  registry.add(ws)
  registry.add(createTcpDriver({ kit, config: config.drivers.tcp, ...throughProxies }))
  registry.add(tls)
  registry.add(createUnixDriver({ kit, config: config.drivers.unix }))
  await addModules(registry, Object.values(config.drivers.modules), { kit, cwd: folder })
  const control = createControl(config, folder, kit)
  const node = new P2pNode({
    kit,
    config,
    registry,
    source: source ?? createThreadFolder({ cwd: folder, kit, api: ownExports, allowedFolders }),
    program,
    share: server && ((options) => ws.share(server, options)),
    companion: config.processHandlers ? createGuard(control) : control,
    contracts,
    admit,
    identity: proof,
    store: createStoreOpener({ cwd: folder, name: config.name, store: config.store }),
    networkKey,
    signal
  })
  await node.start()
  return node
}

/** Loaded where there is such a file alone. */
async function networkKeyIn(cwd: string, { network }: NodeConfig): Promise<Uint8Array | undefined> {
  if (network.keyFile === '') return undefined
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- synchronous, and in the bundle of a worker too
  const { readNetworkKeyFile } = require('./host/network-key-file') as typeof NetworkKeyFile
  return readNetworkKeyFile(resolve(cwd, network.keyFile))
}

/** Drivers of others, one after the other; where one fails those before it are closed. */
async function addModules(
  registry: DriverRegistry,
  modules: readonly DriverModuleConfig[],
  options: DriverLoadOptions
): Promise<void> {
  try {
    for (const module of modules) registry.add(await loadDriver(module, options))
  } catch (error) {
    await registry.close()
    throw error
  }
}

function optionsOf(given: string | CreateOptions): CreateOptions {
  return typeof given === 'string' ? { cwd: given } : given
}

function createControl({ name, control }: NodeConfig, cwd: string, kit: Kit): ControlHost | undefined {
  return control === false ? undefined : new ControlHost({ kit, cwd, name, control })
}

/** Windows has no modes: a key on its disk would be open to who knows whom, so that one start is one peer there. */
function identityIn(cwd: string, { name }: NodeConfig, kit: Kit): Promise<Identity> {
  if (process.platform !== 'win32') return openIdentity({ cwd, name, kit })
  kit.log.warn({}, 'the identity of this node lasts until it ends: on Windows none is kept yet')
  return Promise.resolve(createIdentity(kit.crypto))
}

function contextOptions({ watchdog, log }: NodeConfig): NodeContextOptions {
  return { blockedMs: watchdog.blockedMs, logsBlocked: log.level !== 'silent' && log.level !== 'fatal' }
}

function assertServer(server: ProgramServer | undefined): asserts server is SharedServer | undefined {
  if (server === undefined) return
  const known: Partial<ProgramServer> | null = server
  if (typeof known?.listening === 'boolean' && typeof known.requestTimeout === 'number') return
  throw new TypeError('server must be an http.Server or an https.Server, such as what http.createServer(app) gives')
}

/** Who greets: what the package.json of the project says, else this library. */
async function programIn(folder: string): Promise<Program> {
  const { name, version } = (await runLater(readPackageFile(join(folder, 'package.json'))).catch(() => undefined)) ?? {}
  return name === undefined ? { name: LIBRARY_NAME, version: LIBRARY_VERSION } : { name, version: version ?? '' }
}

/** What threads get when they import `trustp2p`: this instance. */
function ownExports(): object {
  // eslint-disable-next-line @typescript-eslint/no-require-imports, rooms/imports -- read late: index.ts imports this file
  return require('./index') as object
}

async function workingFolder(cwd: unknown): Promise<string> {
  if (typeof cwd !== 'string' || cwd === '') throw new TypeError('cwd must be the path of a folder')
  const folder = resolve(cwd)
  await assertFolder(folder)
  return folder
}
