import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { errorText, P2pError } from '../../errors'
import { restoreError } from '../../thread/isolated/carried-error'
import type { RoomEnd } from '../../thread/isolated/room'
import { endText } from '../../thread/isolated/worker-errors'
import type { ApartLoadOptions } from '../../thread/thread-source'
import { limitedNote, type Note } from '../file-print'
import type { ThreadCompiler } from '../thread-compiler'
import type { ApartOrder, CompileReply, FromLoader, ToLoader } from './loading-protocol'
import { isFromLoader } from './loading-protocol'
import { WorkerRoom } from './worker-room'
import type { WorkerStock } from './worker-stock'

export interface ApartLoaderOptions {
  readonly cwd: string
  readonly allowedFolders: readonly string[]
  readonly fileBytes: number
  readonly modules: number
  readonly compiler: ThreadCompiler
  readonly stock: WorkerStock
}

/** One entry to be loaded. */
export interface ApartEntry {
  readonly name: string
  /** How reports name it. */
  readonly label: string
  readonly path: string
  readonly note: Note
}

interface Loading {
  readonly room: WorkerRoom
  readonly loading: MessagePort
  readonly heapMb: number
  readonly note: Note
}

/** Most files that a worker may name as those that its thread depends on: about ten for each of its modules. */
const MOST_NOTES = 10_000

/** Loads threads in workers: the same loader and the same guard as in the node run there. */
export class ApartLoader {
  readonly #options: ApartLoaderOptions

  constructor(options: ApartLoaderOptions) {
    this.#options = options
  }

  /** Rejects with the coded error of the load, or with the signal's reason; the worker is ended then. */
  async load(entry: ApartEntry, options: ApartLoadOptions): Promise<WorkerRoom> {
    const { signal, heapMb, isTrial } = options
    const { stock } = this.#options
    if (isTrial) await stock.returned
    signal.throwIfAborted()
    const started = isTrial ? stock.takeTried(heapMb) : stock.take(heapMb)
    const note = limitedNote(entry.note, MOST_NOTES)
    const { port1, port2: line } = new MessageChannel()
    const room = new WorkerRoom(started, port1, isTrial ? () => void stock.giveBack(started) : undefined)
    const abort = (): void => void room.terminate()
    signal.addEventListener('abort', abort)
    try {
      const order = this.#orderOf(entry, options, line)
      const failure = await this.#load(order, { room, loading: started.loading, heapMb, note })
      signal.throwIfAborted()
      if (failure === undefined) return room
      await room.release()
      throw failure
    } catch (error) {
      await room.terminate()
      signal.throwIfAborted()
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
      if (!isTrial) stock.refill(heapMb)
    }
  }

  #orderOf({ name, label, path }: ApartEntry, { queue, queueBytes }: ApartLoadOptions, line: MessagePort): ApartOrder {
    const { cwd, allowedFolders, fileBytes, modules } = this.#options
    return { kind: 'load', line, name, label, path, queue, queueBytes, cwd, allowedFolders, fileBytes, modules }
  }

  /** Gives the error of a module that failed and left its worker alive. */
  #load(order: ApartOrder, { room, loading, heapMb, note }: Loading): Promise<Error | undefined> {
    return new Promise((resolve, reject) => {
      const onMessage = (item: unknown): void => {
        if (!isFromLoader(item)) return
        if (item.kind === 'note') note(item.key, item.print)
        // Where a worker says that it stands still may be anything, too.
        else if (item.kind === 'compile') this.#compile(item, loading).catch(() => undefined)
        else if (item.kind === 'loaded') resolve(undefined)
        else if (item.kind === 'failed') resolve(restoreError(item.error))
      }
      loading.on('message', onMessage)
      room.onEnd((end) => {
        loading.off('message', onMessage)
        reject(loadCrash(order.label, end, heapMb))
      })
      loading.postMessage(order satisfies ToLoader, [order.line])
    })
  }

  async #compile(
    { id, request, blocked }: Extract<FromLoader, { kind: 'compile' }>,
    loading: MessagePort
  ): Promise<void> {
    const reply = await this.#compiled(id, request)
    if (blocked === undefined) return loading.postMessage(reply)
    blocked.port.postMessage(reply)
    blocked.port.close()
    Atomics.store(blocked.flag, 0, 1)
    Atomics.notify(blocked.flag, 0)
  }

  async #compiled(id: number, request: Parameters<ThreadCompiler['compile']>[0]): Promise<CompileReply> {
    try {
      return { kind: 'compiled', id, result: await this.#options.compiler.compile(request), fault: '' }
    } catch (error) {
      return { kind: 'compiled', id, result: undefined, fault: errorText(error) }
    }
  }
}

/** The module ended its worker before it was loaded. */
function loadCrash(label: string, end: RoomEnd, heapMb: number): P2pError {
  const text = `${label}: the module ended its worker while it was loaded: ${endText(end, heapMb)}`
  return new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', text, { cause: end.error, details: { reason: end.fate } })
}
