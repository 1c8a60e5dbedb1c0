import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createNode } from 'trustp2p'
import { FROM_SOURCE } from './from-source'

const EXAMPLE = join(__dirname, '../examples/driver')

describe('the driver of the guide', () => {
  it('N9 passes the suite for drivers, in the runner of Node', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [...FROM_SOURCE, 'lines-driver.test.js'], {
      cwd: EXAMPLE
    })
    expect(stdout).toMatch(/^# fail 0$/m)
    expect(stdout).toMatch(/^# pass [1-9]\d+$/m)
  }, 300_000)

  it('N9 carries requests between nodes that name it in their configuration', async () => {
    const drivers = { modules: { lines: { module: './lines-driver.js' } } }
    const options = { cwd: EXAMPLE, log: { level: 'silent' }, drivers } as const
    const server = await createNode({ ...options, name: 'server', listen: ['lines://127.0.0.1:0'] })
    const client = await createNode({ ...options, name: 'client' })
    const [address = ''] = server.addresses
    const asked = client.request(await client.connect(address), 'nobody-handles-this')
    await expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    await Promise.all([client.close(), server.close()])
  })
})
