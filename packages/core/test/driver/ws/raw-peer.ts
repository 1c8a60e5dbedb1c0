import { createHash } from 'node:crypto'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'

export interface RawFrame {
  readonly fin?: boolean
  /** The three reserved bits: 4 is RSV1. */
  readonly reserved?: number
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
  readonly opcode: number
  readonly masked?: boolean
  readonly payload?: Uint8Array
  /** The length that the header claims [that of the payload]. */
  readonly claimed?: number
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A peer made of a TCP connection alone, which may say what no library would. */
export class RawPeer {
  readonly socket: Socket
  /** Set where what comes is of no interest, and too much to keep. */
  discards = false
  #received = Buffer.alloc(0)
  #ended = false
  #waiting: (() => void)[] = []

  constructor(socket: Socket) {
    this.socket = socket
    socket.setNoDelay()
    socket.on('data', (chunk: Buffer) => {
      if (!this.discards) this.#received = Buffer.concat([this.#received, chunk])
      this.#wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#ended = true
      this.#wake()
    })
  }

  /** Connects to the host and port of an address. */
  static async connect(address: string): Promise<RawPeer> {
    const { hostname, port } = new URL(address)
    const socket = connect(Number(port), hostname.replace(/[[\]]/g, ''))
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    return new RawPeer(socket)
  }

  /** Connects over TLS, trusting an authority. */
  static async connectSecure(address: string, options: ConnectionOptions): Promise<RawPeer> {
    const { hostname, port } = new URL(address)
    const socket = connectTls({ host: hostname.replace(/[[\]]/g, ''), port: Number(port), ...options })
    await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
    return new RawPeer(socket)
  }

  /** Connects and completes the handshake. */
  static async open(address: string, headers: Record<string, string> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(address)
    return peer.upgrade(headers)
  }

  /** Completes the handshake. */
  async upgrade(headers: Record<string, string> = {}, path = '/'): Promise<this> {
    this.write(upgradeRequest(headers, path))
    const head = await this.head()
    if (!head.startsWith('HTTP/1.1 101 ')) throw new Error(`no upgrade: ${head}`)
    return this
  }

  get received(): Buffer {
    return this.#received
  }

  get ended(): boolean {
    return this.#ended
  }

  write(data: string | Uint8Array): void {
    this.socket.write(data)
  }

  send(frame: RawFrame): void {
    this.write(encodeRawFrame(frame))
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#ended) throw new Error('the connection ended first')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Takes the head of an HTTP message: its text up to the empty line. */
  async head(): Promise<string> {
    await this.until(() => this.#received.includes('\r\n\r\n'))
    const end = this.#received.indexOf('\r\n\r\n') + 4
    return this.take(end).toString('latin1')
  }

  /** Takes one frame of less than 64 KiB. */
  async frame(): Promise<{ readonly first: number; readonly payload: Buffer }> {
    await this.until(() => frameSize(this.#received) <= this.#received.length)
    const frame = this.take(frameSize(this.#received))
    return { first: frame[0] ?? 0, payload: unmasked(frame) }
  }

  /** Takes frames up to a close frame, and gives its code and reason. */
  async closeFrame(): Promise<readonly [code: number, reason: string]> {
    for (;;) {
      const { first, payload } = await this.frame()
      if (first !== 0x88) continue
      return [payload.readUInt16BE(0), payload.toString('utf8', 2)]
    }
  }

  /** Resolves once the other side is gone. */
  async end(): Promise<void> {
    while (!this.#ended) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Takes so many of the bytes that have come. */
  take(size: number): Buffer {
    const taken = this.#received.subarray(0, size)
    this.#received = this.#received.subarray(size)
    return taken
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** A TCP server that hands over its connections as raw peers. */
export class RawServer {
  readonly #server: Server
  readonly #peers: RawPeer[] = []

  constructor(onPeer: (peer: RawPeer) => void) {
    this.#server = createServer((socket) => {
      const peer = new RawPeer(socket)
      this.#peers.push(peer)
      onPeer(peer)
    })
  }

  /** Gives the address that it listens on. */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const peer of this.#peers) peer.socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** The answer that completes the handshake of a request. */
export function upgradeResponse(requestHead: string, headers: Record<string, string> = {}): string {
  const key = /^sec-websocket-key: (.*)$/im.exec(requestHead)?.[1]?.trim() ?? ''
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  return httpHead('HTTP/1.1 101 Switching Protocols', {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Accept': accept,
    ...headers
  })
}

export function upgradeRequest(headers: Record<string, string> = {}, path = '/'): string {
  return httpHead(`GET ${path} HTTP/1.1`, {
    Host: '127.0.0.1',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': KEY,
    ...headers
  })
}

export function encodeRawFrame({ fin = true, reserved = 0, opcode, masked = true, ...rest }: RawFrame): Buffer {
  const payload = rest.payload ?? new Uint8Array()
  const claimed = rest.claimed ?? payload.length
  const mask = masked ? 0x80 : 0
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const header = Buffer.from([first, mask | (claimed < 126 ? claimed : claimed < 65_536 ? 126 : 127)])
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([header, extendedLength(claimed), Buffer.alloc(masked ? 4 : 0), payload])
}

function extendedLength(length: number): Buffer {
  const bytes = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8)
  if (bytes.length === 2) bytes.writeUInt16BE(length)
  if (bytes.length === 8) bytes.writeBigUInt64BE(BigInt(length))
  return bytes
}

function frameSize(bytes: Buffer): number {
  if (bytes.length < 2) return Infinity
  const short = (bytes[1] ?? 0) & 0x7f
  if (short === 127) throw new Error('a frame of 64 KiB or more was not expected')
  if (short === 126 && bytes.length < 4) return Infinity
  return headerSize(bytes) + (short === 126 ? bytes.readUInt16BE(2) : short)
}

function headerSize(bytes: Buffer): number {
  const second = bytes[1] ?? 0
  return 2 + ((second & 0x7f) === 126 ? 2 : 0) + (second & 0x80 ? 4 : 0)
}

function unmasked(frame: Buffer): Buffer {
  const start = headerSize(frame)
  const payload = Buffer.from(frame.subarray(start))
  if (((frame[1] ?? 0) & 0x80) === 0) return payload
  const mask = frame.subarray(start - 4, start)
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)))
}

function httpHead(first: string, headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${first}\r\n${lines.join('')}\r\n`
}
