import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'
import { CP2pPackage } from 'trustp2p'
import { disposeLater } from '../project'
import { WireClient } from './wire-client'
import { encodeBody, encodeEnvelope, Type } from './wire-codec'
import type { Envelope } from './wire-codec'

/** The code and the reason of a close. */
export type Closing = readonly [code: number, reason: string]

export interface Dialled {
  readonly client: WireClient
  readonly closed: Promise<Closing>
  /** What the client could do nothing about. */
  readonly faults: readonly unknown[]
}

/** The client that was written from the page, connected and greeted. `prepare` registers its handlers. */
export async function dialClient(url: string, prepare: (client: WireClient) => void = () => {}): Promise<Dialled> {
  const faults: unknown[] = []
  let onGreeted: () => void = () => {}
  let onClosed: (closing: Closing) => void = () => {}
  const greeted = new Promise<void>((resolve) => (onGreeted = resolve))
  const closed = new Promise<Closing>((resolve) => (onClosed = resolve))
  const client = new WireClient({
    program: 'wire-test',
    programVersion: '1.2.3',
    onGreeting: () => onGreeted(),
    onClose: (code, reason) => onClosed([code, reason]),
    onFault: (error) => faults.push(error)
  })
  prepare(client)
  disposeLater(() => client.close())
  await client.connect(url)
  await greeted
  return { client, closed, faults }
}

export interface RawPeer {
  readonly socket: WebSocket
  readonly closed: Promise<Closing>
}

/** A WebSocket that says what a test tells it, and does not greet. */
export async function dialRaw(url: string): Promise<RawPeer> {
  const socket = new WebSocket(url, { perMessageDeflate: false })
  disposeLater(() => socket.terminate())
  const closed = once(socket, 'close').then(([code, reason]): Closing => [Number(code), String(reason)])
  await once(socket, 'open')
  return { socket, closed }
}

/** A package by the codec that was written from the page: a TALK with JSON, unless `fields` say otherwise. */
export function encode(body: unknown, fields: Partial<Envelope> = {}): Uint8Array {
  const { event = 'note', tag = '', ...rest } = fields
  const head = { version: '1.0', alt: '1', type: Type.TALK, encoding: 0, error: '' }
  return encodeEnvelope({ ...head, event, body: encodeBody(body), tag, ...rest })
}

export interface Relay {
  readonly url: string
  /** What came from the side that dialled the relay. */
  readonly said: readonly CP2pPackage[]
  /** What came from the node behind it. */
  readonly heard: readonly CP2pPackage[]
}

/** Carries the messages between one client and a node, and notes them as the codec of the node reads them. */
export async function createRelay(target: string): Promise<Relay> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  disposeLater(() => server.close())
  const [said, heard]: [CP2pPackage[], CP2pPackage[]] = [[], []]
  server.on('connection', (near) => {
    const far = new WebSocket(target)
    near.pause()
    far.on('open', () => near.resume())
    carry(near, far, said)
    carry(far, near, heard)
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { url: `ws://127.0.0.1:${port}`, said, heard }
}

function carry(from: WebSocket, to: WebSocket, noted: CP2pPackage[]): void {
  disposeLater(() => from.terminate())
  from.on('message', (data: Buffer) => {
    noted.push(CP2pPackage.decode(data))
    to.send(data)
  })
  from.on('close', () => to.terminate())
}
