import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createThreadBench } from '@trustp2p/testing'

const THREAD = new URL('../thread-file', import.meta.url)

test('answers event-name as its contract says', async () => {
  const bench = await createThreadBench(THREAD, { time: 'virtual' })
  const peer = await bench.connect()

  // The peer speaks JSON, where a number of 64 bits is a text.
  assert.deepEqual(await peer.request('event-name', { text: 'hello' }), { count: '1', text: 'hello' })
  await assert.rejects(peer.request('event-name', { text: 5 }), { code: 'ERR_TRUSTP2P_BODY_INVALID' })

  // Rejects where the thread left a timer, a listener, a socket or the like behind.
  await bench.close()
})
