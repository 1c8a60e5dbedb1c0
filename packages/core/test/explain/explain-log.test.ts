import { createTestKit } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import { P2pError } from '../../src/errors'
import { ExplainLog } from '../../src/explain/explain-log'
import type { ExplainOrigin, Incident } from '../../src/explain/incident'

function createBench(most = 1_000) {
  const { clock } = createTestKit()
  return { clock, log: new ExplainLog(clock, defaultConfig('node'), most) }
}

function from(host: string, more: Partial<ExplainOrigin> = {}): ExplainOrigin {
  return { host, peer: `${host}:1`, url: 'ws://127.0.0.1:1107', ...more }
}

function dropped(event: string, more: Partial<Incident> = {}): Incident {
  return { stage: 'frame', code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER', event, ...more }
}

describe('a record', () => {
  it('U8 holds stage, code, text, remedy, cause, limit with its value, and whom it is about, as plain values', () => {
    const { clock, log } = createBench()
    const cause = new Error('ECONNREFUSED')
    const error = new P2pError('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT', 'too long', { cause })
    log.addError(from('192.0.2.1', { peerId: 'p', id: 's1' }), error, { stage: 'dial', event: 'e', tag: 't' })
    const [record] = log.find()
    expect(structuredClone(record)).toEqual({
      at: clock.wall(),
      since: clock.wall(),
      count: 1,
      stage: 'dial',
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT',
      text: 'too long',
      remedy: 'check the peer, or raise it',
      limit: 'limits.handshakeMs',
      limitValue: 10_000,
      cause: 'ECONNREFUSED',
      socket: 's1',
      peer: '192.0.2.1:1',
      peerId: 'p',
      host: '192.0.2.1',
      url: 'ws://127.0.0.1:1107',
      event: 'e',
      tag: 't'
    })
  })

  it('of what the peer decided has no limit of ours, and one of several causes none', () => {
    const { log } = createBench()
    const remote = { details: { remote: true }, cause: new AggregateError([new Error('one')]) }
    const error = new P2pError('ERR_TRUSTP2P_LIMIT_BUSY', 'too much', remote)
    log.addError(from('192.0.2.1'), error, { stage: 'request' })
    const [record] = log.find()
    expect(record).toMatchObject({ text: 'the peer answered: too much', remedy: 'ask again later' })
    expect(record).not.toHaveProperty('limit')
    expect(record).not.toHaveProperty('cause')
  })

  it('of nobody has the meaning of its code, and no key without a value', () => {
    const { clock, log } = createBench()
    log.add(undefined, { stage: 'thread', code: 'ERR_TRUSTP2P_THREAD_CRASHED' })
    expect(log.find()).toEqual([
      {
        at: clock.wall(),
        since: clock.wall(),
        count: 1,
        stage: 'thread',
        code: 'ERR_TRUSTP2P_THREAD_CRASHED',
        text: 'the thread failed in code that nobody waits for',
        remedy: 'mend the file'
      }
    ])
  })

  it.each([
    [{ by: 'us', code: 1000, reason: 'lost driver' }, 'this node closed it, with 1000 "lost driver"'],
    [{ by: 'peer', code: 1001, reason: '' }, 'the peer closed it, with 1001'],
    [{ by: 'nobody', code: 1006, reason: '' }, /^the connection was lost/]
  ] as const)('of a socket that was closed with %j says so', (close, text) => {
    const { log } = createBench()
    log.add(from('192.0.2.1'), { stage: 'socket', code: 'ERR_TRUSTP2P_SOCKET_CLOSED', close })
    expect(log.find()).toMatchObject([{ close, text: expect.stringMatching(text) as string }])
  })

  it('has no password of an address, and of long texts the beginning', () => {
    const { log } = createBench()
    const url = 'ws://user:secret@192.0.2.1'
    const long = 'x'.repeat(1_000)
    const cause = new Error(long)
    log.add({ host: '192.0.2.1', url, peer: url }, dropped(long, { text: long, tag: long, cause }))
    const [record] = log.find()
    expect(record).toMatchObject({ url: 'ws://***@192.0.2.1', peer: 'ws://***@192.0.2.1' })
    const lengths = [record?.text, record?.cause, record?.event, record?.tag].map((text) => text?.length)
    expect(lengths).toEqual([300, 300, 100, 100])
    log.add({ host: '192.0.2.1', url, peer: url }, dropped(long))
    expect(log.find()).toMatchObject([{ count: 2 }])
  })
})

describe('equal ones', () => {
  it('are counted, with the first and the last time, though others came in between', () => {
    const { clock, log } = createBench()
    const since = clock.wall()
    for (let round = 0; round < 3; round++) {
      for (const event of ['a', 'b']) log.add(from('192.0.2.1', { peer: `192.0.2.1:${round}` }), dropped(event))
      clock.advance(1_000)
    }
    expect(log.find().map(({ event, count, peer }) => [event, count, peer])).toEqual([
      ['b', 3, '192.0.2.1:2'],
      ['a', 3, '192.0.2.1:2']
    ])
    expect(log.find()[0]).toMatchObject({ since, at: since + 2_000 })
  })

  it('are those of one network, stage, code, event, socket and address', () => {
    const { log } = createBench()
    log.add(from('2001:db8::1'), dropped('a'))
    log.add(from('2001:db8::ffff'), dropped('a'))
    expect(log.find()).toMatchObject([{ count: 2, host: '2001:db8::1' }])
    log.add(from('2001:db8:0:1::1'), dropped('a'))
    log.add(from('2001:db8::1', { id: 's1' }), dropped('a'))
    log.add(from('2001:db8::1', { url: 'ws://other' }), dropped('a'))
    log.add(from('2001:db8::1'), dropped('b'))
    log.add(from('2001:db8::1'), dropped('a', { stage: 'answer' }))
    log.add(from('2001:db8::1'), dropped('a', { code: 'X' }))
    expect(log.find().map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1, 2])
  })

  it('are no more what this node and what the peer decided, what two limits did, or what is of two peers', () => {
    const { log } = createBench()
    const failed: Incident = { stage: 'request', code: 'ERR_TRUSTP2P_LIMIT_BUSY', text: 'no', event: 'a' }
    const [one, two] = ['limits.runningRequests', 'limits.runningBytes']
    for (const more of [{}, { remote: true }, { limit: one }, { limit: two }]) {
      log.add(from('192.0.2.1'), { ...failed, ...more })
    }
    log.add(from('192.0.2.1', { peerId: 'p' }), failed)
    const found = log.find().map(({ count, text, limit, peerId }) => [count, text, limit, peerId])
    expect(found).toEqual([
      [1, 'no', one, 'p'],
      [1, 'no', two, undefined],
      [2, 'no', one, undefined],
      [1, 'the peer answered: no', undefined, undefined]
    ])
  })

  it('tell of the last one, with its cause; of frames, whose text nobody makes again, of the first', () => {
    const { log } = createBench()
    for (const stage of ['request', 'dial', 'frame'] as const) {
      for (const name of ['1', '2']) {
        log.add(from('192.0.2.1'), dropped('a', { stage, text: name, tag: name, cause: new Error(name) }))
      }
    }
    const last = { text: '2', tag: '2', cause: '2', count: 2 }
    expect(log.find()).toMatchObject([
      { stage: 'frame', text: '1', tag: '1', cause: '1', count: 2 },
      { stage: 'dial', ...last },
      { stage: 'request', ...last }
    ])
  })

  it('of peers that were never let in are one, whatever their sockets', () => {
    const { log } = createBench()
    for (const id of ['s1', 's2']) {
      log.add(from('192.0.2.1', { id }), { stage: 'proof', code: 'ERR_TRUSTP2P_PROOF_FAILED' })
    }
    const found = log.find()
    expect(found).toMatchObject([{ count: 2 }])
    expect(found[0]).not.toHaveProperty('socket')
  })
})

describe('limits.explainRecords', () => {
  it('is how many are kept in all; one more lets the oldest go', () => {
    const { log } = createBench(20)
    for (let host = 1; host <= 20; host++) log.add(from(`192.0.2.${host}`), dropped('a'))
    expect(log.find()).toHaveLength(20)
    log.add(from('192.0.2.21'), dropped('a'))
    expect(log.find()).toHaveLength(20)
    expect(log.find({ peer: '192.0.2.1' })).toEqual([])
    expect(log.find({ peer: '192.0.2.2' })).toHaveLength(1)
  })

  it('a tenth of it is how many are kept of one network; one more lets its oldest go', () => {
    const { log } = createBench(20)
    for (const event of ['a', 'b']) log.add(from('2001:db8::1'), dropped(event))
    expect(log.find().map(({ event }) => event)).toEqual(['b', 'a'])
    log.add(from('2001:db8::2'), dropped('c'))
    expect(log.find().map(({ event }) => event)).toEqual(['c', 'b'])
  })

  it('of peers without a host is apart from that of the node itself', () => {
    const { log } = createBench(100)
    log.add(undefined, dropped('own'))
    for (let index = 0; index < 11; index++) log.add(from(''), dropped(`theirs ${index}`))
    const events = log.find().map(({ event }) => event)
    expect(events).toHaveLength(11)
    expect(events).toContain('own')
    expect(events).not.toContain('theirs 0')
  })

  it('of 0 keeps nothing, and of 1 the newest', () => {
    for (const [most, kept] of [
      [0, []],
      [1, ['b']]
    ] as const) {
      const { log } = createBench(most)
      for (const event of ['a', 'b']) log.add(from('192.0.2.1'), dropped(event))
      expect(log.find().map(({ event }) => event)).toEqual(kept)
    }
  })

  it('U8 a flood from some networks pushes out what is theirs, and of others nothing', () => {
    const { log } = createBench(100)
    log.add(from('198.51.100.1'), dropped('honest'))
    for (let round = 0; round < 1_000; round++) {
      for (let host = 1; host <= 50; host++) log.add(from(`192.0.2.${host}`), dropped(`flood ${round}`))
    }
    expect(log.find()).toHaveLength(100)
    expect(log.find({ peer: '198.51.100.1' })).toMatchObject([{ event: 'honest' }])
  })
})

describe('find', () => {
  function createFilled(): ExplainLog {
    const { log } = createBench()
    log.add(from('192.0.2.1', { id: 's1', peerId: 'the-peer' }), dropped('chat', { stage: 'request', tag: '7' }))
    log.add(from('192.0.2.2', { id: 's2', url: 'ws://192.0.2.2/' }), { stage: 'socket', code: 'X' })
    log.add(undefined, { stage: 'thread', code: 'ERR_TRUSTP2P_THREAD_CRASHED' })
    return log
  }

  it.each([
    [{ peer: 'the-peer' }, ['request']],
    [{ peer: '192.0.2.1' }, ['request']],
    [{ peer: '192.0.2.1:1' }, ['request']],
    [{ peer: '192.0.2.1:2' }, []],
    [{ peer: 'WS://192.0.2.2' }, ['socket']],
    [{ peer: 's1' }, []],
    [{ socket: 's2' }, ['socket']],
    [{ request: 'chat' }, ['request']],
    [{ request: '7' }, ['request']],
    [{ request: '7', socket: 's2' }, []],
    [{ about: '7' }, ['request']],
    [{ about: 's2' }, ['socket']],
    [{ about: 'thread' }, ['thread']],
    [{ about: 'X' }, ['socket']],
    [{ about: 'the-peer' }, ['request']],
    [{ about: '' }, []],
    [{ limit: 2 }, ['thread', 'socket']],
    [{}, ['thread', 'socket', 'request']],
    [undefined, ['thread', 'socket', 'request']]
  ])('%j gives %j', (query, stages) => {
    expect(
      createFilled()
        .find(query)
        .map(({ stage }) => stage)
    ).toEqual(stages)
  })

  it('takes an IPv6 address for its /64, and any port of what was counted', () => {
    const { log } = createBench()
    for (const port of [1, 2]) log.add(from('2001:db8::1', { peer: `[2001:db8::1]:${port}` }), dropped('a'))
    expect(log.find({ peer: '2001:db8::9' })).toHaveLength(1)
    expect(log.find({ peer: '[2001:db8::1]:1' })).toHaveLength(1)
    expect(log.find({ peer: '2001:db8:0:1::9' })).toEqual([])
  })

  it.each([[{ peer: 1 }], [{ socket: null }], [{ about: {} }]])('%j is a TypeError', (query) => {
    expect(() => createBench().log.find(query as never)).toThrow(TypeError)
  })

  it.each([0, -1, 1.5, NaN, '1'])('a limit of %j is a RangeError', (limit) => {
    expect(() => createBench().log.find({ limit } as never)).toThrow(RangeError)
  })
})
