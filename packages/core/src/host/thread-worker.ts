import { workerData, type MessagePort } from 'node:worker_threads'
import { assertNodeEvent } from '../node-events'
import { carryError } from '../thread/isolated/carried-error'
import type { Manifest } from '../thread/manifest'
import { Guest } from '../thread/isolated/guest'
import type { RoomPort } from '../thread/isolated/room'
import { numberOf } from '../thread/isolated/step'
import { findEntry } from './entry-finder'
import { runLater } from './file-steps'
import { createNodeKit } from './kit'
import { LinkGuard } from './link-guard'
import { readManifestFile } from './manifest-file'
import { silentLog } from './log'
import { ThreadLoader } from './thread-loader'
import type { ApartOrder, FromLoader, ToLoader, WorkerStart } from './worker/loading-protocol'
import { PortCompiler } from './worker/port-compiler'
import { threadApi } from './worker/thread-api'

/** The program of a worker that runs one version of a thread. */
function main({ loading, step }: WorkerStart): void {
  const compiler = new PortCompiler(loading)
  const tell = (item: FromLoader): void => loading.postMessage(item)
  loading.on('message', (item: ToLoader) => {
    if (item.kind === 'compiled') compiler.settle(item)
    else if (item.kind === 'release') tell({ kind: 'released', clean: openResources() === 0 })
    else void load(item, { compiler, tell, step })
  })
  tell({ kind: 'ready' })
}

interface Surroundings {
  readonly compiler: PortCompiler
  readonly tell: (item: FromLoader) => void
  readonly step: Int32Array
}

async function load(order: ApartOrder, { compiler, tell, step }: Surroundings): Promise<void> {
  const { line, name, label, queue, queueBytes } = order
  const kit = createNodeKit({ log: silentLog })
  const port = roomPort(line)
  const guest = new Guest({ ...kit, name, path: label, port, step, queue, queueBytes, assertNodeEvent })
  try {
    Atomics.store(step, 0, numberOf('the module'))
    const { exports, manifest } = await loadModule(order, { compiler, tell, globals: guest.scope.globals })
    guest.adopt(exports, manifest)
    tell({ kind: 'loaded' })
  } catch (error) {
    await guest.scope.dispose()
    tell({ kind: 'failed', error: carryError(error) })
  } finally {
    Atomics.store(step, 0, 0)
  }
}

async function loadModule(
  { path, cwd, allowedFolders, fileBytes, modules }: ApartOrder,
  { compiler, tell, globals }: Pick<Surroundings, 'compiler' | 'tell'> & { globals: Guest['scope']['globals'] }
): Promise<{ readonly exports: unknown; readonly manifest: Manifest | undefined }> {
  const guard = new LinkGuard({ cwd, allowedFolders, fileBytes })
  const note = (key: string, print: string): void => tell({ kind: 'note', key, print })
  const loader = new ThreadLoader({ guard, compiler, api: threadApi, modules, noteShared: note })
  const found = await runLater(findEntry(path, guard, new Map()))
  if (found?.problem !== undefined) throw found.problem
  if (found?.file === undefined) throw new TypeError(`${guard.label(path)} is no thread any more`)
  const { file, folder } = found
  const manifest = await runLater(readManifestFile(file, guard, note))
  const { signal } = new AbortController()
  return { exports: await loader.load({ file, folder, globals, signal, note }), manifest }
}

/** What a thread has opened, and did not close. */
function openResources(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind !== 'MessagePort').length
}

function roomPort(port: MessagePort): RoomPort {
  return {
    post: (message, transfer) => port.postMessage(message, [...transfer]),
    onMessage: (listener) => port.on('message', listener)
  }
}

main(workerData as WorkerStart)
