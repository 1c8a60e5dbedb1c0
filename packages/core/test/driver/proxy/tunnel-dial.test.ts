import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { ManualClock } from '@trustp2p/testing'
import { readProxy } from '../../../src/driver/proxy-address'
import { LONGEST_HEAD } from '../../../src/driver/proxy/http-connect'
import { LONGEST_NAME } from '../../../src/driver/proxy/socks5'
import { TunnelDial } from '../../../src/driver/proxy/tunnel-dial'
import type { P2pError } from '../../../src/errors'

const URL = 'tcp://peer.example:1107'
const LIMITS = { frameBytes: 1, sendQueueBytes: 1, handshakeMs: 100 }
const OPENED = Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 80)

interface Outcome {
  readonly error?: P2pError
  readonly raw?: Socket
}

let disposals: (() => unknown)[]
beforeEach(() => (disposals = []))
afterEach(async () => {
  for (const dispose of disposals.reverse()) await dispose()
})

/** A server that does with each connection what the test says; gives its port. */
async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  disposals.push(() => {
    for (const socket of open) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return (server.address() as AddressInfo).port
}

interface DialWith {
  readonly clock?: ManualClock
  readonly signal?: AbortSignal
  readonly host?: string
}

function dial(
  proxyText: string,
  { clock = new ManualClock(), signal, host = 'peer.example' }: DialWith = {}
): Promise<Outcome> {
  const proxy = readProxy(proxyText)
  if (proxy === undefined) throw new Error('no proxy')
  return new Promise((resolve) => {
    const options = { limits: LIMITS, ...(signal && { signal }) }
    new TunnelDial({ url: URL, host, port: 1107, proxy }, options, {
      clock,
      onFailed: (error) => resolve({ error }),
      onOpen: (raw) => {
        disposals.push(() => raw.destroy())
        resolve({ raw })
      }
    })
  })
}

/** Answers each piece that comes with the next of these; hangs up after the last. */
function answering(...answers: (Uint8Array | string)[]): (socket: Socket) => void {
  return (socket) => {
    const left = [...answers]
    socket.on('data', () => {
      const answer = left.shift()
      if (answer !== undefined) socket.write(answer)
      if (left.length === 0) socket.end()
    })
  }
}

async function codeBehind(scheme: string, ...answers: (Uint8Array | string)[]): Promise<string | undefined> {
  const { error } = await dial(`${scheme}://127.0.0.1:${await serve(answering(...answers))}`)
  return error?.code
}

describe('T20 a SOCKS5 proxy', () => {
  it('that answers byte by byte opens the way, and what the peer said already is kept', async () => {
    const port = await serve((socket) => {
      socket.once('data', () => {
        socket.write(Buffer.of(5))
        socket.write(Buffer.of(0))
        socket.once('data', () => {
          for (const byte of OPENED) socket.write(Buffer.of(byte))
          socket.write('hello')
        })
      })
    })
    const { raw } = await dial(`socks5://127.0.0.1:${port}`)
    const first = await new Promise((resolve) => raw?.once('data', resolve).resume())
    expect(String(first)).toMatch(/^h/)
  })

  it('is asked for names of 255 bytes, and of no more', async () => {
    const answers = [Buffer.of(5, 0), OPENED]
    const ask = async (host: string): Promise<string | undefined> =>
      (await dial(`socks5://127.0.0.1:${await serve(answering(...answers))}`, { host })).error?.code
    expect(await ask('n'.repeat(LONGEST_NAME))).toBeUndefined()
    expect(await ask('n'.repeat(LONGEST_NAME + 1))).toBe('ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID')
  })

  it('may tell the address that it connects from as a name', async () => {
    const name = Buffer.concat([Buffer.of(5, 0, 0, 3, 4), Buffer.from('here'), Buffer.of(0, 80)])
    expect(await codeBehind('socks5', Buffer.of(5, 0), name)).toBeUndefined()
  })

  it.each(Array.from({ length: OPENED.length }, (_, cut) => cut))(
    'whose answer ends after %i bytes has failed',
    async (cut) => {
      const code = await codeBehind('socks5', Buffer.of(5, 0), OPENED.subarray(0, cut))
      expect(code).toBe('ERR_TRUSTP2P_DRIVER_PROXY_FAILED')
    }
  )

  it.each([0, 1])('that hangs up after %i bytes of its choice has failed', async (cut) => {
    expect(await codeBehind('socks5', Buffer.of(5, 0).subarray(0, cut))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_FAILED')
  })

  it.each([
    ['of version 4', Buffer.of(4, 0)],
    ['that chooses a method which was not offered', Buffer.of(5, 1)],
    ['that chooses a password which there is none of', Buffer.of(5, 2)],
    ['that is a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n']
  ])('%s is no such proxy', async (_what, answer) => {
    expect(await codeBehind('socks5', answer)).toBe('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT')
  })

  it.each([
    ['another version', Buffer.of(4, 0, 0, 1, 0, 0, 0, 0, 0, 0)],
    ['an address of an unknown type', Buffer.of(5, 0, 0, 2, 0, 0, 0, 0, 0, 0)]
  ])('that answers with %s is no such proxy', async (_what, answer) => {
    expect(await codeBehind('socks5', Buffer.of(5, 0), answer)).toBe('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT')
  })

  it.each([
    [1, 'general SOCKS server failure'],
    [2, 'connection not allowed by ruleset'],
    [3, 'network unreachable'],
    [4, 'host unreachable'],
    [5, 'connection refused'],
    [6, 'TTL expired'],
    [7, 'command not supported'],
    [8, 'address type not supported'],
    [9, 'an unknown reply'],
    [255, 'an unknown reply']
  ])('that replies %i tells what it means: %s', async (reply, text) => {
    const port = await serve(answering(Buffer.of(5, 0), Buffer.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0)))
    const { error } = await dial(`socks5://127.0.0.1:${port}`)
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_PROXY_REFUSED', details: { reply, text } })
    expect(error?.message).toContain(`${reply} ${text}`)
  })

  it('that wants another proof, or refuses the one it got, is told of without user and password', async () => {
    const wants = await serve(answering(Buffer.of(5, 0xff)))
    expect((await dial(`socks5://127.0.0.1:${wants}`)).error?.code).toBe('ERR_TRUSTP2P_DRIVER_PROXY_LOGIN')
    const refuses = await serve(answering(Buffer.of(5, 2), Buffer.of(1, 1)))
    const { error } = await dial(`socks5://somebody:secret@127.0.0.1:${refuses}`)
    expect(error?.code).toBe('ERR_TRUSTP2P_DRIVER_PROXY_LOGIN')
    expect(JSON.stringify([error?.message, error?.details])).not.toMatch(/somebody|secret/)
  })

  it('that answers the login with another version is no such proxy', async () => {
    const port = await serve(answering(Buffer.of(5, 2), Buffer.of(5, 0)))
    const { error } = await dial(`socks5://somebody:secret@127.0.0.1:${port}`)
    expect(error?.code).toBe('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT')
  })

  it('that says nothing is given up when limits.handshakeMs is over, and not before', async () => {
    const clock = new ManualClock()
    let open: Socket | undefined
    const asked = new Promise<void>((resolve) => {
      void serve((socket) => {
        open = socket
        socket.once('data', () => resolve())
      }).then((port) => (outcome = dial(`socks5://127.0.0.1:${port}`, { clock })))
    })
    let outcome: Promise<Outcome> | undefined
    await asked
    clock.advance(99)
    expect(open?.readableEnded).toBe(false)
    const ended = new Promise((resolve) => open?.once('close', resolve))
    clock.advance(1)
    expect((await outcome)?.error?.code).toBe('ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT')
    await ended
  })

  it('is left when the dial is aborted', async () => {
    const controller = new AbortController()
    const port = await serve((socket) => socket.once('data', () => controller.abort()))
    const { error } = await dial(`socks5://127.0.0.1:${port}`, { signal: controller.signal })
    expect(error?.code).toBe('ERR_TRUSTP2P_DRIVER_DIAL_ABORTED')
  })

  it('that nobody runs has failed', async () => {
    const port = await serve(() => undefined)
    for (const dispose of disposals.splice(0)) await dispose()
    expect((await dial(`socks5://127.0.0.1:${port}`)).error?.code).toBe('ERR_TRUSTP2P_DRIVER_PROXY_FAILED')
  })
})

describe('T20 a proxy of HTTP', () => {
  const OK = 'HTTP/1.1 200 OK\r\nVia: x\r\n\r\n'

  it('opens the way with any 2xx', async () => {
    expect(await codeBehind('http', OK)).toBeUndefined()
    expect(await codeBehind('http', 'HTTP/1.0 204 \r\n\r\n')).toBeUndefined()
  })

  it.each(Array.from({ length: OK.length }, (_, cut) => cut))(
    'whose answer ends after %i bytes has failed',
    async (cut) => {
      expect(await codeBehind('http', OK.slice(0, cut))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_FAILED')
    }
  )

  it.each(['SSH-2.0-OpenSSH\r\n', 'HTTP/2 200\r\n\r\n', 'HTTP/1.1 abc\r\n\r\n', '\x05\xff\0\0\0\0\0\0'])(
    'that begins with %j is none',
    async (answer) => {
      expect(await codeBehind('http', answer)).toBe('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT')
    }
  )

  it('may answer with as many bytes as its limit, and with no more', async () => {
    const head = (length: number): string => `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(length - 24)}\r\n\r\n`
    expect(head(LONGEST_HEAD).length).toBe(LONGEST_HEAD)
    expect(await codeBehind('http', head(LONGEST_HEAD))).toBeUndefined()
    expect(await codeBehind('http', head(LONGEST_HEAD + 1))).toBe('ERR_TRUSTP2P_DRIVER_PROXY_UNFIT')
  })

  it.each([302, 403, 404, 502, 503, 504])('that answers %i did not connect', async (status) => {
    const port = await serve(answering(`HTTP/1.1 ${status} No\u001b[2J\r\n\r\n`))
    const { error } = await dial(`http://127.0.0.1:${port}`)
    expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_PROXY_REFUSED', details: { reply: status } })
    expect(error?.message).not.toContain('\u001b')
  })

  it('that answers 407 wants a user and a password', async () => {
    expect(await codeBehind('http', 'HTTP/1.1 407 Login\r\n\r\n')).toBe('ERR_TRUSTP2P_DRIVER_PROXY_LOGIN')
    const port = await serve(answering('HTTP/1.1 407 Login\r\n\r\n'))
    const { error } = await dial(`http://somebody:secret@127.0.0.1:${port}`)
    expect(error?.message).toContain('refuses the user and password')
    expect(error?.message).not.toMatch(/somebody|secret/)
  })
})
