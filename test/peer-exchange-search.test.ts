import { generateKeyPairSync } from 'node:crypto'
import { createNode, formatPeerId } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { addressOf, idOf, QUIET } from './pair'
import {
  claim,
  named,
  pause,
  peersOf,
  start,
  startHub,
  startPlain,
  startVictim,
  withExchange
} from './peer-exchange-nodes'
import { closing, createProject, disposeAll, until } from './project'

/** Answers `get_peers` with what the test says. */
const LIAR = `
  module.exports = class {
    answer = { peers: [] }
    asked = 0
    get eventMap() {
      return { 30: {
        get_peers: () => { this.asked++; return this.answer },
        say: (_socket, { body }) => { this.answer = body },
        asked: () => this.asked
      } }
    }
  }`

afterEach(disposeAll)

/** Peer ids of nobody. */
function strangers(count: number): string[] {
  return Array.from({ length: count }, () => {
    const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
    return formatPeerId(Buffer.from(x, 'base64url'))
  })
}

describe('T23 who looks for peers', () => {
  async function startLiar(answer: unknown): Promise<{ readonly liar: P2pNode; asked(): Promise<number> }> {
    const project = createProject()
    project.thread('liar.js', LIAR)
    const liar = await closing(createNode({ cwd: project.cwd, ...QUIET, listen: ['ws://127.0.0.1:0'] }))
    const teller = await startPlain({ auth: 'off' })
    const socket = await teller.connect(addressOf(liar))
    await teller.request(socket, 'say', answer)
    const asked = async (): Promise<number> => (await teller.request(socket, 'asked')) as number
    return { liar, asked }
  }

  async function untilAsked(asked: () => Promise<number>, times: number): Promise<void> {
    while ((await asked()) < times) await pause(20)
  }

  it('dials a victim once, however many peers a liar puts there', async () => {
    const { port, connections } = await startVictim()
    const peers = strangers(1_000).map((id) => ({
      id,
      addresses: [`ws://127.0.0.1:${port}`, `ws://127.0.0.1:${port}/a`]
    }))
    const { liar, asked } = await startLiar({ peers })
    const node = await start({ connect: [addressOf(liar)], exchange: { everyMs: 100 } })
    await untilAsked(asked, 4)
    expect(connections()).toBe(1)
    expect(peersOf(node)).toEqual([idOf(liar)])
  })

  it('dials at most 4 addresses for an answer, and none that failed again', async () => {
    const victims = await Promise.all(Array.from({ length: 10 }, startVictim))
    const peers = strangers(10).map((id, at) => ({ id, addresses: [`ws://127.0.0.1:${victims[at]?.port}`] }))
    const { liar, asked } = await startLiar({ peers })
    const dialled = (): number => victims.reduce((sum, { connections }) => sum + connections(), 0)
    await start({ connect: [addressOf(liar)], exchange: { everyMs: 100 } })
    let before = 0
    do {
      const now = await asked()
      expect(dialled()).toBeLessThanOrEqual(4 * (now + 1))
      before = now
    } while (before < 6)
    expect(victims.map(({ connections }) => connections())).toEqual(victims.map(() => 1))
  })

  it.each([
    null,
    7,
    'peers',
    [],
    { peers: 'all' },
    { peers: { length: 1e9 } },
    { peers: [null, 1, 'a', [], {}, { id: 1 }, { id: 'a', addresses: [] }] },
    { peers: strangers(3).map((id) => ({ id, addresses: 'ws://127.0.0.1:1' })) },
    {
      peers: strangers(3).map((id) => ({
        id,
        addresses: [null, 1, '', 'ws://', 'unix:///a', `ws://${'a'.repeat(400)}`]
      }))
    }
  ])('makes nothing of an answer that is garbage, such as %j', async (answer) => {
    const { liar, asked } = await startLiar(answer)
    const node = await start({ connect: [addressOf(liar)], exchange: { everyMs: 100 } })
    await untilAsked(asked, 2)
    expect(node.explain({ about: 'dial' })).toEqual([])
    expect(node.threads.list()).toMatchObject([{ state: 'running' }])
  })

  it('leaves alone those that it holds, itself, and all once it has as many as it wants', async () => {
    const hub = await start()
    const node = await start({ connect: [addressOf(hub)], exchange: { target: 1, everyMs: 100 } })
    const other = await start({ connect: [addressOf(hub)], exchange: { target: 0, everyMs: 100 } })
    await until(() => hub.peers.list({ dialable: true }).length === 2, 'both claims')
    const told = { peers: [named(hub), named(node), named(other)] }
    const [one, two] = [await startLiar(told), await startLiar(told)]
    const quiet = await start({ connect: [addressOf(one.liar)], exchange: { target: 1, everyMs: 100 } })
    const eager = await start({ connect: [addressOf(two.liar)], exchange: { target: 5, everyMs: 100 } })
    await untilAsked(two.asked, 4)
    expect([quiet.sockets.length, await one.asked()]).toEqual([1, 0])
    expect(peersOf(eager)).toEqual([hub, node, other, two.liar].map(idOf).sort())
    expect(eager.explain({ about: 'dial' })).toEqual([])
  })

  it('dials those that its book knows after a restart, with no address in its configuration', async () => {
    const [hub, project] = [await start({ exchange: { target: 0 } }), withExchange()]
    const node = await start({ project, connect: [addressOf(hub)] })
    await until(() => hub.peers.get(idOf(node))?.addresses.length === 1, 'the claim')
    expect(node.status().store).toBe('@trustp2p/store')
    await node.close()
    const again = await start({ project, connect: [] })
    expect(again.peers.list({ dialable: true })).toMatchObject([{ id: idOf(hub), addresses: [addressOf(hub)] }])
    await until(() => peersOf(again).includes(idOf(hub)), 'the hub')
    expect(idOf(again)).toBe(idOf(node))
  })

  it('a claim that was believed is in the book after a restart', async () => {
    const project = withExchange()
    const [hub, peer, socket] = await startHub({}, { project })
    expect(await claim(peer, socket, peer.addresses)).toEqual(peer.addresses)
    await hub.close()
    const again = await start({ project, exchange: { target: 0 } })
    expect(again.peers.list({ dialable: true })).toMatchObject([{ id: idOf(peer), addresses: peer.addresses }])
  })
})
