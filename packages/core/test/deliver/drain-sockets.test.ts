import { removedError } from '../../src/deliver/request-errors'
import { PackageType } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'
import type { Bench } from './scripted-peer'

const TIMEOUT_MS = 100
const DRAIN = { timeoutMs: TIMEOUT_MS, reason: 'driver removed', refusal: removedError }
const CLOSED = { code: 1001, reason: 'driver removed' }

/** Everything that could happen by itself has happened. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Ends all sockets of a bench; `ended` becomes true when that is done. */
function drain({ deliver }: Bench, options = DRAIN): { ended: boolean } {
  const state = { ended: false }
  void deliver.drainSockets(() => true, options).then(() => (state.ended = true))
  return state
}

describe('sockets that are drained', () => {
  it('are closed at once where nothing is under way, and it ends with the last one', async () => {
    const bench = createBench()
    const [one, other] = [bench.link(), bench.link()]
    const drained = drain(bench)
    await settled()
    expect([one.peer.closedWith, other.peer.closedWith]).toEqual([CLOSED, CLOSED])
    one.peer.drop(1001)
    await settled()
    expect(drained.ended).toBe(false)
    other.peer.drop(1001)
    await settled()
    expect([drained.ended, bench.clock.pending]).toEqual([true, 0])
  })

  it('are closed as soon as the last request of ours has its answer', async () => {
    const bench = createBench()
    const { peer, socket } = bench.link()
    const answers = Promise.all([bench.deliver.request(socket, 'a', 1), bench.deliver.request(socket, 'a', 2)])
    const tags = peer.take().map(({ tag }) => tag)
    drain(bench)
    for (const tag of tags) {
      await settled()
      expect(peer.closedWith).toBeUndefined()
      peer.say({ type: PackageType.RESPONSE, event: 'a', body: tag, tag })
    }
    expect(await answers).toEqual(tags)
    await settled()
    expect(peer.closedWith).toEqual(CLOSED)
  })

  it('are closed as soon as the last request of the peer is answered', async () => {
    const bench = createBench()
    const { peer } = bench.link()
    for (const tag of ['x', 'y']) peer.say({ type: PackageType.REQUEST, event: 'a', body: 1, tag })
    drain(bench)
    for (const message of bench.routed) {
      await settled()
      expect(peer.closedWith).toBeUndefined()
      message.reply(2)
    }
    await settled()
    expect(peer.take().map(({ tag }) => tag)).toEqual(['x', 'y'])
    expect(peer.closedWith).toEqual(CLOSED)
  })

  it('wait for a request whose handler drains them', async () => {
    const drained: { ended: boolean }[] = []
    const bench: Bench = createBench({
      route: (message) => {
        drained.push(drain(bench))
        return message.reply('drained')
      }
    })
    const { peer } = bench.link()
    peer.say({ type: PackageType.REQUEST, event: 'a', body: 1, tag: 't' })
    await settled()
    expect(peer.take()).toMatchObject([{ tag: 't', body: 'drained' }])
    expect(peer.closedWith).toEqual(CLOSED)
  })

  it('wait for each other, and not for one that closes meanwhile', async () => {
    const bench = createBench()
    const [lost, quiet, busy] = [bench.link(), bench.link(), bench.link()]
    const failed = codeOf(bench.deliver.request(lost.socket, 'a', 1))
    const answer = bench.deliver.request(busy.socket, 'a', 1)
    const [asked] = busy.peer.take()
    drain(bench)
    lost.peer.drop()
    expect(await failed).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    await settled()
    expect(quiet.peer.closedWith).toBeUndefined()
    busy.peer.say({ type: PackageType.RESPONSE, event: 'a', body: 1, tag: String(asked?.tag) })
    await answer
    await settled()
    expect([quiet.peer.closedWith, busy.peer.closedWith]).toEqual([CLOSED, CLOSED])
  })

  it('are not closed while one has begun something again before the last one is quiet', async () => {
    const bench = createBench()
    const [first, last] = [bench.link(), bench.link()]
    const answer = bench.deliver.request(last.socket, 'a', 1)
    const [asked] = last.peer.take()
    drain(bench)
    first.peer.say({ type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: 'p' })
    last.peer.say({ type: PackageType.RESPONSE, event: 'a', body: 1, tag: String(asked?.tag) })
    await answer
    await settled()
    expect([first.peer.closedWith, last.peer.closedWith]).toEqual([undefined, undefined])
    bench.routed[0]?.reply({})
    await settled()
    expect([first.peer.closedWith, last.peer.closedWith]).toEqual([CLOSED, CLOSED])
  })

  it('are closed when the time is over, and not before', async () => {
    const bench = createBench()
    const { peer, socket } = bench.link()
    const failed = codeOf(bench.deliver.request(socket, 'a', 1))
    drain(bench)
    await bench.clock.advanceAsync(TIMEOUT_MS - 1)
    expect(peer.closedWith).toBeUndefined()
    await bench.clock.advanceAsync(1)
    expect(peer.closedWith).toEqual(CLOSED)
    peer.drop(1001)
    expect(await failed).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
  })

  it('with no time are closed at once, whatever is under way', async () => {
    const bench = createBench()
    const { peer, socket } = bench.link()
    const failed = codeOf(bench.deliver.request(socket, 'a', 1))
    drain(bench, { ...DRAIN, timeoutMs: 0 })
    await settled()
    expect(peer.closedWith).toEqual(CLOSED)
    peer.drop(1001)
    expect(await failed).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
  })

  it('that do not close are waited for 3 s', async () => {
    const bench = createBench()
    bench.link()
    const drained = drain(bench)
    await bench.clock.advanceAsync(2_999)
    expect(drained.ended).toBe(false)
    await bench.clock.advanceAsync(1)
    expect(drained.ended).toBe(true)
  })
})
