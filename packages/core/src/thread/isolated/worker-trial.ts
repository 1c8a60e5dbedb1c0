import type { ThreadConfig } from '../../config/config'
import { P2pError } from '../../errors'
import type { Surroundings } from '../generation'
import { LIFE_STEPS } from '../life-steps'
import type { Manifest } from '../manifest'
import type { ThreadEntry } from '../thread-source'
import type { NodeFacts } from './protocol'
import { WorkerVersion } from './worker-version'
import type { VersionOwner } from './worker-version'

/** What a trial is part of. */
export interface TrialOptions {
  readonly settings: ThreadConfig
  readonly surroundings: Surroundings
  readonly signal: AbortSignal
}

/**
 * Runs the module and the constructor of a version in a worker, with nothing around it, and lets it go: what is wrong
 * with it shows, and gives its manifest. Rejects as a version does that is loaded and constructed; an error that has
 * `reason` among its details tells how the worker ended.
 */
export async function tryInWorker(entry: ThreadEntry, options: TrialOptions): Promise<Manifest> {
  const { settings, surroundings, signal } = options
  const version = new WorkerVersion(entry, surroundings, createOwner(settings))
  await version.load(signal)
  try {
    await version.construct(nothingAround(surroundings))
  } catch (error) {
    // One that hangs is not asked to give back what it took.
    if (reasonOf(error) === 'hang') await version.end()
    throw error
  } finally {
    await letGo(version, signal)
  }
  return version.manifest
}

function createOwner(settings: ThreadConfig): VersionOwner {
  const ignore = (): void => undefined
  const events = { onItem: ignore, onLate: ignore, onRoom: ignore, onCrash: ignore }
  return { settings, isTrial: true, messages: new Map(), live: () => [], ...events }
}

function nothingAround({ limits }: Surroundings): NodeFacts {
  return {
    id: undefined,
    listens: false,
    dials: false,
    addresses: [],
    sockets: [],
    bodyDepth: limits.bodyDepth,
    contracts: []
  }
}

/** Leaves the worker to the next trial, also where the constructor threw; one that crashed or hangs has ended. */
async function letGo(version: WorkerVersion, signal: AbortSignal): Promise<void> {
  if (version.link === undefined) return
  try {
    await version.within(LIFE_STEPS.letGo, version.do('dispose'), signal)
    await version.release()
  } finally {
    await version.end()
  }
}

/** How a worker ended, or that it hangs, where that is why a version failed. */
export function reasonOf(error: unknown): unknown {
  return error instanceof P2pError ? error.details?.['reason'] : undefined
}
