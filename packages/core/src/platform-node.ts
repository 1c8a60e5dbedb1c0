import type { ConfigInput } from './config/config'
import { resolveConfig } from './config/resolve-config'
import type { Service } from './contract/contract'
import { assertAdmit } from './deliver/admission'
import type { Admit } from './deliver/admission'
import { LIBRARY_NAME, LIBRARY_VERSION } from './deliver/greeting'
import type { Program } from './deliver/greeting'
import type { DriverRegistry } from './driver/registry'
import type { Identity } from './identity/identity'
import type { Kit } from './kit'
import { P2pNode } from './node'
import type { ThreadSource } from './thread/thread-source'

/** What `createNode` takes for a platform of the program's own; every key of the configuration may stand beside these. */
export interface PlatformOptions extends ConfigInput {
  /** Clock, timers, chance, cryptography and log of the node: it takes none of them from anywhere else. */
  readonly kit: Kit
  /** The drivers that it listens and dials with: they belong to this node alone, and are closed with it. */
  readonly registry: DriverRegistry
  /** Where threads come from: `createThreadList({ name: Class })`. */
  readonly source: ThreadSource
  /** What the node proves itself with; without it `auth` is as good as off [none]. */
  readonly identity?: Identity
  /** Decides whether a peer is let in, after the rules of `peers` [they alone do]. */
  readonly admit?: Admit
  /** Who greets [this library]. */
  readonly program?: Program
  /** The services of `defineContract` whose events the node exchanges typed [those that threads bring]. */
  readonly contracts?: readonly Service[]
  /** Closes the node; during the start it makes `createNode` reject with ERR_TRUSTP2P_NODE_CLOSED. */
  readonly signal?: AbortSignal
}

const OWN_PROGRAM: Program = { name: LIBRARY_NAME, version: LIBRARY_VERSION }

/** True for what names its platform itself. */
export function isPlatformOptions(options: object): options is PlatformOptions {
  return 'kit' in options && options.kit !== undefined
}

/** Makes a node of what it is given alone: it reads no file and no environment, and has no state folder. */
export async function createPlatformNode(options: PlatformOptions): Promise<P2pNode> {
  const { kit, registry, source, program = OWN_PROGRAM, contracts, identity, admit, signal, ...code } = options
  assertParts(registry, source)
  assertAdmit(admit)
  const config = resolveConfig({ role: 'node', code })
  const node = new P2pNode({ kit, config, registry, source, program, contracts, identity, admit, signal })
  await node.start()
  return node
}

function assertParts(registry: unknown, source: unknown): void {
  if (!isObject(registry)) throw new TypeError('with a kit, registry must hold the drivers: a DriverRegistry')
  if (isObject(source)) return
  throw new TypeError('with a kit, source must say where threads come from, such as createThreadList({ name: Class })')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
