import { spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { connect } from 'node:tls'
import { createClient, createServer } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { RawPeer } from '../packages/core/test/driver/ws/raw-peer'
import { FROM_SOURCE } from './from-source'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import type { Project } from './project'

const ROOT = join(__dirname, '..')
const CLI = [...FROM_SOURCE, 'packages/cli/src/main.ts']
const QUIET = { log: { level: 'silent' } } as const
const LISTEN = ['wss://127.0.0.1:0']
const FILES = { certFile: 'tls/cert.pem', keyFile: 'tls/key.pem', caFile: 'tls/ca.pem' }

const ECHO = `
  import { Thread, PackageType } from 'trustp2p'
  export default class Echo extends Thread {
    get eventMap() { return { [PackageType.REQUEST]: { echo: (socket, { body }) => [socket.host, body] } } }
  }
`

let authority: Authority

beforeAll(() => {
  authority = new Authority()
})

afterAll(() => authority.dispose())
afterEach(disposeAll)

/** A project with a certificate, its key and its authority in `tls/`. */
function createSecureProject(): Project {
  const project = createProject()
  project.thread('echo.mjs', ECHO)
  for (const file of Object.values(FILES)) project.write(file, '')
  copyFileSync(authority.caFile, join(project.cwd, FILES.caFile))
  install(project)
  return project
}

/** Puts another certificate in place. */
function install({ cwd }: Project, days = 2): void {
  const { certFile, keyFile } = authority.issue({ days })
  copyFileSync(certFile, join(cwd, FILES.certFile))
  copyFileSync(keyFile, join(cwd, FILES.keyFile))
}

function secure(reloadMs = 0): { drivers: { ws: { tls: typeof FILES & { reloadMs: number } } } } {
  return { drivers: { ws: { tls: { ...FILES, reloadMs } } } }
}

/** The name in the certificate that a new connection is shown. */
async function shown({ addresses: [address = ''] }: P2pNode): Promise<string> {
  const socket = connect({ port: Number(new URL(address).port), ca: authority.pem })
  await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
  const { CN } = socket.getPeerCertificate().subject
  socket.destroy()
  return String(CN)
}

describe('T1 T9 nodes over wss://', () => {
  it('answer each other, with files that are relative to their folder', async () => {
    const { cwd } = createSecureProject()
    const server = await closing(createServer({ cwd, ...QUIET, listen: LISTEN, ...secure() }))
    expect(server.addresses).toEqual([expect.stringMatching(/^wss:\/\/127\.0\.0\.1:\d+$/)])
    const client = await closing(createClient({ cwd, ...QUIET, connect: server.addresses, ...secure() }))
    const [socket] = client.sockets
    if (socket === undefined) throw new Error('no socket')
    await expect(client.request(socket, 'echo', 'hello')).resolves.toEqual(['127.0.0.1', 'hello'])
  })

  it('do not trust an authority that nobody named: the dial is told of and tried again', async () => {
    const { cwd } = createSecureProject()
    const server = await closing(createServer({ cwd, ...QUIET, listen: LISTEN, ...secure() }))
    const client = await closing(createClient({ cwd, ...QUIET, connect: [] }))
    await expect(client.connect(String(server.addresses[0]))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED'
    })
    expect(client.sockets).toEqual([])
  })

  it('take a renewed certificate while they run; sockets and requests go on', async () => {
    const project = createSecureProject()
    const { cwd } = project
    const server = await closing(createServer({ cwd, ...QUIET, listen: LISTEN, ...secure(20) }))
    const client = await closing(createClient({ cwd, ...QUIET, connect: server.addresses, ...secure() }))
    const [socket] = client.sockets
    if (socket === undefined) throw new Error('no socket')
    const old = await shown(server)
    const warning = once(server, 'warning', (error: Error) => error.message.includes('goes on with what it has'))
    project.write(FILES.keyFile, 'broken')
    await warning
    expect(await shown(server)).toBe(old)
    install(project)
    let now = old
    while (now === old) now = await shown(server)
    await expect(client.request(socket, 'echo', 'still here')).resolves.toEqual(['127.0.0.1', 'still here'])
  })
})

describe('a start over wss://', () => {
  it.each([
    ['without files', () => ({}), 'TLS_NOT_CONFIGURED'],
    ['with a missing file', () => ({ certFile: 'none.pem', keyFile: 'none.key' }), 'TLS_FILE_UNREADABLE'],
    ['with swapped files', () => ({ certFile: FILES.keyFile, keyFile: FILES.certFile }), 'TLS_FILE_INVALID'],
    ['with a wrong authority', () => ({ ...FILES, caFile: FILES.keyFile }), 'TLS_FILE_INVALID']
  ])('%s rejects', async (_name, files, code) => {
    const { cwd } = createSecureProject()
    const start = createServer({ cwd, ...QUIET, listen: LISTEN, drivers: { ws: { tls: files() } } })
    await expect(start).rejects.toMatchObject({ code: `ERR_TRUSTP2P_DRIVER_${code}` })
  })

  it('with half of a pair is a mistake of the configuration', async () => {
    const { cwd } = createSecureProject()
    const start = createServer({ cwd, ...QUIET, listen: LISTEN, drivers: { ws: { tls: { certFile: 'cert.pem' } } } })
    await expect(start).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONFIG_INVALID' })
  })

  it.each([
    ['has expired', -1, 'ERR_TRUSTP2P_DRIVER_TLS_EXPIRED', /has expired on .*: renew it/],
    ['does not match its key', 0, 'ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH', /give the two files of one pair/]
  ])(
    'with a certificate that %s ends the command with 1, the file and the remedy',
    async (_name, days, code, remedy) => {
      const project = createSecureProject()
      if (days < 0) install(project, days)
      else copyFileSync(authority.issue().keyFile, join(project.cwd, FILES.keyFile))
      project.write('trustp2p.config.json', JSON.stringify({ listen: LISTEN, ...secure() }))
      const child = spawn(process.execPath, [...CLI, 'start', '--cwd', project.cwd], { cwd: ROOT })
      disposeLater(() => child.kill('SIGKILL'))
      const ended = new Promise((resolve) => child.on('close', resolve))
      const [errors, status] = await Promise.all([text(child.stderr), ended])
      expect(status).toBe(1)
      expect(errors).toContain(join(project.cwd, FILES.certFile))
      expect(errors).toContain(code)
      expect(errors.replaceAll(/\s+/g, ' ')).toMatch(remedy)
    }
  )
})

describe('T17 a limit of inbound sockets', () => {
  it('counts those of wss:// exactly', async () => {
    const { cwd } = createSecureProject()
    const limits = { inboundSockets: 2 }
    const server = await closing(createServer({ cwd, ...QUIET, listen: LISTEN, ...secure(), limits }))
    const [address = ''] = server.addresses
    const peers = []
    for (let number = 0; number < 3; number++) {
      const peer = await RawPeer.connectSecure(address, { ca: authority.pem })
      disposeLater(() => peer.socket.destroy())
      peers.push(await peer.upgrade())
    }
    expect(await peers[2]?.closeFrame()).toEqual([1013, 'inbound connections maxed out'])
    await until(() => server.sockets.length === 2, 'two sockets')
    expect(peers.slice(0, 2).map(({ ended }) => ended)).toEqual([false, false])
  })
})

describe('T19 a node behind a proxy', () => {
  it('knows the host behind a trusted proxy, and of no other', async () => {
    const { cwd } = createSecureProject()
    for (const [trustProxy, host] of [
      [['127.0.0.0/8'], '203.0.113.7'],
      [['10.0.0.0/8'], '127.0.0.1']
    ] as const) {
      const server = await closing(createServer({ cwd, ...QUIET, listen: ['ws://[::]:0'], trustProxy }))
      const { port } = new URL(String(server.addresses[0]))
      const peer = await RawPeer.open(`ws://127.0.0.1:${port}`, { 'X-Forwarded-For': '198.51.100.1, 203.0.113.7' })
      disposeLater(() => peer.socket.destroy())
      const socket = await until(() => server.sockets[0], 'a socket')
      expect(socket.host).toBe(host)
      expect(server.status().sockets[0]?.peer).toMatch(
        host === '127.0.0.1' ? /^127\.0\.0\.1:\d+$/ : /^203\.0\.113\.7:0$/
      )
    }
  })
})
