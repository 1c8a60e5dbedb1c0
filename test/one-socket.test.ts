import { createNode } from 'trustp2p'
import type { CreateOptions, P2pNode, P2pSocket } from 'trustp2p'
import { addressOf } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'
import type { Project } from './project'
import { Relay } from './relay'

/** Says what it was asked, once it may, and counts how often each was run. */
const ECHO = `
let free
const gate = new Promise((resolve) => { free = resolve })
const runs = {}
module.exports = class {
  get eventMap() {
    return {
      30: {
        echo: (_socket, { body }) => body,
        count: (_socket, { body }) => { runs[body] = (runs[body] ?? 0) + 1; return runs[body] },
        wait: (_socket, { body }) => gate.then(() => body),
        free: () => free()
      }
    }
  }
}`

let project: Project

beforeEach(() => {
  project = createProject()
  project.thread('echo.js', ECHO)
})
afterEach(disposeAll)

async function start(name: string, options: Partial<CreateOptions> = {}): Promise<P2pNode> {
  const peers = { closeDuplicates: true }
  return closing(createNode({ cwd: project.cwd, name, log: { level: 'silent' }, peers, ...options }))
}

const SCHEMES = ['tcp', 'ws'] as const

/** Two nodes that both listen; the first one has the lower peer id. */
async function startBoth(scheme: string, options: Partial<CreateOptions> = {}): Promise<readonly [P2pNode, P2pNode]> {
  const listen = [`${scheme}://127.0.0.1:0`]
  const [one, two] = [await start('one', { listen, ...options }), await start('two', { listen, ...options })]
  return String(one.id) < String(two.id) ? [one, two] : [two, one]
}

/** How sockets of a node ended so far: codes and reasons. */
function closesOf(node: P2pNode): unknown[] {
  const closed: unknown[] = []
  node.on('socket:close', (_socket, code, reason) => closed.push([code, reason]))
  return closed
}

/** The only socket of a node, once it has one alone. */
function onlySocket(node: P2pNode): Promise<P2pSocket> {
  return until(() => (node.sockets.length === 1 ? node.sockets[0] : undefined), 'one socket')
}

const url = (node: P2pNode): string => addressOf(node)
const otherUrl = (node: P2pNode): string => addressOf(node).replace('127.0.0.1', 'localhost')

describe.each(SCHEMES)('%s', (scheme) => {
  it('keeps the socket that the lower peer id dialled where both dial at once', async () => {
    const [low, high] = await startBoth(scheme)
    const closed = [closesOf(low), closesOf(high)]
    const [out, back] = await Promise.all([low.connect(url(high)), high.connect(url(low))])
    await until(() => low.sockets.length === 1 && high.sockets.length === 1 && high.sockets[0]?.inbound, 'one each')
    expect(low.sockets[0]).toMatchObject({ outbound: true, peerId: high.id })
    expect(high.sockets[0]).toMatchObject({ inbound: true, peerId: low.id })
    expect(await Promise.all([low.request(out, 'echo', 1), high.request(back, 'echo', 2)])).toEqual([1, 2])
    expect(closed.flat().every((close) => JSON.stringify(close) === '[1000,"duplicate driver"]')).toBe(true)
  })

  it('gives the socket of the peer that dialled us to who dials it', async () => {
    const [low, high] = await startBoth(scheme)
    await low.connect(url(high))
    const inbound = await onlySocket(high)
    const warned = once(high, 'warning')
    expect(await high.connect(url(low))).toBe(inbound)
    expect((await warned)[0]).toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_DUPLICATE' })
    expect(await high.request(inbound, 'echo', 1)).toBe(1)
    expect([low.sockets.length, high.sockets.length]).toEqual([1, 1])
  })

  it('changes to the dial of the lower peer id, and no request is lost or run twice', async () => {
    const [low, high] = await startBoth(scheme)
    const out = await high.connect(url(low))
    const inbound = await onlySocket(low)
    const closed = [once(high, 'socket:close'), once(low, 'socket:close')]
    const waiting = [high.request(out, 'wait', 'a'), low.request(inbound, 'wait', 'b')]
    await until(() => high.status().runningRequests + low.status().runningRequests === 2, 'both under way')
    const chosen = await low.connect(url(high))
    expect(chosen).toMatchObject({ outbound: true })
    await until(() => high.sockets.length === 1 && high.sockets[0]?.inbound, 'the change')
    expect(low.sockets).toEqual([chosen])
    const counts = Array.from({ length: 50 }, (_, index) => index)
    const answers = counts.flatMap((at) => [
      high.request(out, 'count', `h${at}`),
      low.request(inbound, 'count', `l${at}`)
    ])
    expect(new Set(await Promise.all(answers))).toEqual(new Set([1]))
    expect([out.state, inbound.state]).toEqual(['open', 'open'])
    await Promise.all([high.request(out, 'free'), low.request(inbound, 'free')])
    expect(await Promise.all(waiting)).toEqual(['a', 'b'])
    const endings = await Promise.all(closed)
    expect(endings.map(([, code, reason]) => [code, reason])).toEqual([
      [1000, 'duplicate driver'],
      [1000, 'duplicate driver']
    ])
    expect(await high.request(high.sockets[0] ?? out, 'echo', 1)).toBe(1)
  })

  it('keeps the first of two sockets that we dialled, before the peer hears of the second', async () => {
    const server = await start('server', { listen: [`${scheme}://127.0.0.1:0`] })
    const client = await start('client')
    const first = await client.connect(url(server))
    await onlySocket(server)
    const relay = new Relay()
    disposeLater(() => relay.close())
    await relay.open(url(server))
    expect(await client.connect(relay.address)).toBe(first)
    expect(relay.passages[0]?.frames.dialer).toHaveLength(1)
    expect(await client.connect(otherUrl(server))).toBe(first)
    expect([client.sockets.length, server.sockets.length]).toEqual([1, 1])
    first.close()
    await once(client, 'socket:close')
    expect((await client.connect(otherUrl(server))).state).toBe('open')
  })

  it('leaves alone what several programs with one key have dialled', async () => {
    const server = await start('server', { listen: [`${scheme}://127.0.0.1:0`] })
    const [one, two] = [await start('client'), await start('client')]
    expect(one.id).toBe(two.id)
    const sockets = [await one.connect(url(server)), await two.connect(url(server))] as const
    await until(() => server.sockets.length === 2, 'both')
    expect(await Promise.all([one.request(sockets[0], 'echo', 1), two.request(sockets[1], 'echo', 2)])).toEqual([1, 2])
    expect(server.sockets).toHaveLength(2)
  })

  it('keeps several where it is switched off, and those of peers that prove nothing', async () => {
    const off = { peers: { closeDuplicates: false } }
    const server = await start('server', { listen: [`${scheme}://127.0.0.1:0`], ...off })
    const client = await start('client', off)
    await client.connect(url(server))
    await client.connect(otherUrl(server))
    await until(() => server.sockets.length === 2, 'both')
    const open = await start('open', { listen: [`${scheme}://127.0.0.1:0`] })
    const nobody = await start('nobody', { auth: 'off' })
    await nobody.connect(url(open))
    await nobody.connect(otherUrl(open))
    await until(() => open.sockets.length === 2, 'both')
  })
})

it('keeps one socket for each scheme', async () => {
  const server = await start('server', { listen: ['tcp://127.0.0.1:0', 'ws://127.0.0.1:0'] })
  const client = await start('client')
  for (const address of server.addresses) await client.connect(address)
  await until(() => server.sockets.length === 2, 'both')
  expect(client.sockets).toHaveLength(2)
})

it('goes on with the first socket where the second is lost while the first one goes', async () => {
  const [low, high] = await startBoth('tcp')
  const out = await high.connect(url(low))
  await onlySocket(low)
  const chosen = await low.connect(url(high))
  await until(() => high.sockets[0]?.inbound, 'the change')
  chosen.terminate()
  await until(() => high.sockets[0] === out && low.sockets.length === 1, 'the first again')
  expect(await high.request(out, 'echo', 1)).toBe(1)
})
