import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

export interface ProxyServerOptions {
  /** `user:password` that it wants [nothing]. */
  readonly login?: string
  /** Where a name, or an address, leads [where it says]. */
  readonly resolve?: (host: string) => string
  /** Answers with this number in place of connecting. */
  readonly reply?: number
}

/** A proxy on a port of 127.0.0.1, and what it was asked for. */
export abstract class ProxyServer {
  readonly asked: string[] = []
  readonly #server: Server
  readonly #open = new Set<Socket>()

  constructor(protected readonly options: ProxyServerOptions = {}) {
    this.#server = createServer((client) => {
      this.#keep(client)
      this.serve(new Reader(client), client).catch(() => client.destroy())
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  protected abstract serve(reader: Reader, client: Socket): Promise<void>

  /** Connects, says that it did, and steps back. */
  protected async join(client: Socket, target: { host: string; port: number }, done: Uint8Array): Promise<void> {
    const { resolve = (host: string) => host } = this.options
    this.asked.push(`${target.host}:${target.port}`)
    const upstream = connect({ host: resolve(target.host), port: target.port })
    this.#keep(upstream)
    await new Promise((settle) => upstream.once('connect', settle))
    client.write(done)
    upstream.on('close', () => client.destroy())
    client.on('close', () => upstream.destroy())
    client.pipe(upstream).pipe(client)
  }

  #keep(socket: Socket): void {
    this.#open.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#open.delete(socket))
  }
}

/** SOCKS5 (RFC 1928), with users and passwords (RFC 1929). */
export class Socks5Server extends ProxyServer {
  protected async serve(reader: Reader, client: Socket): Promise<void> {
    const [, count = 0] = await reader.take(2)
    const methods = await reader.take(count)
    const { login, reply = 0 } = this.options
    const method = login === undefined ? 0 : 2
    if (!methods.includes(method)) return void client.end(Buffer.of(5, 0xff))
    client.write(Buffer.of(5, method))
    if (login !== undefined) {
      const [, userLength = 0] = await reader.take(2)
      const user = await reader.take(userLength)
      const [passwordLength = 0] = await reader.take(1)
      const password = await reader.take(passwordLength)
      const fits = `${user.toString()}:${password.toString()}` === login
      client.write(Buffer.of(1, fits ? 0 : 1))
      if (!fits) return void client.end()
    }
    const [version, command, , type] = await reader.take(4)
    if (version !== 5 || command !== 1) throw new Error('no request')
    const host = await hostOf(reader, type)
    const port = (await reader.take(2)).readUInt16BE()
    if (reply !== 0) return void client.end(Buffer.of(5, reply, 0, 1, 0, 0, 0, 0, 0, 0))
    await this.join(client, { host, port }, Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 80))
  }
}

async function hostOf(reader: Reader, type: number | undefined): Promise<string> {
  if (type === 1) return [...(await reader.take(4))].join('.')
  if (type === 4) return (await reader.take(16)).toString('hex').replace(/(.{4})(?!$)/g, '$1:')
  const [length = 0] = await reader.take(1)
  return (await reader.take(length)).toString()
}

/** CONNECT of HTTP. */
export class HttpProxyServer extends ProxyServer {
  /** What it got last. */
  head = ''

  protected async serve(reader: Reader, client: Socket): Promise<void> {
    let head = ''
    while (!head.endsWith('\r\n\r\n')) head += (await reader.take(1)).toString('latin1')
    this.head = head
    const { login, reply } = this.options
    const [, credentials = ''] = /^Proxy-Authorization: Basic (.*)\r$/m.exec(head) ?? []
    if (login !== undefined && Buffer.from(credentials, 'base64').toString() !== login) {
      return void client.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n')
    }
    if (reply !== undefined) return void client.end(`HTTP/1.1 ${reply} No\r\n\r\n`)
    const [, host = '', port = ''] = /^CONNECT \[?([^\]\s]+?)\]?:(\d+) HTTP\/1\.1\r\nHost: /.exec(head) ?? []
    await this.join(client, { host, port: Number(port) }, Buffer.from('HTTP/1.1 200 Connection established\r\n\r\n'))
  }
}

/** Reads what comes, so many bytes at a time. */
export class Reader {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  async take(length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0)
    for (;;) {
      const chunk: unknown = this.#socket.read(length)
      if (Buffer.isBuffer(chunk)) return chunk
      if (this.#socket.readableEnded || this.#socket.destroyed) throw new Error('it hung up')
      await new Promise<void>((resolve) => {
        const settle = (): void => {
          this.#socket.off('readable', settle).off('close', settle)
          resolve()
        }
        this.#socket.on('readable', settle).on('close', settle)
      })
    }
  }
}
