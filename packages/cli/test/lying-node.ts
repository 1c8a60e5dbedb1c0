import { chmodSync, mkdirSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { CP2pPackage, PackageType } from 'trustp2p'
import type { PackageFields } from 'trustp2p'

/** What a node is asked for, and what it has to say of it: a body, or nothing at all. */
export type Answer = (event: string, body: unknown, tell: Tell) => unknown

/** Tells the asker something that it has not asked for. */
export type Tell = (event: string, body: unknown) => void

/** Said in place of an answer: none ever comes. */
export const SILENCE = Symbol('silence')

const GREETING = {
  ...{ protocol_version: '1.0', alt: '1', encodings: [0, 1] },
  ...{ library: 'trustp2p', library_version: '0.1.0', program: 'liar', program_version: '1' }
}

const closings: (() => void)[] = []

/** Ends what pretends to be a node; call it in afterEach. */
export function endLies(): void {
  for (const close of closings.splice(0)) close()
}

/** Listens where the node of that name would, and answers what it likes. */
export async function listenAsNode(cwd: string, answer: Answer, name = 'server'): Promise<void> {
  const folder = join(cwd, '.trustp2p', name)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
  const accepted = new Set<Socket>()
  const server = createServer((socket) => {
    accepted.add(socket)
    converse(socket, answer)
  })
  closings.push(() => {
    server.close()
    for (const socket of accepted) socket.destroy()
  })
  const path = join(folder, 'control.sock')
  server.listen(path)
  await once(server, 'listening')
  chmodSync(path, 0o600)
}

function converse(socket: Socket, answer: Answer): void {
  const send = (fields: PackageFields): void => void socket.write(framed(CP2pPackage.encode(fields)))
  let received: Buffer = Buffer.alloc(0)
  socket.on('error', () => undefined)
  send({ type: PackageType.TALK, event: 'version', body: GREETING })
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk])
    for (let frame = firstFrame(received); frame !== undefined; frame = firstFrame(received)) {
      received = received.subarray(frame.end)
      const { type, event, body, tag } = CP2pPackage.decode(frame.bytes)
      if (type !== PackageType.REQUEST) continue
      const said = answer(event, body, (told, batch) => {
        setImmediate(send, { type: PackageType.TALK, event: told, body: batch })
      })
      if (said !== SILENCE) send({ type: PackageType.RESPONSE, event, body: said, tag })
    }
  })
}

/** A frame behind its length, seven bits a byte, as control sockets have it. */
function framed(bytes: Uint8Array): Buffer {
  const header: number[] = []
  let left = bytes.length
  for (; left > 0x7f; left >>>= 7) header.push((left & 0x7f) | 0x80)
  return Buffer.concat([Buffer.from([...header, left]), bytes])
}

function firstFrame(received: Uint8Array): { readonly bytes: Uint8Array; readonly end: number } | undefined {
  let length = 0
  for (const [index, byte] of received.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte >= 0x80) continue
    const end = index + 1 + length
    return end <= received.length ? { bytes: received.subarray(index + 1, end), end } : undefined
  }
  return undefined
}

const ESCAPE = '\u001b[31m\u202e\u009b\n'

/** Texts of which a client takes a few alone. */
const CHECKED = ['state', 'way', 'isolation', 'by']

/** The same value, in which each text has something in it that a terminal would obey. */
export function poisoned(value: unknown, kept = CHECKED): unknown {
  if (typeof value === 'string') return value + ESCAPE
  if (Array.isArray(value)) return value.map((one) => poisoned(one, kept))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, kept.includes(key) ? one : poisoned(one, kept)])
  )
}

/** What a terminal would obey, and this program never writes: all controls but the line feed, and what turns text. */
export const OBEYED = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

const THREAD = {
  ...{ name: 'a', state: 'running', linked: true, version: '1.2.3', isolation: 'inline', uptimeMs: 5, restarts: 1 },
  ...{ waitsFor: ['b'], times: { loadMs: 1, waitMs: 2, startMs: 3 }, path: 'threads-enabled/a.js', revision: 1 },
  ...{ handlers: 1, calls: 0, failures: 0, dropped: 0, active: 0, error: { code: 'ERR_X', message: 'no' } },
  events: [{ type: 30, event: 'ask', calls: 1, p50Ms: 1, p99Ms: 2 }]
}

/** What a node could say of itself. */
export const REPORT = {
  ...{ name: 'server', state: 'running', cwd: '/srv', version: '0.1.0', nodeVersion: 'v20.19.0' },
  ...{ pid: 1, upMs: 2, openSockets: 1, pendingRequests: 0, runningRequests: 0 },
  listen: ['ws://a:1'],
  addresses: ['ws://a:1'],
  connect: [{ url: 'ws://b:1', open: false }],
  threads: [THREAD],
  sockets: [{ id: 's1', url: 'u', peer: 'p', state: 'open', silentMs: 1, bufferedAmount: 0, inbound: true }],
  counters: { framesIn: 1, framesOut: 2, [`stray${ESCAPE}`]: 3 },
  memory: { rssBytes: 1, heapBytes: 1 }
}
