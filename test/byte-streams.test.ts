import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNode } from 'trustp2p'
import type { ConfigInput, P2pNode } from 'trustp2p'
import { Authority } from '../packages/core/test/driver/ws/certificates'

let folder: string
let nodes: P2pNode[]
let authority: Authority

beforeAll(() => (authority = new Authority()))
afterAll(() => authority.dispose())

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streams-'))
  nodes = []
  mkdirSync(join(folder, 'threads-enabled'))
  const echo = 'module.exports = class { get eventMap() { return { 30: { echo: (_socket, { body }) => body } } } }'
  writeFileSync(join(folder, 'threads-enabled', 'echo.js'), echo)
})

afterEach(async () => {
  await Promise.all(nodes.map((node) => node.close()))
  rmSync(folder, { recursive: true, force: true })
})

async function start(config: ConfigInput): Promise<P2pNode> {
  const node = await createNode({ cwd: folder, log: { level: 'silent' }, ...config })
  nodes.push(node)
  return node
}

describe('nodes on byte streams', () => {
  it('serve four schemes at once, and answer on each', async () => {
    const tls = { ...authority.issue(), caFile: authority.caFile }
    const listen = ['tcp://127.0.0.1:0', 'tcp://[::1]:0', 'tls://127.0.0.1:0', `unix://${folder}/a.sock`]
    const server = await start({ listen, drivers: { tls } })
    expect(server.addresses.map((address) => address.replace(/:\d+$/, ':0'))).toEqual(listen)
    const client = await start({
      name: 'other',
      drivers: { tls: { caFile: authority.caFile } },
      peers: { closeDuplicates: false }
    })
    for (const address of server.addresses) {
      const socket = await client.connect(address)
      expect(await client.request(socket, 'echo', { over: address })).toEqual({ over: address })
    }
    expect(server.sockets).toHaveLength(4)
  })

  it('T17 close one inbound socket too many with 1013', async () => {
    const server = await start({ listen: ['tcp://127.0.0.1:0'], limits: { inboundSockets: 1 } })
    const client = await start({ name: 'other' })
    const [address = ''] = server.addresses
    await client.connect(address)
    const third = await start({ name: 'third' })
    await expect(third.connect(address)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_SOCKET_CLOSED',
      details: { code: 1013, reason: 'inbound connections maxed out' }
    })
  })

  it('T18 reject a dial that meets another protocol', async () => {
    const server = await start({ listen: ['ws://127.0.0.1:0'] })
    const [address = ''] = server.addresses
    await expect(server.connect(address.replace('ws:', 'tcp:'))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED'
    })
  })
})
