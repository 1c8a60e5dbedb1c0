import { Thread } from '../../src/thread/thread'
import { PackageType } from '../../src/wire/package'
import { createBench } from './bench'

class Echo extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { echo: this.onEcho } }
  }

  onEcho(_socket: unknown, message: { body: unknown }): unknown {
    return message.body
  }
}

describe('a thread', () => {
  it('T2 is loaded, constructed and started once, and answers', async () => {
    const bench = createBench({ echo: Echo })
    await bench.threads.start()
    expect(bench.told).toEqual(['started echo'])
    const sent = bench.request('echo', { a: 1 })
    expect(sent.handled).toBe(true)
    expect(sent.answer).toEqual({ body: { a: 1 } })
    await bench.threads.stop()
    expect(bench.told).toEqual(['started echo', 'stopped echo'])
  })
})
