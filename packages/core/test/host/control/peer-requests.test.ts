import { LONGEST_BAN_MS, LONGEST_REASON } from '../../../src/peers/ban-reason'
import { isKnownPeerMaybe, isPeerBan, isPeerChange, isPeerListing } from '../../../src/host/control/control-answers'
import { PEERS_LISTED } from '../../../src/host/control/control-limits'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, connectTo, startNode } from './nodes'

afterEach(async () => {
  await closeAll()
  removeProjects()
})

const HOST = '192.0.2.1'

it('a control client bans, unbans and forgets what the node knows, and is told of it', async () => {
  const { cwd } = new TemporaryProject()
  const node = await startNode(cwd)
  const client = await connectTo(cwd)
  expect(await client.listPeers()).toEqual({ peers: [], total: 0 })
  const ban = await client.banPeer(HOST, { ms: 1000, reason: 'noise' })
  expect(ban).toMatchObject({ id: HOST, by: 'hand', reason: 'noise' })
  expect(await client.showPeer(HOST)).toEqual(node.peers.get(HOST))
  expect(await client.listPeers()).toEqual({ peers: node.peers.list(), total: 1 })
  expect([await client.unbanPeer(HOST), await client.unbanPeer(HOST)]).toEqual([{ changed: true }, { changed: false }])
  expect([await client.showPeer(HOST), await client.forgetPeer(HOST)]).toEqual([undefined, { changed: false }])
  await client.banPeer(HOST)
  expect(await client.forgetPeer(HOST)).toEqual({ changed: true })
})

it('400 peers are told of at once, and the others counted', async () => {
  const { cwd } = new TemporaryProject()
  const node = await startNode(cwd)
  const client = await connectTo(cwd)
  for (let index = 0; index < PEERS_LISTED; index++) await node.peers.ban(`10.0.${index >> 8}.${index & 255}`)
  expect((await client.listPeers()).peers).toHaveLength(PEERS_LISTED)
  await node.peers.ban(HOST)
  const { peers, total } = await client.listPeers(PEERS_LISTED + 1)
  expect([peers.length, total]).toEqual([PEERS_LISTED, PEERS_LISTED + 1])
  expect((await client.listPeers(1)).peers).toHaveLength(1)
})

it('what is no request is refused, and so is what is no peer', async () => {
  const { cwd } = new TemporaryProject()
  await startNode(cwd)
  const client = await connectTo(cwd)
  const invalid = { code: 'ERR_TRUSTP2P_CONTROL_INVALID' }
  await expect(client.listPeers(0)).rejects.toMatchObject(invalid)
  for (const ms of [0, 1.5, LONGEST_BAN_MS + 1])
    await expect(client.banPeer(HOST, { ms })).rejects.toMatchObject(invalid)
  await expect(client.banPeer(HOST, { reason: 'x'.repeat(LONGEST_REASON + 1) })).rejects.toMatchObject(invalid)
  for (const asked of [client.showPeer('nobody'), client.banPeer('nobody'), client.unbanPeer('nobody')]) {
    await expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_RULE_INVALID' })
  }
})

const BAN = { id: HOST, since: 1, until: 2, by: 'hand', reason: '' }
const FREE = { id: HOST, kind: 'host', addresses: [], good: 0, invalid: 1, score: -1 }
const PEER = { ...FREE, ban: BAN }

/** What is there with one key taken away, and with one key of another kind, for each key. */
function spoiled(value: Readonly<Record<string, unknown>>): object[] {
  return Object.keys(value).flatMap((key) => [
    Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)),
    { ...value, [key]: typeof value[key] === 'object' ? 'text' : null }
  ])
}

it('an answer of another version is none where something that is shown is missing, or of another kind', () => {
  expect([isPeerBan(BAN), isKnownPeerMaybe(PEER), isKnownPeerMaybe(null)]).toEqual([true, true, true])
  expect([isPeerListing({ peers: [PEER], total: 1 }), isPeerChange({ changed: false })]).toEqual([true, true])
  expect(spoiled(BAN).some(isPeerBan)).toBe(false)
  expect(isKnownPeerMaybe(FREE)).toBe(true)
  expect(spoiled(FREE).some(isKnownPeerMaybe)).toBe(false)
  expect(isKnownPeerMaybe({ ...PEER, ban: {} })).toBe(false)
  expect([isPeerListing({ peers: [{}], total: 1 }), isPeerListing({ peers: [] }), isPeerChange({})]).toEqual([
    false,
    false,
    false
  ])
})
