import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { createIdentity, createLog, createNode, createNodeKit } from 'trustp2p'
import type { CreateOptions, ExplainRecord, P2pNode } from 'trustp2p'
import * as proofs from '../packages/core/src/identity/proof'
import { Authority } from '../packages/core/test/driver/ws/certificates'
import { codeOf } from './code-of'
import { addressOf, QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, until } from './project'
import { Relay } from './relay'

afterEach(disposeAll)

const TCP = { listen: ['tcp://127.0.0.1:0'] }
/** The neutral element: all that it signed seems right to who does not look. */
const LOW_ORDER_KEY = [1, ...new Array<number>(31).fill(0)]

function start(options: Partial<CreateOptions> = {}): Promise<P2pNode> {
  return closing(createNode({ cwd: createProject().cwd, ...QUIET, ...options }))
}

/** A TCP server that treats each connection as it is told. */
async function serveRaw(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  disposeLater(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

function recordOf(node: P2pNode, code: string): Promise<ExplainRecord> {
  return until(() => node.explain({ about: code })[0], `a record of ${code}`)
}

/** The address of a relay that alters one frame. */
async function addressOfAltering(server: P2pNode, which: { readonly from: string; readonly index: number }) {
  const relay = new Relay()
  disposeLater(() => relay.close())
  await relay.open(addressOf(server))
  relay.change = (frame, from, index) =>
    from === which.from && index === which.index
      ? [Uint8Array.from(frame, (byte, at) => (at === frame.length - 5 ? byte ^ 1 : byte))]
      : [frame]
  return relay.address
}

describe('U8 a refused peer leaves a record', () => {
  it.each<[code: string, stage: string, limit: string | undefined, options: Partial<CreateOptions>]>([
    ['ERR_TRUSTP2P_ADMIT_REFUSED', 'accept', undefined, { admit: () => false }],
    ['ERR_TRUSTP2P_ADMIT_FAILED', 'accept', undefined, { admit: () => Promise.reject(new Error('no disk')) }],
    [
      'ERR_TRUSTP2P_ADMIT_TIMEOUT',
      'accept',
      'limits.admitMs',
      { admit: () => new Promise<boolean>(() => undefined), limits: { admitMs: 20 } }
    ],
    ['ERR_TRUSTP2P_PROOF_MISSING', 'proof', undefined, { auth: 'required' }],
    ['ERR_TRUSTP2P_RULE_DENIED', 'accept', 'peers.deny', { peers: { deny: ['127.0.0.0/8'] } }]
  ])('%s, of the stage %s, with the limit %s', async (code, stage, limit, options) => {
    const server = await start({ ...TCP, ...options })
    const client = await start({ auth: 'off' })
    await codeOf(client.connect(addressOf(server)))
    const record = await recordOf(server, code)
    expect(record).toMatchObject({ stage, code, host: '127.0.0.1' })
    expect([record.limit, record.remedy === '']).toEqual([limit, false])
  })

  it('ERR_TRUSTP2P_LIMIT_ADMISSIONS, of one more than limits.pendingAdmissions', async () => {
    const admit = (): Promise<boolean> => new Promise(() => undefined)
    const server = await start({ ...TCP, admit, limits: { pendingAdmissions: 1 } })
    for (let count = 0; count < 2; count++) await codeOf((await start()).connect(addressOf(server)))
    expect(await recordOf(server, 'ERR_TRUSTP2P_LIMIT_ADMISSIONS')).toMatchObject({
      stage: 'accept',
      limit: 'limits.pendingAdmissions',
      limitValue: 1
    })
  })

  it('ERR_TRUSTP2P_PROOF_TIMEOUT, of one that says nothing', async () => {
    const server = await start({ ...TCP, auth: 'required', limits: { greetingMs: 20 } })
    const relay = new Relay()
    disposeLater(() => relay.close())
    await relay.open(addressOf(server))
    relay.change = () => []
    await codeOf((await start({ limits: { greetingMs: 20 } })).connect(relay.address))
    expect(await recordOf(server, 'ERR_TRUSTP2P_PROOF_TIMEOUT')).toMatchObject({
      stage: 'proof',
      limit: 'limits.greetingMs',
      limitValue: 20
    })
  })

  it('ERR_TRUSTP2P_PROOF_FAILED at who dialled, of a proof that was altered', async () => {
    const url = await addressOfAltering(await start(TCP), { from: 'listener', index: 1 })
    const client = await start()
    expect(await codeOf(client.connect(url))).toBe('ERR_TRUSTP2P_PROOF_FAILED')
    expect(await recordOf(client, 'ERR_TRUSTP2P_PROOF_FAILED')).toMatchObject({ stage: 'proof', url })
  })

  it('ERR_TRUSTP2P_IDENTITY_KEY_INVALID, of one whose key is of low order', async () => {
    const server = await start(TCP)
    const { writeProof } = proofs
    const written = jest.spyOn(proofs, 'writeProof').mockImplementation((identity, text) => {
      const proof = writeProof(identity, text)
      // The listener proves first who it is.
      return written.mock.calls.length === 1 ? proof : Uint8Array.from([...LOW_ORDER_KEY, ...proof.subarray(32)])
    })
    disposeLater(() => written.mockRestore())
    const client = await start()
    await codeOf(client.connect(addressOf(server)).then((socket) => client.request(socket, 'anything')))
    const record = await recordOf(server, 'ERR_TRUSTP2P_IDENTITY_KEY_INVALID')
    expect([record.stage, record.host, record.peerId]).toEqual(['proof', '127.0.0.1', undefined])
  })

  it('ERR_TRUSTP2P_PROOF_SEAL_BROKEN, of a frame that was altered', async () => {
    const server = await start(TCP)
    const client = await start()
    const socket = await client.connect(await addressOfAltering(server, { from: 'dialer', index: 2 }))
    await codeOf(client.request(socket, 'anything'))
    expect(await recordOf(server, 'ERR_TRUSTP2P_PROOF_SEAL_BROKEN')).toMatchObject({
      stage: 'socket',
      peerId: client.id,
      close: { by: 'us', code: 1002 }
    })
  })
})

describe('U8 a dial that fails leaves a record', () => {
  const { peerId } = createIdentity(createNodeKit({ log: createLog({ level: 'silent' }) }).crypto)

  it.each<[code: string, url: string, options: Partial<CreateOptions>]>([
    ['ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID', 'tcp://127.0.0.1', {}],
    ['ERR_TRUSTP2P_PROOF_OFF', `tcp://${peerId}@127.0.0.1:1`, { auth: 'off' }],
    ['ERR_TRUSTP2P_RULE_DENIED', 'tcp://127.0.0.1:1', { peers: { deny: ['127.0.0.1'] } }],
    ['ERR_TRUSTP2P_DRIVER_PROXY_FAILED', 'tcp://192.0.2.1:1', { proxy: { url: 'socks5://127.0.0.1:1' } }]
  ])('%s', async (code, url, options) => {
    const node = await start(options)
    expect(await codeOf(node.connect(url))).toBe(code)
    expect(node.explain()).toMatchObject([{ stage: 'dial', code, url }])
  })

  it.each(['ws', 'tcp'])(
    'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID over %s:// of a peer id with a letter too few',
    async (scheme) => {
      const node = await start()
      const url = `${scheme}://${String(node.id).slice(1)}@127.0.0.1:1`
      expect(await codeOf(node.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID')
      expect(node.explain()).toMatchObject([{ stage: 'dial', text: expect.stringContaining('its @ is no peer id') }])
    }
  )

  it('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT, with limits.handshakeMs', async () => {
    const url = `tcp://127.0.0.1:${await serveRaw((socket) => socket.resume())}`
    const node = await start({ limits: { handshakeMs: 20 } })
    expect(await codeOf(node.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT')
    expect(node.explain()).toMatchObject([
      {
        stage: 'dial',
        code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT',
        host: '127.0.0.1',
        url,
        limit: 'limits.handshakeMs',
        limitValue: 20
      }
    ])
  })

  it('ERR_TRUSTP2P_DRIVER_DIAL_REFUSED, with what was said', async () => {
    const url = `tcp://127.0.0.1:${await serveRaw((socket) => socket.write('220 mail.example.org ESMTP\r\n'))}`
    const node = await start()
    expect(await codeOf(node.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_DIAL_REFUSED')
    expect(node.explain()).toMatchObject([
      {
        stage: 'dial',
        code: 'ERR_TRUSTP2P_DRIVER_DIAL_REFUSED',
        text: expect.stringContaining('220 mail') as string,
        url
      }
    ])
  })

  it('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT, of what is no proxy', async () => {
    const port = await serveRaw((socket) => socket.write('220 mail.example.org ESMTP\r\n'))
    const node = await start({ proxy: { url: `socks5://127.0.0.1:${port}` } })
    expect(await codeOf(node.connect('tcp://192.0.2.1:1'))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT')
    expect(node.explain()).toMatchObject([{ stage: 'dial', code: 'ERR_TRUSTP2P_DRIVER_PROXY_UNFIT' }])
  })

  it('ERR_TRUSTP2P_NODE_SUSPENDED, of a node that has left the network', async () => {
    const node = await start()
    await node.suspend()
    const url = 'tcp://127.0.0.1:1'
    expect(await codeOf(node.connect(url))).toBe('ERR_TRUSTP2P_NODE_SUSPENDED')
    expect(node.explain()).toMatchObject([{ stage: 'dial', code: 'ERR_TRUSTP2P_NODE_SUSPENDED', url }])
  })

  it('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED, of one whose signal was aborted before', async () => {
    const node = await start()
    const url = 'tcp://127.0.0.1:1'
    const code = 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'
    expect(await codeOf(node.connect(url, { signal: AbortSignal.abort() }))).toBe(code)
    expect(node.explain()).toMatchObject([{ stage: 'dial', code, url }])
  })

  describe('over TLS', () => {
    let authority: Authority
    beforeAll(() => (authority = new Authority()))
    afterAll(() => authority.dispose())

    it.each([
      ['ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED', false, '127.0.0.1'],
      ['ERR_TRUSTP2P_DRIVER_TLS_WRONG_NAME', true, 'localhost']
    ])('%s', async (code, trusts, host) => {
      const tls = authority.issue({ names: ['IP:127.0.0.1'] })
      const server = await start({ listen: ['tls://127.0.0.1:0'], drivers: { tls } })
      const client = await start(trusts ? { drivers: { tls: { caFile: authority.caFile } } } : {})
      const url = addressOf(server).replace('127.0.0.1', host)
      expect(await codeOf(client.connect(url))).toBe(code)
      expect(client.explain()).toMatchObject([{ stage: 'dial', code, url }])
    })

    it('ERR_TRUSTP2P_DRIVER_TLS_FAILED', async () => {
      const url = `tls://127.0.0.1:${await serveRaw((socket) => socket.write('220 mail.example.org ESMTP\r\n'))}`
      const node = await start()
      expect(await codeOf(node.connect(url))).toBe('ERR_TRUSTP2P_DRIVER_TLS_FAILED')
      expect(node.explain()).toMatchObject([{ stage: 'dial', code: 'ERR_TRUSTP2P_DRIVER_TLS_FAILED', url }])
    })
  })
})
