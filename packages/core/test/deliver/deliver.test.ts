import { PackageType } from '../../src/wire/package'
import { P2pError } from '../../src/errors'
import { coded, codeOf, createBench } from './scripted-peer'

describe('a request', () => {
  it('settles with the body of the answer that has its tag', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const first = deliver.request(socket, 'a', { n: 1 })
    const second = deliver.request(socket, 'b', { n: 2 })
    const [one, two] = peer.take()
    expect([one?.event, one?.body, two?.event, two?.body]).toEqual(['a', { n: 1 }, 'b', { n: 2 }])
    peer.say({ type: PackageType.RESPONSE, event: 'b', body: 'second', tag: String(two?.tag) })
    peer.say({ type: PackageType.RESPONSE, event: 'a', body: 'first', tag: String(one?.tag) })
    await expect(Promise.all([first, second])).resolves.toEqual(['first', 'second'])
  })

  it('T13 settles once: a second answer, and an answer from another socket, are counted and dropped', async () => {
    const { deliver, link } = createBench()
    const asked = link()
    const other = link()
    const answer = deliver.request(asked.socket, 'a', null)
    const tag = String(asked.peer.take()[0]?.tag)
    other.peer.say({ type: PackageType.RESPONSE, event: 'a', body: 'forged', tag })
    asked.peer.say({ type: PackageType.RESPONSE, event: 'a', body: 'true', tag })
    asked.peer.say({ type: PackageType.RESPONSE, event: 'a', body: 'late', tag })
    await expect(answer).resolves.toBe('true')
    expect(deliver.counters.strayAnswers).toBe(2)
  })

  it('T13 rejects when no answer came within its timeout, and tells the peer to stop', async () => {
    const { deliver, link, clock } = createBench({ timeoutMs: 1000 })
    const { peer, socket } = link()
    const answer = codeOf(deliver.request(socket, 'a', null))
    const tag = peer.take()[0]?.tag
    clock.advance(999)
    expect(deliver.pendingRequests).toBe(1)
    clock.advance(20)
    await expect(answer).resolves.toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
    expect(peer.take()).toMatchObject([{ type: PackageType.SYSTEM, event: 'cancel', tag, body: null }])
  })

  it('T13 ends each of several timeouts at its own time, and never one with a timeout of 0', async () => {
    const { deliver, link, clock } = createBench()
    const { socket } = link()
    const ended: number[] = []
    for (const timeoutMs of [3000, 1000, 2000, 0]) {
      void codeOf(deliver.request(socket, 'a', null, { timeoutMs })).then(() => ended.push(timeoutMs))
    }
    for (let second = 1; second <= 4; second++) {
      clock.advance(1000)
      clock.advance(20)
      await Promise.resolve()
    }
    await new Promise(setImmediate)
    expect(ended).toEqual([1000, 2000, 3000])
    expect(deliver.pendingRequests).toBe(1)
  })

  it('T13 rejects when its socket closes', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const answer = codeOf(deliver.request(socket, 'a', null))
    peer.drop()
    await expect(answer).resolves.toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
    expect(await codeOf(deliver.request(socket, 'a', null))).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
  })

  it('is aborted by its signal, and the peer is told', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const controller = new AbortController()
    const answer = codeOf(deliver.request(socket, 'a', null, { signal: controller.signal }))
    const tag = peer.take()[0]?.tag
    controller.abort()
    await expect(answer).resolves.toBe('ERR_TRUSTP2P_REQUEST_ABORTED')
    expect(peer.take()).toMatchObject([{ type: PackageType.SYSTEM, event: 'cancel', tag }])
    expect(await codeOf(deliver.request(socket, 'a', null, { signal: controller.signal }))).toBe(
      'ERR_TRUSTP2P_REQUEST_ABORTED'
    )
    expect(peer.take()).toEqual([])
  })

  it('holds exactly limits.pendingRequests at once on a socket', async () => {
    const { deliver, link } = createBench({ limits: { pendingRequests: 2 } })
    const { peer, socket } = link()
    const first = deliver.request(socket, 'a', null)
    void deliver.request(socket, 'b', null).catch(() => undefined)
    expect(await codeOf(deliver.request(socket, 'c', null))).toBe('ERR_TRUSTP2P_LIMIT_PENDING')
    const heard = peer.take()
    expect(heard.map(({ event }) => event)).toEqual(['a', 'b'])
    peer.say({ type: PackageType.RESPONSE, event: 'a', body: 1, tag: String(heard[0]?.tag) })
    await first
    void deliver.request(socket, 'd', null).catch(() => undefined)
    expect(peer.take().map(({ event }) => event)).toEqual(['d'])
    peer.drop()
  })

  it('T11 rejects with the code and the text of a failed answer', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const answer = deliver.request(socket, 'a', null)
    const tag = String(peer.take()[0]?.tag)
    peer.say({ type: PackageType.RESPONSE, event: 'a', body: { error: 'no room', code: 'X' }, tag, error: 'CHAT_FULL' })
    await expect(answer).rejects.toMatchObject({ code: 'CHAT_FULL', message: 'no room', details: { remote: true } })
  })

  it('gives a code of its own to an answer whose code cannot be shown', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const answer = codeOf(deliver.request(socket, 'a', null))
    peer.say({ type: PackageType.RESPONSE, event: 'a', body: 1, tag: String(peer.take()[0]?.tag), error: '\u001b[2J' })
    await expect(answer).resolves.toBe('ERR_TRUSTP2P_REQUEST_REMOTE')
  })

  it('T7 takes an object with a text `error` as a failure from a peer of 2018, and from no other', async () => {
    const { deliver, link } = createBench()
    const old = link({ greet: false })
    const current = link()
    const failed = deliver.request(old.socket, 'a', null)
    const answered = deliver.request(current.socket, 'a', null)
    const body = { error: 'broken' }
    old.peer.say({ type: PackageType.RESPONSE, event: 'a', body, tag: String(old.peer.take()[0]?.tag) })
    current.peer.say({ type: PackageType.RESPONSE, event: 'a', body, tag: String(current.peer.take()[0]?.tag) })
    await expect(failed).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_REQUEST_REMOTE', message: 'broken' })
    await expect(answered).resolves.toEqual(body)
  })

  it('rejects when the answer is no JSON', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const answer = codeOf(deliver.request(socket, 'a', null))
    const tag = String(peer.take()[0]?.tag)
    const frame = Buffer.from('0a03312e30120131181f2201612a017b3201', 'hex')
    peer.sayBytes(Buffer.concat([frame, Buffer.from(tag)]))
    await expect(answer).resolves.toBe('ERR_TRUSTP2P_BODY_INVALID')
  })

  it('of type HEARTBEAT_PING is answered by a pong, and a request is not', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const ping = deliver.request(socket, 'ping', {}, { type: PackageType.HEARTBEAT_PING })
    void deliver.request(socket, 'a', null).catch(() => undefined)
    const [asked, request] = peer.take()
    expect(asked?.type).toBe(PackageType.HEARTBEAT_PING)
    const pong = { type: PackageType.HEARTBEAT_PONG, event: 'pong', body: { sleep: false } }
    peer.say({ ...pong, tag: String(request?.tag) })
    peer.say({ ...pong, tag: String(asked?.tag) })
    await expect(ping).resolves.toEqual({ sleep: false })
    expect(deliver.counters.strayAnswers).toBe(1)
    expect(deliver.pendingRequests).toBe(1)
    peer.drop()
  })

  it.each([
    ['a BigInt', { n: 1n }],
    ['undefined inside a list', [undefined]]
  ])('with %s as body is a TypeError, and nothing is sent', async (_, body) => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    await expect(deliver.request(socket, 'a', body)).rejects.toThrow(TypeError)
    expect(() => deliver.talk(socket, 'a', body)).toThrow(TypeError)
    expect(peer.take()).toEqual([])
  })

  it('to a socket of another node, with an empty event, or of type TALK is a TypeError', async () => {
    const { deliver, link } = createBench()
    const { socket } = link()
    const foreign = createBench().link().socket
    await expect(deliver.request(foreign, 'a', null)).rejects.toThrow(TypeError)
    await expect(deliver.request(socket, '', null)).rejects.toThrow(TypeError)
    await expect(deliver.request(socket, 'a', null, { type: PackageType.TALK })).rejects.toThrow(TypeError)
    expect(() => deliver.talk(socket, 'a', null, { type: PackageType.REQUEST })).toThrow(TypeError)
    await expect(deliver.request(socket, 'a', null, { timeoutMs: -1 })).rejects.toThrow(RangeError)
  })

  it('longer than limits.frameBytes is refused before it is sent', async () => {
    const { deliver, link } = createBench({ limits: { frameBytes: 100 } })
    const { peer, socket } = link()
    const overhead = 19
    deliver.talk(socket, 'a', 'x'.repeat(100 - overhead))
    expect(peer.take()).toHaveLength(1)
    const tagged = 'x'.repeat(100 - overhead)
    expect(await codeOf(deliver.request(socket, 'a', tagged))).toBe('ERR_TRUSTP2P_WIRE_TOO_LARGE')
    expect(deliver.pendingRequests).toBe(0)
  })
})

describe('a talk', () => {
  it('gives what the driver says of its queue, and the node tells when it has drained', () => {
    const { deliver, link, drained } = createBench()
    const { peer, socket } = link()
    expect(deliver.talk(socket, 'a', 1)).toBe(true)
    peer.room = false
    expect(deliver.talk(socket, 'a', 1)).toBe(false)
    peer.receiver.onDrain()
    expect(drained).toEqual([socket])
    peer.full = true
    expect(() => deliver.talk(socket, 'a', 1)).toThrow(coded('ERR_TRUSTP2P_LIMIT_SEND_QUEUE'))
    expect(socket.state).toBe('open')
  })

  it('T24 throws on a closed socket', () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    peer.drop()
    expect(() => deliver.talk(socket, 'a', 1)).toThrow(coded('ERR_TRUSTP2P_SOCKET_CLOSED'))
  })
})

describe('T15 a broadcast', () => {
  it('asks all open sockets and gives one result for each', async () => {
    const { deliver, link } = createBench()
    const links = [link(), link({ inbound: true }), link()]
    const results = deliver.broadcast('a', { n: 1 })
    for (const [index, { peer }] of links.entries()) {
      const tag = String(peer.take()[0]?.tag)
      if (index === 1) peer.drop()
      else peer.say({ type: PackageType.RESPONSE, event: 'a', body: index, tag })
    }
    await expect(results).resolves.toMatchObject([
      { socket: links[0]?.socket, status: 'answered', body: 0 },
      { socket: links[1]?.socket, status: 'failed', error: { code: 'ERR_TRUSTP2P_SOCKET_CLOSED' } },
      { socket: links[2]?.socket, status: 'answered', body: 2 }
    ])
  })

  it('tells only the sockets that it is given', async () => {
    const { deliver, link } = createBench()
    const [one, two, closed] = [link(), link(), link()]
    closed.peer.drop()
    const sockets = [two.socket, closed.socket]
    await expect(deliver.broadcast('a', 1, { sockets, type: PackageType.TALK })).resolves.toMatchObject([
      { status: 'sent' },
      { status: 'failed', error: { code: 'ERR_TRUSTP2P_SOCKET_CLOSED' } }
    ])
    expect([one.peer.take().length, two.peer.take().length]).toEqual([0, 1])
  })

  it('to nobody gives an empty list', async () => {
    await expect(createBench().deliver.broadcast('a', 1)).resolves.toEqual([])
  })
})

describe('bytes', () => {
  const bytes = new Uint8Array([1, 2, 3])

  it('T9 go to a peer whose greeting says that it reads them', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    deliver.talk(socket, 'a', bytes)
    expect(peer.take()[0]?.body).toEqual(bytes)
  })

  it('are refused for a peer that reads JSON alone', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link({ greet: false })
    peer.greet({ protocol_version: '1.0', alt: '1' })
    expect(await codeOf(deliver.request(socket, 'a', bytes))).toBe('ERR_TRUSTP2P_BODY_UNSUPPORTED')
  })

  it('wait for the greeting of a peer that has not greeted yet, and what follows waits behind them', () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link({ greet: false })
    deliver.talk(socket, 'first', 1)
    deliver.talk(socket, 'second', bytes)
    deliver.talk(socket, 'third', 3)
    expect(peer.take().map(({ event }) => event)).toEqual(['first'])
    peer.greet()
    expect(peer.take().map(({ event }) => event)).toEqual(['second', 'third'])
  })

  it('that wait for a peer of 2018 are refused once it speaks, and what waits behind them is sent', async () => {
    const { deliver, link, errors } = createBench()
    const { peer, socket } = link({ greet: false })
    const asked = codeOf(deliver.request(socket, 'first', bytes))
    deliver.talk(socket, 'second', bytes)
    deliver.talk(socket, 'third', 3)
    peer.sayBytes(new Uint8Array(0))
    expect(peer.take().map(({ event }) => event)).toEqual(['third'])
    expect(await asked).toBe('ERR_TRUSTP2P_BODY_UNSUPPORTED')
    expect(errors).toMatchObject([{ code: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' }])
    expect(deliver.counters).toMatchObject({ unsupportedFrames: 2, emptyFrames: 1 })
  })

  it('wait for a greeting no longer than limits.greetingMs', async () => {
    const { deliver, link, clock } = createBench({ limits: { greetingMs: 500 } })
    const { socket } = link({ greet: false })
    const asked = codeOf(deliver.request(socket, 'first', bytes))
    clock.advance(499)
    expect(deliver.pendingRequests).toBe(1)
    clock.advance(1)
    expect(await asked).toBe('ERR_TRUSTP2P_BODY_UNSUPPORTED')
  })

  it('wait for a greeting in exactly limits.sendQueueBytes', () => {
    const { deliver, link } = createBench({ limits: { sendQueueBytes: 1000 } })
    const { socket } = link({ greet: false })
    const overhead = 20
    deliver.talk(socket, 'a', new Uint8Array(100 - overhead + 1))
    const used = socket.bufferedAmount
    const frame = (size: number) => new Uint8Array(size - (used - 81) - 1)
    expect(() => deliver.talk(socket, 'a', frame(1000 - used + 1))).toThrow(coded('ERR_TRUSTP2P_LIMIT_SEND_QUEUE'))
    deliver.talk(socket, 'a', frame(1000 - used))
    expect(socket.bufferedAmount).toBe(1000)
  })
})

describe('close', () => {
  it('settles what is pending, closes every socket, and refuses from then on', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const answer = codeOf(deliver.request(socket, 'a', null))
    const done = deliver.close(new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'closed'), 1001, 'node stopping')
    expect(await answer).toBe('ERR_TRUSTP2P_NODE_CLOSED')
    expect(peer.closedWith).toEqual({ code: 1001, reason: 'node stopping' })
    peer.drop(1001)
    await done
    expect(await codeOf(deliver.request(socket, 'a', null))).toBe('ERR_TRUSTP2P_NODE_CLOSED')
  })

  it('of a draining node refuses what peers ask meanwhile, but for pings', () => {
    const { deliver, link, routed } = createBench({ route: () => false })
    const { peer } = link()
    deliver.drain()
    peer.say({ type: PackageType.REQUEST, event: 'a', body: 1, tag: 't' })
    peer.say({ type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: 'p' })
    expect(peer.take()).toMatchObject([
      { tag: 't', error: 'ERR_TRUSTP2P_NODE_CLOSED' },
      { tag: 'p', type: PackageType.HEARTBEAT_PONG }
    ])
    expect(routed.map(({ event }) => event)).toEqual(['ping'])
  })
})
