import type PeerExchange from '../peer-exchange'
import type { Peer } from './peer-exchange-bench'
import { createBench, SELF, stopAll } from './peer-exchange-bench'

afterEach(stopAll)

describe('T23 what is claimed', () => {
  function claim(thread: PeerExchange, socket: Peer, addresses: readonly string[]) {
    const codes: string[] = []
    const fail = (code: string): void => void codes.push(code)
    const message = { body: { addresses }, signal: new AbortController().signal, fail }
    return thread.onMyAddresses(socket, message as never).then((answer) => answer?.reached ?? codes[0])
  }

  it.each([
    [{ host: '203.0.113.1' }, {}, ['203.0.113.1']],
    [{ host: '203.0.113.1', inbound: false }, {}, ['203.0.113.1']],
    [{ host: 'localhost' }, {}, ['localhost']],
    [{ host: 'unix' }, {}, ['loopback']],
    [{ host: 'peer.example', inbound: false }, {}, ['peer.example']],
    [{ host: '203.0.113.1' }, { anyHost: true }, ['public']],
    [{ host: '10.0.0.1' }, { anyHost: true }, ['private', 'public']]
  ])('by %j with %j is dialled on these hosts alone', async (socket, config, hosts) => {
    const { thread, join, dials } = await createBench({ config: { target: 0, ...config } })
    expect(await claim(thread, join(socket), ['ws://198.51.100.1:1'])).toEqual([])
    expect(dials.map((dial) => [dial.how, dial.hosts])).toEqual([['reach', hosts]])
  })

  it('is dialled with the id of who claims, and not again for freshMs', async () => {
    const { kit, thread, join, dials } = await createBench({ reaches: true, config: { target: 0, freshMs: 20_000 } })
    const peer = join()
    const url = 'ws://203.0.113.1:1'
    for (const [ms, count] of [
      [0, 1],
      [19_999, 1],
      [10_001, 2]
    ] as const) {
      await kit.clock.advanceAsync(ms)
      expect(await claim(thread, peer, [url])).toEqual([url])
      expect(dials).toHaveLength(count)
    }
    expect(dials[0]?.url).toBe(`ws://${peer.peerId}@203.0.113.1:1`)
  })

  it('is taken again after claimMs, and no sooner', async () => {
    const { kit, thread, join } = await createBench({ reaches: true, config: { target: 0 } })
    const peer = join()
    const codes: unknown[] = []
    for (const ms of [0, 9_999, 1]) {
      await kit.clock.advanceAsync(ms)
      codes.push(await claim(thread, peer, []))
    }
    expect(codes).toEqual([[], 'PEERS_CLAIM_TOO_SOON', []])
  })

  it('is passed over once the claim has taken 20 s', async () => {
    const { kit, thread, join, dials } = await createBench({ dialMs: 10_000, config: { target: 0 } })
    const claimed = claim(
      thread,
      join(),
      [1, 2, 3, 4].map((port) => `ws://203.0.113.1:${port}`)
    )
    await kit.clock.advanceAsync(60_000)
    expect(await claimed).toEqual([])
    expect(dials).toHaveLength(2)
  })

  it('is what the setting says, in place of where the node listens', async () => {
    const told: unknown[] = []
    const places = ['wss://node.example/p2p', 'tcp://10.0.0.1:1']
    const { kit, join } = await createBench({ addresses: ['ws://203.0.113.9:1'], config: { addresses: places } })
    join({}, { my_addresses: (body) => void told.push(body) })
    await kit.clock.advanceAsync(1)
    expect(told).toEqual([{ addresses: places.map((url) => url.replace('://', `://${SELF}@`)) }])
  })

  it('is told again, at most 4 times, where the peer is busy, and so at a later look', async () => {
    const busy = (): never => {
      throw Object.assign(new Error('busy'), { code: 'PEERS_BUSY' })
    }
    const { kit, join } = await createBench({ addresses: ['ws://0.0.0.0:1'] })
    const peer = join({}, { my_addresses: busy, get_peers: () => ({ peers: [] }) })
    await kit.clock.advanceAsync(50_000)
    expect(peer.asked.filter((event) => event === 'my_addresses')).toHaveLength(4)
    expect(peer.asked.at(-1)).toBe('get_peers')
    await kit.clock.advanceAsync(66_000)
    expect(peer.asked.filter((event) => event === 'my_addresses')).toHaveLength(8)
  })

  it('is forgotten for others after 1,000', async () => {
    const { thread, join } = await createBench({ config: { target: 0 } })
    const [first, second] = [join(), join()]
    const answers: unknown[] = []
    for (const peer of [first, second]) await claim(thread, peer, [])
    for (let at = 0; at < 998; at++) await claim(thread, join(), [])
    answers.push(await claim(thread, first, []))
    await claim(thread, join(), [])
    answers.push(await claim(thread, second, []), await claim(thread, first, []))
    expect(answers).toEqual(['PEERS_CLAIM_TOO_SOON', 'PEERS_CLAIM_TOO_SOON', []])
  })
})
