import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createTestKit } from '@trustp2p/testing'
import { DRIVER_LOAD_MS, loadDriver } from '../../src/host/driver-loader'
import { createNode } from '../../src/create'

const SUPPORTS = '{ listen: true, dial: true, encryption: false, browser: false }'

/** The text of a module whose driver cannot connect, but keeps the shape of the contract. */
function moduleOf(change = '', scheme = 'pigeon'): string {
  return `exports.createDriver = (context) => ({
    name: 'pigeon', schemes: ['${scheme}'], supports: ${SUPPORTS}, context,
    listen: () => Promise.reject(new Error('no')), dial: () => Promise.reject(new Error('no')),
    close: () => Promise.resolve(), ${change}
  })`
}

const kit = createTestKit()
let cwd: string

beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'driver-loader-'))))
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function write(path: string, text: string): void {
  const file = join(cwd, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

describe('loadDriver', () => {
  it.each([
    ['./pigeon.js', './pigeon.js'],
    ['node_modules/pigeon/index.js', 'pigeon'],
    ['node_modules/@scope/pigeon/index.js', '@scope/pigeon']
  ])('finds %s from the folder of the node', async (path, module) => {
    write(path, moduleOf())
    const driver = await loadDriver({ module, config: { height: 3 } }, { kit, cwd })
    expect(driver).toMatchObject({ name: 'pigeon', context: { kit, cwd, config: { height: 3 } } })
  })

  it('takes what createDriver promises, and a default export', async () => {
    write('pigeon.js', `${moduleOf()}; exports.default = { createDriver: exports.createDriver }`)
    write(
      'other.js',
      `const { createDriver } = require('./pigeon.js')
      exports.default = { createDriver: async (context) => createDriver(context) }`
    )
    expect(await loadDriver({ module: './other.js' }, { kit, cwd })).toMatchObject({
      name: 'pigeon',
      context: { config: {} }
    })
  })

  it.each(['pigeon', './pigeon.js', '@scope/pigeon'])('rejects for %s, which is not there', async (module) => {
    await expect(loadDriver({ module }, { kit, cwd })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_NOT_FOUND',
      message: expect.stringContaining(`"${module}"`)
    })
  })

  it.each([
    ['throws as it is loaded', `throw new Error('wet feathers')`, 'wet feathers'],
    ['needs a package that is not there', `require('feathers')`, 'feathers'],
    ['is no JavaScript', 'exports.createDriver = (', 'Unexpected'],
    ['throws in createDriver', `exports.createDriver = () => { throw new Error('no corn') }`, 'no corn'],
    ['rejects in createDriver', `exports.createDriver = async () => { throw new Error('no corn') }`, 'no corn']
  ])('rejects for a module that %s, with the cause', async (_what, text, said) => {
    write('pigeon.js', text)
    await expect(loadDriver({ module: './pigeon.js' }, { kit, cwd })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_LOAD_FAILED',
      message: expect.stringContaining(said),
      cause: expect.anything()
    })
  })

  it.each([
    ['exports nothing', '', 'createDriver'],
    ['gives nothing', 'exports.createDriver = () => undefined', 'no object'],
    ['has no name', moduleOf('name: 3'), 'name'],
    ['has no schemes', moduleOf('schemes: []'), 'schemes'],
    ['has a scheme in capitals', moduleOf('', 'Pigeon'), 'scheme'],
    ['does not say what it supports', moduleOf('supports: {}'), 'supports.listen'],
    ['cannot be closed', moduleOf('close: undefined'), 'close']
  ])('rejects for a module that %s', async (_what, text, said) => {
    write('pigeon.js', text)
    await expect(loadDriver({ module: './pigeon.js' }, { kit, cwd })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_INVALID',
      message: expect.stringContaining(said)
    })
  })

  it(`gives up after ${DRIVER_LOAD_MS} ms, and not 1 ms before`, async () => {
    const slow = createTestKit()
    write('pigeon.js', 'exports.createDriver = () => new Promise(() => undefined)')
    let ended = false
    const loading = loadDriver({ module: './pigeon.js' }, { kit: slow, cwd }).finally(() => (ended = true))
    const outcome = expect(loading).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_LOAD_FAILED' })
    while (slow.clock.pending === 0) await new Promise(setImmediate)
    slow.clock.advance(DRIVER_LOAD_MS - 1)
    await new Promise(setImmediate)
    expect(ended).toBe(false)
    slow.clock.advance(1)
    await outcome
  })
})

describe('a node with drivers of others', () => {
  const options = { log: { level: 'silent' }, configFile: false } as const

  it('serves their schemes', async () => {
    write('pigeon.js', moduleOf())
    const drivers = { modules: { pigeon: { module: './pigeon.js' } } }
    const node = await createNode({ ...options, cwd, drivers })
    expect(node.drivers.list().map(({ name }) => name)).toContain('pigeon')
    await node.close()
  })

  it('does not start where two have one scheme, and closes the first', async () => {
    const marker = join(cwd, 'closed')
    write('first.js', moduleOf(`close: async () => require('fs').writeFileSync(${JSON.stringify(marker)}, '')`))
    write('second.js', moduleOf(`name: 'second'`))
    const modules = { first: { module: './first.js' }, second: { module: './second.js' } }
    await expect(createNode({ ...options, cwd, drivers: { modules } })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN'
    })
    expect(() => rmSync(marker)).not.toThrow()
  })

  it('does not start where a scheme is that of a driver of its own', async () => {
    write('pigeon.js', moduleOf('', 'tcp'))
    const drivers = { modules: { pigeon: { module: './pigeon.js' } } }
    await expect(createNode({ ...options, cwd, drivers })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN'
    })
  })

  it('N9 loads nothing that is not named', async () => {
    write('node_modules/pigeon/index.js', `throw new Error('loaded')`)
    await (await createNode({ ...options, cwd })).close()
  })

  it('does not start where a module is not named', async () => {
    const drivers = { modules: { pigeon: { module: '' } } }
    await expect(createNode({ ...options, cwd, drivers })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONFIG_INVALID'
    })
  })
})
