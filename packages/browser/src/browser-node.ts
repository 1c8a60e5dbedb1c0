import { createIdentity, createNode, createThreadList, createWebSocketDriver, DriverRegistry } from 'trustp2p/browser'
import type { Identity, Kit, P2pNode, PlatformOptions, ThreadSource, WebSocketClass } from 'trustp2p/browser'
import { createBrowserKit } from './browser-kit'
import { openStoredIdentity } from './identity-store'
import type { IdentityStore } from './identity-store'

/** What a node in a browser is made of; every key of the configuration may stand beside these. */
export interface BrowserNodeOptions extends Omit<PlatformOptions, 'kit' | 'registry' | 'source'> {
  /** Where threads come from: `createThreadList({ name: Class })` [it has none]. */
  readonly source?: ThreadSource
  /** Where the key of the node is kept [nowhere: a fresh one with each page]. */
  readonly identityStore?: IdentityStore
  /** Clock, timers, chance, cryptography and log [`createBrowserKit()`, with `log.level`]. */
  readonly kit?: Kit
  /** The class to connect with [that of the platform]. */
  readonly WebSocket?: WebSocketClass
}

/**
 * A node for a page or a worker: it dials `ws://` and `wss://`, listens nowhere, and touches neither files nor a process.
 * Settles when its threads run and each address of `connect` was dialled once. Rejects with
 * ERR_TRUSTP2P_IDENTITY_STORE_FAILED, and as `createNode` of `trustp2p` with a kit; nothing is left open then.
 */
export async function createBrowserNode(options: BrowserNodeOptions = {}): Promise<P2pNode> {
  const { source, identityStore, kit: givenKit, WebSocket = platformWebSocket(), identity: given, ...others } = options
  const kit = givenKit ?? createBrowserKit({ level: others.log?.level })
  const identity = others.auth === 'off' ? undefined : (given ?? (await openIdentity(kit, identityStore)))
  const registry = new DriverRegistry()
  registry.add(createWebSocketDriver({ kit, WebSocket }))
  const proof = identity === undefined ? {} : { identity }
  return createNode({ ...others, ...proof, kit, registry, source: source ?? createThreadList({}) })
}

function openIdentity({ crypto }: Kit, store: IdentityStore | undefined): Identity | Promise<Identity> {
  return store === undefined ? createIdentity(crypto) : openStoredIdentity(crypto, store)
}

declare const WebSocket: WebSocketClass | undefined

function platformWebSocket(): WebSocketClass {
  if (typeof WebSocket === 'function') return WebSocket
  throw new TypeError('this platform has no WebSocket: hand in a class that has its interface, as the option WebSocket')
}
