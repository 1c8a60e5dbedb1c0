import { once } from 'node:events'
import { connect } from 'node:net'
import { CP2pPackage, PackageType } from 'trustp2p'
import { WebSocket } from 'ws'
import { createClient, createProved, dialRawly, join, refusedAt, useLimitedNodes } from './live-limits-nodes'
import { addressOf, closeOf, refusalOf } from './pair'
import { createProject, disposeLater, until } from './project'

const FULL = [1013, 'inbound connections maxed out']
const TOO_OFTEN = [1013, 'connects too often']

const { serve } = useLimitedNodes()

describe('limits of a running node, on who connects', () => {
  it('inboundSockets: of one more and one less', async () => {
    const server = await serve({ inboundSockets: 1 })
    await join(server)
    expect(await refusedAt(server)).toEqual(FULL)
    server.limits.set({ inboundSockets: 2 })
    await join(server)
    expect(await refusedAt(server)).toEqual(FULL)
    server.limits.set({ inboundSockets: 1 })
    expect(await refusedAt(server)).toEqual(FULL)
    expect(server.sockets).toHaveLength(2)
  })

  it('inboundSocketsPerSecond: from none to two, and back', async () => {
    const server = await serve({ inboundSocketsPerSecond: 0 })
    await join(server)
    server.limits.set({ inboundSocketsPerSecond: 2 })
    await join(server)
    await join(server)
    expect(await refusedAt(server)).toEqual(TOO_OFTEN)
    server.limits.set({ inboundSocketsPerSecond: 0 })
    await join(server)
  })

  it('idleMs: on sockets that are open, and no more once it is 0', async () => {
    const server = await serve()
    const { client } = await join(server)
    const closed = closeOf(client)
    server.limits.set({ idleMs: 20 })
    expect(await closed).toEqual([1000, 'idle'])
    server.limits.set({ idleMs: 0 })
    const { client: other } = await join(server)
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(other.sockets).toHaveLength(1)
  })

  it('idleMs: never on sockets that are not open yet', async () => {
    const server = await serve({}, { auth: 'required' })
    const silent = new WebSocket(addressOf(server))
    disposeLater(() => silent.terminate())
    const closes: unknown[] = []
    silent.on('close', (code) => closes.push(code))
    await once(silent, 'open')
    server.limits.set({ idleMs: 20 })
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(closes).toEqual([])
  })

  it.each(['ws', 'tcp'])('handshakeMs: of connections that come from then on, over %s://', async (scheme) => {
    const server = await serve({}, { listen: [`${scheme}://127.0.0.1:0`] })
    server.limits.set({ handshakeMs: 20 })
    const raw = connect(Number(new URL(addressOf(server)).port), '127.0.0.1')
    disposeLater(() => raw.destroy())
    raw.resume()
    await new Promise((resolve) => raw.once('close', resolve))
    expect(server.sockets).toEqual([])
  })

  it('inboundSocketsPerHost: from none to one, and back', async () => {
    const server = await serve({ inboundSocketsPerHost: 0 })
    await join(server)
    server.limits.set({ inboundSocketsPerHost: 1 })
    expect(await refusedAt(server)).toEqual([1013, 'too many connections from your host'])
    server.limits.set({ inboundSocketsPerHost: 2 })
    await join(server)
    expect(await refusedAt(server)).toEqual([1013, 'too many connections from your host'])
  })

  it('greetingBytes: of greetings that come from then on', async () => {
    const server = await serve()
    server.limits.set({ greetingBytes: 1_024 })
    const { raw, closed } = await dialRawly(server)
    const body = { protocol_version: '1.0', alt: '1', encodings: [0], filler: 'x'.repeat(1_024) }
    raw.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'version', body }))
    expect(await closed).toEqual([1009, 'greeting too large'])
  })

  it('greetingMs: of peers that come from then on', async () => {
    const server = await serve({}, { auth: 'required' })
    server.limits.set({ greetingMs: 20 })
    const { closed } = await dialRawly(server)
    expect(await closed).toEqual([1008, 'proof timeout'])
  })

  it('inboundSocketsPerPeer: of one more', async () => {
    const server = await serve({}, { auth: 'required' })
    const { cwd } = createProject()
    await (await createProved(cwd)).connect(addressOf(server))
    await until(() => server.sockets.length === 1, 'a socket')
    server.limits.set({ inboundSocketsPerPeer: 1 })
    const full = [1013, 'too many connections of your peer']
    expect(await refusalOf(await createProved(cwd), addressOf(server))).toEqual(full)
    server.limits.set({ inboundSocketsPerPeer: 2 })
    await (await createProved(cwd)).connect(addressOf(server))
    await until(() => server.sockets.length === 2, 'two sockets')
    expect(await refusalOf(await createProved(cwd), addressOf(server))).toEqual(full)
  })

  it('admitMs: of peers that come from then on', async () => {
    const server = await serve({}, { admit: () => new Promise<boolean>(() => undefined) })
    server.limits.set({ admitMs: 20 })
    expect(await refusedAt(server)).toEqual([1008, 'admission timeout'])
  })

  it('pendingAdmissions: of one more', async () => {
    let asked = 0
    const admit = (): Promise<boolean> => {
      asked++
      return new Promise(() => undefined)
    }
    const server = await serve({}, { admit })
    await (await createClient()).connect(addressOf(server))
    await until(() => asked === 1, 'a question')
    server.limits.set({ pendingAdmissions: 1 })
    expect(await refusedAt(server)).toEqual([1013, 'too many peers wait'])
    server.limits.set({ pendingAdmissions: 2 })
    await (await createClient()).connect(addressOf(server))
    await until(() => asked === 2, 'two questions')
    expect(await refusedAt(server)).toEqual([1013, 'too many peers wait'])
  })
})
