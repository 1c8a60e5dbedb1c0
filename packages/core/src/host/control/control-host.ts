import { symlink, unlink } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join, resolve } from 'node:path'
import { errorText, P2pError } from '../../errors'
import { Deliver } from '../../deliver/deliver'
import { LIBRARY_NAME, LIBRARY_VERSION } from '../../deliver/greeting'
import type { P2pSocket } from '../../driver/socket'
import type { Kit } from '../../kit'
import type { P2pNode } from '../../node'
import type { NodeCompanion } from '../../node-options'
import { diskRemedy } from '../disk-remedy'
import { listenLocally } from '../local/local-listener'
import type { LocalListener } from '../local/local-listener'
import { lstatMaybe } from '../local/lstat-maybe'
import { folderInvalid, kindOf, Others, strangerOf, strangerText } from '../local/private-folder'
import { openStateFolder } from '../state-folder'
import type { StateFolder } from '../state-folder'
import { WATCH_FRAMES_EVENT } from './control-events'
import { controlHandlers } from './control-handlers'
import { CONTROL_FRAME_MS, CONTROL_LIMITS, CONTROL_REQUEST } from './control-limits'
import { ControlRouter } from './control-router'
import { CONTROL_SOCKET } from './find-control-socket'
import type { NumberedBatch } from './frame-watch'
import { FrameWatches } from './frame-watches'
import { RefusedConnections } from './refused-connections'
import { StreamSocket } from './stream-socket'

type SetTap = Parameters<NodeCompanion['open']>[1]

export interface ControlHostOptions {
  readonly kit: Kit
  readonly cwd: string
  /** Name of the node. */
  readonly name: string
  /** The configuration's key: true for the place in the state folder, or a path, relative to `cwd`. */
  readonly control: true | string
}

/**
 * Lets the owner of a node drive it from another process. It has a deliver and a route table of its own: its sockets
 * are none of the node's, and its events reach no other socket.
 */
export class ControlHost implements NodeCompanion {
  readonly #options: ControlHostOptions
  readonly #startedAt: number
  readonly #refused: RefusedConnections
  #state: StateFolder | undefined
  #listener: LocalListener | undefined
  #link: string | undefined
  #deliver: Deliver | undefined
  #opening: Promise<void> = Promise.resolve()

  constructor(options: ControlHostOptions) {
    this.#options = options
    this.#startedAt = options.kit.clock.now()
    this.#refused = new RefusedConnections(options.kit.clock, options.name)
  }

  /**
   * Takes the state folder and listens. Rejects with ERR_TRUSTP2P_STATE_LOCKED, ERR_TRUSTP2P_STATE_FOLDER_INVALID,
   * ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE, _LISTEN_FAILED or ERR_TRUSTP2P_CONTROL_UNSUPPORTED; `close` undoes what was done.
   */
  open(node: P2pNode, setTap: SetTap): Promise<void> {
    this.#opening = this.#open(node, setTap).catch((error: unknown) => {
      throw withWayOut(error)
    })
    return this.#opening
  }

  /** Closes the connections and the socket, and gives the state folder back. */
  async close(): Promise<void> {
    await this.#opening.catch(() => undefined)
    const closed = new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'the node is closed')
    await this.#deliver?.close(closed, 1001, 'node stopping')
    if (this.#link !== undefined) await unlink(this.#link).catch(() => undefined)
    await this.#listener?.close()
    this.#refused.close()
    await this.#state?.close()
  }

  async #open(node: P2pNode, setTap: SetTap): Promise<void> {
    const { cwd, name, control } = this.#options
    this.#state = await openStateFolder({ cwd, name })
    const own = join(this.#state.path, CONTROL_SOCKET)
    await this.#clear(own)
    const deliver = this.#createDeliver(node, setTap)
    this.#deliver = deliver
    this.#listener = await listenLocally({
      path: control === true ? own : resolve(cwd, control),
      onConnection: (raw) => this.#accept(raw, deliver),
      onError: (error) => this.#options.kit.log.warn({ err: error }, 'the control socket failed')
    })
    if (this.#listener.path !== own) await this.#linkTo(this.#listener.path, own)
  }

  /** Removes what an earlier holder of the lock left, since it is dead. */
  async #clear(path: string): Promise<void> {
    const stats = await lstatMaybe(path)
    if (stats === undefined) return
    if (!stats.isSocket() && !stats.isSymbolicLink()) throw folderInvalid(path, `is ${kindOf(stats)}: move it away`)
    const stranger = strangerOf(stats, Others.NONE)
    if (stranger !== undefined) throw folderInvalid(path, strangerText(path, stranger))
    await unlink(path).catch((cause: unknown) => {
      throw folderInvalid(path, `cannot be removed: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
    })
  }

  async #linkTo(target: string, path: string): Promise<void> {
    await symlink(target, path).catch((cause: unknown) => {
      throw folderInvalid(path, `cannot be made: ${errorText(cause)}; ${diskRemedy(cause)}`, cause)
    })
    this.#link = path
  }

  #createDeliver(node: P2pNode, setTap: SetTap): Deliver {
    const { kit, cwd } = this.#options
    const upMs = () => Math.round(kit.clock.now() - this.#startedAt)
    const send = (socket: P2pSocket, batch: NumberedBatch): boolean => {
      try {
        return deliver.talk(socket, WATCH_FRAMES_EVENT, batch)
      } catch (error) {
        // The watcher goes, and nothing of it may reach who sent or received the frame.
        kit.log.debug({ err: error, socket: socket.id }, 'a watcher is told nothing more')
        return false
      }
    }
    const watches = new FrameWatches({ clock: kit.clock, node, setTap, send })
    const deliver: Deliver = new Deliver({
      kit,
      config: { limits: CONTROL_LIMITS, request: CONTROL_REQUEST },
      program: { name: LIBRARY_NAME, version: LIBRARY_VERSION },
      router: new ControlRouter(controlHandlers(node, { cwd, upMs, watches }), kit.log),
      events: {
        onOpen: () => undefined,
        onError: (error, socket) => kit.log.debug({ err: error, socket: socket.id }, 'control socket error'),
        onDrain: (socket) => watches.drained(socket),
        onClose: (socket) => watches.stop(socket)
      }
    })
    return deliver
  }

  #accept(raw: Socket, deliver: Deliver): void {
    if (deliver.inboundSockets >= CONTROL_LIMITS.inboundSockets) return this.#refused.add(raw)
    const { kit } = this.#options
    const url = `control:${this.#options.name}`
    deliver.adopt(
      new StreamSocket(raw, { kit, limits: CONTROL_LIMITS, url, peer: url, frameMs: CONTROL_FRAME_MS }),
      'inbound'
    )
  }
}

/** Where its folder cannot be had, a node can do without. */
function withWayOut(error: unknown): unknown {
  if (!(error instanceof P2pError) || error.code !== 'ERR_TRUSTP2P_STATE_FOLDER_INVALID') return error
  const { code, message, details } = error
  const text = `${message}; or run the node without its control socket (control: false)`
  return new P2pError(code, text, { cause: error, ...(details && { details }) })
}
