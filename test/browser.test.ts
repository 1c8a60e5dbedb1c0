import { execFile } from 'node:child_process'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createServer } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { bundlePage, createPage, runInPage, textOf } from './browser/page'
import type { Storage } from './browser/page'
import type { Page } from './fixtures/browser-page'
import { FROM_SOURCE } from './from-source'
import { ROOT } from './packed'
import { addressOf } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import { Relay } from './relay'

const ORIGIN = 'https://page.example'
const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_socket, { body }) => body } } } }'
const BUNDLE_MS = 60_000

let bundle = ''
beforeAll(async () => {
  bundle = textOf(await bundlePage(`export { open } from './fixtures/browser-page'`))
}, BUNDLE_MS)
afterEach(disposeAll)

function openServer(): Promise<P2pNode> {
  const project = createProject()
  project.thread('echo.js', ECHO)
  return openIn(project.cwd)
}

function openIn(cwd: string): Promise<P2pNode> {
  return closing(
    createServer({
      cwd,
      auth: 'required',
      listen: ['ws://127.0.0.1:0'],
      drivers: { ws: { origins: [ORIGIN] } },
      log: { level: 'silent' }
    })
  )
}

/** The server of examples/browser. */
function openVisited(): Promise<P2pNode> {
  const cwd = createProject().cwd
  cpSync(join(ROOT, 'examples/browser'), cwd, { recursive: true, verbatimSymlinks: true })
  return openIn(cwd)
}

async function openPage(storage: Storage = new Map()): Promise<Page> {
  const page = (await runInPage(createPage(ORIGIN, storage), bundle, 'page.open()')) as Page
  disposeLater(() => page.close())
  return page
}

const pinned = (address: string, { id = '' }: P2pNode): string => address.replace('://', `://${id}@`)

function inboundOf(server: P2pNode): Promise<P2pSocket> {
  return new Promise((resolve) => server.on('socket:connection', resolve))
}

describe('a page, bundled for browsers', () => {
  it('holds no module of Node, and what runs in browsers alone', async () => {
    const { metafile } = await bundlePage(`export * from '@trustp2p/browser'; export * from 'trustp2p'`)
    const files = Object.keys(metafile.inputs)
    expect(files).toEqual(expect.arrayContaining(['packages/core/src/browser.ts', 'packages/browser/src/index.ts']))
    expect(files.filter((path) => /^packages\/core\/src\/(host\/|driver\/ws\/|(create|index)\.ts)/.test(path))).toEqual(
      []
    )
    expect(files.filter((path) => /node_modules\/(ws|pino|chokidar|yaml|typescript)\//.test(path))).toEqual([])
  })

  it('proves itself to a server that requires it, and both ask each other', async () => {
    const server = await openServer()
    const page = await openPage()
    const inbound = inboundOf(server)
    const answer = await page.connect(pinned(addressOf(server), server))
    expect(JSON.parse(answer)).toEqual({ peerId: server.id, proof: 'noise' })
    const socket = await inbound
    expect(socket).toMatchObject({ peerId: page.id, proof: 'noise' })
    expect(await page.ask('echo', 'é€😀')).toBe('"é€😀"')
    expect(await server.request(socket, 'echo', ['to', 'the', 'page'])).toEqual({ page: ['to', 'the', 'page'] })
  })

  it('refuses whoever is not the peer of the address', async () => {
    const [server, impostor] = [await openServer(), await openServer()]
    const page = await openPage()
    const answer = await page.connect(pinned(addressOf(impostor), server))
    expect(JSON.parse(answer)).toEqual({ code: 'ERR_TRUSTP2P_PROOF_WRONG_PEER' })
    expect(impostor.sockets).toEqual([])
  })

  describe('through a relay', () => {
    async function openRelay(server: P2pNode): Promise<Relay> {
      const relay = new Relay({ ws: { origins: [ORIGIN] } })
      disposeLater(() => relay.close())
      await relay.open(addressOf(server))
      return relay
    }

    it('shows it nothing of what it asks and is answered', async () => {
      const server = await openServer()
      const relay = await openRelay(server)
      const page = await openPage()
      await page.connect(pinned(relay.address, server))
      expect(await page.ask('echo', 'nobody else reads this')).toBe('"nobody else reads this"')
      const [passage] = relay.passages
      const heard = [...(passage?.frames.dialer ?? []), ...(passage?.frames.listener ?? [])]
      expect(heard.length).toBeGreaterThan(4)
      expect(heard.filter((frame) => Buffer.from(frame).includes('nobody else'))).toEqual([])
    })

    it('closes where it alters a frame', async () => {
      const server = await openServer()
      const relay = await openRelay(server)
      relay.change = (frame, from, index) =>
        from === 'dialer' && index === 2
          ? [Uint8Array.from(frame, (byte, at) => (at === 5 ? byte ^ 1 : byte))]
          : [frame]
      const page = await openPage()
      await page.connect(pinned(relay.address, server))
      const failed = once(server, 'socket:error')
      await expect(page.ask('echo', 'text')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })
      expect(await failed).toMatchObject([{ code: 'ERR_TRUSTP2P_PROOF_SEAL_BROKEN' }, {}])
    })
  })

  it('is the same peer again where its storage kept the key, and another where it is a new one', async () => {
    const storage: Storage = new Map()
    const { id } = await openPage(storage)
    expect((await openPage(storage)).id).toBe(id)
    expect((await openPage()).id).not.toBe(id)
  })
})

it(
  'a page works with the WebSocket of Node as it does with that of a browser',
  async () => {
    const server = await openServer()
    const flags = 'WebSocket' in globalThis ? [] : ['--experimental-websocket', '--no-warnings']
    const program = [...FROM_SOURCE, join(__dirname, 'fixtures/platform-socket.ts')]
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...flags,
      ...program,
      pinned(addressOf(server), server)
    ])
    expect(JSON.parse(stdout)).toEqual(['noise', 'small', true])
  },
  BUNDLE_MS
)

it(
  'the script of examples/browser shows what its server answers',
  async () => {
    const server = await openVisited()
    const lines: string[] = []
    const document = {
      title: 'a test',
      createElement: () => ({ textContent: '' }),
      querySelector: () => ({ append: ({ textContent }: { textContent: string }) => lines.push(textContent) })
    }
    const handlers = new Map<string, () => unknown>()
    const page = Object.assign(createPage(ORIGIN), {
      document,
      sessionStorage: { getItem: () => kept, setItem: (_name: string, text: string) => (kept = text) },
      fetch: async () => ({ text: async () => pinned(addressOf(server), server) }),
      // A page that is left takes its timers along.
      setTimeout: (callback: () => void, delayMs: number) => setTimeout(callback, delayMs).unref(),
      addEventListener: (name: string, handler: () => unknown) => handlers.set(name, handler)
    })
    let kept: string | null = null
    runInPage(page, textOf(await bundlePage(`import '../examples/browser/page.mjs'`)), '')
    await until(() => handlers.has('pageshow'), 'a page that was loaded')
    expect(lines.slice(1)).toEqual([`connected to ${String(server.id)}, proved by noise`, 'a test was here 1 times'])

    const left = once(server, 'socket:close')
    handlers.get('pagehide')?.()
    expect(await left).toMatchObject([{}, 4001, 'node suspended'])
    const back = once(server, 'socket:connection')
    handlers.get('pageshow')?.()
    expect(await back).toMatchObject([{ peerId: lines[0]?.replace('this page is ', '') }])
    handlers.get('pagehide')?.()
    await until(() => server.sockets.length === 0, 'a page that has left')
  },
  BUNDLE_MS
)
