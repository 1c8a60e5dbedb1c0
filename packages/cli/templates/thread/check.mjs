import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createThreadBench } from '@trustp2p/testing'

const THREAD = new URL('../thread-file', import.meta.url)

test('answers thread-name', async () => {
  const bench = await createThreadBench(THREAD, { time: 'virtual' })
  const peer = await bench.connect()

  assert.deepEqual(await peer.request('thread-name', 'hello'), { count: 1, body: 'hello' })
  assert.deepEqual(await peer.request('thread-name', [1]), { count: 2, body: [1] })

  // Rejects where the thread left a timer, a listener, a socket or the like behind.
  await bench.close()
})
