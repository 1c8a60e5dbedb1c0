import type { Socket } from 'node:net'
import { Deliver } from '../../deliver/deliver'
import { LIBRARY_NAME, LIBRARY_VERSION } from '../../deliver/greeting'
import type { CP2pMessage } from '../../deliver/message'
import { dialFailed } from '../../driver/driver-errors'
import type { P2pSocket } from '../../driver/socket'
import type { ExplainQuery, ExplainRecord } from '../../explain/explain-record'
import { errorCode, isErrorCode, isPeerCode, P2pError } from '../../errors'
import { PackageType, PROTOCOL_ALT, PROTOCOL_VERSION } from '../../wire/package'
import { assertFolder } from '../assert-folder'
import { createNodeKit } from '../kit'
import { connectLocally, noConnection } from '../local/local-connection'
import type { LocalConnectionOptions } from '../local/local-connection'
import { silentLog } from '../log'
import { listStateFolders, stateFolderPath } from '../state-folder'
import { findLockHolder, holderRemedy } from '../state-folder-lock'
import {
  isErrorFacts,
  isNodeReport,
  isKnownPeerMaybe,
  isPeerBan,
  isPeerChange,
  isPeerListing,
  isRecordList,
  isThreadChange,
  isThreadList,
  isNumberedBatch
} from './control-answers'
import { ControlEvent, REFUSED_EVENT, WATCH_FRAMES_EVENT } from './control-events'
import type { NodeReport, PeerChange, PeerListing, ThreadChange, ThreadReport } from './control-events'
import type { BanOptions, KnownPeer, PeerBan } from '../../peers/known-peer'
import { CONTROL_LIMITS, CONTROL_REQUEST } from './control-limits'
import type { WatchFilter } from './frame-filter'
import type { WatchBatch } from './frame-watch'
import { findControlSocket } from './find-control-socket'
import { StreamSocket } from './stream-socket'

/** Which node is meant. */
export interface ControlTarget {
  /** Working directory of the node. */
  readonly cwd: string
  /** Name of the node. */
  readonly name: string
}

/** How long a request to a node may take. */
export interface ControlRequestOptions {
  /** Longest wait for the answer, in ms [300000]. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** A connection to the control socket of a running node. */
export class ControlClient {
  readonly name: string
  readonly #deliver: Deliver
  readonly #socket: P2pSocket
  #onClose: () => void = () => undefined
  /** By number; several only while the node has not answered whether the newest begins. */
  readonly #watches = new Map<number, (batch: WatchBatch) => void>()
  #lastWatch = 0
  /** Why the node has no room for us. */
  #refusal: P2pError | undefined
  #closeReason = ''
  /** Settles when the connection is gone, whoever ended it. */
  readonly closed = new Promise<void>((resolve) => (this.#onClose = resolve))

  private constructor(name: string, raw: Socket, path: string) {
    const kit = createNodeKit({ log: silentLog })
    this.name = name
    this.#deliver = new Deliver({
      kit,
      config: { limits: CONTROL_LIMITS, request: CONTROL_REQUEST },
      program: { name: LIBRARY_NAME, version: LIBRARY_VERSION },
      router: { route: (message) => this.#route(message) },
      events: {
        onOpen: () => undefined,
        onError: () => undefined,
        onDrain: () => undefined,
        onClose: (_, __, reason) => {
          this.#closeReason = reason
          this.#onClose()
        }
      }
    })
    const socket = new StreamSocket(raw, { kit, limits: CONTROL_LIMITS, url: path, peer: `the node ${name}` })
    this.#socket = this.#deliver.adopt(socket, 'outbound')
  }

  /**
   * Connects to a running node. Rejects with ERR_TRUSTP2P_CONTROL_NOT_RUNNING, with ERR_TRUSTP2P_CONTROL_FORBIDDEN or
   * ERR_TRUSTP2P_STATE_FOLDER_INVALID where the socket or its folder could be another user's, with
   * ERR_TRUSTP2P_CONFIG_INVALID for what is no name of a node, or with ERR_TRUSTP2P_DRIVER_DIAL_FAILED, _DIAL_TIMEOUT
   * or _DIAL_ABORTED. A node that is stopped or busy still takes the connection: how long to wait for it each request
   * says.
   */
  static async connect({ cwd, name }: ControlTarget, options: LocalConnectionOptions = {}): Promise<ControlClient> {
    const folder = await stateFolderPath({ cwd, name })
    const path = await findControlSocket(folder)
    const raw = path === undefined ? undefined : await open(path, options)
    if (path !== undefined && raw !== undefined) return new ControlClient(name, raw, path)
    throw await notRunning(folder, { cwd, name })
  }

  /** Asks how the node is. */
  async status(options?: ControlRequestOptions): Promise<NodeReport> {
    return checked(await this.request(ControlEvent.STATUS, null, options), isNodeReport)
  }

  /** Asks what was refused, closed, dropped or failed: the newest 500 at most. Rejects with ERR_TRUSTP2P_CONTROL_INVALID. */
  async explain(query: ExplainQuery = {}, options?: ControlRequestOptions): Promise<readonly ExplainRecord[]> {
    return checked(await this.request(ControlEvent.EXPLAIN, query, options), isRecordList)
  }

  /** Asks for the peers that it knows, those met last: 400 at most. */
  async listPeers(limit?: number, options?: ControlRequestOptions): Promise<PeerListing> {
    const body = limit === undefined ? {} : { limit }
    return checked(await this.request(ControlEvent.LIST_PEERS, body, options), isPeerListing)
  }

  /** Asks for what is known of a peer; undefined where nothing is. Rejects with ERR_TRUSTP2P_RULE_INVALID. */
  async showPeer(peer: string, options?: ControlRequestOptions): Promise<KnownPeer | undefined> {
    return checked(await this.request(ControlEvent.SHOW_PEER, { peer }, options), isKnownPeerMaybe) ?? undefined
  }

  /** Bans a peer, or a host, as `peers.ban` of the node does. Rejects as that, or with ERR_TRUSTP2P_CONTROL_INVALID. */
  async banPeer(peer: string, ban: BanOptions = {}, options?: ControlRequestOptions): Promise<PeerBan> {
    return checked(await this.request(ControlEvent.BAN_PEER, { ...ban, peer }, options), isPeerBan)
  }

  /** Ends the ban of a peer, or of a host. */
  async unbanPeer(peer: string, options?: ControlRequestOptions): Promise<PeerChange> {
    return checked(await this.request(ControlEvent.UNBAN_PEER, { peer }, options), isPeerChange)
  }

  /** Has the node forget all that it knows of a peer, or of a host. */
  async forgetPeer(peer: string, options?: ControlRequestOptions): Promise<PeerChange> {
    return checked(await this.request(ControlEvent.FORGET_PEER, { peer }, options), isPeerChange)
  }

  /** Asks for the threads that are switched on. */
  async listThreads(options?: ControlRequestOptions): Promise<readonly ThreadReport[]> {
    return checked(await this.request(ControlEvent.LIST_THREADS, null, options), isThreadList)
  }

  /** Switches a thread on, and waits until it runs. */
  async enableThread(name: string, options?: ControlRequestOptions): Promise<ThreadChange> {
    return checked(await this.request(ControlEvent.ENABLE_THREAD, { name }, options), isThreadChange)
  }

  /** Switches a thread off, and waits until nothing of it is left. */
  async disableThread(name: string, options?: ControlRequestOptions): Promise<ThreadChange> {
    return checked(await this.request(ControlEvent.DISABLE_THREAD, { name }, options), isThreadChange)
  }

  /** Loads a thread anew, and waits until the new version runs. */
  async reloadThread(name: string, options?: ControlRequestOptions): Promise<ThreadChange> {
    return checked(await this.request(ControlEvent.RELOAD_THREAD, { name }, options), isThreadChange)
  }

  /** Forgets the failures of a thread, and waits until it runs. */
  async resetThread(name: string, options?: ControlRequestOptions): Promise<ThreadChange> {
    return checked(await this.request(ControlEvent.RESET_THREAD, { name }, options), isThreadChange)
  }

  /**
   * Begins to watch the frames of the node, those alone that pass the filter, in place of an earlier watch. Rejects with
   * ERR_TRUSTP2P_THREAD_NOT_FOUND or ERR_TRUSTP2P_CONTROL_INVALID for a thread or a socket that is not there; the
   * earlier watch goes on then.
   */
  async watch(
    filter: WatchFilter,
    onFrames: (batch: WatchBatch) => void,
    options?: ControlRequestOptions
  ): Promise<void> {
    const watch = ++this.#lastWatch
    this.#watches.set(watch, onFrames)
    try {
      await this.request(ControlEvent.START_WATCH, { ...filter, watch }, options)
    } catch (error) {
      this.#watches.delete(watch)
      throw error
    }
    for (const earlier of this.#watches.keys()) if (earlier < watch) this.#watches.delete(earlier)
  }

  /** Ends the watch; harmless where there is none. */
  async unwatch(options?: ControlRequestOptions): Promise<void> {
    this.#watches.clear()
    await this.request(ControlEvent.STOP_WATCH, null, options)
  }

  /** Asks for an event. Rejects with the node's error, or with ERR_TRUSTP2P_REQUEST_TIMEOUT or _SOCKET_CLOSED. */
  async request(event: string, body: unknown, options: ControlRequestOptions = {}): Promise<unknown> {
    try {
      return await this.#deliver.request(this.#socket, event, body, options)
    } catch (error) {
      throw this.#asOwnError(error)
    }
  }

  /** Ends the connection; requests that wait reject with ERR_TRUSTP2P_SOCKET_CLOSED. */
  async close(): Promise<void> {
    const closed = new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', 'the connection to the node was closed')
    await this.#deliver.close(closed, 1000, '')
  }

  /** Ends the connection: what `await using` calls. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #route(message: CP2pMessage): boolean {
    if (message.type !== PackageType.TALK) return false
    const body = bodyOf(message)
    switch (message.event) {
      case WATCH_FRAMES_EVENT:
        if (isNumberedBatch(body)) this.#watches.get(body.watch)?.(body)
        return true
      case REFUSED_EVENT:
        if (isErrorFacts(body) && isErrorCode(body.code)) this.#refusal = new P2pError(body.code, body.message)
        return true
      default:
        return false
    }
  }

  #asOwnError(error: unknown): unknown {
    if (errorCode(error) !== 'ERR_TRUSTP2P_SOCKET_CLOSED') return asOwnError(error, this.name)
    if (this.#refusal !== undefined) return this.#refusal
    return INCOMPATIBLE.test(this.#closeReason) ? incompatible(this.name, error) : asOwnError(error, this.name)
  }
}

/** What a link is closed with whose peer speaks another version of the protocol. */
const INCOMPATIBLE = /^incompatible /

function incompatible(name: string, cause: unknown): P2pError {
  const text = `the node ${name} speaks another version of the protocol than this one, which is trustp2p ${LIBRARY_VERSION} with protocol ${PROTOCOL_VERSION}, alt ${PROTOCOL_ALT}: restart the node with this one`
  return new P2pError('ERR_TRUSTP2P_CONTROL_INVALID', text, { cause })
}

/** The nodes of a folder, as far as they can be driven. */
export interface ConnectedNodes {
  /** In the order of their names; the caller closes them. */
  readonly nodes: readonly ControlClient[]
  /** Why nodes that may run cannot be connected to, each as ControlClient.connect rejects. */
  readonly failures: readonly unknown[]
}

/**
 * Connects to the node of that name, or to every node that runs in a folder: one that cannot be connected to does not
 * hold up the others. Rejects with ERR_TRUSTP2P_CONTROL_NOT_RUNNING where none runs, with
 * ERR_TRUSTP2P_NODE_FOLDER_INVALID or ERR_TRUSTP2P_STATE_FOLDER_INVALID where the folder cannot be looked at, and for a
 * name as ControlClient.connect does. The options hold for each connection; where the signal aborts, it rejects with
 * ERR_TRUSTP2P_DRIVER_DIAL_ABORTED.
 */
export async function connectToNodes(
  cwd: string,
  name?: string,
  options?: LocalConnectionOptions
): Promise<ConnectedNodes> {
  if (name !== undefined) return { nodes: [await ControlClient.connect({ cwd, name }, options)], failures: [] }
  await assertFolder(cwd)
  const nodes: ControlClient[] = []
  const failures: unknown[] = []
  for (const found of await listStateFolders(cwd)) {
    try {
      nodes.push(await ControlClient.connect({ cwd, name: found }, options))
    } catch (error) {
      if (options?.signal?.aborted === true) {
        for (const node of nodes) await node.close()
        throw error
      }
      if (errorCode(error) !== 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING') failures.push(error)
    }
  }
  if (nodes.length + failures.length > 0) return { nodes, failures }
  throw new P2pError('ERR_TRUSTP2P_CONTROL_NOT_RUNNING', `no node runs in ${cwd}`, { details: { cwd } })
}

/** Undefined where it cannot be read. */
function bodyOf(message: CP2pMessage): unknown {
  try {
    return message.body
  } catch {
    return undefined
  }
}

/** What runs may be of another version than what asks. */
function checked<Answer>(answer: unknown, isAnswer: (value: unknown) => value is Answer): Answer {
  if (isAnswer(answer)) return answer
  throw new P2pError(
    'ERR_TRUSTP2P_CONTROL_INVALID',
    'the node answered with something else than was asked for: it may be of another version, restart it with this one'
  )
}

/** Gives undefined where nobody listens. */
async function open(path: string, options: LocalConnectionOptions): Promise<Socket | undefined> {
  try {
    return await connectLocally(path, options)
  } catch (error) {
    if (error instanceof P2pError) throw error
    if (noConnection(error) === 'unknown') throw dialFailed(path, error)
    return undefined
  }
}

async function notRunning(folder: string, { cwd, name }: ControlTarget): Promise<P2pError> {
  const holder = await findLockHolder(folder)
  const text =
    holder === undefined
      ? `no node ${name} runs in ${cwd}`
      : `process ${holder.pid} holds the state folder of ${name} in ${cwd}, and has no control socket; ${holderRemedy(folder, holder)}`
  return new P2pError('ERR_TRUSTP2P_CONTROL_NOT_RUNNING', text, { details: { cwd, name, pid: holder?.pid } })
}

/** The node is no peer: what it says of itself is as good as an error of our own. */
function asOwnError(error: unknown, name: string): unknown {
  if (!(error instanceof P2pError)) return error
  const { code, message, details } = error
  switch (code) {
    case 'ERR_TRUSTP2P_REQUEST_TIMEOUT':
      return new P2pError(code, `the node ${name} does not answer: it is stopped, or busy`, { cause: error })
    case 'ERR_TRUSTP2P_SOCKET_CLOSED':
      return new P2pError(code, `the node ${name} has closed the connection`, { cause: error })
    default:
      if (details?.['remote'] !== true || !(isErrorCode(code) || isPeerCode(code))) return error
      return new P2pError(code, message, { cause: error })
  }
}
