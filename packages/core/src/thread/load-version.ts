import type { ThreadConfig } from '../config/config'
import type { Generation, Surroundings } from './generation'
import { InlineGeneration } from './inline-generation'
import { WorkerGeneration } from './isolated/worker-generation'
import { reasonOf, tryInWorker } from './isolated/worker-trial'
import type { Isolation } from './manifest-types'
import type { ThreadEntry } from './thread-source'

export interface LoadVersionOptions {
  readonly settings: ThreadConfig
  readonly surroundings: Surroundings
  /**
   * True where the node serves already: a version that ends or blocks it is to be found out before. One whose text
   * speaks of its isolation is tried in any case, since its module may not run in the node at all.
   */
  readonly rehearse: boolean
  /** Gets a version that is to run, before its code does. */
  readonly onMade: (made: Generation) => void
  readonly signal: AbortSignal
}

/** Loads a version of a thread where it is to run: as its configuration says, else as its manifest does. */
export async function loadVersion(entry: ThreadEntry, options: LoadVersionOptions): Promise<Generation> {
  const { settings, surroundings, rehearse } = options
  const load = async (made: Generation): Promise<Generation> => {
    options.onMade(made)
    await loadOrDispose(made, options.signal)
    return made
  }
  const inWorker = (): Promise<Generation> => load(new WorkerGeneration(entry, settings, surroundings))
  if ((await wishOf(entry, settings)) === 'worker') return inWorker()
  if (entry.loadApart !== undefined && (rehearse || (await mayWantWorker(entry, settings)))) {
    const wish = await rehearsed(entry, options)
    if (settings.isolation === undefined && wish === 'worker') return inWorker()
  }
  const inline = await load(new InlineGeneration(entry, settings, surroundings))
  if (settings.isolation !== undefined || inline.manifest.isolation !== 'worker') return inline
  inline.dispose()
  return inWorker()
}

/** Where it is to run, as far as that is known before its code runs. */
async function wishOf(entry: ThreadEntry, settings: ThreadConfig): Promise<Isolation | undefined> {
  if (settings.isolation !== undefined) return settings.isolation
  try {
    return (await entry.readManifest?.())?.isolation
  } catch {
    // What is wrong with it shows when the thread is loaded.
    return undefined
  }
}

/** A static manifest is known only once the module runs: this tells that there may be one to be asked apart. */
async function mayWantWorker(entry: ThreadEntry, { isolation }: ThreadConfig): Promise<boolean> {
  return isolation === undefined && (await entry.mentions?.('isolation')) === true
}

async function loadOrDispose(generation: Generation, signal: AbortSignal): Promise<void> {
  try {
    await generation.load(signal)
    signal.throwIfAborted()
  } catch (error) {
    generation.dispose()
    throw error
  }
}

/** How often a version is tried again whose worker ended: what another version left in it may have ended it. */
const TRIES_AGAIN = 1

/**
 * Tries a version in a worker first, and gives where its manifest wants to run it. Rejects for what would block or end
 * the node; any other failure is the inline version's own to show, since code may rely on what only the node's own
 * thread has.
 */
async function rehearsed(
  entry: ThreadEntry,
  options: LoadVersionOptions,
  triesLeft = TRIES_AGAIN
): Promise<Isolation | undefined> {
  try {
    const { isolation } = await tryInWorker(entry, options)
    return isolation
  } catch (error) {
    options.signal.throwIfAborted()
    const reason = reasonOf(error)
    if (reason === 'hang') throw error
    if (reason !== 'exited' && reason !== 'memory') return undefined
    if (triesLeft === 0) throw error
    return rehearsed(entry, options, triesLeft - 1)
  }
}
