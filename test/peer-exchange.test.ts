import type { P2pNode } from 'trustp2p'
import { codeOf } from './code-of'
import { addressOf, idOf, ISOLATIONS, pinned } from './pair'
import {
  claim,
  named,
  pause,
  peersFrom,
  peersOf,
  start,
  startHub,
  startPlain,
  startVictim
} from './peer-exchange-nodes'
import { disposeAll, until } from './project'

afterEach(disposeAll)

const others = (nodes: readonly P2pNode[], node: P2pNode): string[] =>
  nodes
    .filter((one) => one !== node)
    .map(idOf)
    .sort()

function untilMeshed(nodes: readonly P2pNode[]): Promise<unknown> {
  const isMeshed = (): boolean => nodes.every((node) => String(peersOf(node)) === String(others(nodes, node)))
  return until(isMeshed, 'a socket to each other node')
}

describe.each(ISOLATIONS)('T23 peer exchange, %s,', (isolation) => {
  it('connects three nodes of which two know the first alone', async () => {
    const first = await start({ isolation })
    const connect = [addressOf(first)]
    const nodes = [first, await start({ isolation, connect }), await start({ isolation, connect })]
    await untilMeshed(nodes)
    for (const node of nodes) {
      const known = (): string[] => node.peers.list({ dialable: true }).map(({ id }) => id)
      await until(() => String(known().sort()) === String(others(nodes, node)), 'each other one in the book')
    }
    // The first one has dialled nobody but to see whether they are there.
    expect(
      first.peers
        .list()
        .flatMap(({ addresses }) => addresses)
        .sort()
    ).toEqual(nodes.slice(1).map(addressOf).sort())
  })
})

describe('T23 get_peers', () => {
  it('names what was reached, and neither who asks nor who was never reached', async () => {
    const [hub, asker, socket] = await startHub()
    const reached = [
      await startPlain({ listen: ['ws://127.0.0.1:0'] }),
      await startPlain({ listen: ['tcp://127.0.0.1:0'] })
    ]
    for (const node of reached) await hub.reach(pinned(node))
    await (await startPlain()).connect(addressOf(hub))
    const expected = [...reached].reverse().map(named)
    await until(() => hub.sockets.length === 2, 'the stranger')
    expect(await peersFrom(asker, socket)).toEqual(expected)
    expect(await claim(asker, socket, asker.addresses)).toEqual(asker.addresses)
    expect(await peersFrom(asker, socket)).toEqual(expected)
  })

  it.each(['banned', 'denied'])('does not name a peer that is %s', async (how) => {
    const [hub, asker, socket] = await startHub()
    const node = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    await hub.reach(pinned(node))
    expect(await peersFrom(asker, socket)).toEqual([named(node)])
    if (how === 'banned') await hub.peers.ban(idOf(node))
    else hub.rules.deny(idOf(node))
    while ((await peersFrom(asker, socket)).length > 0) await pause(50)
  })

  it('answers who proves nothing, too', async () => {
    const [hub, peer] = await startHub()
    await hub.reach(pinned(peer))
    const asker = await startPlain({ auth: 'off' })
    expect(await peersFrom(asker, await asker.connect(addressOf(hub)))).toEqual([named(peer)])
  })
})

it('T23 a flood of claims and questions meets the quotas of both, and hurts nobody after it', async () => {
  const [hub, peer, socket] = await startHub({ claimMs: 60_000 })
  const victim = await startVictim()
  const flood = async (event: string): Promise<unknown[]> => {
    const body = { addresses: [`ws://127.0.0.1:${victim.port}`] }
    return Promise.all(Array.from({ length: 200 }, () => codeOf(peer.request(socket, event, body))))
  }
  const refused = (codes: readonly unknown[]): number =>
    codes.filter((code) => code === 'ERR_TRUSTP2P_LIMIT_QUOTA').length
  const [asked, claimed] = [await flood('get_peers'), await flood('my_addresses')]
  for (const codes of [asked, claimed]) expect(refused(codes)).toBeGreaterThan(150)
  expect(asked.length - refused(asked)).toBeGreaterThanOrEqual(20)
  expect(new Set(claimed)).toEqual(new Set([undefined, 'PEERS_CLAIM_TOO_SOON', 'ERR_TRUSTP2P_LIMIT_QUOTA']))
  expect(victim.connections()).toBe(1)
  const other = await startPlain({ listen: ['ws://127.0.0.1:0'] })
  const at = await other.connect(addressOf(hub))
  let answer: unknown = 'ERR_TRUSTP2P_LIMIT_QUOTA'
  // It comes from the same host, which has a claim each 200 ms.
  while (answer === 'ERR_TRUSTP2P_LIMIT_QUOTA') answer = await pause(100).then(() => claim(other, at, other.addresses))
  expect(answer).toEqual(other.addresses)
})

it.each(['connect', 'reach'] as const)('T23 %s takes 100 hosts, and not 101', async (how) => {
  const [node, peer] = [await startPlain(), await startPlain({ listen: ['ws://127.0.0.1:0'] })]
  const hosts = (count: number): string[] => [...Array<string>(count - 1).fill('192.0.2.1'), '127.0.0.1']
  const url = pinned(peer)
  await node[how](url, { hosts: hosts(100) })
  await expect(node[how](url, { hosts: hosts(101) })).rejects.toThrow(RangeError)
})
