import type { ThreadConfig } from '../config/config'
import { P2pError } from '../errors'
import type { Generation, Surroundings } from './generation'
import { InlineGeneration } from './inline-generation'
import { WorkerGeneration } from './isolated/worker-generation'
import type { Isolation } from './manifest-types'
import type { ThreadEntry } from './thread-source'

export interface LoadVersionOptions {
  readonly settings: ThreadConfig
  readonly surroundings: Surroundings
  /** True where the node serves already: a version that ends or blocks it is to be found out before. */
  readonly rehearse: boolean
  /** Gets a version that is to run, before its code does. */
  readonly onMade: (made: Generation) => void
  readonly signal: AbortSignal
}

/** Loads a version of a thread where it is to run: as its configuration says, else as its manifest does. */
export async function loadVersion(entry: ThreadEntry, options: LoadVersionOptions): Promise<Generation> {
  const { settings, surroundings, rehearse, onMade, signal } = options
  const create = (): WorkerGeneration => new WorkerGeneration(entry, settings, surroundings)
  const load = (made: Generation): Promise<Generation> => {
    onMade(made)
    return loaded(made, signal)
  }
  if ((await wishOf(entry, settings)) === 'worker') return load(create())
  if (rehearse && entry.loadApart !== undefined) {
    const wish = await rehearsed(() => new WorkerGeneration(entry, settings, surroundings, true), signal)
    if (settings.isolation === undefined && wish === 'worker') return load(create())
  }
  const inline = await load(new InlineGeneration(entry, settings, surroundings))
  if (settings.isolation !== undefined || inline.manifest.isolation !== 'worker') return inline
  inline.dispose()
  return load(create())
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

async function loaded(generation: Generation, signal: AbortSignal): Promise<Generation> {
  try {
    await generation.load(signal)
    signal.throwIfAborted()
    return generation
  } catch (error) {
    generation.dispose()
    throw error
  }
}

/**
 * Runs the module and the constructor in a worker first, and gives where the manifest wants them. Rejects for what would
 * block or end the node; any other failure is the inline version's own to show, since code may rely on what only the
 * node's own thread has. What another version left in the worker may have ended it: so an end is tried once more.
 */
async function rehearsed(
  create: () => WorkerGeneration,
  signal: AbortSignal,
  triesLeft = 1
): Promise<Isolation | undefined> {
  try {
    const { isolation } = await create().rehearse(signal)
    return isolation
  } catch (error) {
    signal.throwIfAborted()
    const reason = reasonOf(error)
    if (reason === 'hang') throw error
    if (reason !== 'exited' && reason !== 'memory') return undefined
    if (triesLeft === 0) throw error
    return rehearsed(create, signal, triesLeft - 1)
  }
}

function reasonOf(error: unknown): unknown {
  return error instanceof P2pError ? error.details?.['reason'] : undefined
}
