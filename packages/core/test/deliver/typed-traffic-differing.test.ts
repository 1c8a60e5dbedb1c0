import { defineContract } from '../../src/contract/contract'
import type { ContractEvent } from '../../src/contract/contract'
import { digestOf, hexOf } from '../../src/contract/digest'
import { PackageType } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'
import type { ScriptedPeer } from './scripted-peer'
import {
  answering,
  asked,
  CLASHING,
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

describe('contracts of one name that differ (U5)', () => {
  it('are looked into when the peer greets, once', async () => {
    const { peer, warnings } = meet(WIDER)
    sayDescriptor(peer, WIDER)
    await settle()
    peer.say(typed(WIDER, { text: 'hi', more: 'x' }))
    expect([asked(peer), warnings]).toEqual([[], []])
  })

  it('that are compatible let bodies through, both ways, once that is known', async () => {
    const { deliver, peer, socket, routed } = meet(WIDER, { route: answering({ id: 1n }) })
    peer.say(typed(WIDER, { text: 'early', more: 'x' }))
    expect(routed).toEqual([])
    sayDescriptor(peer, WIDER)
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
    sayDescriptor(peer, CLASHING)
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
    sayDescriptor(peer, CLASHING)
    expect(await codeOf(answer)).toBe('ERR_TRUSTP2P_CONTRACT_MISMATCH')
  })

  it('have one verdict for all peers, and each peer its own warning', async () => {
    const { peer, link, warnings } = meet(CLASHING)
    sayDescriptor(peer, CLASHING)
    await settle()
    const second = link({ greet: false }).peer
    second.greet({ ...OPENING, contracts: { chat: digest(CLASHING) } })
    expect([asked(second), warnings.length]).toEqual([[], 2])
  })

  it('are looked into again when ours change, and peers are told', async () => {
    const { peer, contracts, warnings, routed } = meet(CLASHING)
    sayDescriptor(peer, CLASHING)
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
    sayDescriptor(peer, CLASHING)
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
    sayDescriptor(peer, WIDER)
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
