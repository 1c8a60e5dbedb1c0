import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createStoreOpener, storePackage } from '../../src/host/store-opener'
import type { StoreOpener } from '../../src/node-store'

let cwd: string

beforeEach(() => (cwd = mkdtempSync(join(tmpdir(), 'store-opener-'))))
afterEach(() => rmSync(cwd, { recursive: true, force: true }))

function write(path: string, text: string): void {
  const file = join(cwd, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

function openerOf(store: boolean | string): StoreOpener | undefined {
  return createStoreOpener({ cwd, name: 'node', store })
}

/** A store that keeps nothing, and tells where it was opened. */
const SHELF = `exports.openStore = async (folder) => ({
  get: async () => new TextEncoder().encode(folder), write: async () => {}, close: async () => {},
  async *entries() {}
})`

it('opens @trustp2p/store in the state folder of the node, for its user alone', async () => {
  const opener = openerOf(true)
  expect(opener?.package).toBe('@trustp2p/store')
  expect(await opener?.isNew?.()).toBe(true)
  const store = await opener?.open()
  expect(await opener?.isNew?.()).toBe(false)
  await store?.write([{ key: 'a', value: Uint8Array.of(1) }])
  await store?.close()
  expect(statSync(join(cwd, '.trustp2p/node/store')).mode & 0o777).toBe(0o700)
})

it('is none where store is false', () => {
  expect([openerOf(false), storePackage({ cwd, store: false })]).toEqual([undefined, undefined])
})

it('opens the store of a package of the project, which is loaded then', async () => {
  write('node_modules/shelf/index.js', SHELF)
  const opener = openerOf('shelf')
  expect(opener?.package).toBe('shelf')
  const store = await opener?.open()
  expect(new TextDecoder().decode(await store?.get('a'))).toMatch(/\/\.trustp2p\/node\/store$/)
})

it('takes a default export', async () => {
  write(
    'node_modules/shelf/index.js',
    SHELF.replace('exports.openStore', 'exports.default = {}; exports.default.openStore')
  )
  await expect(openerOf('shelf')?.open()).resolves.toBeDefined()
})

it.each([
  [
    'a package that is not there',
    'missing',
    'ERR_TRUSTP2P_STORE_NOT_FOUND',
    '"missing" of the store is not found from'
  ],
  ['one that fails while it is loaded', 'broken', 'ERR_TRUSTP2P_STORE_FAILED', 'failed while it was loaded: no luck'],
  ['one that exports no openStore', 'empty', 'ERR_TRUSTP2P_STORE_INVALID', 'exports no function openStore'],
  ['one whose openStore gives no store', 'odd', 'ERR_TRUSTP2P_STORE_INVALID', 'gave no store']
])('rejects for %s', async (_what, name, code, text) => {
  write('node_modules/broken/index.js', `throw new Error('no luck')`)
  write('node_modules/empty/index.js', `exports.open = 1`)
  write('node_modules/odd/index.js', `exports.openStore = () => ({ get() {} })`)
  await expect(openerOf(name)?.open()).rejects.toMatchObject({ code, message: expect.stringContaining(text) as string })
})
