import { chmodSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describeStore } from '@trustp2p/testing'
import { errorCode } from 'trustp2p'
import { openStore } from '../src'
import { bytesOf, Folder, keysOf } from './folder'

describeStore({ name: '@trustp2p/store', open: openStore, lasts: true })

const folder = new Folder()

/** An error of that code which names the folder and what to do. */
function coded(code: string, name: string, remedy: string): object {
  const path = join(folder.path, name)
  return expect.objectContaining({
    code,
    message: expect.stringMatching(new RegExp(`^the store in ${path} .*${remedy}`)) as string,
    details: { folder: path },
    cause: expect.anything() as unknown
  }) as object
}

it('makes a folder, and those above it, for its user alone', async () => {
  await folder.open('a/b')
  expect(statSync(join(folder.path, 'a/b')).mode & 0o777).toBe(0o700)
})

it('refuses what is no path', async () => {
  await expect(openStore('')).rejects.toThrow(TypeError)
})

it('refuses a folder that is open, until it is closed', async () => {
  const store = await folder.open()
  await expect(folder.open()).rejects.toEqual(coded('ERR_TRUSTP2P_STORE_LOCKED', 'store', 'choose another folder'))
  await store.close()
  await folder.open()
})

it.each(['store', 'store/below'])('refuses %s where a file is in the place of a folder', async (name) => {
  writeFileSync(join(folder.path, 'store'), 'x')
  await expect(folder.open(name)).rejects.toEqual(
    coded('ERR_TRUSTP2P_STORE_FOLDER_INVALID', name, 'mend its path or its permissions')
  )
})

it('refuses a folder that cannot be read', async () => {
  await (await folder.open()).close()
  const path = join(folder.path, 'store')
  chmodSync(path, 0)
  const opened = folder.open()
  if (process.geteuid?.() === 0) await expect(opened).resolves.toBeDefined()
  else await expect(opened).rejects.toEqual(coded('ERR_TRUSTP2P_STORE_FOLDER_INVALID', 'store', 'permissions'))
  chmodSync(path, 0o700)
})

it.each(['CURRENT', 'MANIFEST'])('refuses a store whose %s is damaged', async (name) => {
  await (await folder.open()).close()
  const path = join(folder.path, 'store')
  const file = readdirSync(path).find((entry) => entry.startsWith(name)) ?? ''
  writeFileSync(join(path, file), 'damaged')
  await expect(folder.open()).rejects.toEqual(coded('ERR_TRUSTP2P_STORE_BROKEN', 'store', 'put back a copy of it'))
})

it('refuses a store that lacks a file', async () => {
  await (await folder.open()).close()
  const path = join(folder.path, 'store')
  for (const name of readdirSync(path).filter((entry) => entry.startsWith('MANIFEST'))) rmSync(join(path, name))
  await expect(folder.open()).rejects.toEqual(coded('ERR_TRUSTP2P_STORE_BROKEN', 'store', 'begin with an empty one'))
})

it('takes 64 MiB of writes that wait, and none beyond', async () => {
  const store = await folder.open()
  const value = new Uint8Array(1024 * 1024)
  const writes = Array.from({ length: 65 }, (_, number) =>
    store.write([{ key: `k${number}`, value }]).then(() => 'written', errorCode)
  )
  const outcomes = await Promise.all(writes)
  expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(63)
  expect(outcomes.slice(63)).toEqual(['ERR_TRUSTP2P_STORE_BUSY', 'ERR_TRUSTP2P_STORE_BUSY'])
  await store.write([{ key: 'later', value: bytesOf('1') }])
  expect(await keysOf(store)).toHaveLength(64)
})
