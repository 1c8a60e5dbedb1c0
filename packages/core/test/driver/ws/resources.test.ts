import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { FROM_SOURCE } from '../../../../../test/from-source'
import { Authority } from './certificates'

const ROOT = join(__dirname, '../../../../..')
const SOURCE = join(__dirname, '../../../src')

it.each(['ws', 'wss', 'shared'])(
  'over %s leaves no handle and no timer, however a driver is closed, and lets the process end',
  (kind) => {
    const authority = new Authority()
    const files = { ...authority.issue(), caFile: authority.caFile, reloadMs: 10_000 }
    const { stdout, stderr, status } = spawnSync(process.execPath, [...FROM_SOURCE, '-e', PROGRAM], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, SOURCE, KIND: kind, FILES: JSON.stringify(files) },
      timeout: 20_000
    })
    authority.dispose()
    expect({ stdout, stderr, status }).toEqual({ stdout: '[]\n', stderr: '', status: 0 })
  }
)

const PROGRAM = `
  const { createWsDriver } = require(process.env.SOURCE + '/driver/ws/ws-driver')
  const { createNodeKit } = require(process.env.SOURCE + '/host/kit')
  const { silentLog } = require(process.env.SOURCE + '/host/log')
  const kit = createNodeKit({ log: silentLog })
  const tls = JSON.parse(process.env.FILES)
  const config = { compression: false, path: '/', origins: [], keepAliveMs: 20_000, tls }
  const limits = { frameBytes: 1_000, sendQueueBytes: 10_000, handshakeMs: 10_000 }
  const nothing = () => undefined
  const attach = (socket) => socket.attach({ onFrame: nothing, onDrain: nothing, onError: nothing, onClose: nothing })
  const options = { limits, onWarning: nothing, onSocket: attach }

  async function round(number) {
    const server = createWsDriver({ kit, config })
    const client = createWsDriver({ kit, config })
    const program = process.env.KIND === 'shared' ? require('node:http').createServer() : undefined
    if (program) await new Promise((resolve) => program.listen(0, '127.0.0.1', resolve))
    const { address } = program
      ? server.share(program, { ...options, onListening: nothing })
      : await server.listen(process.env.KIND + '://127.0.0.1:0', options)
    const socket = await client.dial(address, options)
    attach(socket)
    const underWay = client.dial(address, options).catch(nothing)
    if (number % 3 === 0) socket.close(1000, '')
    const closes = number % 2 === 0 ? [server, client] : [client, server]
    await Promise.all(closes.map((driver) => driver.close()))
    await underWay
    if (program) await new Promise((resolve) => program.close(resolve))
  }

  async function main() {
    for (let number = 0; number < 100; number++) await round(number)
    for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
    console.log(JSON.stringify(process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|Immediate/.test(name))))
  }
  main()
`
