import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { StoreChange } from 'trustp2p'
import type { TestRunner } from '../driver/runner'
import { bytesOf, failureOf, list, put } from './store-bench'
import type { StoreBench } from './store-bench'

const KEY_BYTES = 1024
const VALUE_BYTES = 1024 * 1024
const CHANGES = 10_000
const WRITE_BYTES = 16 * 1024 * 1024

const BAD_KEY = 'ERR_TRUSTP2P_STORE_KEY_INVALID'
const TOO_LARGE = 'ERR_TRUSTP2P_STORE_TOO_LARGE'

/** What is too large is refused whole. */
export function describeLimits(bench: StoreBench, { describe, it }: TestRunner): void {
  describe('limits', () => {
    it('take keys of 1,024 bytes of UTF-8, and none of 1,025', async () => {
      const store = await bench.open()
      const longest = `${'ä'.repeat(KEY_BYTES / 2 - 1)}aa`
      await put(store, { [longest]: '1' })
      strictEqual((await store.get(longest))?.length, 1)
      for (const key of [`${longest}a`, '', 'half \ud800', '\udc00 half']) {
        deepStrictEqual(
          [await failureOf(put(store, { [key]: '1' })), await failureOf(store.get(key))],
          [BAD_KEY, BAD_KEY]
        )
      }
    })

    it('take values of 1 MiB, and none of a byte more', async () => {
      const store = await bench.open()
      await store.write([{ key: 'a', value: new Uint8Array(VALUE_BYTES) }])
      strictEqual((await store.get('a'))?.length, VALUE_BYTES)
      strictEqual(await failureOf(store.write([{ key: 'a', value: new Uint8Array(VALUE_BYTES + 1) }])), TOO_LARGE)
    })

    it('take 10,000 changes at once, and not one more', async () => {
      const store = await bench.open()
      const changes = Array.from({ length: CHANGES + 1 }, (_, number) => ({ key: `k${number}`, value: bytesOf('1') }))
      strictEqual(await failureOf(store.write(changes)), TOO_LARGE)
      deepStrictEqual(await list(store), [])
      await store.write(changes.slice(1))
      strictEqual((await list(store)).length, CHANGES)
    })

    it('take 16 MiB of keys and values at once, and not a byte more', async () => {
      const store = await bench.open()
      const most = largestWrite()
      const [{ key }] = most
      strictEqual(await failureOf(store.write([...most, { key: 'z', value: undefined }])), TOO_LARGE)
      strictEqual(await store.get(key), undefined)
      await store.write(most)
      strictEqual((await store.get(key))?.length, VALUE_BYTES)
    })

    it('refuse a write whole: nothing of it is changed', async () => {
      const store = await bench.open()
      await put(store, { a: '1' })
      const before = { key: 'a', value: undefined }
      strictEqual(await failureOf(store.write([before, { key: '', value: undefined }])), BAD_KEY)
      strictEqual(await failureOf(store.write([before, { key: 'b', value: 'text' as never }])), 'TypeError')
      strictEqual(await failureOf(store.write({} as never)), 'TypeError')
      strictEqual(await failureOf(store.get(1 as never)), 'TypeError')
      deepStrictEqual(await list(store), ['a=1'])
    })

    it('refuse entries of what is no prefix, no key and no number', async () => {
      const store = await bench.open()
      strictEqual(await failureOf(list(store, 1 as never)), 'TypeError')
      strictEqual(await failureOf(list(store, '', { after: 1 as never })), 'TypeError')
      strictEqual(await failureOf(list(store, '', { limit: -1 })), 'RangeError')
      strictEqual(await failureOf(list(store, '', { limit: 0.5 })), 'RangeError')
    })
  })
}

/** Changes of 16 MiB in all: sixteen values, the last of which leaves room for the keys. */
function largestWrite(): [StoreChange, ...StoreChange[]] {
  const full = Array.from({ length: 15 }, (_, number) => ({
    key: String.fromCharCode(97 + number),
    value: new Uint8Array(VALUE_BYTES)
  }))
  const rest = { key: 'p', value: new Uint8Array(WRITE_BYTES - 15 * (VALUE_BYTES + 1) - 1) }
  return [{ key: 'a', value: new Uint8Array(VALUE_BYTES) }, ...full.slice(1), rest]
}
