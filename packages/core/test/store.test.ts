import { describeStore } from '@trustp2p/testing'
import { MemoryStore } from '../src/store'

describeStore({ name: 'MemoryStore', open: () => Promise.resolve(new MemoryStore()), lasts: false })

it('tells a key and a size that it refuses, with the limit', async () => {
  const store = new MemoryStore()
  const long = { key: 'a'.repeat(1025), value: undefined }
  await expect(store.write([long])).rejects.toMatchObject({
    code: 'ERR_TRUSTP2P_STORE_KEY_INVALID',
    message: expect.stringContaining('has 1025 bytes, more than 1024') as string
  })
  await expect(store.write([{ key: 'k', value: new Uint8Array(1_048_577) }])).rejects.toMatchObject({
    code: 'ERR_TRUSTP2P_STORE_TOO_LARGE',
    message: expect.stringContaining('"k", 1048577 bytes, is more than a store takes at once') as string
  })
})
