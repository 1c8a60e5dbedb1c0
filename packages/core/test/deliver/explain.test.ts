import { PackageType } from '../../src/wire/package'
import type { PackageFields } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'

const talk = { type: PackageType.TALK, event: 'news', body: 1 }
const request = { type: PackageType.REQUEST, event: 'ask', body: 1, tag: 't' }

describe('U8 a dropped frame leaves a record', () => {
  it.each<[string, PackageFields, string]>([
    ['an unknown talk', talk, 'ERR_TRUSTP2P_THREAD_NO_HANDLER'],
    ['an unknown system message', { ...talk, type: PackageType.SYSTEM }, 'ERR_TRUSTP2P_THREAD_NO_HANDLER'],
    ['an answer to nothing', { ...request, type: PackageType.RESPONSE }, 'ERR_TRUSTP2P_REQUEST_STRAY']
  ])('of %s, counted', (_name, frame, code) => {
    const { link, explain } = createBench({ route: () => false })
    const { peer, socket } = link()
    for (let index = 0; index < 500; index++) peer.say(frame)
    expect(explain.find()).toMatchObject([
      { stage: 'frame', code, count: 500, event: frame.event, socket: socket.id, host: '127.0.0.1' }
    ])
  })

  it('of a request whose tag runs', () => {
    const { link, explain } = createBench()
    const { peer } = link()
    for (const tag of ['t', 't', 't']) peer.say({ ...request, tag })
    expect(explain.find()).toMatchObject([{ code: 'ERR_TRUSTP2P_REQUEST_REPEATED', event: 'ask', count: 2 }])
  })

  it.each([
    ['runningRequests', 1],
    ['runningBytes', 1024],
    ['nodeRunningBytes', 1024]
  ])('of a talk, or of a request, for which limits.%s has no room', (key, limitValue) => {
    for (const [said, stage] of [
      [talk, 'frame'],
      [request, 'answer']
    ] as const) {
      const { link, explain } = createBench({ limits: { [key]: limitValue } })
      const { peer } = link()
      peer.say({ ...said, tag: '1' })
      expect(explain.find()).toEqual([])
      peer.say({ ...said, tag: '2' })
      expect(explain.find()).toMatchObject([
        { stage, code: 'ERR_TRUSTP2P_LIMIT_BUSY', limit: `limits.${key}`, limitValue }
      ])
    }
  })

  it('that is no package, and the socket that is closed for it', () => {
    const { link, explain } = createBench({ limits: { badFrames: 2 } })
    const { peer, socket } = link()
    peer.sayBytes(Uint8Array.of(1))
    peer.sayBytes(Uint8Array.of(1))
    peer.drop(1002, 'undecodable frames')
    const [closed, frame] = explain.find()
    expect(frame).toMatchObject({ stage: 'frame', count: 2, socket: socket.id })
    expect(closed).toMatchObject({
      stage: 'socket',
      code: frame?.code,
      limit: 'limits.badFrames',
      limitValue: 2,
      close: { by: 'us', code: 1002, reason: 'undecodable frames' }
    })
  })

  it.each([
    ['ERR_TRUSTP2P_WIRE_TRUNCATED', 'ffffff'],
    ['ERR_TRUSTP2P_WIRE_MALFORMED', '00'],
    ['ERR_TRUSTP2P_WIRE_MISSING_FIELD', '0a03312e30'],
    ['ERR_TRUSTP2P_WIRE_INVALID_UTF8', '0a03312e3012013118142201ff2a0431323334320174'],
    // encoding = 9 in `encoding`, field 7
    ['ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING', '0a03312e3012013118142201652a04313233343201743809']
  ])('%s, of what cannot be decoded', (code, frame) => {
    const { link, explain } = createBench({ limits: { badFrames: 0 } })
    const { peer, socket } = link()
    peer.sayBytes(Buffer.from(frame, 'hex'))
    expect(explain.find()).toMatchObject([{ stage: 'frame', code, socket: socket.id, host: '127.0.0.1' }])
  })

  it('of a kind that a later version knows', () => {
    const { link, explain } = createBench()
    const { peer } = link()
    // type = 77 in `type`, field 3 (proto/trust-note-p2p-package.proto)
    peer.sayBytes(Buffer.from('0a03312e30120131184d2201652a0431323334320174', 'hex'))
    expect(explain.find().map(({ stage, code }) => [stage, code])).toEqual([
      ['answer', 'ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE'],
      ['frame', 'ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE']
    ])
  })

  it('that came while the socket, or the node, was closing', () => {
    const { deliver, link, explain } = createBench()
    const { peer } = link()
    deliver.drain()
    peer.say(talk)
    peer.receiver.onClose(1000, '')
    peer.say(talk)
    expect(explain.find().map(({ stage, code }) => [stage, code])).toEqual([
      ['frame', 'ERR_TRUSTP2P_SOCKET_CLOSED'],
      ['socket', 'ERR_TRUSTP2P_SOCKET_CLOSED'],
      ['frame', 'ERR_TRUSTP2P_NODE_CLOSED']
    ])
  })

  it('of ours, where the peer does not read its encoding', () => {
    const { deliver, link, explain } = createBench()
    const { peer, socket } = link({ greet: false })
    deliver.talk(socket, 'bytes', Uint8Array.of(1))
    peer.greet({ protocol_version: '1.0', alt: '1', encodings: [0] })
    expect(explain.find()).toMatchObject([{ stage: 'send', code: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' }])
  })

  it('and a good frame leaves none', () => {
    const { link, explain, routed } = createBench()
    const { peer } = link()
    peer.say(request)
    peer.say(talk)
    routed[0]?.reply(1)
    peer.sayBytes(new Uint8Array())
    peer.say({ type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: 'p' })
    expect(explain.find()).toEqual([])
  })
})

describe('U8 a closed socket leaves a record', () => {
  it.each([
    [1000, 'lost driver', 'peer'],
    [1006, '', 'nobody']
  ] as const)('of %s %j, with who ended it', (code, reason, by) => {
    const { link, explain } = createBench()
    const { peer, socket } = link({ inbound: true })
    peer.drop(code, reason)
    expect(explain.find()).toMatchObject([
      { stage: 'socket', code: 'ERR_TRUSTP2P_SOCKET_CLOSED', socket: socket.id, close: { by, code, reason } }
    ])
  })

  it('of what the program closed', () => {
    const { link, explain } = createBench()
    const [one, other] = [link(), link()]
    one.socket.close(4000, 'enough')
    one.peer.drop(4000, 'enough')
    other.socket.terminate()
    other.peer.drop()
    expect(explain.find().map(({ close, text }) => [close, text])).toEqual([
      [{ by: 'us', code: 1006, reason: '' }, 'this node closed it'],
      [{ by: 'us', code: 4000, reason: 'enough' }, 'this node closed it, with 4000 "enough"']
    ])
  })

  it.each([
    ['unknownEvents', 'unknown talks', talk],
    ['uselessFrames', 'useless frames', { type: PackageType.RESPONSE, event: 'x', body: 1, tag: 'x' }]
  ] as const)('past limits.%s', (key, reason, frame) => {
    const { link, explain } = createBench({ limits: { [key]: 1 }, route: () => false })
    const { peer } = link()
    peer.say(frame)
    peer.say(frame)
    peer.drop(1003, reason)
    expect(explain.find({ about: 'socket' })).toMatchObject([
      {
        code: 'ERR_TRUSTP2P_LIMIT_USELESS_FRAMES',
        limit: `limits.${key}`,
        limitValue: 1,
        close: { by: 'us', code: 1003, reason }
      }
    ])
  })

  it.each([
    ['framesPerSecond', 1],
    ['bytesPerSecond', 5]
  ])('past limits.%s', (key, limitValue) => {
    const { link, explain } = createBench({ limits: { frameBytes: 200, [key]: limitValue } })
    const { peer } = link()
    for (let count = 0; count < 30; count++) peer.say(talk)
    peer.drop(1008, 'sends too much')
    const [record] = explain.find({ about: 'ERR_TRUSTP2P_LIMIT_TRAFFIC' })
    expect(record).toMatchObject({ stage: 'socket', limit: `limits.${key}`, limitValue })
  })

  it('of another version of the protocol', () => {
    const { link, explain } = createBench()
    const { peer } = link({ greet: false })
    peer.greet({ protocol_version: '2.0', alt: '1' })
    peer.drop(1000, 'incompatible versions')
    expect(explain.find()).toMatchObject([
      { stage: 'socket', code: 'ERR_TRUSTP2P_SOCKET_INCOMPATIBLE', close: { by: 'us' } }
    ])
  })

  it('that a slow reader had to be closed for', () => {
    const { link, explain, routed } = createBench()
    const { peer } = link()
    peer.say(request)
    peer.full = true
    routed[0]?.reply(1)
    peer.drop(1008, 'send queue full')
    expect(explain.find()).toMatchObject([
      { stage: 'socket', code: 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE', close: { by: 'us', reason: 'send queue full' } }
    ])
  })
})

describe('U8 a failed request leaves a record', () => {
  it('of ours that was refused before it was sent', async () => {
    const { deliver, link, explain } = createBench({ limits: { pendingRequests: 1 } })
    const { peer, socket } = link()
    void deliver.request(socket, 'first', 1)
    expect(await codeOf(deliver.request(socket, 'ask', 1))).toBe('ERR_TRUSTP2P_LIMIT_PENDING')
    peer.full = true
    expect(() => deliver.talk(socket, 'news', 1)).toThrow('full')
    expect(await deliver.broadcast('all', 1, { type: PackageType.TALK })).toMatchObject([{ status: 'failed' }])
    expect(await deliver.broadcast('every', 1)).toMatchObject([{ status: 'failed' }])
    expect(explain.find().map(({ stage, code, event }) => [stage, code, event])).toEqual([
      ['request', 'ERR_TRUSTP2P_LIMIT_PENDING', 'every'],
      ['send', 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE', 'all'],
      ['send', 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE', 'news'],
      ['request', 'ERR_TRUSTP2P_LIMIT_PENDING', 'ask']
    ])
  })

  it('of ours that timed out, was aborted, answered with an error, or lost with its socket, once each', async () => {
    const { deliver, link, explain, clock } = createBench()
    const { peer, socket } = link()
    const controller = new AbortController()
    const asked = [
      deliver.request(socket, 'slow', 1, { timeoutMs: 50 }),
      deliver.request(socket, 'given up', 1, { signal: controller.signal }),
      deliver.request(socket, 'refused', 1),
      deliver.request(socket, 'lost', 1)
    ].map(codeOf)
    clock.advance(100)
    controller.abort()
    const tag = peer.heard.find(({ event }) => event === 'refused')?.tag ?? ''
    peer.say({ type: PackageType.RESPONSE, event: 'refused', body: { error: 'no' }, tag, error: 'CHAT_NO_ROOM' })
    peer.drop()
    await Promise.all(asked)
    expect(explain.find().map(({ stage, code, event, count }) => [stage, code, event, count])).toEqual([
      ['request', 'ERR_TRUSTP2P_SOCKET_CLOSED', 'lost', 1],
      ['socket', 'ERR_TRUSTP2P_SOCKET_CLOSED', undefined, 1],
      ['request', 'CHAT_NO_ROOM', 'refused', 1],
      ['request', 'ERR_TRUSTP2P_REQUEST_ABORTED', 'given up', 1],
      ['request', 'ERR_TRUSTP2P_REQUEST_TIMEOUT', 'slow', 1]
    ])
    expect(explain.find({ request: tag })).toMatchObject([
      { text: 'the peer answered: no', remedy: 'see the text: a thread answered so' }
    ])
  })

  it('of ours that a peer of 2018 answers with an error, which has no code', async () => {
    const { deliver, link, explain } = createBench()
    const { peer, socket } = link({ greet: false })
    const asked = codeOf(deliver.request(socket, 'ask', 1))
    peer.say({ type: PackageType.RESPONSE, event: 'ask', body: { error: 'no' }, tag: peer.take()[0]?.tag ?? '' })
    expect(await asked).toBe('ERR_TRUSTP2P_REQUEST_REMOTE')
    expect(explain.find({ about: 'request' })).toMatchObject([
      { code: 'ERR_TRUSTP2P_REQUEST_REMOTE', text: 'the peer answered: no', event: 'ask' }
    ])
  })

  it('of ours that may be repeated, with each server that failed it', async () => {
    const { deliver, link, explain, clock } = createBench({ stalledMs: 10 })
    const [first, second] = [link(), link()]
    const asked = codeOf(deliver.request(first.socket, 'ask', 1, { reroute: true, timeoutMs: 100 }))
    first.peer.drop()
    clock.advance(200)
    expect(await asked).toBe('ERR_TRUSTP2P_REQUEST_TIMEOUT')
    expect(explain.find({ about: 'request' }).map(({ code, socket }) => [code, socket])).toEqual([
      ['ERR_TRUSTP2P_REQUEST_TIMEOUT', second.socket.id],
      ['ERR_TRUSTP2P_SOCKET_CLOSED', first.socket.id]
    ])
  })

  it('of a peer that was answered with an error, whoever gave it', () => {
    const { link, explain, routed } = createBench({ limits: { runningRequests: 1 } })
    const { peer } = link()
    peer.say(request)
    peer.say({ ...request, tag: 'u' })
    routed[0]?.fail('CHAT_NO_ROOM', 'nobody is here')
    expect(explain.find()).toMatchObject([
      { stage: 'answer', code: 'CHAT_NO_ROOM', text: 'nobody is here', event: 'ask', tag: 't' },
      { stage: 'answer', code: 'ERR_TRUSTP2P_LIMIT_BUSY', tag: 'u' }
    ])
  })

  it('of a peer whose answer came too late', () => {
    const { link, explain, routed } = createBench()
    const { peer } = link()
    peer.say(request)
    routed[0]?.reply(1)
    routed[0]?.reply(2)
    expect(explain.find()).toMatchObject([{ stage: 'answer', code: 'ERR_TRUSTP2P_REQUEST_CANCELLED', event: 'ask' }])
  })
})
