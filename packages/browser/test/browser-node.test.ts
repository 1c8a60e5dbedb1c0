import {
  createIdentity,
  createLog,
  createNode,
  createNodeKit,
  createThreadList,
  createWsDriver,
  DriverRegistry,
  PackageType,
  resolveConfig,
  Thread
} from 'trustp2p'
import type { CP2pMessage, P2pNode, P2pSocket } from 'trustp2p'
import { pageWebSocket } from '../../core/test/driver/web/page-web-socket'
import { createBrowserNode, createStorageIdentity } from '../src'
import type { BrowserNodeOptions, IdentityStore } from '../src'
import { createTextStorage } from './text-storage'

const ORIGIN = 'https://page.example'
const QUIET = { log: { level: 'silent' } } as const

class Echo extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { echo: (_socket: P2pSocket, { body }: CP2pMessage) => body } }
  }
}

const open: P2pNode[] = []
afterEach(async () => {
  for (const node of open.splice(0)) await node.close()
})

async function createServer(origins = [ORIGIN]): Promise<P2pNode> {
  const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
  const registry = new DriverRegistry()
  const { ws } = resolveConfig({ role: 'node', code: { drivers: { ws: { origins } } } }).drivers
  registry.add(createWsDriver({ kit, config: ws }))
  const identity = createIdentity(kit.crypto)
  const source = createThreadList({ echo: Echo })
  const node = await createNode({ kit, registry, source, identity, auth: 'required', listen: ['ws://127.0.0.1:0'] })
  open.push(node)
  return node
}

async function createPage(options: BrowserNodeOptions = {}): Promise<P2pNode> {
  const node = await createBrowserNode({ ...QUIET, WebSocket: pageWebSocket(ORIGIN), ...options })
  open.push(node)
  return node
}

const pinned = ({ id = '', addresses: [address = ''] }: P2pNode): string => address.replace('://', `://${id}@`)

describe('a node in a page', () => {
  it('proves who it is to a server that requires it, which it knows by its address, and both ask', async () => {
    const server = await createServer()
    const page = await createPage({ auth: 'required', source: createThreadList({ echo: Echo }) })
    const inbound = new Promise<P2pSocket>((resolve) => server.on('socket:connection', resolve))
    const socket = await page.connect(pinned(server))
    expect(socket).toMatchObject({ peerId: server.id, proof: 'noise' })
    expect(await inbound).toMatchObject({ peerId: page.id, proof: 'noise' })
    const bytes = new Uint8Array([0, 255])
    expect(await page.request(socket, 'echo', { text: 'é€😀' })).toEqual({ text: 'é€😀' })
    expect(await server.request(await inbound, 'echo', bytes)).toEqual(bytes)
  })

  it('refuses an impostor before anything is sent', async () => {
    const [server, other] = [await createServer(), await createServer()]
    const page = await createPage()
    const impostor = pinned(other).replace(/@.*/, server.addresses[0]?.replace('ws://', '@') ?? '')
    await expect(page.connect(impostor)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_PROOF_WRONG_PEER' })
    expect([page.sockets, server.sockets]).toEqual([[], []])
  })

  it('is refused by a node that does not list its origin', async () => {
    const server = await createServer(['https://other.example'])
    const page = await createPage()
    const failed = page.connect(String(server.addresses[0]))
    await expect(failed).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringContaining('not list the origin of this page')
    })
  })

  it('dials an address of its configuration again once it is lost', async () => {
    const server = await createServer()
    const inbound = new Promise<P2pSocket>((resolve) => server.on('socket:connection', resolve))
    const page = await createPage({ connect: [pinned(server)], redial: { firstMs: 10 } })
    const [first] = page.sockets
    const again = new Promise<P2pSocket>((resolve) => page.on('socket:open', resolve))
    const lost = await inbound
    lost.terminate()
    expect(await again).not.toBe(first)
  })

  it('cannot listen', async () => {
    await expect(createPage({ listen: ['ws://127.0.0.1:0'] })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED'
    })
  })

  it('wants a class to connect with where the platform has none', async () => {
    const { WebSocket: own } = globalThis as { WebSocket?: unknown }
    Object.assign(globalThis, { WebSocket: undefined })
    await expect(createBrowserNode(QUIET)).rejects.toThrow(/no WebSocket/)
    if (own === undefined) Reflect.deleteProperty(globalThis, 'WebSocket')
    else Object.assign(globalThis, { WebSocket: own })
  })

  it('connects with the class of the platform where it is given none', async () => {
    const server = await createServer()
    const { WebSocket: own } = globalThis as { WebSocket?: unknown }
    Object.assign(globalThis, { WebSocket: pageWebSocket(ORIGIN) })
    const node = await createBrowserNode(QUIET)
    open.push(node)
    expect((await node.connect(pinned(server))).peerId).toBe(server.id)
    if (own === undefined) Reflect.deleteProperty(globalThis, 'WebSocket')
    else Object.assign(globalThis, { WebSocket: own })
  })
})

describe('the identity of a page', () => {
  it('is another with each page where nothing keeps it', async () => {
    const [one, other] = [await createPage(), await createPage()]
    expect(one.id).toHaveLength(52)
    expect(other.id).not.toBe(one.id)
  })

  it('is none with auth off, and no key is made', async () => {
    const texts = new Map<string, string>()
    const identityStore = createStorageIdentity({ storage: createTextStorage(texts) })
    expect((await createPage({ auth: 'off', identityStore })).id).toBeUndefined()
    expect(texts.size).toBe(0)
  })

  it('is that of the storage, under the name that it was given', async () => {
    const texts = new Map<string, string>()
    const storage = createTextStorage(texts)
    const [one, other] = [createStorageIdentity({ storage }), createStorageIdentity({ storage, name: 'chat' })]
    const { id } = await createPage({ identityStore: one })
    expect((await createPage({ identityStore: one })).id).toBe(id)
    expect((await createPage({ identityStore: other })).id).not.toBe(id)
    expect([...texts.keys()]).toEqual(['trustp2p.identity', 'chat'])
  })

  it('that a program gives is stronger than one that is kept', async () => {
    const identity = createIdentity(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)
    const identityStore = createStorageIdentity({ storage: createTextStorage() })
    expect((await createPage({ identity, identityStore })).id).toBe(identity.peerId)
  })

  it.each([
    ['no base64', '%%%'],
    ['31 bytes', btoa('x'.repeat(31))],
    ['33 bytes', btoa('x'.repeat(33))]
  ])('is refused, and not replaced, where the storage holds %s', async (_what, text) => {
    const texts = new Map([['trustp2p.identity', text]])
    const identityStore = createStorageIdentity({ storage: createTextStorage(texts) })
    await expect(createPage({ identityStore })).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_IDENTITY_STORE_FAILED' })
    expect([...texts.values()]).toEqual([text])
  })

  it.each(['getItem', 'setItem'] as const)('is refused where %s of the storage fails', async (method) => {
    const cause = new DOMException('access is denied', 'SecurityError')
    const failing = {
      [method]: () => {
        throw cause
      }
    }
    const identityStore = createStorageIdentity({ storage: { ...createTextStorage(), ...failing } })
    await expect(createPage({ identityStore })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_IDENTITY_STORE_FAILED',
      cause
    })
  })

  it.each([null, 'x'.repeat(32), 32])('is refused where its store gives %j', async (given) => {
    const identityStore = { get: async () => given, put: async () => {} } as unknown as IdentityStore
    await expect(createPage({ identityStore })).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_IDENTITY_STORE_FAILED' })
  })

  it('is refused where its store forgets what it was given', async () => {
    const identityStore: IdentityStore = { get: async () => undefined, put: async () => {} }
    await expect(createPage({ identityStore })).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_IDENTITY_STORE_FAILED' })
  })

  it('is that which was kept last, where two pages begin at once', async () => {
    const storage = createTextStorage()
    const pages = [1, 2].map(() => createPage({ identityStore: createStorageIdentity({ storage }) }))
    const [one, other] = await Promise.all(pages)
    expect(one?.id).toBe(other?.id)
  })
})
