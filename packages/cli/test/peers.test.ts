import { createIdentity, createLog, createNodeKit } from 'trustp2p'
import type { KnownPeer } from 'trustp2p'
import { banPeer, forgetPeers, listPeers, showPeer, unbanPeers } from '../src/commands/peers'
import { printPeer, printPeers } from '../src/peers/peer-text'
import { runCommand, temporaryFolder } from './command'
import { createMemoryTerminal } from './memory-terminal'
import { closeServing, startServing } from './serving-node'

jest.setTimeout(120_000)

afterEach(closeServing)

const HOST = '192.0.2.1'
const HOUR_MS = 3_600_000
const { peerId: PEER } = createIdentity(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)
const BAN = { id: PEER, since: 0, until: 2 * HOUR_MS, by: 'hand', reason: 'spam' } as const
const KNOWN: KnownPeer = {
  kind: 'peer',
  ...{ id: PEER, addresses: ['tcp://a:1', 'ws://b:2'], host: HOST, firstSeen: 0, lastSeen: HOUR_MS },
  ...{ good: 12_345, invalid: 2, score: 2.96, ban: BAN }
}

describe('peers', () => {
  it('T22 bans, shows, unbans and forgets in a running node, and does nothing twice', async () => {
    const cwd = temporaryFolder()
    const node = await startServing(cwd)
    const said = async (run: (terminal: ReturnType<typeof createMemoryTerminal>) => Promise<number>) => {
      const terminal = createMemoryTerminal()
      const status = await run(terminal)
      return [status, ...terminal.out.lines, ...terminal.err.lines]
    }
    const options = { cwd }
    expect(await said((on) => listPeers(options, on))).toEqual([0, 'the node server knows nobody'])
    expect(await said((on) => banPeer(PEER, { ...options, ms: HOUR_MS, reason: 'spam' }, on))).toEqual([
      0,
      `${PEER}: banned for 1 h 0 min`
    ])
    expect(node.peers.get(PEER)?.ban).toMatchObject({ reason: 'spam' })
    const [, title, columns, row] = await said((on) => listPeers(options, on))
    expect([title, columns]).toEqual(['the node server, those met last first', expect.stringMatching(/^peer +seen/)])
    expect(row).toMatch(new RegExp(`^${PEER} +0 +0 +0.0 +59 min 59 s$`))
    expect(await said((on) => unbanPeers([PEER, PEER, HOST], options, on))).toEqual([
      0,
      `${PEER}: unbanned`,
      `${HOST}: not banned`
    ])
    expect(await said((on) => forgetPeers([PEER], options, on))).toEqual([0, `${PEER}: not known`])
    expect(await said((on) => showPeer(PEER, options, on))).toEqual([1, `error: no node here knows ${PEER}`])
  })

  it('tells programs in lines of JSON, one for each node', async () => {
    const cwd = temporaryFolder()
    const node = await startServing(cwd)
    await startServing(cwd, 'other')
    const ban = await runCommand(
      ['peers', 'ban', HOST, '--hours', '0.5', '--reason', 'noise', '--name', 'server', '--json'],
      {
        cwd
      }
    )
    expect([ban.code, JSON.parse(ban.out)]).toEqual([0, { name: 'server', ban: node.peers.get(HOST)?.ban }])
    const { out } = await runCommand(['peers', '--json', 'show', HOST], { cwd })
    expect(
      out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown)
    ).toEqual([
      { name: 'other', peer: null },
      { name: 'server', peer: node.peers.get(HOST) }
    ])
    const unban = await runCommand(['peers', 'unban', HOST, '--name', 'server', '--json'], { cwd })
    expect(JSON.parse(unban.out)).toEqual({ name: 'server', peers: [{ peer: HOST, changed: true }] })
  })

  it.each(['unban', 'forget'])('%s tells what it did for the others where one name is none', async (verb) => {
    const cwd = temporaryFolder()
    const node = await startServing(cwd)
    await Promise.all([node.peers.ban(HOST), node.peers.ban(PEER)])
    const { code, out, err } = await runCommand(['peers', verb, HOST, 'nobody', PEER], { cwd })
    const text = verb === 'unban' ? 'unbanned' : 'forgotten'
    expect([code, out.trim().split('\n')]).toEqual([1, [`${HOST}: ${text}`, `${PEER}: ${text}`]])
    expect(err.match(/ERR_TRUSTP2P_\w+/g)).toEqual(['ERR_TRUSTP2P_RULE_INVALID'])
    const json = await runCommand(['peers', verb, 'nobody', HOST, '--json'], { cwd })
    expect([json.code, JSON.parse(json.out)]).toEqual([1, { name: 'server', peers: [{ peer: HOST, changed: false }] }])
  })

  it('needs a node that runs, a peer, and a time', async () => {
    const cwd = temporaryFolder()
    const none = await runCommand(['peers', 'list'], { cwd })
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('ERR_TRUSTP2P_CONTROL_NOT_RUNNING')])
    for (const hours of ['0', '-1', 'x', '876001']) {
      expect((await runCommand(['peers', 'ban', HOST, `--hours=${hours}`], { cwd })).code).toBe(2)
    }
    await startServing(cwd)
    const wrong = await runCommand(['peers', 'ban', 'nobody'], { cwd })
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('ERR_TRUSTP2P_RULE_INVALID')])
  })
})

it('a peer is shown with all that is known of it', () => {
  const { out } = createMemoryTerminal()
  printPeer(KNOWN, 'server', { now: HOUR_MS, out })
  expect(out.lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
    PEER,
    ' is a peer of the node server',
    ' first seen 1 h 0 min ago',
    ' last seen 0.0 s ago',
    ` last host ${HOST}`,
    ' reached at tcp://a:1',
    ' reached at ws://b:2',
    ' events 12,345 good, 2 invalid',
    ' score 3.0',
    ' banned 1 h 0 min more, by hand: spam'
  ])
})

it('a list that is not whole says so, and no line is wider than the terminal', () => {
  const { out } = createMemoryTerminal(40)
  printPeers({ peers: [KNOWN], total: 1_001 }, 'server', { now: HOUR_MS, out })
  expect(out.lines.at(-1)).toBe('and 1,000 more')
  expect(out.lines.every((line) => line.length <= 40)).toBe(true)
})
