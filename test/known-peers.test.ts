import type { CreateOptions, P2pNode } from 'trustp2p'
import { codeOf } from './code-of'
import { detour } from './detour'
import { useEchoNodes } from './echo-nodes'
import { addressOf, closeOf, idOf, refusalOf } from './pair'
import { once, until } from './project'

const { start } = useEchoNodes()

const serve = (options: Partial<CreateOptions> = {}): Promise<P2pNode> =>
  start('server', { listen: ['tcp://127.0.0.1:0'], ...options })

/** A node that has sent more than the server takes, so often that it is kept out from now on. */
async function offend(server: P2pNode, offences: number): Promise<P2pNode> {
  const client = await start('offender')
  for (let count = 0; count < offences; count++) {
    const closed = closeOf(client)
    const socket = await client.connect(addressOf(server))
    for (let sent = 0; sent < 20; sent++) void client.request(socket, 'echo').catch(() => undefined)
    expect(await closed).toEqual([1008, 'sends too much'])
  }
  return client
}

const STRICT = { framesPerSecond: 5, offencesPerHour: 0 }

it('T22 a node knows the peers that have proved themselves, where it reached them, and what came from them', async () => {
  const server = await serve()
  const client = await start('client')
  const socket = await client.connect(addressOf(server))
  for (let count = 0; count < 3; count++) await client.request(socket, 'echo', count)
  expect(server.peers.list()).toMatchObject([
    { id: client.id, kind: 'peer', addresses: [], host: '127.0.0.1', good: 3, invalid: 0, score: expect.closeTo(0.003) }
  ])
  expect(client.peers.get(idOf(server))).toMatchObject({ addresses: [addressOf(server)], good: 3 })
  const closed = closeOf(client)
  socket.close()
  await closed
  expect(client.peers.get(idOf(server))?.good).toBe(3)
})

it('no ban is evaded by port or address: a peer that is banned loses its socket, and comes back from no other', async () => {
  const server = await serve()
  const [client, other] = [await start('client'), await start('other')]
  for (const one of [client, other]) await one.connect(addressOf(server))
  const closed = closeOf(client)
  const ban = await server.peers.ban(idOf(client), { ms: 60_000, reason: 'spam' })
  expect(await closed).toEqual([1008, 'banned'])
  expect(await refusalOf(client, addressOf(server))).toEqual([1008, 'banned'])
  expect(await refusalOf(client, await detour(server, '127.0.0.7'))).toEqual([1008, 'banned'])
  expect(server.sockets.map(({ peerId }) => peerId)).toEqual([other.id])
  expect(server.explain({ about: 'ERR_TRUSTP2P_RULE_BANNED' })[0]).toMatchObject({
    stage: 'accept',
    peerId: client.id,
    text: expect.stringContaining(`${client.id} (127.0.0.`) as string
  })
  expect(server.peers.get(idOf(client))?.ban).toEqual(ban)
  expect(await server.peers.unban(idOf(client))).toBe(true)
  expect((await client.connect(addressOf(server))).state).toBe('open')
})

it('a peer or a host that is banned by hand is not dialled either', async () => {
  const server = await serve()
  const client = await start('client')
  const pinned = addressOf(server).replace('//', `//${idOf(server)}@`)
  await client.peers.ban(idOf(server))
  expect(await codeOf(client.connect(pinned))).toBe('ERR_TRUSTP2P_RULE_BANNED')
  expect(await codeOf(client.connect(addressOf(server)))).toBe('ERR_TRUSTP2P_RULE_BANNED')
  await client.peers.unban(idOf(server))
  await client.peers.ban('127.0.0.1')
  expect(await codeOf(client.connect(addressOf(server)))).toBe('ERR_TRUSTP2P_RULE_BANNED')
  expect(await codeOf(client.connect(addressOf(server).replace('127.0.0.1', 'localhost')))).toBe(
    'ERR_TRUSTP2P_RULE_BANNED'
  )
  expect(await codeOf(client.peers.ban('localhost'))).toBe('ERR_TRUSTP2P_RULE_INVALID')
})

it('a host that is banned by hand loses its sockets, and its connections are dropped', async () => {
  const server = await serve()
  const client = await start('client')
  await client.connect(addressOf(server))
  const closed = closeOf(client)
  await server.peers.ban('127.0.0.1', { reason: 'noise' })
  expect(await closed).toEqual([1008, 'banned'])
  expect(await codeOf(client.connect(addressOf(server)))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_FAILED')
  expect(server.explain()[0]).toMatchObject({
    stage: 'accept',
    code: 'ERR_TRUSTP2P_RULE_BANNED',
    text: '127.0.0.1 is banned for 3600000 ms: noise'
  })
  expect((await client.connect(await detour(server, '127.0.0.7'))).state).toBe('open')
})

it('limits.refuseScore: a peer that offends too often is refused wherever it comes from, until its score is better', async () => {
  const server = await serve({ limits: { ...STRICT, refuseScore: -1.5, banScore: 0 } })
  const warned = once(server, 'warning')
  const offender = await offend(server, 2)
  expect((await warned)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_PEER_SCORE' })
  expect(await refusalOf(offender, await detour(server, '127.0.0.7'))).toEqual([1008, 'low score'])
  expect(server.explain({ about: 'ERR_TRUSTP2P_LIMIT_PEER_SCORE' })[0]).toMatchObject({
    ...{ stage: 'accept', peerId: offender.id, limit: 'limits.refuseScore', limitValue: -1.5 }
  })
  expect(await server.peers.forget(idOf(offender))).toBe(true)
  expect((await offender.connect(addressOf(server))).state).toBe('open')
})

it('limits.banScore: a peer that offends too often is banned, and its other sockets are closed', async () => {
  const server = await serve({
    listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'],
    limits: { ...STRICT, banScore: -0.9 }
  })
  const warned = once(server, 'warning')
  const client = await start('client')
  const [tcp = '', ws = ''] = server.addresses
  const [first] = [await client.connect(tcp), await client.connect(ws)]
  await until(() => server.sockets.length === 2, 'two sockets')
  for (let sent = 0; sent < 20; sent++) void client.request(first, 'echo').catch(() => undefined)
  expect((await warned)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_PEER_BANNED' })
  await until(() => server.sockets.length + client.sockets.length === 0, 'no socket')
  expect(server.peers.get(idOf(client))).toMatchObject({
    invalid: 1,
    ban: { by: 'score', reason: 'its score was -1.0' }
  })
  expect(await refusalOf(client, await detour(server, '127.0.0.7'))).toEqual([1008, 'banned'])
})

it('a peer that is banned while admit decides on it is not let in', async () => {
  let settle: (yes: boolean) => void = () => undefined
  const decided = new Promise<boolean>((resolve) => (settle = resolve))
  const asked: unknown[] = []
  const server = await serve({
    admit: ({ peerId }) => {
      asked.push(peerId)
      return decided
    }
  })
  const client = await start('client')
  await client.connect(addressOf(server))
  await until(() => asked.length === 1, 'a decision')
  const closed = closeOf(client)
  await server.peers.ban(idOf(client))
  settle(true)
  expect(await closed).toEqual([1008, 'banned'])
  expect(server.sockets).toEqual([])
})
