import { createServer } from 'node:net'
import { codeOf } from './code-of'
import { addressOf, idOf, pinned } from './pair'
import { claim, pause, peersFrom, start, startHub, startPlain, startVictim } from './peer-exchange-nodes'
import { disposeAll, disposeLater, until } from './project'

afterEach(disposeAll)

describe('T23 a claim', () => {
  it('is believed once the peer was reached there, and told to others', async () => {
    const [hub, peer, socket] = await startHub()
    const localhost = addressOf(peer).replace('127.0.0.1', 'localhost')
    await until(() => hub.peers.get(idOf(peer))?.addresses.length === 0, 'the peer')
    expect(await claim(peer, socket, [pinned(peer), localhost])).toEqual([pinned(peer), localhost])
    expect(hub.peers.get(idOf(peer))?.addresses).toEqual([localhost, addressOf(peer)])
    const asker = await startPlain()
    const [{ addresses } = { addresses: [] }] = await peersFrom(asker, await asker.connect(addressOf(hub)))
    for (const url of addresses) await asker.reach(url)
    expect([addresses.length, hub.sockets.length, peer.sockets.length]).toEqual([2, 2, 1])
  })

  it.each(['ws://0.0.0.0', 'ws://[::]'])('of %s means where the peer comes from', async (any) => {
    const [hub, peer, socket] = await startHub()
    const { port } = new URL(addressOf(peer))
    expect(await claim(peer, socket, [`${any}:${port}`])).toEqual([`${any}:${port}`])
    expect(hub.peers.get(idOf(peer))?.addresses).toEqual([addressOf(peer)])
  })

  it('is not believed where nobody listens', async () => {
    const [hub, peer, socket] = await startHub()
    const gone = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    const url = addressOf(gone)
    await gone.close()
    expect(await claim(peer, socket, [url])).toEqual([])
    expect(hub.peers.list({ dialable: true })).toEqual([])
    expect(hub.explain({ about: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })).toMatchObject([{ url: pinned(peer, url) }])
  })

  it('is not believed where another peer answers', async () => {
    const [hub, impostor, socket] = await startHub()
    const other = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    expect(await claim(impostor, socket, [addressOf(other)])).toEqual([])
    expect(hub.peers.list({ dialable: true })).toEqual([])
    expect(hub.explain({ about: 'ERR_TRUSTP2P_PROOF_WRONG_PEER' })).toHaveLength(1)
    expect(await claim(impostor, socket, [pinned(other)])).toBe('PEERS_CLAIM_INVALID')
    expect(other.sockets).toEqual([])
  })

  it('of another host has nobody dialled, whatever the scheme or the name', async () => {
    const [hub, peer, socket] = await startHub({}, { listen: ['ws://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
    const { port, connections } = await startVictim()
    const hosts = ['127.0.0.2', '[::1]', '[::ffff:7f00:2]', '192.0.2.1', 'peer.invalid']
    for (const host of hosts) {
      for (const scheme of ['ws', 'tcp', 'tls', 'wss'])
        expect(await claim(peer, socket, [`${scheme}://${host}:${port}`])).toEqual([])
    }
    expect(connections()).toBe(0)
    expect(hub.peers.list({ dialable: true })).toEqual([])
    expect(hub.explain({ about: 'ERR_TRUSTP2P_DRIVER_HOST_REFUSED' }).length).toBeGreaterThan(0)
  })

  it('of another host is looked into with anyHost', async () => {
    const [hub, ,] = await startHub({ anyHost: true })
    const peer = await startPlain({ listen: ['ws://127.0.0.2:0'] })
    expect(await claim(peer, await peer.connect(addressOf(hub)), peer.addresses)).toEqual(peer.addresses)
  })

  it('of a scheme that no driver serves, or of a Unix socket, is not believed', async () => {
    const [, peer, socket] = await startHub()
    expect(await claim(peer, socket, ['gopher://127.0.0.1:70'])).toEqual([])
    expect(await claim(peer, socket, ['unix:///tmp/a'])).toBe('PEERS_CLAIM_INVALID')
  })

  it('of 4 addresses is looked into, and one of 5, or of thousands, costs nothing', async () => {
    const [, peer, socket] = await startHub()
    const { port, connections } = await startVictim()
    const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `tcp://127.0.0.1:${port}/${at}`)
    for (const count of [5, 5_000]) expect(await claim(peer, socket, many(count))).toBe('PEERS_CLAIM_INVALID')
    expect(connections()).toBe(0)
    const own = [0, 1, 2, 3].map((at) => `${addressOf(peer)}/${at}`)
    expect(await claim(peer, socket, own)).toEqual([])
    expect(
      await claim(
        peer,
        socket,
        Array.from({ length: 4 }, () => addressOf(peer))
      )
    ).toHaveLength(4)
  })

  it.each([
    undefined,
    null,
    7,
    [[]],
    'ws://127.0.0.1:1',
    [1],
    [null],
    [''],
    ['127.0.0.1:1107'],
    ['ws://'],
    ['ws://a@b:1'],
    ['ws://127.0.0.1:1/?a=b'],
    ['ws://127.0.0.1:1/#a'],
    ['ws://127.0.0.1:1/\r\nHost: a'],
    [`ws://127.0.0.1:1/${'a'.repeat(300)}`]
  ])('that is garbage, such as %j, is refused', async (addresses) => {
    const [hub, peer, socket] = await startHub()
    expect(await claim(peer, socket, addresses)).toBe('PEERS_CLAIM_INVALID')
    expect(hub.explain({ about: 'dial' })).toEqual([])
  })

  it('of 300 letters is looked into', async () => {
    const [, peer, socket] = await startHub()
    const url = `${addressOf(peer)}/`
    expect(await claim(peer, socket, [url + 'a'.repeat(300 - url.length)])).toEqual([])
    expect(await claim(peer, socket, [url + 'a'.repeat(301 - url.length)])).toBe('PEERS_CLAIM_INVALID')
  })

  it('of a peer that proves nothing is refused', async () => {
    const [hub] = await startHub()
    const peer = await startPlain({ listen: ['ws://127.0.0.1:0'], auth: 'off' })
    expect(await claim(peer, await peer.connect(addressOf(hub)), peer.addresses)).toBe('PEERS_UNPROVED')
  })

  it('is taken once in claimMs of each peer', async () => {
    const [hub, peer, socket] = await startHub({ claimMs: 60_000 })
    expect(await claim(peer, socket, peer.addresses)).toEqual(peer.addresses)
    expect(await claim(peer, socket, peer.addresses)).toBe('PEERS_CLAIM_TOO_SOON')
    const other = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    expect(await claim(other, await other.connect(addressOf(hub)), other.addresses)).toEqual(other.addresses)
  })

  it.each([
    [4, 2],
    [1, 1]
  ])('is one of %i at once, and one of %i of a host', async (probes, ofHost) => {
    const hub = await start({ exchange: { target: 0, claimMs: 0, probes } })
    const silent = createServer()
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    disposeLater(() => void silent.close())
    const address = silent.address()
    const url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
    const peers = await Promise.all(Array.from({ length: ofHost + 1 }, () => startPlain()))
    const controller = new AbortController()
    const claims: Promise<unknown>[] = []
    for (const peer of peers) {
      const socket = await peer.connect(addressOf(hub))
      const { signal } = controller
      claims.push(codeOf(peer.request(socket, 'my_addresses', { addresses: [url] }, { signal })))
    }
    expect(await claims.pop()).toBe('PEERS_BUSY')
    controller.abort()
    expect(new Set(await Promise.all(claims))).toEqual(new Set(['ERR_TRUSTP2P_REQUEST_ABORTED']))
    const [peer] = peers
    if (peer?.sockets[0] === undefined) throw new Error('the peer is gone')
    while ((await claim(peer, peer.sockets[0], [])) === 'PEERS_BUSY') await pause(5)
  })

  it.each([
    [3_600_000, true],
    [0, false]
  ])('that held is believed for freshMs %i without dialling again', async (freshMs, believed) => {
    const hub = await start({ exchange: { target: 0, claimMs: 0, freshMs }, listen: ['tcp://127.0.0.1:0'] })
    const peer = await startPlain({ listen: ['ws://127.0.0.1:0'] })
    const socket = await peer.connect(addressOf(hub))
    const { addresses } = peer
    expect(await claim(peer, socket, addresses)).toEqual(addresses)
    await peer.drivers.remove('ws')
    expect(await claim(peer, socket, addresses)).toEqual(believed ? addresses : [])
  })
})
