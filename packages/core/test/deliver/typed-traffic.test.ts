import { PackageType } from '../../src/wire/package'
import { codeOf, createBench } from './scripted-peer'
import { answering, contractOf, digest, event, meet, OPENING, PROTO, typed } from './typed-peers'

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
