import type { Contract } from '../contract/contract'
import { P2pError, errorText } from '../errors'
import { nearestName } from '../nearest-name'
import type { EventPatterns } from './event-patterns'
import { firstLine } from './failure'
import {
  API_VERSION,
  checkApiVersion,
  checkConfig,
  checkContract,
  checkEvents,
  checkFlag,
  checkIsolation,
  checkNames,
  checkQuotas,
  checkRestart,
  checkVersion
} from './manifest-keys'
import type { Fail } from './manifest-keys'
import type { ConfigParser, Isolation, Quota, RestartPolicy, ThreadManifest } from './manifest-types'

/** A manifest that was checked, every key present. */
export interface Manifest {
  readonly version: string | undefined
  readonly apiVersion: number
  readonly after: readonly string[]
  readonly requires: readonly string[]
  readonly wants: readonly string[]
  readonly provides: readonly string[]
  /** What the thread may handle; undefined where it does not say. */
  readonly handles: EventPatterns | undefined
  /** What the thread may send; undefined for anything. */
  readonly sends: EventPatterns | undefined
  readonly config: ConfigParser | undefined
  /** The path of a .proto, or contracts that are there already. */
  readonly contract: string | readonly Contract[] | undefined
  readonly isolation: Isolation | undefined
  readonly restart: Partial<RestartPolicy>
  readonly quotas: Readonly<Record<string, Quota>>
  readonly critical: boolean
  readonly exclusive: boolean
}

/** The manifest of a thread that says nothing. */
export const NO_MANIFEST: Manifest = Object.freeze({
  version: undefined,
  apiVersion: API_VERSION,
  after: [],
  requires: [],
  wants: [],
  provides: [],
  handles: undefined,
  sends: undefined,
  config: undefined,
  contract: undefined,
  isolation: undefined,
  restart: {},
  quotas: {},
  critical: false,
  exclusive: false
})

const KEYS = Object.keys(NO_MANIFEST satisfies Record<keyof ThreadManifest, unknown>)

/**
 * Reads and checks the static `manifest` of a thread class; gives the one `beside` its module where there is one, and no
 * other. Throws ERR_TRUSTP2P_THREAD_MANIFEST_INVALID, with the file, the key and what it takes.
 */
export function readManifest(threadClass: object, path: string, beside?: Manifest): Manifest {
  const what = `${path}: the static manifest`
  const read = (): unknown => ('manifest' in threadClass ? threadClass.manifest : undefined)
  if (beside === undefined) return checkManifest(read, what)
  checkManifest(() => (read() === undefined ? undefined : refuseSecond(what)), what)
  return beside
}

function refuseSecond(what: string): never {
  const text = `${what} is one of two: a .thread.json file lies beside the module; keep one of them`
  throw new P2pError('ERR_TRUSTP2P_THREAD_MANIFEST_INVALID', text)
}

/** Checks a manifest from wherever `read` takes it; `what` names it in errors. Throws as `readManifest`. */
export function checkManifest(read: () => unknown, what: string): Manifest {
  const fail = (text: string, cause?: unknown): never => {
    throw new P2pError('ERR_TRUSTP2P_THREAD_MANIFEST_INVALID', `${what} ${text}`, { cause })
  }
  try {
    const manifest = read()
    return manifest === undefined ? NO_MANIFEST : checkKeys(manifest, fail)
  } catch (error) {
    if (error instanceof P2pError) throw error
    return fail(`cannot be read (${firstLine(errorText(error))}); give a plain object`, error)
  }
}

function checkKeys(manifest: unknown, fail: Fail): Manifest {
  if (typeof manifest !== 'object' || manifest === null || Array.isArray(manifest)) return fail('is no object')
  const given = new Map<string, unknown>(Object.entries(manifest))
  for (const key of given.keys()) if (!KEYS.includes(key)) refuseKey(key, fail)
  const names = (key: string): readonly string[] => checkNames(key, given.get(key), fail)
  return {
    version: checkVersion(given.get('version'), fail),
    apiVersion: checkApiVersion(given.get('apiVersion'), fail),
    after: names('after'),
    requires: names('requires'),
    wants: names('wants'),
    provides: names('provides'),
    handles: checkEvents('handles', given.get('handles'), fail),
    sends: checkEvents('sends', given.get('sends'), fail),
    config: checkConfig(given.get('config'), fail),
    contract: checkContract(given.get('contract'), fail),
    isolation: checkIsolation(given.get('isolation'), fail),
    restart: checkRestart(given.get('restart'), fail),
    quotas: checkQuotas(given.get('quotas'), fail),
    critical: checkFlag('critical', given.get('critical'), fail),
    exclusive: checkFlag('exclusive', given.get('exclusive'), fail)
  }
}

function refuseKey(key: string, fail: Fail): never {
  const nearest = nearestName(key, KEYS)
  const hint = nearest === undefined ? '' : `did you mean '${nearest}'? `
  return fail(`has the unknown key '${key}'; ${hint}it takes ${KEYS.join(', ')}`)
}
