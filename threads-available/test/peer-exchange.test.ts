import { createBench, knownAt, newId, SELF, stopAll } from './peer-exchange-bench'

afterEach(stopAll)

const toldOf = (peers: readonly { readonly addresses: readonly string[] }[]): string[] =>
  peers.flatMap(({ addresses }) => addresses.map((url) => url.replace(/\/\/.*@/, '//')))

describe('T23 what an asker is told', () => {
  const BOOK = [
    ...['ws://127.0.0.1:1', 'ws://[::1]:2', 'ws://localhost:3', 'ws://[::ffff:127.0.0.1]:4'],
    ...['tcp://10.0.0.1:5', 'tcp://[fd00::1]:6', 'tcp://[fe80::1]:7', 'tcp://[::ffff:192.168.0.1]:8'],
    ...['wss://198.51.100.1:9', 'wss://[2001:db8::1]:10', 'wss://peer.example/p2p']
  ]
  const [LOOPBACK, PRIVATE, PUBLIC] = [BOOK.slice(0, 4), BOOK.slice(4, 8), BOOK.slice(8)]

  it.each([
    ['127.0.0.1', true, [...LOOPBACK, ...PRIVATE, ...PUBLIC]],
    ['::1', false, [...LOOPBACK, ...PRIVATE, ...PUBLIC]],
    ['localhost', true, [...LOOPBACK, ...PRIVATE, ...PUBLIC]],
    ['192.168.7.7', true, [...PRIVATE, ...PUBLIC]],
    ['::ffff:10.0.0.9', true, [...PRIVATE, ...PUBLIC]],
    ['203.0.113.1', true, PUBLIC],
    ['2001:db8::5', false, PUBLIC],
    ['0.0.0.0', true, PUBLIC],
    ['peer.example', false, PUBLIC]
  ])('%s, inbound %s, hears of what it can reach', async (host, inbound, expected) => {
    const known = BOOK.map((url) => knownAt([url]))
    const { thread, join } = await createBench({ known, config: { target: 0 } })
    const { peers } = await thread.onGetPeers(join({ host, inbound }))
    expect(toldOf(peers)).toEqual(expected)
    expect(peers.every(({ id, addresses }) => addresses.every((url) => url.includes(`//${id}@`)))).toBe(true)
  })

  it('is not itself, not this node, and no address with a query or a path to a file', async () => {
    const asker = newId()
    const odd = ['ws://a.example/?key=1', 'unix:///tmp/a', 'ws://a.example/#b', `ws://a.example/${'a'.repeat(300)}`]
    const known = [
      { ...knownAt(['ws://198.51.100.1:1']), id: asker },
      { ...knownAt(['ws://198.51.100.1:2']), id: SELF },
      knownAt(odd),
      knownAt([...odd, 'ws://198.51.100.1:3'])
    ]
    const { thread, join } = await createBench({ known, config: { target: 0 } })
    expect(toldOf((await thread.onGetPeers(join({ peerId: asker }))).peers)).toEqual(['ws://198.51.100.1:3'])
  })

  it('is at most 32 peers, of 4 addresses each, of those that the book spreads over their hosts', async () => {
    const five = [1, 2, 3, 4, 5].map((port) => `ws://198.51.100.1:${port}`)
    for (const count of [32, 33]) {
      const known = Array.from({ length: count }, () => knownAt(five))
      const { thread, join, queries } = await createBench({ known, config: { target: 0 } })
      const { peers } = await thread.onGetPeers(join())
      expect(peers.map(({ addresses }) => addresses.length)).toEqual(Array(32).fill(4))
      expect(queries).toEqual([{ dialable: true, spread: true, limit: 256 }])
    }
  })

  it('costs a twentieth of the time at most, however often it is asked', async () => {
    const { kit, thread, join, queries } = await createBench({ listMs: 100, config: { target: 0 } })
    const asker = join()
    const flood = Promise.all(Array.from({ length: 50 }, () => thread.onGetPeers(asker)))
    await kit.clock.advanceAsync(100)
    await flood
    const asked: number[] = []
    for (const ms of [1_999, 1]) {
      await kit.clock.advanceAsync(ms)
      void thread.onGetPeers(asker)
      asked.push(queries.length)
    }
    expect(asked).toEqual([1, 2])
    await kit.clock.advanceAsync(100)
  })
})
