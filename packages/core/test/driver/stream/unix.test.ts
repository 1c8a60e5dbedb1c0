import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createUnixDriver } from '../../../src/driver/stream/unix-driver'
import { LONGEST_SOCKET_PATH } from '../../../src/host/local/socket-place'
import { StreamBench } from './set-up'

let folder: string
let benches: StreamBench[]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unix-'))
  benches = []
})

afterEach(async () => {
  for (const { driver } of benches) await driver.close()
  rmSync(folder, { recursive: true, force: true })
})

function createBench(mode = '600'): StreamBench {
  const bench = new StreamBench((kit) => createUnixDriver({ kit, config: { keepAliveMs: 0, mode } }))
  benches.push(bench)
  return bench
}

/** A process that listens on a path and is killed: its socket stays behind. */
async function leaveStale(path: string): Promise<void> {
  const program = `require('net').createServer().listen(${JSON.stringify(path)}, () => console.log('listening'))`
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'exit')
}

describe('a unix socket', () => {
  it('carries frames between two drivers, whose peers are of this machine', async () => {
    const bench = createBench()
    const { address } = await bench.listen(`unix://${folder}/node.sock`)
    expect(address).toBe(`unix://${folder}/node.sock`)
    const near = await createBench().dial(address)
    const { socket, recorder } = await bench.firstAccepted()
    near.send(Buffer.from('hello'))
    await recorder.frameCount(1)
    expect(recorder.text).toEqual(['hello'])
    expect(near).toMatchObject({ host: 'localhost', peer: address })
    expect(socket).toMatchObject({ host: 'localhost', peer: 'unix:1', url: address })
  })

  it('of a process that was killed is replaced', async () => {
    await leaveStale(`${folder}/node.sock`)
    expect(existsSync(`${folder}/node.sock`)).toBe(true)
    const bench = createBench()
    const { address } = await bench.listen(`unix://${folder}/node.sock`)
    await createBench().dial(address)
    await bench.firstAccepted()
  })

  it('of a live listener is not replaced, and goes on', async () => {
    const bench = createBench()
    const { address } = await bench.listen(`unix://${folder}/node.sock`)
    await expect(createBench().listen(address)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE',
      message: expect.stringContaining(address)
    })
    await createBench().dial(address)
    await bench.firstAccepted()
  })

  it('does not take the place of a file', async () => {
    writeFileSync(`${folder}/node.sock`, 'notes')
    await expect(createBench().listen(`unix://${folder}/node.sock`)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED',
      message: expect.stringContaining('a file is there')
    })
    expect(lstatSync(`${folder}/node.sock`).isFile()).toBe(true)
  })

  it.each([
    ['600', 0o600],
    ['660', 0o660],
    ['666', 0o666]
  ])('has the mode %s from the beginning', async (mode, bits) => {
    await createBench(mode).listen(`unix://${folder}/node.sock`)
    expect(lstatSync(`${folder}/node.sock`).mode & 0o777).toBe(bits)
  })

  it('is removed when its listener closes, and not a second time', async () => {
    const first = await createBench().listen(`unix://${folder}/node.sock`)
    await first.close()
    expect(existsSync(`${folder}/node.sock`)).toBe(false)
    await createBench().listen(`unix://${folder}/node.sock`)
    await first.close()
    expect(existsSync(`${folder}/node.sock`)).toBe(true)
  })

  it('has a path of at most 100 bytes, and one more is refused by both sides', async () => {
    const code = 'ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID'
    const pathOf = (length: number) => `${folder}/${'x'.repeat(length - folder.length - 1)}`
    const longest = `unix://${pathOf(LONGEST_SOCKET_PATH)}`
    const bench = createBench()
    await bench.listen(longest)
    await createBench().dial(longest)
    await bench.firstAccepted()
    const tooLong = `unix://${pathOf(LONGEST_SOCKET_PATH + 1)}`
    await expect(bench.listen(tooLong)).rejects.toMatchObject({ code })
    await expect(bench.dial(tooLong)).rejects.toMatchObject({ code })
  })

  it('may have any letters in its path, written as in a URL', async () => {
    const bench = createBench()
    const { address } = await bench.listen(`unix://${folder}/a%20b%23%C3%A9.sock`)
    expect(address).toBe(`unix://${folder}/a%20b%23%C3%A9.sock`)
    expect(lstatSync(`${folder}/a b#é.sock`).isSocket()).toBe(true)
    await createBench().dial(address)
    await bench.firstAccepted()
  })

  it('that is missing rejects the dial', async () => {
    await expect(createBench().dial(`unix://${folder}/nobody.sock`)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED'
    })
  })
})
