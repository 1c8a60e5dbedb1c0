import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { FROM_SOURCE } from '../../../../../test/from-source'

const ROOT = join(__dirname, '../../../../..')
const SOURCE = join(__dirname, '../../../src')

it('loads ws when a driver first listens or dials, and not when it is imported or made', () => {
  const { stdout, stderr } = spawnSync(process.execPath, [...FROM_SOURCE, '-e', PROGRAM], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, SOURCE }
  })
  expect({ stdout, stderr }).toEqual({ stdout: 'false true\n', stderr: '' })
})

const PROGRAM = `
  const { createWsDriver } = require(process.env.SOURCE + '/driver/ws/ws-driver')
  const { createNodeKit } = require(process.env.SOURCE + '/host/kit')
  const { silentLog } = require(process.env.SOURCE + '/host/log')
  const loaded = () => Object.keys(require.cache).some((file) => file.includes('/node_modules/ws/'))
  const config = { compression: false, path: '/', origins: [], keepAliveMs: 0 }
  const driver = createWsDriver({ kit: createNodeKit({ log: silentLog }), config })
  const before = loaded()
  const limits = { frameBytes: 10, sendQueueBytes: 10, handshakeMs: 1000 }
  driver.dial('ws://127.0.0.1:1', { limits }).catch(() => console.log(before, loaded()))
`
