import { createTestKit } from '@trustp2p/testing'
import type { TestKit } from '@trustp2p/testing'
import { P2pError, PackageType } from 'trustp2p'
import type { P2pSocket, RequestOptions, ThreadNode } from 'trustp2p'
import Heartbeat from '../heartbeat'
import { REFUSING, runThreads } from './run-thread'
import { SocketDouble } from './socket-double'

/** A peer that answers pings as told, and counts them. */
class Peer extends SocketDouble {
  readonly pings: number[] = []
  closed: { at: number; code: number | undefined; reason: string | undefined } | undefined
  answer: unknown
  refuses = false

  constructor(
    id: string,
    readonly kit: TestKit,
    { answer, ...options }: { inbound?: boolean; answer?: unknown } = {}
  ) {
    super(id, options)
    this.answer = answer
  }

  speak(): void {
    this.lastReceivedAt = this.kit.clock.now()
  }

  override close(code?: number, reason?: string): void {
    super.close()
    this.closed = { at: this.kit.clock.now(), code, reason }
  }
}

/** Starts a node with this thread alone, whose peers are there from time 0. */
async function createBench({ config = {}, random = 0 }: { config?: object; random?: number } = {}) {
  const kit: TestKit = { ...createTestKit(), random: { next: () => random } }
  const peers: Peer[] = []
  const pending = new Set<RequestOptions>()
  const request: ThreadNode['request'] = (
    socket: P2pSocket,
    event: unknown,
    body?: unknown,
    options: RequestOptions = {}
  ): Promise<never> => {
    const peer = peers.find(({ id }) => id === socket.id)
    if (peer === undefined) throw new Error('the peer is none of this test')
    expect([event, body, options.type]).toEqual(['ping', {}, PackageType.HEARTBEAT_PING])
    if (peer.refuses) return Promise.reject(new P2pError('ERR_TRUSTP2P_LIMIT_SEND_QUEUE', 'the queue is full'))
    peer.pings.push(kit.clock.now())
    return new Promise((resolve, reject) => {
      pending.add(options)
      const end = (settle: () => void): void => {
        if (pending.delete(options)) settle()
      }
      options.signal?.addEventListener('abort', () =>
        end(() => reject(new P2pError('ERR_TRUSTP2P_REQUEST_ABORTED', 'aborted')))
      )
      kit.clock.setTimeout(() => {
        end(() => reject(new P2pError('ERR_TRUSTP2P_REQUEST_TIMEOUT', 'no answer in time')))
      }, options.timeoutMs ?? 0)
      if (peer.answer === undefined) return
      peer.speak()
      end(() => (peer.answer instanceof Error ? reject(peer.answer) : resolve(peer.answer as never)))
    })
  }
  const node: ThreadNode = {
    ...REFUSING,
    get sockets() {
      return peers.filter(({ state }) => state === 'open')
    },
    request
  }
  const { list, threads } = await runThreads({ heartbeat: Heartbeat }, { kit, node, config })
  const join = (options: { inbound?: boolean; answer?: unknown } = {}): Peer => {
    const peer = new Peer(`p${peers.length}`, kit, options)
    peer.lastReceivedAt = kit.clock.now()
    peers.push(peer)
    return peer
  }
  return { kit, threads, list, join, pending }
}

describe('T16 the heartbeat', () => {
  it('pings a socket that was silent for 10 s at the next round, and not one that was silent for less', async () => {
    const { kit, join } = await createBench()
    const silent = join({ answer: { sleep: false } })
    const active = join({ answer: { sleep: false } })
    await kit.clock.advanceAsync(2_001)
    active.speak()
    await kit.clock.advanceAsync(9_998)
    expect([silent.pings, active.pings]).toEqual([[], []])
    await kit.clock.advanceAsync(1)
    expect([silent.pings, active.pings]).toEqual([[12_000], []])
    await kit.clock.advanceAsync(3_000)
    expect(active.pings).toEqual([15_000])
  })

  it('pings at exactly 10 s of silence, and not 1 ms earlier', async () => {
    const { kit, join } = await createBench({ config: { roundMs: 1 } })
    const { pings } = join({ answer: {} })
    await kit.clock.advanceAsync(9_999)
    expect(pings).toEqual([])
    await kit.clock.advanceAsync(1)
    expect(pings).toEqual([10_000])
  })

  it.each([
    [0, 12_000],
    [0.5, 10_500],
    [0.999, 11_997]
  ])('looks every 3 s plus up to 1 s at random: at chance %d the first ping comes at %d ms', async (random, at) => {
    const { kit, join } = await createBench({ random })
    const { pings } = join({ answer: {} })
    await kit.clock.advanceAsync(12_000)
    expect(pings).toEqual([at])
  })

  it('leaves outbound sockets to their servers', async () => {
    const { kit, join } = await createBench()
    const { pings } = join({ inbound: false })
    await kit.clock.advanceAsync(120_000)
    expect(pings).toEqual([])
  })

  it('closes a socket 60 s after an unanswered ping, and not 1 ms earlier', async () => {
    const { kit, join } = await createBench()
    const dead = join()
    await kit.clock.advanceAsync(71_999)
    expect([dead.pings, dead.closed]).toEqual([[12_000], undefined])
    await kit.clock.advanceAsync(1)
    expect(dead.closed).toEqual({ at: 72_000, code: 1000, reason: 'lost driver' })
  })

  it('has one ping open at a time', async () => {
    const { kit, join } = await createBench()
    const dead = join()
    await kit.clock.advanceAsync(70_000)
    expect(dead.pings).toEqual([12_000])
  })

  it('takes any frame for a sign of life, also one that is no answer to the ping', async () => {
    const { kit, join } = await createBench()
    const talker = join()
    await kit.clock.advanceAsync(71_000)
    talker.speak()
    await kit.clock.advanceAsync(13_000)
    expect(talker.closed).toBeUndefined()
    expect(talker.pings).toEqual([12_000, 81_000])
    await kit.clock.advanceAsync(56_999)
    expect(talker.closed).toBeUndefined()
    await kit.clock.advanceAsync(1)
    expect(talker.closed?.at).toBe(141_000)
  })

  it('takes an error for an answer', async () => {
    const { kit, join } = await createBench()
    const peer = join({ answer: new P2pError('ERR_TRUSTP2P_REQUEST_REMOTE', 'no ping here') })
    await kit.clock.advanceAsync(200_000)
    expect(peer.closed).toBeUndefined()
    expect(peer.pings.length).toBeGreaterThan(10)
  })

  it('goes on pinging a peer that answers', async () => {
    const { kit, join } = await createBench()
    const { pings } = join({ answer: { sleep: false } })
    await kit.clock.advanceAsync(36_000)
    expect(pings).toEqual([12_000, 24_000, 36_000])
  })

  it('leaves a peer that sleeps in peace until it speaks', async () => {
    const { kit, join } = await createBench()
    const sleeper = join({ answer: { sleep: true } })
    await kit.clock.advanceAsync(1_000_000)
    expect([sleeper.pings, sleeper.closed]).toEqual([[12_000], undefined])
    sleeper.speak()
    sleeper.answer = undefined
    await kit.clock.advanceAsync(13_000)
    expect(sleeper.pings).toHaveLength(2)
    await kit.clock.advanceAsync(60_000)
    expect(sleeper.closed?.reason).toBe('lost driver')
  })

  it.each([[null], ['sleep'], [{ sleep: 1 }], [{}], [[true]]])(
    'takes the answer %j for one of a peer awake',
    async (answer) => {
      const { kit, join } = await createBench()
      const peer = join({ answer })
      await kit.clock.advanceAsync(24_000)
      expect(peer.pings).toHaveLength(2)
    }
  )

  it('pings the others beside active, sleeping, closed and unreachable ones', async () => {
    const { kit, join } = await createBench()
    const [active, sleeping, closed, refusing] = [join(), join({ answer: { sleep: true } }), join(), join()]
    closed.close()
    refusing.refuses = true
    const last = join({ answer: {} })
    for (let round = 0; round < 20; round += 1) {
      await kit.clock.advanceAsync(3_000)
      active.speak()
    }
    expect(last.pings).toHaveLength(5)
    expect([active.pings, sleeping.pings, closed.pings]).toEqual([[], [12_000], []])
  })

  it('closes a socket to which no ping can be sent for 60 s', async () => {
    const { kit, join } = await createBench()
    const full = join()
    full.refuses = true
    await kit.clock.advanceAsync(71_999)
    expect(full.closed).toBeUndefined()
    await kit.clock.advanceAsync(1)
    expect(full.closed?.reason).toBe('lost driver')
  })

  it('forgets a socket that closed', async () => {
    const { kit, join, threads } = await createBench()
    const peer = join()
    await kit.clock.advanceAsync(12_000)
    peer.state = 'closed'
    threads.socketClosed(peer)
    await kit.clock.advanceAsync(200_000)
    expect(peer.closed).toBeUndefined()
  })

  it('T6 leaves no timer and no open ping behind, and closes nothing any more', async () => {
    const { kit, join, threads, pending } = await createBench()
    const peer = join()
    await kit.clock.advanceAsync(12_000)
    expect(pending.size).toBe(1)
    await threads.disable('heartbeat')
    expect(pending.size).toBe(0)
    await kit.clock.advanceAsync(200_000)
    expect([peer.pings.length, peer.closed, kit.clock.pending]).toEqual([1, undefined, 0])
  })

  it('watches on after a reload', async () => {
    const { kit, join, threads } = await createBench()
    const peer = join()
    await kit.clock.advanceAsync(12_000)
    await threads.reload('heartbeat')
    await kit.clock.advanceAsync(63_000)
    expect(peer.closed).toEqual({ at: 75_000, code: 1000, reason: 'lost driver' })
  })
})

describe('the configuration of the heartbeat', () => {
  it.each([
    [{ roundMs: 0 }, "threads.heartbeat.config: 'roundMs' is a time from 1 to 2147483647 ms"],
    [{ lostMs: 2 ** 31 }, "'lostMs' is a time from 1 to 2147483647 ms"],
    [{ silentMs: Number.NaN }, "'silentMs' is a time"],
    [{ roundJitterMs: -1 }, "'roundJitterMs' is a time from 0"],
    [{ sleep: 'yes' }, "'sleep' is true or false"],
    [{ sleeps: true }, "'sleeps' is unknown; use sleep, roundMs"]
  ])('%j is refused with what it takes', async (config, text) => {
    const { threads } = await createBench({ config })
    const [info] = threads.list()
    expect(info?.error?.code).toBe('ERR_TRUSTP2P_CONFIG_INVALID')
    expect(info?.error?.message).toContain(text)
  })

  it.each([[{}], [{ roundMs: 1, roundJitterMs: 0, silentMs: 1, lostMs: 2 ** 31 - 1, sleep: true }]])(
    '%j is taken',
    async (config) => {
      const { threads } = await createBench({ config })
      expect(threads.list()).toMatchObject([{ name: 'heartbeat', state: 'running', error: undefined }])
    }
  )
})

describe('the answer to a ping', () => {
  it.each([[true], [false]])('says sleep: %s as configured', async (sleep) => {
    const { threads } = await createBench({ config: { sleep } })
    const handle = threads.get('heartbeat')
    await expect(handle.onPing?.()).resolves.toEqual({ sleep })
  })
})
