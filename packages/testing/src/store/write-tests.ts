import { deepStrictEqual, strictEqual } from 'node:assert/strict'
import type { TestRunner } from '../driver/runner'
import { bytesOf, failureOf, list, put, textOf } from './store-bench'
import type { StoreBench } from './store-bench'

/** What is written is there. */
export function describeWrites(bench: StoreBench, { describe, it }: TestRunner): void {
  describe('writes', () => {
    it('put, replace and remove values, and leave the others', async () => {
      const store = await bench.open()
      await put(store, { a: '1', b: '2', c: '3' })
      await store.write([
        { key: 'a', value: bytesOf('4') },
        { key: 'b', value: undefined },
        { key: 'never', value: undefined }
      ])
      deepStrictEqual([textOf(await store.get('a')), await store.get('b')], ['4', undefined])
      deepStrictEqual(await list(store), ['a=4', 'c=3'])
    })

    it('take any bytes, and none', async () => {
      const store = await bench.open()
      const every = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      await store.write([
        { key: 'every', value: every },
        { key: 'none', value: new Uint8Array() }
      ])
      deepStrictEqual([...((await store.get('every')) ?? [])], [...every])
      strictEqual((await store.get('none'))?.length, 0)
    })

    it('are made in their order: the last change of a key counts', async () => {
      const store = await bench.open()
      await store.write(['1', undefined, '2'].map((text) => ({ key: 'a', value: text && bytesOf(text) }) as never))
      strictEqual(textOf(await store.get('a')), '2')
    })

    it('that overlap are made in the order of their calls', async () => {
      const store = await bench.open()
      await Promise.all(Array.from({ length: 50 }, (_, number) => put(store, { a: String(number) })))
      strictEqual(textOf(await store.get('a')), '49')
    })

    it('of no changes change nothing', async () => {
      const store = await bench.open()
      await store.write([])
      deepStrictEqual(await list(store), [])
    })

    it('and reads share no bytes with who asked', async () => {
      const store = await bench.open()
      const given = bytesOf('kept')
      const written = store.write([{ key: 'a', value: given }])
      given.fill(0)
      await written
      const read = await store.get('a')
      read?.fill(0)
      for await (const [, value] of store.entries('')) value.fill(0)
      strictEqual(textOf(await store.get('a')), 'kept')
    })

    it('that were asked for are made before a close ends, and none after it', async () => {
      const store = await bench.open()
      const writes = [put(store, { a: '1' }), put(store, { b: '2' })]
      await store.close()
      await Promise.all(writes)
      const late = [put(store, { c: '3' }), store.get('a'), list(store)]
      deepStrictEqual(await Promise.all(late.map(failureOf)), Array(3).fill('ERR_TRUSTP2P_STORE_CLOSED'))
      await store.close()
    })
  })
}
