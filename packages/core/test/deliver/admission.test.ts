import { HELD_FRAMES } from '../../src/deliver/entrance'
import type { Admit } from '../../src/deliver/admission'
import { encodeBody, encodeFrame, PackageType } from '../../src/wire/package'
import { createBench } from './scripted-peer'
import type { ScriptedPeer } from './scripted-peer'

const request = (tag: string, body: unknown = 'x'): Uint8Array =>
  encodeFrame(PackageType.REQUEST, 'echo', encodeBody(body), tag)

/** A peer that waits for the decision, which the test makes. */
function createWaiting(limits: { frameBytes?: number } = {}) {
  let settle: (yes: boolean) => void = () => undefined
  const settled = new Promise<boolean>((resolve) => (settle = resolve))
  const admit: Admit = () => settled
  const bench = createBench({ admit, limits })
  const { peer, socket } = bench.link({ greet: false, inbound: true })
  const decide = async (yes: boolean): Promise<void> => {
    settle(yes)
    await new Promise(setImmediate)
  }
  return { ...bench, peer, socket, decide }
}

function sayAll(peer: ScriptedPeer, frames: readonly Uint8Array[]): void {
  for (const frame of frames) peer.sayBytes(frame)
}

it('routes what was held in its order, once the peer is admitted', async () => {
  const { peer, socket, routed, decide } = createWaiting()
  sayAll(peer, [request('a'), request('b')])
  expect(socket.state).toBe('greeting')
  expect(routed).toEqual([])
  await decide(true)
  expect(socket.state).toBe('open')
  expect(routed.map(({ tag }) => tag)).toEqual(['a', 'b'])
})

it('delivers nothing of a peer that is not admitted', async () => {
  const { peer, routed, decide, deliver } = createWaiting()
  sayAll(peer, [request('a')])
  await decide(false)
  expect(peer.closedWith).toEqual({ code: 1008, reason: 'not admitted' })
  peer.sayBytes(request('b'))
  expect(routed).toEqual([])
  expect(deliver.counters).toMatchObject({ refusedPeers: 1, framesIn: 0 })
})

it('holds 1,000 frames, and refuses the peer at one more', async () => {
  const frames = Array.from({ length: HELD_FRAMES }, (_, index) => request(String(index)))
  const { peer, routed, decide } = createWaiting()
  sayAll(peer, frames)
  expect(peer.closedWith).toBeUndefined()
  await decide(true)
  expect(routed).toHaveLength(1_000)
  const other = createWaiting()
  sayAll(other.peer, [...frames, request('more')])
  expect(other.peer.closedWith).toEqual({ code: 1008, reason: 'sends too much' })
  await other.decide(true)
  expect(other.routed).toEqual([])
})

it('holds limits.frameBytes, and refuses the peer at one byte more', async () => {
  const [first, second] = [request('a', 'x'.repeat(100)), request('b', 'x'.repeat(100))]
  const frameBytes = first.length + second.length
  const { peer, routed, decide } = createWaiting({ frameBytes })
  sayAll(peer, [first, second])
  expect(peer.closedWith).toBeUndefined()
  await decide(true)
  expect(routed).toHaveLength(2)
  const other = createWaiting({ frameBytes: frameBytes - 1 })
  sayAll(other.peer, [first, second])
  expect(other.peer.closedWith).toEqual({ code: 1008, reason: 'sends too much' })
})

it('ends the wait after limits.admitMs, not before', async () => {
  const { clock, peer } = createWaiting()
  clock.advance(9_999)
  await new Promise(setImmediate)
  expect(peer.closedWith).toBeUndefined()
  clock.advance(1)
  await new Promise(setImmediate)
  expect(peer.closedWith).toEqual({ code: 1008, reason: 'admission timeout' })
})
