import { createTestKit } from '@trustp2p/testing'
import { contractsOf, defineContract } from '../../src/contract/contract'
import type { ContractEvent, Contract } from '../../src/contract/contract'
import { DESCRIPTOR_WAIT_MS, DESCRIPTORS_PER_MINUTE } from '../../src/contract/limits'
import { digestOf, hexOf } from '../../src/contract/digest'
import type { CP2pMessage } from '../../src/deliver/message'
import { CP2pPackage, PackageType } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'
import type { Bench, ScriptedPeer } from './scripted-peer'

const { crypto } = createTestKit()
const PROTO = `syntax = "proto3"; message Line { string text = 1; int64 id = 2; bytes raw = 3; } message Sent { int64 id = 1; }
service Chat { rpc Send(Line) returns (Sent); rpc Else(Sent) returns (Sent); }`
const WIDER = PROTO.replace('string text = 1;', 'string text = 1; optional string more = 9;')
const CLASHING = PROTO.replace('string text', 'bytes text')
const OPENING = { protocol_version: '1.0', alt: '1', encodings: [0, 1, 2] }

function contractOf(proto = PROTO): Contract {
  const [contract] = contractsOf(proto, 'chat.proto')
  if (contract === undefined) throw new Error('no contract')
  return contract
}

function digest(proto = PROTO): string {
  return contractOf(proto).digestText(crypto)
}

function event(key = 'send', proto = PROTO): ContractEvent {
  const found = contractOf(proto).events[key]
  if (found === undefined) throw new Error('no event')
  return found
}

function asked(peer: ScriptedPeer): CP2pPackage[] {
  return peer.take().filter((heard) => heard.event === 'trustp2p/contract')
}

/** Lets what was promised happen. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve()
}

/** A bench whose node has the contract, and a peer that greets with another version of it. */
function meet(theirs: string | undefined, options: Parameters<typeof createBench>[0] = {}) {
  const bench = createBench({ contracts: [contractOf()], ...options })
  const { peer, socket } = bench.link({ greet: false })
  peer.greet(theirs === undefined ? OPENING : { ...OPENING, contracts: { chat: digest(theirs) } })
  return { ...bench, peer, socket }
}

/** Answers the question for a descriptor. */
function describe_(peer: ScriptedPeer, proto: string): void {
  const [question] = asked(peer)
  if (question === undefined) throw new Error('nobody asked')
  const body = new TextEncoder().encode(contractOf(proto).descriptor.text)
  peer.say({ type: PackageType.RESPONSE, event: question.event, body, tag: question.tag })
}

function typed(proto: string, body: object, fields: { type?: PackageType; tag?: string; key?: string } = {}) {
  const { type = PackageType.REQUEST, tag = 't', key = 'send' } = fields
  const bytes = event(key, proto)[type === PackageType.RESPONSE ? 'response' : 'request'].encode(body)
  return { type, event: `chat/${key}`, body: bytes, tag, contract: digest(proto) }
}

const answering = (value: unknown) => (message: CP2pMessage) => message.reply(value)

describe('typed bodies between peers of one contract (U5)', () => {
  it('are sent with the digest, answered typed, and read', async () => {
    const { deliver, peer, socket } = meet(PROTO)
    const answer = deliver.request(socket, event(), { text: 'hi' })
    const [question] = peer.take()
    expect(question).toMatchObject({ event: 'chat/send', encoding: 2, contract: digest() })
    expect(Buffer.from(question?.bytes ?? []).toString('hex')).toBe('0a026869')
    peer.say(typed(PROTO, { id: 7n }, { type: PackageType.RESPONSE, tag: String(question?.tag) }))
    expect(await answer).toEqual({ id: 7n })
  })

  it('are sent for a name that a contract of the node covers', () => {
    const { deliver, peer, socket } = meet(PROTO)
    void deliver.request(socket, 'chat/send', { text: 'hi' }).catch(() => undefined)
    expect(deliver.talk(socket, 'chat/send', { text: 'hi' })).toBe(true)
    expect(deliver.talk(socket, 'chat/other', { text: 'hi' })).toBe(true)
    expect(peer.take().map(({ encoding }) => encoding)).toEqual([2, 2, 0])
  })

  it('are read by handlers, whose answers the contract writes', () => {
    const { peer, routed } = meet(PROTO, { route: answering({ id: 5n }) })
    peer.say(typed(PROTO, { text: 'hi', id: 3n }))
    expect(routed[0]?.body).toEqual({ text: 'hi', id: 3n, raw: new Uint8Array() })
    expect(routed[0]?.body).toBe(routed[0]?.body)
    const [answer] = peer.take()
    expect(answer).toMatchObject({ type: PackageType.RESPONSE, encoding: 2, contract: digest() })
    expect(event().response.decode(answer?.bytes ?? new Uint8Array())).toEqual({ id: 5n })
  })

  it('are an empty message where a handler gives nothing', () => {
    const { peer } = meet(PROTO, { route: answering(null) })
    peer.say(typed(PROTO, {}))
    expect(peer.take()[0]).toMatchObject({ encoding: 2, bytes: new Uint8Array() })
  })

  it('are refused before they are sent, with event and field, where they do not match', async () => {
    const { deliver, peer, socket } = meet(PROTO)
    const wrong = deliver.request(socket, 'chat/send', { text: 5 })
    await expect(wrong).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_BODY',
      message: 'chat/send: Line.text takes a text, not 5 (number)',
      details: { event: 'chat/send', field: 'Line.text' }
    })
    expect(() => deliver.talk(socket, event(), { txet: 1 })).toThrow('Line.txet is no field')
    await expect(deliver.broadcast(event(), { id: 'x' })).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_BODY' })
    expect(peer.take()).toEqual([])
  })

  it('that are an answer and do not match reach the handler as an error', () => {
    let thrown: unknown
    const { peer } = meet(PROTO, {
      route(message) {
        try {
          return message.reply({ id: 'seven' })
        } catch (error) {
          thrown = error
          return message.fail('MINE', 'no')
        }
      }
    })
    peer.say(typed(PROTO, {}))
    expect(thrown).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_BODY' })
    expect(peer.take()).toMatchObject([{ error: 'MINE' }])
  })

  it('that cannot be read are an error when they are read, on either side', async () => {
    const { deliver, peer, socket, routed } = meet(PROTO)
    peer.say({ ...typed(PROTO, {}), body: Uint8Array.of(0x08, 1) })
    expect(() => routed[0]?.body).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_BODY_INVALID' }) as Error)
    expect(Buffer.from(routed[0]?.bytes ?? []).toString('hex')).toBe('0801')
    const answer = deliver.request(socket, event(), {})
    const tag = String(peer.take()[0]?.tag)
    peer.say({ ...typed(PROTO, {}, { type: PackageType.RESPONSE, tag }), body: Uint8Array.of(0x0a, 0) })
    expect(await codeOf(answer)).toBe('ERR_TRUSTP2P_BODY_INVALID')
  })

  it('share a frame with coalesce, and their tag is that of their bytes', () => {
    const { deliver, peer, socket } = meet(PROTO)
    for (let count = 0; count < 2; count++) {
      void deliver.request(socket, event(), { text: 'hi' }, { coalesce: true }).catch(() => undefined)
    }
    const heard = peer.take()
    expect(heard).toHaveLength(1)
    expect(heard[0]?.tag).toMatch(/^.{43}=$/)
  })
})

describe('a peer that does not read typed bodies', () => {
  it('gets none: a coded error instead', async () => {
    const { deliver, link } = createBench({ contracts: [contractOf()] })
    const { peer, socket } = link({ greet: false })
    const early = deliver.request(socket, event(), {})
    peer.greet({ ...OPENING, encodings: [0, 1] })
    expect(await codeOf(early)).toBe('ERR_TRUSTP2P_BODY_UNSUPPORTED')
    expect(await codeOf(deliver.request(socket, event(), {}))).toBe('ERR_TRUSTP2P_BODY_UNSUPPORTED')
    expect(() => deliver.talk(socket, event(), {})).toThrow('typed bodies')
    expect(peer.take()).toEqual([])
  })

  it('T7 asks in JSON, which is checked, and is answered in JSON', () => {
    const { peer, routed } = meet(undefined, { route: answering({ id: 2n ** 60n }) })
    peer.say({
      type: PackageType.REQUEST,
      event: 'chat/send',
      body: { text: 'hi', id: '9', raw: 'AQI=', more: 1 },
      tag: 'a'
    })
    expect(routed[0]?.body).toEqual({ text: 'hi', id: 9n, raw: Uint8Array.of(1, 2) })
    expect(peer.take()).toMatchObject([{ encoding: 0, body: { id: '1152921504606846976' } }])
  })

  it('whose JSON does not match the contract is told so', () => {
    const { peer, routed } = meet(undefined)
    for (const body of [{ text: 5 }, 'text', [], { raw: '%' }, { id: 'x' }]) {
      peer.say({ type: PackageType.REQUEST, event: 'chat/send', body, tag: `t${String(routed.length)}` })
      expect(() => routed.at(-1)?.body).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_BODY_INVALID' }) as Error)
    }
    peer.say({ type: PackageType.REQUEST, event: 'chat/send', body: Uint8Array.of(1), tag: 'b' })
    expect(() => routed.at(-1)?.body).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_BODY_INVALID' }) as Error)
  })

  it('answers a typed question in JSON, which is checked', async () => {
    const { deliver, peer, socket } = meet(undefined)
    const answer = deliver.request(socket, event(), {})
    peer.say({ type: PackageType.RESPONSE, event: 'chat/send', body: { id: '4' }, tag: String(peer.take()[0]?.tag) })
    expect(await answer).toEqual({ id: 4n })
    const wrong = deliver.request(socket, event(), {})
    peer.say({ type: PackageType.RESPONSE, event: 'chat/send', body: 'four', tag: String(peer.take()[0]?.tag) })
    expect(await codeOf(wrong)).toBe('ERR_TRUSTP2P_BODY_INVALID')
  })
})

describe('a typed body of an event for which there is no contract', () => {
  it('throws when it is read, and its bytes are there', () => {
    const { link, routed } = createBench()
    const { peer } = link({ greet: false })
    peer.greet(OPENING)
    peer.say(typed(PROTO, { text: 'hi' }))
    expect(() => routed[0]?.body).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }) as Error)
    expect(routed[0]?.bytes).toHaveLength(4)
  })

  it('that is an answer rejects the request', async () => {
    const { deliver, link } = createBench()
    const { peer, socket } = link()
    const answer = deliver.request(socket, 'chat/send', {})
    peer.say(typed(PROTO, {}, { type: PackageType.RESPONSE, tag: String(peer.take()[0]?.tag) }))
    expect(await codeOf(answer)).toBe('ERR_TRUSTP2P_CONTRACT_UNKNOWN')
  })
})

describe('contracts of one name that differ (U5)', () => {
  it('are looked into when the peer greets, once', async () => {
    const { peer, warnings } = meet(WIDER)
    describe_(peer, WIDER)
    await settle()
    peer.say(typed(WIDER, { text: 'hi', more: 'x' }))
    expect([asked(peer), warnings]).toEqual([[], []])
  })

  it('that are compatible let bodies through, both ways, once that is known', async () => {
    const { deliver, peer, socket, routed } = meet(WIDER, { route: answering({ id: 1n }) })
    peer.say(typed(WIDER, { text: 'early', more: 'x' }))
    expect(routed).toEqual([])
    describe_(peer, WIDER)
    await settle()
    expect(routed[0]?.body).toMatchObject({ text: 'early' })
    const answer = deliver.request(socket, event(), {})
    const tag = String(peer.take().find(({ type }) => type === PackageType.REQUEST)?.tag)
    peer.say(typed(WIDER, { id: 3n }, { type: PackageType.RESPONSE, tag }))
    expect(await answer).toEqual({ id: 3n })
  })

  it('that are not are named in a warning, and the event is refused both ways; other events go on', async () => {
    const { deliver, peer, socket, routed, warnings } = meet(CLASHING, { route: answering({}) })
    peer.say(typed(CLASHING, { text: Uint8Array.of(1) }, { tag: 'early' }))
    describe_(peer, CLASHING)
    await settle()
    const found = {
      peer: '127.0.0.1:9',
      event: 'chat/send',
      field: 'Line.text',
      differs: 'has the type string here and bytes there'
    }
    expect(warnings).toMatchObject([{ code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH', details: found }])
    expect(peer.take()).toMatchObject([{ tag: 'early', error: 'ERR_TRUSTP2P_CONTRACT_MISMATCH' }])
    peer.say(typed(CLASHING, {}, { tag: 'late' }))
    peer.say(typed(CLASHING, {}, { type: PackageType.TALK, tag: '' }))
    expect(peer.take()).toMatchObject([{ tag: 'late', error: 'ERR_TRUSTP2P_CONTRACT_MISMATCH' }])
    expect(await codeOf(deliver.request(socket, event(), {}))).toBe('ERR_TRUSTP2P_CONTRACT_MISMATCH')
    expect(await codeOf(deliver.request(socket, event(), {}, { coalesce: true }))).toBe(
      'ERR_TRUSTP2P_CONTRACT_MISMATCH'
    )
    expect(() => deliver.talk(socket, 'chat/send', {})).toThrow('Line.text has the type string here and bytes there')
    const told = await deliver.broadcast('chat/send', {}, { type: PackageType.TALK })
    expect(told).toMatchObject([{ status: 'failed', error: { code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH' } }])
    expect([peer.take(), routed]).toEqual([[], []])
    expect(deliver.counters.mismatchedBodies).toBe(3)
    peer.say(typed(CLASHING, {}, { key: 'else' }))
    expect(routed).toHaveLength(1)
    expect(warnings).toHaveLength(1)
  })

  it('refuse an answer that would be misread', async () => {
    const { deliver, peer, socket } = meet(undefined)
    const answer = deliver.request(socket, event(), {})
    const tag = String(peer.take()[0]?.tag)
    peer.say(typed(CLASHING, {}, { type: PackageType.RESPONSE, tag }))
    describe_(peer, CLASHING)
    expect(await codeOf(answer)).toBe('ERR_TRUSTP2P_CONTRACT_MISMATCH')
  })

  it('have one verdict for all peers, and each peer its own warning', async () => {
    const { peer, link, warnings } = meet(CLASHING)
    describe_(peer, CLASHING)
    await settle()
    const second = link({ greet: false }).peer
    second.greet({ ...OPENING, contracts: { chat: digest(CLASHING) } })
    expect([asked(second), warnings.length]).toEqual([[], 2])
  })

  it('are looked into again when ours change, and peers are told', async () => {
    const { peer, contracts, warnings, routed } = meet(CLASHING)
    describe_(peer, CLASHING)
    await settle()
    contracts.set('the test', [contractOf(CLASHING)])
    expect(peer.take()).toMatchObject([
      { type: PackageType.SYSTEM, event: 'contracts', body: { chat: digest(CLASHING) } }
    ])
    peer.say(typed(CLASHING, {}))
    expect([routed.length, warnings.length]).toEqual([1, 1])
  })

  it('are looked into again when those of the peer change', async () => {
    const { deliver, peer, socket } = meet(CLASHING)
    describe_(peer, CLASHING)
    await settle()
    peer.say({ type: PackageType.SYSTEM, event: 'contracts', body: { chat: digest() }, tag: '' })
    expect(deliver.talk(socket, event(), {})).toBe(true)
    peer.say({ type: PackageType.SYSTEM, event: 'contracts', body: { chat: digest(WIDER) }, tag: '' })
    expect(asked(peer)).toHaveLength(1)
  })

  it('are not asked for by a peer that greeted late', () => {
    const bench = createBench({ contracts: [contractOf()] })
    const { peer } = bench.link({ greet: false })
    peer.say({ type: PackageType.TALK, event: 'else', body: 1 })
    peer.greet({ ...OPENING, contracts: { chat: digest(WIDER) } })
    expect(asked(peer)).toEqual([])
  })

  it('that hold back a request let it be cancelled, and count it as running', async () => {
    const { deliver, peer, routed } = meet(WIDER, { limits: { runningRequests: 1 } })
    peer.say(typed(WIDER, {}, { tag: 'a' }))
    expect(deliver.runningRequests).toBe(1)
    peer.say(typed(WIDER, {}, { tag: 'b' }))
    peer.say({ type: PackageType.SYSTEM, event: 'cancel', body: null, tag: 'a' })
    expect(peer.take()).toMatchObject([{ event: 'trustp2p/contract' }, { tag: 'b', error: 'ERR_TRUSTP2P_LIMIT_BUSY' }])
    await settle()
    expect(routed).toEqual([])
  })

  it('that hold back a request of which nobody knows say so after all', async () => {
    const { deliver, peer } = meet(WIDER, { route: () => false })
    peer.say(typed(WIDER, {}, { tag: 'a' }))
    peer.say(typed(WIDER, {}, { type: PackageType.TALK, tag: '' }))
    describe_(peer, WIDER)
    await settle()
    expect(peer.take()).toMatchObject([{ tag: 'a', error: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' }])
    expect(deliver.runningRequests).toBe(0)
  })
})

describe('a peer that asks for a descriptor', () => {
  const ask = (peer: ScriptedPeer, body: unknown) =>
    peer.say({ type: PackageType.REQUEST, event: 'trustp2p/contract', body, tag: 'd' })

  it('gets that of the digest, also of a contract that the program only used', () => {
    const { deliver, peer, socket, routed } = meet(PROTO)
    ask(peer, { digest: digest() })
    const [answer] = peer.take()
    expect(hexOf(digestOf(crypto, answer?.bytes ?? new Uint8Array()))).toBe(digest())
    const { Other } = defineContract<{ Other: { do: ContractEvent } }>(
      'message M {} service Other { rpc Do(M) returns (M); }'
    )
    deliver.talk(socket, Other.do, {})
    ask(peer, { digest: Other.do.contract.digestText(crypto) })
    expect(peer.take()[1]).toMatchObject({ encoding: 1, error: undefined })
    expect(routed).toEqual([])
  })

  it.each([null, 1, 'x', {}, { digest: 1 }, { digest: 'ffffffffffffffff' }])('gets a failure for %j', (body) => {
    const { peer, errors } = meet(PROTO)
    ask(peer, body)
    expect(peer.take()).toMatchObject([{ tag: 'd', error: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }])
    expect(errors).toEqual([])
  })

  it('and reads no bytes gets a failure', () => {
    const { peer } = createBench({ contracts: [contractOf()] }).link({ greet: false })
    peer.greet({ ...OPENING, encodings: [0] })
    peer.say({ type: PackageType.REQUEST, event: 'trustp2p/contract', body: { digest: digest() }, tag: 'd' })
    expect(peer.take()).toMatchObject([{ error: 'ERR_TRUSTP2P_BODY_UNSUPPORTED' }])
  })
})

describe('a hostile peer (U5)', () => {
  /** Greets with a digest, and answers for its descriptor with what the test says. */
  async function lie(
    answer: (tag: string, peer: ScriptedPeer) => void,
    theirs = digest(WIDER)
  ): Promise<Bench & { peer: ScriptedPeer }> {
    const bench = createBench({ contracts: [contractOf()] })
    const { peer } = bench.link({ greet: false })
    peer.greet({ ...OPENING, contracts: { chat: theirs } })
    peer.say({ ...typed(WIDER, {}, { tag: 'x' }), contract: theirs })
    answer(String(asked(peer)[0]?.tag), peer)
    await settle()
    return { ...bench, peer }
  }
  const respond = (body: unknown) => (tag: string, peer: ScriptedPeer) =>
    peer.say({ type: PackageType.RESPONSE, event: 'trustp2p/contract', body, tag })
  const honest = (json: unknown) => {
    const bytes = new TextEncoder().encode(typeof json === 'string' ? json : JSON.stringify(json))
    return [respond(bytes), hexOf(digestOf(crypto, bytes))] as const
  }

  it.each([
    [
      'another descriptor than that of the digest',
      ...[respond(new TextEncoder().encode(contractOf().descriptor.text)), digest(WIDER)]
    ],
    ['no bytes', ...[respond(JSON.parse(contractOf(WIDER).descriptor.text)), digest(WIDER)]],
    ['more than 64 KiB', ...honest(' '.repeat(65_537))],
    ['no UTF-8', ...[respond(Uint8Array.of(0xff)), hexOf(digestOf(crypto, Uint8Array.of(0xff)))]],
    ['no JSON', ...honest('{')],
    ['100,000 brackets', ...honest('['.repeat(60_000))],
    ['JSON that is no descriptor', ...honest({ name: 'chat' })],
    ['the descriptor of another contract', ...honest(contractOf(WIDER.replace('Chat', 'Other')).descriptor.text)],
    [
      'a failure',
      ...[
        (tag: string, peer: ScriptedPeer) =>
          peer.say({ type: PackageType.RESPONSE, event: 'e', body: { error: 'no' }, tag, error: 'NO' }),
        digest(WIDER)
      ]
    ],
    [
      'bytes that are no package',
      ...[
        (tag: string, peer: ScriptedPeer) =>
          peer.sayBytes(
            CP2pPackage.encode({
              type: PackageType.RESPONSE,
              event: 'e',
              body: Uint8Array.of(1),
              tag,
              contract: digest()
            })
          ),
        digest(WIDER)
      ]
    ]
  ] as [string, (tag: string, peer: ScriptedPeer) => void, string][])(
    'that gives %s is believed nothing',
    async (_what, answer, theirs) => {
      const { peer, routed, warnings } = await lie(answer, theirs)
      expect(warnings).toMatchObject([{ code: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }])
      expect(peer.take()).toMatchObject([{ tag: 'x', error: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }])
      peer.say({ ...typed(WIDER, {}, { tag: 'y' }), contract: theirs })
      expect(peer.take()).toMatchObject([{ tag: 'y', error: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }])
      expect([routed, peer.closedWith]).toEqual([[], undefined])
    }
  )

  it('that answers twice is heard once', async () => {
    const { peer, deliver, warnings } = await lie((tag, it_) => {
      const body = new TextEncoder().encode(contractOf(WIDER).descriptor.text)
      for (let count = 0; count < 2; count++) it_.say({ type: PackageType.RESPONSE, event: 'e', body, tag })
    })
    expect([warnings, deliver.counters.strayAnswers, peer.closedWith]).toEqual([[], 1, undefined])
  })

  it('that never answers is given up after 10 s, and not a moment before', async () => {
    const { peer, clock, warnings } = await lie(() => undefined)
    clock.advance(DESCRIPTOR_WAIT_MS - 1)
    await settle()
    expect(warnings).toEqual([])
    clock.advance(1)
    await settle()
    expect(warnings).toMatchObject([{ code: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }])
    expect(peer.take().find(({ tag }) => tag === 'x')).toMatchObject({ error: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' })
  })

  it('that leaves while it is asked harms nothing', async () => {
    const { deliver, routed } = await lie((_tag, peer) => peer.drop())
    expect([deliver.sockets, deliver.runningRequests, routed]).toEqual([[], 0, []])
  })

  it.each(['deadline', 'signal', 'socket'] as const)(
    'that answers by a contract which it then keeps back does not hold a request past its %s',
    async (end) => {
      const { deliver, peer, socket, clock } = meet(PROTO)
      const controller = new AbortController()
      const answer = codeOf(deliver.request(socket, event(), {}, { timeoutMs: 100, signal: controller.signal }))
      const [question] = peer.take()
      peer.say(typed(WIDER, { id: 7n }, { type: PackageType.RESPONSE, tag: String(question?.tag) }))
      await settle()
      expect([asked(peer).length, deliver.pendingRequests]).toEqual([1, 2])
      if (end === 'deadline') clock.advance(100)
      else if (end === 'signal') controller.abort()
      else peer.drop()
      await settle()
      const codes = { deadline: 'REQUEST_TIMEOUT', signal: 'REQUEST_ABORTED', socket: 'SOCKET_CLOSED' }
      expect(await answer).toBe(`ERR_TRUSTP2P_${codes[end]}`)
    }
  )

  it('that answers twice meanwhile settles a request once', async () => {
    const { deliver, peer, socket } = meet(PROTO)
    const answer = deliver.request(socket, event(), {})
    const [question] = peer.take()
    const say = (id: bigint) =>
      peer.say(typed(WIDER, { id }, { type: PackageType.RESPONSE, tag: String(question?.tag) }))
    say(7n)
    say(8n)
    describe_(peer, WIDER)
    expect(await answer).toEqual({ id: 7n })
    expect(deliver.pendingRequests).toBe(0)
  })

  it('that tells of ever new contracts is asked 64 times a minute, too', async () => {
    const { deliver, peer, warnings } = meet(PROTO)
    const name = (index: number) => index.toString(16).padStart(16, '0')
    for (let index = 0; index < DESCRIPTORS_PER_MINUTE + 500; index++)
      peer.say({ type: PackageType.SYSTEM, event: 'contracts', body: { chat: name(index) }, tag: '' })
    await settle()
    expect([asked(peer).length, deliver.pendingRequests, warnings]).toEqual([64, 64, []])
  })

  it('that names ever new contracts is asked 64 times a minute, and not 65', async () => {
    const { peer, clock } = meet(undefined)
    const name = (index: number) => index.toString(16).padStart(16, '0')
    const say = (index: number) =>
      peer.say({ ...typed(WIDER, {}, { tag: `t${String(index)}` }), contract: name(index) })
    for (let index = 0; index <= DESCRIPTORS_PER_MINUTE; index++) say(index)
    const heard = peer.take()
    expect(heard.filter(({ event: name_ }) => name_ === 'trustp2p/contract')).toHaveLength(DESCRIPTORS_PER_MINUTE)
    expect(heard.filter(({ error }) => error === 'ERR_TRUSTP2P_CONTRACT_UNKNOWN')).toHaveLength(1)
    clock.advance(60_000)
    await settle()
    peer.take()
    say(1000)
    expect(asked(peer)).toHaveLength(1)
  })

  it('whose SYSTEM contracts is nonsense changes nothing', () => {
    const { peer, errors } = meet(PROTO)
    for (const body of [null, 1, [], { chat: 1 }, { chat: {} }]) {
      peer.say({ type: PackageType.SYSTEM, event: 'contracts', body, tag: '' })
    }
    expect([asked(peer), errors, peer.closedWith]).toEqual([[], [], undefined])
  })
})
