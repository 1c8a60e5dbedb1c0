import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Deliver } from '../../deliver/deliver'
import { LIBRARY_NAME, LIBRARY_VERSION } from '../../deliver/greeting'
import { dialFailed } from '../../driver/driver-errors'
import type { CP2pMessage } from '../../deliver/message'
import type { P2pSocket } from '../../driver/socket'
import { errorCode, isErrorCode, isPeerCode, P2pError } from '../../errors'
import { PackageType } from '../../wire/package'
import { createNodeKit } from '../kit'
import { silentLog } from '../log'
import { assertFolder, listStateFolders, stateFolderPath } from '../state-folder'
import { findLockHolder } from '../state-folder-lock'
import { isNodeReport, isThreadChange, isThreadList, isWatchBatch } from './control-answers'
import { ControlEvent, WATCH_FRAMES_EVENT } from './control-events'
import type { NodeReport, ThreadChange, ThreadReport } from './control-events'
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
  #onFrames: ((batch: WatchBatch) => void) | undefined
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
        onClose: () => this.#onClose()
      }
    })
    const socket = new StreamSocket(raw, { kit, limits: CONTROL_LIMITS, url: path, peer: `the node ${name}` })
    this.#socket = this.#deliver.adopt(socket, 'outbound')
  }

  /**
   * Connects to a running node. Rejects with ERR_TRUSTP2P_CONTROL_NOT_RUNNING, with ERR_TRUSTP2P_CONTROL_FORBIDDEN or
   * ERR_TRUSTP2P_STATE_FOLDER_INVALID where the socket or its folder could be another user's, or with
   * ERR_TRUSTP2P_DRIVER_DIAL_FAILED.
   */
  static async connect({ cwd, name }: ControlTarget): Promise<ControlClient> {
    const folder = await stateFolderPath({ cwd, name })
    const path = await findControlSocket(folder)
    const raw = path === undefined ? undefined : await open(path)
    if (path !== undefined && raw !== undefined) return new ControlClient(name, raw, path)
    throw await notRunning(folder, { cwd, name })
  }

  /** Asks how the node is. */
  async status(options?: ControlRequestOptions): Promise<NodeReport> {
    return checked(await this.request(ControlEvent.STATUS, null, options), isNodeReport)
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

  /**
   * Begins to watch the frames of the node, those alone that pass the filter, in place of an earlier watch. Rejects with
   * ERR_TRUSTP2P_THREAD_NOT_FOUND or ERR_TRUSTP2P_CONTROL_INVALID for a thread or a socket that is not there.
   */
  async watch(filter: WatchFilter, onFrames: (batch: WatchBatch) => void): Promise<void> {
    this.#onFrames = onFrames
    await this.request(ControlEvent.START_WATCH, filter)
  }

  /** Ends the watch; harmless where there is none. */
  async unwatch(): Promise<void> {
    this.#onFrames = undefined
    await this.request(ControlEvent.STOP_WATCH, null)
  }

  /** Asks for an event. Rejects with the node's error, or with ERR_TRUSTP2P_REQUEST_TIMEOUT or _SOCKET_CLOSED. */
  async request(event: string, body: unknown, options: ControlRequestOptions = {}): Promise<unknown> {
    try {
      return await this.#deliver.request(this.#socket, event, body, options)
    } catch (error) {
      throw asOwnError(error, this.name)
    }
  }

  /** Ends the connection; requests that wait reject with ERR_TRUSTP2P_SOCKET_CLOSED. */
  async close(): Promise<void> {
    const closed = new P2pError('ERR_TRUSTP2P_SOCKET_CLOSED', 'the connection to the node was closed')
    await this.#deliver.close(closed, 1000, '')
  }

  #route(message: CP2pMessage): boolean {
    if (message.type !== PackageType.TALK || message.event !== WATCH_FRAMES_EVENT) return false
    const batch = bodyOf(message)
    if (isWatchBatch(batch)) this.#onFrames?.(batch)
    return true
  }
}

/**
 * Connects to the node of that name, or to every node that runs in a folder, in the order of their names. Rejects as
 * ControlClient.connect does, also where none runs.
 */
export async function connectToNodes(cwd: string, name?: string): Promise<readonly ControlClient[]> {
  if (name !== undefined) return [await ControlClient.connect({ cwd, name })]
  await assertFolder(cwd)
  const clients: ControlClient[] = []
  for (const found of await listStateFolders(cwd)) {
    try {
      clients.push(await ControlClient.connect({ cwd, name: found }))
    } catch (error) {
      if (errorCode(error) === 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING') continue
      for (const client of clients) await client.close()
      throw error
    }
  }
  if (clients.length > 0) return clients
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
function open(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path })
    const onError = (error: Error) => {
      const code = errorCode(error)
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(undefined)
      else reject(dialFailed(path, error))
    }
    socket.once('error', onError)
    socket.once('connect', () => {
      socket.off('error', onError)
      resolve(socket)
    })
  })
}

async function notRunning(folder: string, { cwd, name }: ControlTarget): Promise<P2pError> {
  const holder = await findLockHolder(folder)
  const text =
    holder === undefined
      ? `no node ${name} runs in ${cwd}`
      : `the node ${name} (pid ${holder.pid}) of ${cwd} starts or ends just now: try again`
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
