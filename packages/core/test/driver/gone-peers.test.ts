import { spawnSync } from 'node:child_process'
import { createClient, createServer, createThreadList } from '../../src'
import type { P2pNode } from '../../src'

const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n'
].join('\r\n')

const HELLO = { tcp: 'trustp2p/1\n', ws: UPGRADE }

/** Connects, says something and resets the connection, all before this process accepts it. */
function comeAndGo(address: string, hello: string): void {
  const { hostname, port } = new URL(address)
  const script = `
    const [host, port, hello] = process.argv.slice(1)
    const socket = require('node:net').connect(Number(port), host, () => socket.write(hello, () => socket.resetAndDestroy()))`
  const { status } = spawnSync(process.execPath, ['-e', script, hostname, port, hello])
  expect(status).toBe(0)
}

describe.each(['tcp', 'ws'] as const)('%s', (scheme) => {
  const nodes: P2pNode[] = []

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close()
  })

  it('takes nothing of a peer that had gone before it was accepted, since nobody knows its host any more', async () => {
    const common = { cwd: __dirname, auth: 'off', log: { level: 'silent' }, configFile: false } as const
    const source = createThreadList({})
    const server = await createServer({ ...common, listen: [`${scheme}://127.0.0.1:0`], source })
    nodes.push(server)
    const [address = ''] = server.addresses
    comeAndGo(address, HELLO[scheme])
    nodes.push(await createClient({ ...common, connect: [address], source }))
    expect(server.sockets.map(({ host }) => host)).toEqual(['127.0.0.1'])
    expect(server.explain()).toEqual([])
  })
})
