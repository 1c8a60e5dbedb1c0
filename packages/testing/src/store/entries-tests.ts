import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { TestRunner } from '../driver/runner'
import { failureOf, list, put } from './store-bench'
import type { StoreBench } from './store-bench'

/** By code point, which differs from UTF-16 in the last two. */
const ORDERED = ['\0', ' ', 'A', 'Z', 'a', 'aa', 'ab', 'b', 'ä', '\u{d7ff}', '\u{e000}', '\u{ffff}', '\u{10000}', '😀']

/** What is read in order. */
export function describeEntries(bench: StoreBench, { describe, it }: TestRunner): void {
  describe('entries', () => {
    it('come in the order of their keys, by code point', async () => {
      const store = await bench.open()
      await put(store, Object.fromEntries(ORDERED.toReversed().map((key) => [key, key])))
      deepStrictEqual(
        await list(store),
        ORDERED.map((key) => `${key}=${key}`)
      )
    })

    it('are those of a prefix, the key that equals it among them', async () => {
      const store = await bench.open()
      await put(store, { a: '1', 'a/': '2', 'a/b': '3', 'a/\u{10ffff}': '4', a0: '5', b: '6' })
      deepStrictEqual(await list(store, 'a/'), ['a/=2', 'a/b=3', 'a/\u{10ffff}=4'])
      deepStrictEqual(await list(store, 'c'), [])
    })

    it('begin behind a key, there or not, and end after a number of them', async () => {
      const store = await bench.open()
      await put(store, { a1: '1', a2: '2', a4: '4', b: '5' })
      deepStrictEqual(await list(store, 'a', { after: 'a1' }), ['a2=2', 'a4=4'])
      deepStrictEqual(await list(store, 'a', { after: 'a3' }), ['a4=4'])
      deepStrictEqual(await list(store, 'a', { after: 'A' }), ['a1=1', 'a2=2', 'a4=4'])
      deepStrictEqual(await list(store, 'a', { after: 'b' }), [])
      deepStrictEqual(await list(store, 'a', { limit: 2 }), ['a1=1', 'a2=2'])
      deepStrictEqual(await list(store, 'a', { limit: 0 }), [])
    })

    it('are those of the first step, whatever is written meanwhile', async () => {
      const store = await bench.open()
      await put(store, { a: '1', b: '2', c: '3' })
      const entries = store.entries('')[Symbol.asyncIterator]()
      await entries.next()
      await store.write([{ key: 'b', value: undefined }])
      await put(store, { c: 'changed', d: 'new' })
      const rest = [await entries.next(), await entries.next(), await entries.next()]
      deepStrictEqual(
        rest.map(({ done, value }) => [done === true, (value as [string, Uint8Array] | undefined)?.[0]]),
        [
          [false, 'b'],
          [false, 'c'],
          [true, undefined]
        ]
      )
    })

    it('may be left early, and fail at the next step once the store is closed', async () => {
      const store = await bench.open()
      await put(store, { a: '1', b: '2' })
      for await (const [key] of store.entries('')) {
        strictEqual(key, 'a')
        break
      }
      const entries = store.entries('')[Symbol.asyncIterator]()
      await entries.next()
      await store.close()
      strictEqual(await failureOf(entries.next()), 'ERR_TRUSTP2P_STORE_CLOSED')
    })
  })
}
