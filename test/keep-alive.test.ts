import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'trustp2p'
import { addressOf, closeOf, QUIET } from './pair'
import { closing, createProject, disposeAll, disposeLater, once } from './project'

afterEach(disposeAll)

const PREFACE = 'trustp2p/1\n'
const UPGRADE = [
  'GET / HTTP/1.1',
  'Host: localhost',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${Buffer.alloc(16).toString('base64')}`,
  '\r\n'
].join('\r\n')

function dial(address: string): Socket {
  const url = new URL(address)
  return url.protocol === 'unix:' ? connect(url.pathname) : connect(Number(url.port), '127.0.0.1')
}

/** A folder whose path leaves room for that of a socket. */
function socketPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'keep-alive-'))
  disposeLater(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'node.sock')
}

it.each([
  ['ws', 'ws://127.0.0.1:0', UPGRADE],
  ['tcp', 'tcp://127.0.0.1:0', PREFACE],
  ['unix', 'unix:', PREFACE]
])('drivers.%s.keepAliveMs of the configuration drops a peer that answers no ping', async (key, url, hello) => {
  const listen = [url === 'unix:' ? `unix://${socketPath()}` : url]
  const off = { keepAliveMs: 0 }
  const drivers = { ws: off, tcp: off, unix: off, [key]: { keepAliveMs: 30 } }
  const server = await closing(createServer({ cwd: createProject().cwd, ...QUIET, auth: 'off', listen, drivers }))
  const opened = once(server, 'socket:connection')
  const gone = closeOf(server)
  const raw = dial(addressOf(server))
  disposeLater(() => raw.destroy())
  raw.on('error', () => undefined)
  raw.resume()
  raw.write(hello)
  await opened
  expect(await gone).toEqual([1006, ''])
  expect(server.explain()[0]).toMatchObject({ stage: 'socket', close: { by: 'nobody', code: 1006 } })
})
