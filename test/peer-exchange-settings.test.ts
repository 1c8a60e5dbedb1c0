import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import PeerExchange from '../threads-available/peer-exchange'
import { readBlocks, readDocument } from './documents/markdown'
import { addressOf, idOf, pinned } from './pair'
import { EXCHANGE, named, pause, peersFrom, start, startHub, startPlain } from './peer-exchange-nodes'
import { disposeAll, until } from './project'

afterEach(disposeAll)

describe('T23 the settings of peer-exchange', () => {
  it.each([
    { targets: 1 },
    { target: -1 },
    { target: 1_001 },
    { target: 1.5 },
    { target: '8' },
    { everyMs: 99 },
    { everyMs: 1_900_000_001 },
    { peers: 0 },
    { peers: 257 },
    { probes: 0 },
    { probes: 1_001 },
    { claimMs: -1 },
    { freshMs: 1_900_000_001 },
    { anyHost: 1 },
    { addresses: 'ws://a' },
    { addresses: ['a'] },
    { addresses: ['ws://a/?b'] },
    { addresses: ['ws://a', 'ws://b', 'ws://c', 'ws://d', 'ws://e'] }
  ])('refuse %j', async (config) => {
    const node = await start({ exchange: config })
    expect(node.threads.list()).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_CONFIG_INVALID' } }])
  })

  it.each([
    { target: 0, everyMs: 100, peers: 1, probes: 1, claimMs: 0, freshMs: 0, addresses: [] },
    { target: 1_000, everyMs: 1_900_000_000, peers: 256, probes: 1_000, anyHost: true },
    { addresses: ['ws://a', 'wss://b.example/p2p', 'tcp://[::1]:1', 'tls://1.2.3.4:5'] }
  ])('take %j', (config) => {
    expect(PeerExchange.manifest.config.parse(config)).toMatchObject(config)
  })

  it('are the defaults where they are undefined', () => {
    const { parse } = PeerExchange.manifest.config
    const keys = Object.keys(parse({}))
    expect(parse(Object.fromEntries(keys.map((key) => [key, undefined])))).toEqual(parse({}))
  })

  it('addresses are claimed in place of those that the node listens on', async () => {
    const hub = await start({ exchange: { target: 0 } })
    const listen = ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0']
    const silent = await start({ connect: [addressOf(hub)], exchange: { addresses: [] }, listen })
    const node = await start({ connect: [addressOf(hub)], listen })
    await until(() => hub.peers.get(idOf(node))?.addresses.length === 2, 'the claims')
    expect(hub.peers.get(idOf(silent))?.addresses).toEqual([])
  })

  it('peers bounds an answer', async () => {
    const [hub, asker, socket] = await startHub({ peers: 2 })
    const nodes = await Promise.all([1, 2, 3].map(() => startPlain({ listen: ['ws://127.0.0.1:0'] })))
    for (const [at, node] of nodes.entries()) {
      await hub.reach(pinned(node))
      await until(() => hub.peers.list({ dialable: true }).length === at + 1, 'the peer')
    }
    while ((await peersFrom(asker, socket)).length < 2) await pause(50)
    const peers = await peersFrom(asker, socket)
    expect(peers).toEqual([nodes[2], nodes[1]].flatMap((node) => (node === undefined ? [] : [named(node)])))
  })
})

describe('docs/reference/peer-exchange.md', () => {
  const NAME = 'docs/reference/peer-exchange.md'
  const page = readDocument(NAME)
  const { parse } = PeerExchange.manifest.config

  it('has every setting, its default and its range', () => {
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (\S*) +\| ([\d,]*)(?: to ([\d,]+))?[^|]* \|/gm)]
    const defaults = new Map<string, unknown>(Object.entries(parse({})))
    expect(rows.map(([, key]) => key).sort()).toEqual([...defaults.keys()].sort())
    for (const [, key = '', standard = '', least = '', most = ''] of rows) {
      expect([key, standard === '' ? undefined : JSON.parse(standard)]).toEqual([key, defaults.get(key)])
      if (typeof defaults.get(key) !== 'number') continue
      const [from, to] = [least, most].map((text) => Number(text.replaceAll(',', '')))
      if (from === undefined || to === undefined) throw new Error(`${key} has no range`)
      for (const value of [from, to]) expect(parse({ [key]: value })).toMatchObject({ [key]: value })
      for (const value of [from - 1, to + 1]) expect(() => parse({ [key]: value })).toThrow(RangeError)
    }
  })

  it('has every code', () => {
    const text = readdirSync(EXCHANGE)
      .map((file) => readFileSync(join(EXCHANGE, file), 'utf8'))
      .join()
    const codes = [...text.matchAll(/\['(PEERS_\w+)'/g)].map(([, code]) => code)
    const rows = [...page.matchAll(/^\| `(PEERS_\w+)`/gm)].map(([, code]) => code)
    expect(rows.sort()).toEqual([...new Set(codes)].sort())
  })

  it('shows bodies as they are', async () => {
    const [peers, reached] = readBlocks(NAME).map(({ text }) => JSON.parse(text) as object)
    const [hub, peer, socket] = await startHub()
    const answer = await peer.request(socket, 'my_addresses', { addresses: peer.addresses })
    expect(answer).toEqual({ reached: [expect.any(String)] })
    expect(reached).toEqual({ reached: [expect.any(String)] })
    const asker = await startPlain()
    const address = expect.stringMatching(/^tcp:\/\/12D3KooW|^ws:\/\/\w+@/) as unknown
    const shape = { peers: [{ id: expect.any(String) as unknown, addresses: [address] }] }
    expect(await asker.request(await asker.connect(addressOf(hub)), 'get_peers', {})).toEqual(shape)
    expect(peers).toEqual(shape)
  })
})
