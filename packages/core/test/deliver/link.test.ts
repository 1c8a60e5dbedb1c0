import { messageControl } from '../../src/deliver/message'
import type { CP2pMessage } from '../../src/deliver/message'
import { CP2pPackage, PackageType } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'

const request = { type: PackageType.REQUEST, event: 'a', body: 1, tag: 't' }
const ping = { type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: 'p' }

/** A package whose body is in an encoding that only a later version knows. */
function newerEncoding(type: PackageType, tag: string): Uint8Array {
  return Buffer.concat([CP2pPackage.encode({ type, event: 'k', body: 1, tag }), Buffer.from('3809', 'hex')])
}

describe('T10 the greeting', () => {
  it('is the first frame on both sides, with the version, the alt and what we read', () => {
    const { link } = createBench()
    const { peer } = link({ greet: false })
    expect(peer.heard).toMatchObject([
      {
        type: PackageType.TALK,
        event: 'version',
        tag: '',
        body: { protocol_version: '1.0', alt: '1', library: 'trustp2p', program: 'test', encodings: [0, 1, 2] }
      }
    ])
  })

  it.each([
    [{ protocol_version: '2.0', alt: '1' }, 'incompatible versions'],
    [{ protocol_version: 'x', alt: '1' }, 'incompatible versions'],
    [{ protocol_version: '1.0', alt: '2' }, 'incompatible alts'],
    [null, 'incompatible versions'],
    [[], 'incompatible versions']
  ])('%j closes the socket with %s', (body, reason) => {
    const { peer } = createBench().link({ greet: false })
    peer.greet(body)
    expect(peer.closedWith).toEqual({ code: 1000, reason })
  })

  it('of a newer minor version is compatible', () => {
    const { peer } = createBench().link({ greet: false })
    peer.greet({ protocol_version: '1.7', alt: '1', encodings: [0] })
    expect(peer.closedWith).toBeUndefined()
  })

  it('counts in every frame: a frame of another version closes the socket', () => {
    const { link, routed } = createBench()
    const { peer } = link()
    peer.say({ ...request, version: '2.0' })
    expect(peer.closedWith).toEqual({ code: 1000, reason: 'incompatible versions' })
    expect(routed).toEqual([])
  })
})

describe('a received request', () => {
  it('is routed with its socket, and answered once under its tag', () => {
    const { link, routed, deliver } = createBench()
    const { peer, socket } = link()
    peer.say(request)
    const message = routed[0] as CP2pMessage
    expect(message.socket).toBe(socket)
    expect([message.event, message.body, message.expectsAnswer]).toEqual(['a', 1, true])
    expect([message.reply({ ok: true }), message.reply('again'), message.fail('X', 'late')]).toEqual([
      true,
      false,
      false
    ])
    expect(peer.take()).toMatchObject([{ type: PackageType.RESPONSE, event: 'a', tag: 't', body: { ok: true } }])
    expect(deliver.counters.lateReplies).toBe(2)
  })

  it('that nobody handles is answered with ERR_TRUSTP2P_THREAD_NO_HANDLER, and the socket stays', () => {
    const { peer } = createBench({ route: () => false }).link()
    for (let index = 0; index < 2000; index++) peer.say({ ...request, tag: `t${index}` })
    const answers = peer.take()
    expect(answers).toHaveLength(2000)
    expect(answers[1999]).toMatchObject({ tag: 't1999', error: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    expect(peer.closedWith).toBeUndefined()
  })

  it('T12 of a tag that runs already is not run again', () => {
    const { link, routed, deliver } = createBench()
    const { peer } = link()
    peer.say(request)
    peer.say(request)
    expect(routed).toHaveLength(1)
    expect(deliver.counters.repeatedRequests).toBe(1)
    routed[0]?.reply(1)
    peer.say(request)
    expect(routed).toHaveLength(2)
  })

  it('past limits.runningRequests is answered with ERR_TRUSTP2P_LIMIT_BUSY at once, and pings still are', () => {
    const { link, routed } = createBench({ limits: { runningRequests: 2 } })
    const { peer } = link()
    for (const tag of ['1', '2', '3']) peer.say({ ...request, tag })
    peer.say({ type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: '4' })
    expect(peer.take()).toMatchObject([
      { tag: '3', error: 'ERR_TRUSTP2P_LIMIT_BUSY' },
      { tag: '4', type: PackageType.HEARTBEAT_PONG }
    ])
    routed[0]?.reply(1)
    peer.say({ ...request, tag: '5' })
    expect(routed.map(({ tag }) => tag)).toEqual(['1', '2', '5'])
  })

  it('that is cancelled aborts its signal, and counts as running until its handler ends', () => {
    const { link, routed } = createBench({ limits: { runningRequests: 1 } })
    const { peer } = link()
    peer.say(request)
    const message = routed[0] as CP2pMessage
    peer.say({ type: PackageType.SYSTEM, event: 'cancel', body: null, tag: 't' })
    expect(message.signal.reason).toMatchObject({ code: 'ERR_TRUSTP2P_REQUEST_CANCELLED' })
    peer.say({ ...request, tag: 'u' })
    expect(peer.take()).toMatchObject([{ tag: 'u', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
    expect(message.reply(1)).toBe(false)
    peer.say({ ...request, tag: 'v' })
    expect(routed.map(({ tag }) => tag)).toEqual(['t', 'v'])
  })

  it('that is cancelled, and whose handler ends without an answer, no longer counts', () => {
    const { link, routed, deliver } = createBench()
    const { peer } = link()
    peer.say(request)
    peer.say({ type: PackageType.SYSTEM, event: 'cancel', body: null, tag: 't' })
    expect(deliver.runningRequests).toBe(1)
    messageControl.release(routed[0] as CP2pMessage)
    expect([deliver.runningRequests, deliver.counters.lateReplies]).toEqual([0, 0])
    expect(peer.take()).toEqual([])
  })

  it('T12 that was cancelled may be asked again under its tag, while its handler still counts', () => {
    const { link, routed, deliver } = createBench({ limits: { runningRequests: 2 } })
    const { peer } = link()
    peer.say(request)
    peer.say({ type: PackageType.SYSTEM, event: 'cancel', body: null, tag: 't' })
    peer.say(request)
    expect([routed.length, deliver.runningRequests]).toEqual([2, 2])
    peer.say({ ...request, tag: 'u' })
    expect(peer.take()).toMatchObject([{ tag: 'u', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
    routed[0]?.reply('first')
    routed[1]?.reply('second')
    expect(peer.take()).toMatchObject([{ tag: 't', body: 'second' }])
    expect(deliver.runningRequests).toBe(0)
  })

  it('aborts its signal when its socket closes', () => {
    const { link, routed } = createBench()
    const { peer } = link()
    peer.say(request)
    const { signal } = routed[0] as CP2pMessage
    peer.drop()
    expect(signal.reason).toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })
  })

  it('aborts its signal when its socket closes while it is routed, and counts while it is', () => {
    const signals: AbortSignal[] = []
    const running: number[] = []
    const { link, deliver, routed } = createBench({
      route(message) {
        signals.push(message.signal)
        running.push(deliver.runningRequests)
        if (message.tag === 'b') peer.drop()
        return true
      }
    })
    const { peer } = link()
    peer.say({ ...request, tag: 'a' })
    peer.say({ ...request, tag: 'b' })
    expect(running).toEqual([1, 2])
    const closed = { reason: { code: 'ERR_TRUSTP2P_SOCKET_CLOSED' } }
    expect(signals).toMatchObject([closed, closed])
    expect(deliver.runningRequests).toBe(2)
    for (const message of routed) messageControl.release(message)
    expect(deliver.runningRequests).toBe(0)
  })

  it('with the longest event is refused in a frame that fits', () => {
    const { peer } = createBench({ route: () => false }).link()
    peer.say({ ...request, event: 'e'.repeat(1_000_000) })
    expect(peer.take()).toMatchObject([{ tag: 't', event: '', error: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' }])
  })

  it('is refused under its own event of 256 characters, and under none where that is longer', () => {
    const { peer } = createBench({ route: () => false }).link()
    for (const length of [256, 257]) peer.say({ ...request, event: 'e'.repeat(length) })
    expect(peer.take().map(({ event }) => event)).toEqual(['e'.repeat(256), ''])
  })

  it('fails with a text of 500 characters whole, and the 501st cut', () => {
    const { link, routed } = createBench()
    const { peer } = link()
    for (const [index, length] of [500, 501].entries()) {
      peer.say({ ...request, tag: String(index) })
      routed[index]?.fail('X', 'x'.repeat(length))
    }
    const failure = { error: 'x'.repeat(500), code: 'X' }
    expect(peer.take().map(({ body }) => body)).toEqual([failure, failure])
  })

  it('whose failure fits without its text alone is told the code', () => {
    const { peer } = createBench({ limits: { frameBytes: 120 }, route: () => false }).link()
    peer.say(request)
    const [answer] = peer.take()
    expect(answer).toMatchObject({ tag: 't', event: '', error: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    expect(answer?.body).toEqual({ error: '', code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    expect(peer.closedWith).toBeUndefined()
  })

  it.each([
    ['request', request],
    ['ping', ping]
  ])('T24 a %s with a tag so long that no answer fits closes the socket, and nothing is sent in vain', (_, fields) => {
    const { link, errors, deliver } = createBench({ route: () => false })
    const { peer } = link()
    const free = 1024 * 1024 - CP2pPackage.encode({ ...fields, tag: 't'.repeat(70_000) }).length + 70_000
    peer.say({ ...fields, tag: 't'.repeat(free) })
    expect(peer.take()).toEqual([])
    expect(peer.closedWith).toEqual({ code: 1008, reason: 'answer too long' })
    expect(errors).toMatchObject([{ code: 'ERR_TRUSTP2P_WIRE_TOO_LARGE' }])
    expect(deliver.runningRequests).toBe(0)
  })

  it('with a tag so long that only its answer does not fit closes the socket when its handler answers', () => {
    const { link, routed } = createBench()
    const { peer } = link()
    peer.say({ ...request, tag: 't'.repeat(1024 * 1024 - 30) })
    expect(() => routed[0]?.reply('the answer')).toThrow(Error)
    expect(routed[0]?.fail('X', 'too long')).toBe(true)
    expect(peer.closedWith).toEqual({ code: 1008, reason: 'answer too long' })
  })

  it('whose answer does not fit into the queue closes the socket', () => {
    const { link, routed, errors } = createBench()
    const { peer } = link()
    peer.say(request)
    peer.full = true
    routed[0]?.reply(1)
    expect(peer.closedWith).toEqual({ code: 1008, reason: 'send queue full' })
    expect(errors).toMatchObject([{ code: 'ERR_TRUSTP2P_LIMIT_SEND_QUEUE' }])
  })

  it.each([
    ['a BigInt', 1n, TypeError],
    ['a text that is too long', 'x'.repeat(2_000_000), Error]
  ])('can still be failed when the answer is %s', (_, body, kind) => {
    const { link, routed } = createBench()
    const { peer } = link()
    peer.say(request)
    expect(() => routed[0]?.reply(body)).toThrow(kind)
    expect(routed[0]?.fail('X', 'no')).toBe(true)
    expect(peer.take()).toMatchObject([{ error: 'X' }])
  })
})

describe('what handlers work on', () => {
  const KIBIBYTE = 1024
  const ask = (tag: string, bytes: number) => ({ ...request, tag, body: 'x'.repeat(bytes - 100) })

  it('fills exactly limits.runningBytes of a socket, small frames counting 1 KiB', () => {
    const { link, routed, deliver } = createBench({ limits: { runningBytes: 4 * KIBIBYTE } })
    const { peer } = link()
    for (const tag of ['1', '2', '3', '4']) peer.say({ ...request, tag })
    peer.say({ ...request, tag: '5' })
    peer.say({ type: PackageType.TALK, event: 'a', body: 1 })
    expect(peer.take()).toMatchObject([{ tag: '5', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
    expect(deliver.counters.busyTalks).toBe(1)
    routed[0]?.reply(1)
    routed[1]?.reply(1)
    peer.take()
    peer.say(ask('6', 2 * KIBIBYTE))
    peer.say({ ...request, tag: '7' })
    expect(peer.take()).toMatchObject([{ tag: '7', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
    expect(deliver.runningRequests).toBe(3)
  })

  it('counts a frame of 1,024 bytes as that, and one of 1,025 as one byte more', () => {
    const frameOf = (tag: string, bytes: number) => {
      const bare = { type: PackageType.REQUEST, event: 'a', tag, body: '' }
      const body = 'x'.repeat(bytes - CP2pPackage.encode({ ...bare, body: 'x'.repeat(500) }).length + 500)
      return CP2pPackage.encode({ ...bare, body })
    }
    for (const [bytes, taken] of [
      [KIBIBYTE, ['1', '2']],
      [KIBIBYTE + 1, ['1']]
    ] as const) {
      const { link, routed } = createBench({ limits: { runningBytes: 2 * KIBIBYTE } })
      const { peer } = link()
      expect(frameOf('1', bytes)).toHaveLength(bytes)
      for (const tag of ['1', '2']) peer.sayBytes(frameOf(tag, bytes))
      expect(routed.map(({ tag }) => tag)).toEqual(taken)
    }
  })

  it('fills exactly limits.nodeRunningBytes of the node, also when its socket has gone, until its handlers end', () => {
    const { link, routed, deliver } = createBench({ limits: { nodeRunningBytes: 3 * KIBIBYTE } })
    const first = link()
    for (const tag of ['1', '2']) first.peer.say({ ...request, tag })
    first.peer.drop()
    const { peer } = link()
    peer.say({ ...request, tag: '3' })
    peer.say({ ...request, tag: '4' })
    expect(peer.take()).toMatchObject([{ tag: '4', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
    expect(deliver.runningRequests).toBe(3)
    expect(routed[0]?.reply(1)).toBe(false)
    messageControl.release(routed[1] as CP2pMessage)
    expect(deliver.runningRequests).toBe(1)
    for (const tag of ['5', '6', '7']) peer.say({ ...request, tag })
    expect(peer.take()).toMatchObject([{ tag: '7', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
  })

  it('is at most limits.runningRequests talks of a socket: the next is dropped and counted', () => {
    const { link, routed, deliver } = createBench({ limits: { runningRequests: 2 } })
    const { peer } = link()
    const talk = { type: PackageType.TALK, event: 'a', body: 1 }
    for (let index = 0; index < 3; index++) peer.say(talk)
    expect([routed.length, deliver.counters.busyTalks]).toEqual([2, 1])
    peer.say(request)
    expect(routed).toHaveLength(3)
    messageControl.release(routed[0] as CP2pMessage)
    peer.say(talk)
    expect([routed.length, deliver.counters.busyTalks]).toEqual([4, 1])
    expect(peer.take()).toEqual([])
  })

  it('is told when its socket closes, a talk too', () => {
    const { link, routed } = createBench()
    const { peer } = link()
    peer.say({ type: PackageType.TALK, event: 'a', body: 1 })
    const { signal } = routed[0] as CP2pMessage
    peer.drop()
    expect(signal.reason).toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })
  })

  it.each([
    ['no text', 'CODE', undefined],
    ['a code that is a number', 404, 'no'],
    ['an empty code', '', 'no'],
    ['a code with half a character', 'A\ud800', 'no'],
    ['a code that is too long', 'A'.repeat(65), 'no'],
    ['an error for a text', 'CODE', new Error('no')]
  ])('can still be answered after a failure with %s was refused', (_, code, text) => {
    const { link, routed } = createBench()
    const { peer } = link()
    peer.say(request)
    expect(() => routed[0]?.fail(code as string, text as string)).toThrow(TypeError)
    expect(routed[0]?.fail('CODE', 'why')).toBe(true)
    expect(peer.take()).toMatchObject([{ tag: 't', error: 'CODE' }])
  })
})

describe('a heartbeat that no thread handles', () => {
  it('T16 is answered with a pong', () => {
    const { peer } = createBench({ route: () => false }).link()
    peer.say(ping)
    expect(peer.take()).toMatchObject([
      { type: PackageType.HEARTBEAT_PONG, event: 'pong', tag: 'p', body: { sleep: false } }
    ])
  })
})

describe('a package in an unknown encoding', () => {
  const UNKNOWN = 'ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING'

  it('that is a RESPONSE or a PONG rejects what it answers, and is not answered itself', async () => {
    const { link, deliver } = createBench()
    const { peer, socket } = link()
    const asked = codeOf(deliver.request(socket, 'a', 1))
    const pinged = codeOf(deliver.request(socket, 'ping', {}, { type: PackageType.HEARTBEAT_PING }))
    const [question, beat] = peer.take()
    peer.sayBytes(newerEncoding(PackageType.RESPONSE, String(question?.tag)))
    peer.sayBytes(newerEncoding(PackageType.HEARTBEAT_PONG, String(beat?.tag)))
    await expect(Promise.all([asked, pinged])).resolves.toEqual([UNKNOWN, UNKNOWN])
    expect(peer.take()).toEqual([])
  })

  it('that is a PONG ends neither a request of ours nor one of the peer that has its tag', async () => {
    const { link, deliver, routed } = createBench()
    const { peer, socket } = link()
    const asked = deliver.request(socket, 'a', 1)
    const tag = String(peer.take()[0]?.tag)
    peer.say({ ...request, tag })
    peer.sayBytes(newerEncoding(PackageType.HEARTBEAT_PONG, tag))
    expect(peer.take()).toEqual([])
    routed[0]?.reply('theirs')
    expect(peer.take()).toMatchObject([{ type: PackageType.RESPONSE, tag, body: 'theirs' }])
    peer.say({ type: PackageType.RESPONSE, event: 'a', body: 'ours', tag })
    await expect(asked).resolves.toBe('ours')
  })

  it('that is a REQUEST whose tag is running is not answered beside it, and the first one still counts', () => {
    const { link, routed, deliver } = createBench()
    const { peer } = link()
    peer.say(request)
    peer.sayBytes(newerEncoding(PackageType.REQUEST, 't'))
    expect([peer.take(), deliver.runningRequests]).toEqual([[], 1])
    routed[0]?.reply(1)
    expect(peer.take()).toMatchObject([{ tag: 't', body: 1 }])
    expect(deliver.counters).toMatchObject({ unknownKinds: 1, repeatedRequests: 1 })
  })

  it('that is a TALK or a SYSTEM message has no answer, whatever its tag', () => {
    const { link, deliver } = createBench()
    const { peer } = link()
    peer.sayBytes(newerEncoding(PackageType.TALK, 't'))
    peer.sayBytes(newerEncoding(PackageType.SYSTEM, 't'))
    expect([peer.take(), deliver.counters.unknownKinds]).toEqual([[], 2])
  })

  it('counts as an unknown talk, whatever its type', () => {
    const { peer } = createBench({ limits: { unknownEvents: 2 } }).link()
    peer.sayBytes(newerEncoding(PackageType.RESPONSE, ''))
    peer.sayBytes(newerEncoding(PackageType.HEARTBEAT_PONG, ''))
    expect(peer.closedWith).toBeUndefined()
    peer.sayBytes(newerEncoding(PackageType.REQUEST, 'u'))
    expect(peer.closedWith).toEqual({ code: 1003, reason: 'unknown talks' })
  })
})

describe('a failed RESPONSE', () => {
  it.each([
    ['is no JSON', '7b'],
    ['is too deep', '5b'.repeat(65) + '5d'.repeat(65)]
  ])('whose body %s rejects with its code all the same', async (_, body) => {
    const { link, deliver } = createBench()
    const { peer, socket } = link()
    const asked = codeOf(deliver.request(socket, 'a', 1))
    const text = Uint8Array.from(Buffer.from(body, 'hex'))
    const tag = String(peer.take()[0]?.tag)
    const failure = { type: PackageType.RESPONSE, event: 'a', body: text, tag, error: 'CHAT_FULL' }
    // The field that says that the body is bytes is taken back by a later one.
    peer.sayBytes(Buffer.concat([CP2pPackage.encode(failure), Buffer.from('3800', 'hex')]))
    await expect(asked).resolves.toBe('CHAT_FULL')
  })
})

describe('a greeting', () => {
  it('that comes after another package does not count: the peer stays one of 2018', async () => {
    const { link, deliver } = createBench()
    const { peer, socket } = link({ greet: false })
    peer.say(request)
    peer.greet()
    expect(() => deliver.talk(socket, 'file', new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' })
    )
  })

  it('is taken once: a second one changes nothing, but closes the socket where it is incompatible', () => {
    const { link, deliver } = createBench()
    const { peer, socket } = link()
    peer.greet({ protocol_version: '1.0', alt: '1', encodings: [0] })
    expect(deliver.talk(socket, 'file', new Uint8Array(1))).toBe(true)
    peer.greet({ protocol_version: '2.0', alt: '1' })
    expect(peer.closedWith).toEqual({ code: 1000, reason: 'incompatible versions' })
  })

  it('with a body that is no JSON counts as an undecodable frame', () => {
    const { peer } = createBench().link({ greet: false })
    const greeting = { type: PackageType.TALK, event: 'version', body: Uint8Array.of(0x7b) }
    peer.sayBytes(Buffer.concat([CP2pPackage.encode(greeting), Buffer.from('3800', 'hex')]))
    expect(peer.closedWith).toEqual({ code: 1002, reason: 'undecodable frames' })
  })

  it('whose encodings are no list is that of a peer of 2018', () => {
    const { link, deliver } = createBench()
    const { peer, socket } = link({ greet: false })
    peer.greet({ protocol_version: '1.0', alt: '1', encodings: 1 })
    expect(peer.closedWith).toBeUndefined()
    expect(() => deliver.talk(socket, 'file', new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' })
    )
  })
})

describe('T24 a hostile peer', () => {
  it('is closed with 1002 at its first undecodable frame', () => {
    const { link, deliver } = createBench()
    const { peer } = link()
    peer.sayBytes(new Uint8Array([0xff]))
    expect(peer.closedWith).toEqual({ code: 1002, reason: 'undecodable frames' })
    expect(deliver.counters.badFrames).toBe(1)
  })

  it('is closed at exactly limits.badFrames undecodable frames, and never at 0', () => {
    const bench = createBench({ limits: { badFrames: 3 } })
    const { peer } = bench.link()
    peer.sayBytes(new Uint8Array([0xff]))
    peer.sayBytes(new Uint8Array([0xff]))
    expect(peer.closedWith).toBeUndefined()
    peer.sayBytes(new Uint8Array([0xff]))
    expect(peer.closedWith?.code).toBe(1002)

    const patient = createBench({ limits: { badFrames: 0 } }).link().peer
    for (let index = 0; index < 1000; index++) patient.sayBytes(new Uint8Array([0xff]))
    expect(patient.closedWith).toBeUndefined()
  })

  it('is closed with 1003 past limits.unknownEvents unknown talks within a minute', () => {
    const { link, clock, deliver } = createBench({ limits: { unknownEvents: 2 }, route: () => false })
    const { peer } = link()
    const talk = { type: PackageType.TALK, event: 'x', body: 1 }
    peer.say(talk)
    peer.say({ ...talk, type: PackageType.SYSTEM })
    clock.advance(60_000)
    peer.say(talk)
    peer.say(talk)
    expect(peer.closedWith).toBeUndefined()
    peer.say(talk)
    expect(peer.closedWith).toEqual({ code: 1003, reason: 'unknown talks' })
    expect(deliver.counters.unknownEvents).toBe(5)
  })

  it('gets a coded error for a request of an unknown type or encoding, and stays', () => {
    const { peer } = createBench().link()
    peer.sayBytes(Buffer.from('0a03312e30120131186322016b2a01313201743800', 'hex'))
    peer.sayBytes(Buffer.from('0a03312e30120131181e22016b2a01313201753809', 'hex'))
    expect(peer.take()).toMatchObject([
      { tag: 't', event: 'k', error: 'ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE' },
      { tag: 'u', event: 'k', error: 'ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING' }
    ])
    expect(peer.closedWith).toBeUndefined()
  })

  it('that answers what was never asked is counted', () => {
    const { link, deliver } = createBench()
    const { peer } = link()
    for (const tag of ['', '1', '__proto__']) peer.say({ type: PackageType.RESPONSE, event: 'a', body: 1, tag })
    expect(deliver.counters.strayAnswers).toBe(3)
  })

  it('is not heard once its socket closes', () => {
    const { link, routed, deliver } = createBench()
    const { peer, socket } = link()
    socket.close(1000, 'bye')
    peer.sayBytes(CP2pPackage.encode(request))
    expect(routed).toEqual([])
    expect(deliver.counters.droppedFrames).toBe(1)
    expect(peer.closedWith).toEqual({ code: 1000, reason: 'bye' })
  })
})

describe('the socket of a link', () => {
  it('T5 tells inbound from outbound', () => {
    const { link } = createBench()
    const [inbound, outbound] = [link({ inbound: true }).socket, link().socket]
    expect(inbound).toMatchObject({ bInbound: true, bOutbound: false, inbound: true, outbound: false, state: 'open' })
    expect(outbound).toMatchObject({ bInbound: false, bOutbound: true, inbound: false, outbound: true })
    expect(inbound.id).not.toBe(outbound.id)
  })

  it('notes when something came', () => {
    const { link, clock } = createBench()
    const { peer, socket } = link()
    const before = socket.lastReceivedAt
    clock.advance(5)
    peer.say({ type: PackageType.TALK, event: 'x', body: 1 })
    expect(socket.lastReceivedAt).toBe(before + 5)
  })

  it.each([
    [1005, ''],
    [999, ''],
    [2000, ''],
    [1000, 'x'.repeat(124)]
  ])('refuses to close with %j', (code, reason) => {
    const { socket } = createBench().link()
    expect(() => socket.close(code, reason)).toThrow(RangeError)
  })
})
