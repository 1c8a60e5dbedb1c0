import { P2pError } from '../../src/errors'
import type { P2pSocket } from '../../src/driver/socket'
import { Thread } from '../../src/thread/thread'
import type { ThreadManifest } from '../../src/thread/manifest-types'
import { createBench, createGate, createSocket } from './bench'

type Trace = unknown[][]

/** A class that has all hooks and writes down each call. */
function listening(trace: Trace, name: string, start?: () => Promise<void>): unknown {
  return class extends Thread {
    static override manifest: ThreadManifest = { handles: [] }

    override async start(): Promise<void> {
      await start?.()
    }

    override onSocketConnection(socket: P2pSocket): void {
      trace.push([name, 'connection', socket])
    }

    override onSocketOpen(socket: P2pSocket): void {
      trace.push([name, 'open', socket])
    }

    override onSocketClose(socket: P2pSocket): void {
      trace.push([name, 'close', socket])
    }

    override onSocketError(error: Error, socket: P2pSocket): void {
      trace.push([name, 'error', error, socket])
    }
  }
}

describe('T5 hooks', () => {
  it('are called with the socket, in name order', async () => {
    const trace: Trace = []
    const { threads } = createBench({ b: listening(trace, 'b'), a: listening(trace, 'a') })
    await threads.start()
    const [inbound, outbound] = [createSocket(), createSocket({ inbound: false })]
    const error = new P2pError('ERR_TRUSTP2P_DRIVER_SOCKET_FAILED', 'no')
    threads.socketConnected(inbound)
    threads.socketOpened(outbound)
    threads.socketFailed(error, outbound)
    threads.socketClosed(inbound)
    expect(trace.filter(([name]) => name === 'a')).toEqual([
      ['a', 'connection', inbound],
      ['a', 'open', outbound],
      ['a', 'error', error, outbound],
      ['a', 'close', inbound]
    ])
    expect(trace.map(([name]) => name)).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b'])
  })

  it('that a thread does not have are passed over, also on a class of the old style', async () => {
    class Plain {
      eventMap = { 30: { ask: () => 'yes' } }
      onSocketOpen = 'no function'
    }
    const bench = createBench({ plain: Plain })
    await bench.threads.start()
    bench.threads.socketConnected(createSocket())
    bench.threads.socketOpened(createSocket())
    expect(bench.warnings).toEqual([])
  })

  it('that throw or reject are reported with their thread, and hinder no other', async () => {
    const trace: Trace = []
    class Failing extends Thread {
      static override manifest: ThreadManifest = { handles: [] }

      override onSocketConnection(): void {
        throw new Error('thrown\nin detail')
      }

      override async onSocketClose(): Promise<void> {
        throw new Error('rejected')
      }
    }
    const bench = createBench({ a: Failing, b: listening(trace, 'b') })
    await bench.threads.start()
    const socket = createSocket()
    bench.threads.socketConnected(socket)
    bench.threads.socketClosed(socket)
    await bench.kit.clock.advanceAsync(0)
    expect(bench.warnings).toMatchObject([
      {
        code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED',
        message: 'onSocketConnection of the thread a failed: thrown',
        details: { thread: 'a', where: 'onSocketConnection' }
      },
      { message: 'onSocketClose of the thread a failed: rejected' }
    ])
    expect(bench.threads.list()[0]).toMatchObject({ name: 'a', state: 'running', failures: 2 })
    expect(trace).toHaveLength(2)
  })

  it('are not called for sockets that were open before', async () => {
    const trace: Trace = []
    const bench = createBench({ a: listening(trace, 'a') }, { enabled: [] })
    await bench.threads.start()
    const socket = createSocket()
    bench.node.sockets.push(socket)
    bench.threads.socketConnected(socket)
    await bench.threads.enable('a')
    expect(trace).toEqual([])
    bench.threads.socketClosed(socket)
    expect(trace).toEqual([['a', 'close', socket]])
  })

  it('of what happens while start() runs are called after it, in order', async () => {
    const trace: Trace = []
    const gate = createGate()
    const bench = createBench({ a: listening(trace, 'a', () => gate.opened) })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(0)
    const socket = createSocket()
    bench.threads.socketConnected(socket)
    bench.threads.socketClosed(socket)
    expect(trace).toEqual([])
    gate.open()
    await started
    expect(trace).toEqual([
      ['a', 'connection', socket],
      ['a', 'close', socket]
    ])
  })

  it('reach the old version until the switch, and the new one all that came since its start', async () => {
    const trace: Trace = []
    const gate = createGate()
    const bench = createBench({ a: listening(trace, 'old') })
    await bench.threads.start()
    bench.list.put(
      'a',
      listening(trace, 'new', () => gate.opened)
    )
    await bench.kit.clock.advanceAsync(0)
    const [before, after] = [createSocket(), createSocket()]
    bench.threads.socketConnected(before)
    expect(trace).toEqual([['old', 'connection', before]])
    gate.open()
    await bench.kit.clock.advanceAsync(0)
    bench.threads.socketConnected(after)
    expect(trace.slice(1)).toEqual([
      ['new', 'connection', before],
      ['new', 'connection', after]
    ])
  })

  it('are kept for a starting thread up to 10,000', async () => {
    const trace: Trace = []
    const gate = createGate()
    const bench = createBench({ a: listening(trace, 'a', () => gate.opened) })
    const started = bench.threads.start()
    await bench.kit.clock.advanceAsync(0)
    const socket = createSocket()
    for (let index = 0; index < 10_001; index += 1) bench.threads.socketConnected(socket)
    gate.open()
    await started
    expect(trace).toHaveLength(10_000)
    expect(bench.warnings).toMatchObject([
      { code: 'ERR_TRUSTP2P_LIMIT_THREAD_HOOKS', message: expect.stringContaining('start()') as string }
    ])
  })

  it('are called no more once the thread stops', async () => {
    const trace: Trace = []
    const bench = createBench({ a: listening(trace, 'a') })
    await bench.threads.start()
    await bench.threads.disable('a')
    bench.threads.socketConnected(createSocket())
    expect(trace).toEqual([])
  })
})
