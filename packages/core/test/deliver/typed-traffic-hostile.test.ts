import { digestOf, hexOf } from '../../src/contract/digest'
import { DESCRIPTOR_WAIT_MS, DESCRIPTORS_PER_MINUTE } from '../../src/contract/limits'
import { CP2pPackage, PackageType } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'
import type { Bench, ScriptedPeer } from './scripted-peer'
import {
  asked,
  contractOf,
  crypto,
  sayDescriptor,
  digest,
  event,
  meet,
  OPENING,
  PROTO,
  settle,
  typed,
  WIDER
} from './typed-peers'

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
    sayDescriptor(peer, WIDER)
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
