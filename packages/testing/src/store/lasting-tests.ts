import { deepStrictEqual } from 'node:assert/strict'
import type { TestRunner } from '../driver/runner'
import { list, put } from './store-bench'
import type { StoreBench } from './store-bench'

/** What was written is there the next time. */
export function describeLasting(bench: StoreBench, { describe, it }: TestRunner): void {
  describe('a store that lasts', () => {
    it('has what was written once it is opened again, and does not have what was removed', async () => {
      const store = await bench.open()
      await put(store, { a: '1', b: '2', ä: '3' })
      await store.write([{ key: 'b', value: undefined }])
      await store.close()
      deepStrictEqual(await list(await bench.open()), ['a=1', 'ä=3'])
    })
  })
}
