import { PackageType } from '../../src/wire/package'
import type { CP2pPackage } from '../../src/wire/package'
import { codeOf, coded, createBench } from './scripted-peer'
import type { ScriptedPeer } from './scripted-peer'

const STALLED_MS = 5_000

describe('T12 requests with coalesce', () => {
  it('that are identical share one frame under the content tag (T8), and every caller is answered', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const requests = [
      deliver.request(socket, 'echo', { a: 1, b: 2 }, { coalesce: true }),
      deliver.request(socket, 'echo', { b: 2, a: 1 }, { coalesce: true }),
      deliver.request(socket, 'echo', { a: 1, b: 2 }, { coalesce: true })
    ]
    const frames = peer.take()
    expect(frames).toHaveLength(1)
    expect(frames[0]?.tag).toMatch(/^[\w+/]{43}=$/)
    answer(peer, frames[0], 'one')
    expect(await Promise.all(requests)).toEqual(['one', 'one', 'one'])
    expect(deliver.counters.coalescedRequests).toBe(2)
    expect(deliver.pendingRequests).toBe(0)
  })

  it('that differ in event, body, type or socket have frames of their own', () => {
    const { deliver, link } = createBench()
    const [first, second] = [link(), link()]
    const options = { coalesce: true }
    void deliver.request(first.socket, 'a', 1, options).catch(() => undefined)
    void deliver.request(first.socket, 'a', 2, options).catch(() => undefined)
    void deliver.request(first.socket, 'b', 1, options).catch(() => undefined)
    void deliver.request(second.socket, 'a', 1, options).catch(() => undefined)
    const type = PackageType.HEARTBEAT_PING
    void deliver.request(first.socket, 'a', 1, { ...options, type }).catch(() => undefined)
    void deliver.request(first.socket, 'a', new Uint8Array([49]), options).catch(() => undefined)
    expect(new Set(first.peer.take().map(({ tag }) => tag)).size).toBe(5)
    expect(second.peer.take()).toHaveLength(1)
  })

  it('are sent again once the first is answered', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    for (const round of [1, 2]) {
      const request = deliver.request(socket, 'a', null, { coalesce: true })
      answer(peer, peer.take()[0], round)
      expect(await request).toBe(round)
    }
  })

  it('leave one by one, by timeout and by signal, and the peer is told when the last has left', async () => {
    const { deliver, link, clock } = createBench()
    const { peer, socket } = link()
    const controller = new AbortController()
    const soon = deliver.request(socket, 'a', 1, { coalesce: true, timeoutMs: 100 })
    const later = deliver.request(socket, 'a', 1, { coalesce: true, timeoutMs: 200 })
    const aborted = deliver.request(socket, 'a', 1, { coalesce: true, signal: controller.signal })
    const [frame] = peer.take()
    controller.abort('enough')
    expect(await codeOf(aborted)).toBe('ERR_TRUSTP2P_REQUEST_ABORTED')
    clock.advance(100)
    expect(await codeOf(soon)).toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
    expect(peer.take()).toEqual([])
    clock.advance(100)
    expect(await codeOf(later)).toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
    expect(peer.take()).toMatchObject([{ type: PackageType.SYSTEM, event: 'cancel', tag: frame?.tag }])
    expect(deliver.pendingRequests).toBe(0)
    void deliver.request(socket, 'a', 1, { coalesce: true }).catch(() => undefined)
    expect(peer.take()).toMatchObject([{ event: 'a', tag: frame?.tag }])
  })

  it('all fail with the failure of the answer, with the closed socket, and with the closed node', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const ask = () => [1, 2].map(() => deliver.request(socket, 'a', null, { coalesce: true }))
    const failed = ask()
    answer(peer, peer.take()[0], { error: 'no', code: 'MY_CODE' }, 'MY_CODE')
    for (const request of failed) await expect(request).rejects.toEqual(coded('MY_CODE'))
    const lost = ask()
    peer.drop()
    for (const request of lost) await expect(request).rejects.toEqual(coded('ERR_TRUSTP2P_SOCKET_CLOSED'))
    const other = link()
    const closed = [1, 2].map(() => deliver.request(other.socket, 'a', null, { coalesce: true }))
    const rejected = Promise.allSettled(closed)
    void deliver.close(Object.assign(new Error('x'), { code: 'X' }) as never, 1001, 'bye')
    expect(await rejected).toMatchObject([{ reason: { code: 'X' } }, { reason: { code: 'X' } }])
  })

  it('wait in exactly limits.pendingRequests, all callers counted', async () => {
    const { deliver, link } = createBench({ limits: { pendingRequests: 3 } })
    const { peer, socket } = link()
    const requests = [1, 2, 3].map(() => deliver.request(socket, 'a', null, { coalesce: true }))
    expect(await codeOf(deliver.request(socket, 'a', null, { coalesce: true }))).toBe('ERR_TRUSTP2P_LIMIT_PENDING')
    answer(peer, peer.take()[0], 1)
    expect(await Promise.all(requests)).toEqual([1, 1, 1])
    void deliver.request(socket, 'a', null, { coalesce: true }).catch(() => undefined)
    expect(peer.take()).toHaveLength(1)
  })

  it('take bodies as deep as limits.bodyDepth, and none that cannot be sent', async () => {
    const { deliver, link } = createBench({ limits: { bodyDepth: 100 } })
    const { peer, socket } = link()
    void deliver.request(socket, 'a', nested(100), { coalesce: true }).catch(() => undefined)
    expect(peer.take()).toHaveLength(1)
    await expect(deliver.request(socket, 'a', nested(101), { coalesce: true })).rejects.toThrow(RangeError)
    await expect(deliver.request(socket, 'a', 1n, { coalesce: true })).rejects.toThrow(TypeError)
  })
})

describe('T14 a request with reroute', () => {
  it('that stalls is sent to the least recently used other server; the first answer wins', async () => {
    const { deliver, link, clock } = createBench()
    const [first, second, third] = [link(), link(), link()]
    void deliver.request(second.socket, 'use', null).catch(() => undefined)
    second.peer.take()
    const request = deliver.request(first.socket, 'a', { x: 1 }, { reroute: true })
    clock.advance(STALLED_MS - 1)
    expect(third.peer.take()).toEqual([])
    clock.advance(1)
    const [again] = third.peer.take()
    expect(again).toMatchObject({ event: 'a', body: { x: 1 } })
    answer(third.peer, again, 'third')
    expect(await request).toBe('third')
    const [asked, cancelled] = first.peer.take()
    expect(cancelled).toMatchObject({ event: 'cancel', tag: asked?.tag })
    answer(first.peer, asked, 'late')
    expect(deliver.counters.strayAnswers).toBe(1)
    expect(second.peer.take()).toEqual([])
    expect(deliver.pendingRequests).toBe(1)
  })

  it.each([
    [0, 0],
    [1, 1]
  ])('with request.stalledMs %d is sent to %d others, until its server is lost', async (stalledMs, count) => {
    const { deliver, link, clock } = createBench({ stalledMs })
    const [first, second] = [link(), link()]
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    for (let minute = 0; minute < 4; minute++) clock.advance(60_000)
    expect(second.peer.heard.filter(({ event }) => event === 'a')).toHaveLength(count)
    first.peer.drop()
    answer(second.peer, second.peer.take()[0], 2)
    expect(await request).toBe(2)
  })

  it('counts as pending while it waits for a server', () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    void deliver.request(socket, 'a', null, { reroute: true }).catch(() => undefined)
    expect(deliver.pendingRequests).toBe(1)
    peer.drop()
    expect(deliver.pendingRequests).toBe(1)
  })

  it('is answered by the first server too, after another was asked', async () => {
    const { deliver, link, clock } = createBench()
    const [first, second] = [link(), link()]
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    clock.advance(STALLED_MS)
    const [again] = second.peer.take()
    answer(first.peer, first.peer.take()[0], 'first')
    expect(await request).toBe('first')
    expect(second.peer.take()).toMatchObject([{ event: 'cancel', tag: again?.tag }])
  })

  it('is never sent to the same server, nor to one that dialled us', async () => {
    const { deliver, link, clock } = createBench()
    const [first, second, dialler] = [link(), link(), link({ inbound: true })]
    const request = deliver.request(first.socket, 'a', null, { reroute: true, timeoutMs: 60_000 })
    const outcome = codeOf(request)
    for (let count = 0; count < 20; count++) clock.advance(STALLED_MS)
    expect(await outcome).toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
    expect([first, second].map(({ peer }) => peer.take().filter(({ event }) => event === 'a').length)).toEqual([1, 1])
    expect(dialler.peer.take()).toEqual([])
  })

  it('is never sent to the same server again after a redial, however its address is written', async () => {
    const { deliver, link, clock } = createBench()
    const first = link({ url: 'ws://Server.example:80/' })
    const request = deliver.request(first.socket, 'a', null, { reroute: true, timeoutMs: 60_000 })
    expect(first.peer.take()).toHaveLength(1)
    first.peer.drop()
    for (const url of ['ws://Server.example:80/', 'ws://server.example']) {
      const again = link({ url })
      clock.advance(STALLED_MS)
      expect(again.peer.take()).toEqual([])
      again.peer.drop()
    }
    const other = link({ url: 'ws://server.example:81' })
    answer(other.peer, other.peer.take()[0], 'other')
    expect(await request).toBe('other')
  })

  it('on a socket that is closed already goes to its server, once that is back', async () => {
    const { deliver, link } = createBench()
    const first = link({ url: 'ws://server.example' })
    first.peer.drop()
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    const again = link({ url: 'ws://server.example' })
    answer(again.peer, again.peer.take()[0], 'again')
    expect(await request).toBe('again')
  })

  it('whose server is lost goes to another at once, and settles once', async () => {
    const { deliver, link } = createBench()
    const [first, second] = [link(), link()]
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    first.peer.drop()
    answer(second.peer, second.peer.take()[0], 2)
    expect(await request).toBe(2)
    expect(deliver.counters.reroutedRequests).toBe(1)
  })

  it('whose server is lost while another works on it waits for that one', async () => {
    const { deliver, link, clock } = createBench()
    const [first, second, third] = [link(), link(), link()]
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    clock.advance(STALLED_MS)
    first.peer.drop()
    expect(third.peer.take()).toEqual([])
    answer(second.peer, second.peer.take()[0], 2)
    expect(await request).toBe(2)
  })

  it('waits for a new connection where no other server is left, or for its timeout', async () => {
    const { deliver, link, clock } = createBench()
    const first = link()
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    const late = codeOf(deliver.request(first.socket, 'b', null, { reroute: true, timeoutMs: 1000 }))
    first.peer.drop()
    clock.advance(1000)
    expect(await late).toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
    link({ inbound: true })
    const again = link()
    const frames = again.peer.take()
    expect(frames).toMatchObject([{ event: 'a' }])
    answer(again.peer, frames[0], 'again')
    expect(await request).toBe('again')
  })

  it('that is stalled at the only server is sent to the next that is connected', async () => {
    const { deliver, link, clock } = createBench()
    const first = link()
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    clock.advance(3 * STALLED_MS)
    const second = link()
    answer(second.peer, second.peer.take()[0], 2)
    expect(await request).toBe(2)
  })

  it('on a socket that is closed already goes to another', async () => {
    const { deliver, link } = createBench()
    const [first, second] = [link(), link()]
    first.peer.drop()
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    answer(second.peer, second.peer.take()[0], 2)
    expect(await request).toBe(2)
  })

  it.each(['ERR_TRUSTP2P_LIMIT_BUSY', 'ERR_TRUSTP2P_NODE_CLOSED'])(
    'goes to another server when one says that it did not run it: %s',
    async (code) => {
      const { deliver, link } = createBench()
      const [first, second] = [link(), link()]
      const request = deliver.request(first.socket, 'a', null, { reroute: true })
      answer(first.peer, first.peer.take()[0], { error: 'no', code }, code)
      answer(second.peer, second.peer.take()[0], 2)
      expect(await request).toBe(2)
    }
  )

  it('fails where the only server is busy, and with any other failure', async () => {
    const { deliver, link } = createBench()
    const first = link()
    const busy = deliver.request(first.socket, 'a', null, { reroute: true })
    const code = 'ERR_TRUSTP2P_LIMIT_BUSY'
    answer(first.peer, first.peer.take()[0], { error: 'no', code }, code)
    expect(await codeOf(busy)).toBe(code)
    const second = link()
    const failed = deliver.request(first.socket, 'a', null, { reroute: true })
    answer(first.peer, first.peer.take()[0], { error: 'no', code: 'X' }, 'X')
    expect(await codeOf(failed)).toBe('X')
    expect(second.peer.take()).toEqual([])
  })

  it('waits for room where the next server has none', async () => {
    const { deliver, link, clock } = createBench()
    const [first, second] = [link(), link()]
    const request = deliver.request(first.socket, 'a', null, { reroute: true })
    second.peer.full = true
    first.peer.drop()
    clock.advance(1000)
    second.peer.full = false
    clock.advance(100)
    answer(second.peer, second.peer.take()[0], 2)
    expect(await request).toBe(2)
  })

  it('is aborted by its signal, and all servers are told', async () => {
    const { deliver, link, clock } = createBench()
    const [first, second] = [link(), link()]
    const controller = new AbortController()
    const request = deliver.request(first.socket, 'a', null, { reroute: true, signal: controller.signal })
    clock.advance(STALLED_MS)
    controller.abort()
    expect(await codeOf(request)).toBe('ERR_TRUSTP2P_REQUEST_ABORTED')
    for (const { peer } of [first, second]) expect(peer.take().map(({ event }) => event)).toEqual(['a', 'cancel'])
    expect(deliver.pendingRequests).toBe(0)
  })

  it('of a socket that dialled us is a TypeError', async () => {
    const { deliver, link } = createBench()
    const { socket } = link({ inbound: true })
    await expect(deliver.request(socket, 'a', null, { reroute: true })).rejects.toThrow(TypeError)
  })

  it('may be coalesced too: all callers move on together', async () => {
    const { deliver, link } = createBench()
    const [first, second] = [link(), link()]
    const requests = [1, 2].map(() => deliver.request(first.socket, 'a', 1, { reroute: true, coalesce: true }))
    const [frame] = first.peer.take()
    first.peer.drop()
    const frames = second.peer.take()
    expect(frames).toMatchObject([{ event: 'a', tag: frame?.tag }])
    answer(second.peer, frames[0], 2)
    expect(await Promise.all(requests)).toEqual([2, 2])
  })
})

function answer(
  peer: ScriptedPeer,
  asked: Pick<CP2pPackage, 'event' | 'tag'> | undefined,
  body: unknown,
  error?: string
): void {
  if (asked === undefined) throw new Error('nothing was asked')
  const { event, tag } = asked
  peer.say({ type: PackageType.RESPONSE, event, tag, body, ...(error !== undefined && { error }) })
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}
