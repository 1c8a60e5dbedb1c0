import { createBench, knownAt, newId, stopAll } from './peer-exchange-bench'

afterEach(stopAll)

describe('T23 who is dialled for an answer', () => {
  const PEERS = Array.from({ length: 100 }, (_, at) => ({ id: newId(), addresses: [`ws://198.51.100.1:${at + 1}`] }))
  const answers = { get_peers: () => ({ peers: PEERS }) }

  it.each([
    ['203.0.113.1', ['public']],
    ['192.168.7.7', ['private', 'public']],
    ['127.0.0.1', ['loopback', 'private', 'public']]
  ])('of %s is of these hosts alone', async (host, hosts) => {
    const { kit, join, dials } = await createBench()
    join({ host }, answers)
    await kit.clock.advanceAsync(1)
    expect(dials.map((dial) => [dial.how, dial.hosts])).toEqual(Array(4).fill(['connect', hosts]))
  })

  it('of the book is no nearer than they were met', async () => {
    const known = [knownAt(['ws://name.example'], '203.0.113.9'), knownAt(['ws://10.0.0.1'], '10.0.0.1')]
    const { kit, dials } = await createBench({ known })
    await kit.clock.advanceAsync(1)
    expect(dials.map(({ hosts }) => hosts)).toEqual([['public'], ['private', 'public']])
  })

  it('is 4 for each answer, 3 askers and 32 in all between two rounds', async () => {
    const { kit, join, dials } = await createBench({ config: { target: 1_000, everyMs: 60_000 } })
    const round = async (): Promise<number> => {
      const before = dials.length
      await kit.clock.advanceAsync(66_000)
      return dials.length - before
    }
    join({ host: '203.0.113.0' }, answers)
    await kit.clock.advanceAsync(1)
    expect(dials).toHaveLength(4)
    for (let at = 1; at < 8; at++) join({ host: `203.0.113.${at}` }, answers)
    expect(await round()).toBe(12)
  })

  it('is 32 in all between two rounds, whoever comes', async () => {
    const { kit, thread, join, dials } = await createBench({ config: { target: 1_000 } })
    await kit.clock.advanceAsync(1)
    for (let at = 0; at < 20; at++) {
      thread.onSocketConnection(join({ host: `203.0.113.${at}` }, answers))
      await kit.clock.advanceAsync(1)
      expect(dials).toHaveLength(Math.min(32, 4 * (at + 1)))
    }
  })

  it('is a place once for all peers of a host, and once more for those of another', async () => {
    const place = { peers: PEERS.map(({ id }) => ({ id, addresses: ['ws://198.51.100.1:1'] })) }
    const { kit, thread, join, dials } = await createBench({ config: { everyMs: 600_000 } })
    await kit.clock.advanceAsync(1)
    for (const host of ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2']) {
      thread.onSocketConnection(join({ host }, { get_peers: () => place }))
      await kit.clock.advanceAsync(1)
    }
    expect(dials).toHaveLength(2)
  })

  it.each([
    ['ws://198.51.100.1', 'tcp://198.51.100.1:80', 'wss://198.51.100.1:0080', 'tls://198.51.100.1.:80'],
    ['ws://[2001:db8::1]:5', 'ws://[2001:DB8:0::1]:5', 'tcp://[2001:db8:0:0::0:1]:00005/a'],
    ['ws://peer.example:5', 'ws://Peer.Example.:5']
  ])('is one place however it is written, such as %s', async (...urls) => {
    const told = { peers: urls.map((url) => ({ id: newId(), addresses: [url] })) }
    const { kit, join, dials } = await createBench()
    join({}, { get_peers: () => told })
    await kit.clock.advanceAsync(1)
    expect(dials).toHaveLength(1)
  })

  it.each([
    ['peers', 256, 1],
    ['peers', 257, 0],
    ['addresses', 8, 1],
    ['addresses', 9, 0]
  ])('is one among the %s of it: number %d is dialled %d times', async (what, number, times) => {
    const { kit, join, dials } = await createBench()
    const last = 'ws://198.51.100.1:1'
    const blank = (most: number): unknown[] => Array<unknown>(most - 1).fill(null)
    const peers =
      what === 'peers'
        ? [...blank(number), { id: newId(), addresses: [last] }]
        : [{ id: newId(), addresses: [...blank(number), last] }]
    join({}, { get_peers: () => ({ peers }) })
    await kit.clock.advanceAsync(1)
    expect(dials).toHaveLength(times)
  })

  it('is left alone for 10 minutes where it was not reached', async () => {
    const one = { get_peers: () => ({ peers: PEERS.slice(0, 1) }) }
    const { kit, thread, join, dials } = await createBench({ config: { everyMs: 1_000_000 } })
    const peer = join({}, one)
    await kit.clock.advanceAsync(1)
    const after = async (ms: number): Promise<number> => {
      await kit.clock.advanceAsync(ms)
      thread.onSocketConnection(peer)
      await kit.clock.advanceAsync(0)
      return dials.length
    }
    expect([await after(599_999), await after(1)]).toEqual([1, 2])
  })

  it('is passed over once an answer has taken 20 s', async () => {
    const { kit, join, dials } = await createBench({ dialMs: 10_000, config: { everyMs: 1_000_000 } })
    join({}, answers)
    await kit.clock.advanceAsync(60_000)
    expect(dials.map(({ at }) => at)).toEqual([1, 10_001])
  })

  it('waits for no more than 4 answers at once, one of each socket', async () => {
    const silent = { get_peers: () => new Promise<never>(() => undefined) }
    const { kit, thread, join } = await createBench({ config: { everyMs: 1_000_000 } })
    await kit.clock.advanceAsync(1)
    const first = join({}, silent)
    for (let at = 0; at < 3; at++) thread.onSocketConnection(first)
    await kit.clock.advanceAsync(1)
    expect(first.asked).toEqual(['get_peers'])
    const peers = Array.from({ length: 4 }, () => join({}, silent))
    for (const peer of peers) thread.onSocketConnection(peer)
    await kit.clock.advanceAsync(1)
    expect(peers.map(({ asked }) => asked.length)).toEqual([1, 1, 1, 0])
  })
})

describe('T23 how many peers are enough', () => {
  it.each([
    [8, 0, 8, false],
    [8, 0, 7, true],
    [8, 4, 4, false],
    [8, 100, 4, false],
    [8, 100, 3, true],
    [8, 3, 4, true],
    [1, 100, 0, true],
    [1, 0, 1, false],
    [0, 0, 0, false]
  ])(
    'of %i wanted, %i that came and %i that were dialled: asks for more is %s',
    async (target, came, dialled, asks) => {
      const { kit, join, sockets } = await createBench({ config: { target } })
      for (let at = 0; at < came; at++) join({ inbound: true })
      for (let at = 0; at < dialled; at++) join({ inbound: false })
      await kit.clock.advanceAsync(1)
      expect(sockets.some(({ asked }) => asked.includes('get_peers'))).toBe(asks)
    }
  )
})
