import { ManualClock } from '@trustp2p/testing'
import { IdleLinks } from '../../src/deliver/idle-links'
import { PackageType } from '../../src/wire/package'
import { createBench } from './scripted-peer'

const IDLE_MS = 4_000
const talk = { type: PackageType.TALK, event: 'a', body: 1 }
const request = { type: PackageType.REQUEST, event: 'a', body: 1, tag: 't' }
const ping = { type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: 'p' }

function createIdle(idleMs = IDLE_MS) {
  const bench = createBench({ limits: { idleMs }, route: ({ type }) => type !== PackageType.HEARTBEAT_PING })
  return { ...bench, ...bench.link({ inbound: true }) }
}

describe('limits.idleMs', () => {
  it('leaves a socket alone for so long, closes it within a quarter more, and explains that', () => {
    const { clock, peer, explain } = createIdle()
    clock.advance(IDLE_MS)
    expect(peer.closedWith).toBeUndefined()
    clock.advance(IDLE_MS / 4)
    expect(peer.closedWith).toEqual({ code: 1000, reason: 'idle' })
    peer.drop(1000, 'idle')
    expect(explain.find({ about: 'socket' })).toMatchObject([
      { code: 'ERR_TRUSTP2P_LIMIT_IDLE', limit: 'limits.idleMs', limitValue: IDLE_MS }
    ])
  })

  it.each([
    ['a talk of the peer', ({ peer }: ReturnType<typeof createIdle>) => peer.say(talk)],
    ['a talk of ours', ({ deliver, socket }: ReturnType<typeof createIdle>) => deliver.talk(socket, 'a', 1)]
  ])('begins anew with %s', (_name, exchange) => {
    const bench = createIdle()
    for (let count = 0; count < 5; count++) {
      bench.clock.advance(IDLE_MS - 1)
      exchange(bench)
    }
    expect(bench.peer.closedWith).toBeUndefined()
    bench.clock.advance(2 * IDLE_MS)
    expect(bench.peer.closedWith).toEqual({ code: 1000, reason: 'idle' })
  })

  it('waits for a request that runs', () => {
    const { clock, peer } = createIdle()
    peer.say(request)
    clock.advance(10 * IDLE_MS)
    expect(peer.closedWith).toBeUndefined()
  })

  it('is not put off by pings and empty frames', () => {
    const { clock, peer } = createIdle()
    for (let count = 0; count < 10; count++) {
      clock.advance(IDLE_MS / 8)
      peer.say(ping)
      peer.sayBytes(new Uint8Array(0))
    }
    expect(peer.closedWith).toMatchObject({ reason: 'idle' })
  })

  it('is for inbound sockets, and 0 is for none', () => {
    const bench = createBench({ limits: { idleMs: IDLE_MS } })
    const { peer } = bench.link({ inbound: false })
    const never = createIdle(0)
    for (const { clock } of [bench, never]) clock.advance(100 * IDLE_MS)
    expect([peer.closedWith, never.peer.closedWith]).toEqual([undefined, undefined])
  })
})

describe('limits.greetingBytes', () => {
  const MOST = 2_048
  const greetingOf = (bytes: number) => {
    const bare = JSON.stringify({ protocol_version: '1.0', alt: '1', encodings: [0], filler: '' })
    return { ...(JSON.parse(bare) as object), filler: 'x'.repeat(bytes) }
  }

  it('takes a greeting of N bytes, and closes with 1009 at one of N + 1', () => {
    const { link } = createBench({ limits: { greetingBytes: MOST } })
    const overhead = (filler: number): number => {
      const { peer } = createBench().link({ greet: false })
      let length = 0
      peer.receiver.onFrame = (bytes) => (length = bytes.length)
      peer.greet(greetingOf(filler))
      return length - filler
    }
    const filler = MOST - overhead(1_500)
    const [fits, tooLong] = [link({ greet: false }), link({ greet: false })]
    fits.peer.greet(greetingOf(filler))
    tooLong.peer.greet(greetingOf(filler + 1))
    expect(fits.peer.closedWith).toBeUndefined()
    expect(tooLong.peer.closedWith).toEqual({ code: 1009, reason: 'greeting too large' })
  })
})

it('IdleLinks.end() leaves no timer', () => {
  const clock = new ManualClock()
  const links = new IdleLinks(clock, IDLE_MS)
  links.add({ exchanges: 0, isQuiet: true, close: () => undefined })
  links.add({ exchanges: 0, isQuiet: true, close: () => undefined })
  expect(clock.pending).toBeGreaterThan(0)
  links.end()
  expect(clock.pending).toBe(0)
})
