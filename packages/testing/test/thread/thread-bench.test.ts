import { EventEmitter } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { CP2pPackage, PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, P2pSocket } from 'trustp2p'
import { createThreadBench, ThreadLeakError } from '@trustp2p/testing'
import type { Leak, ThreadBenchOptions } from '@trustp2p/testing'

const WAYS: readonly (readonly [string, ThreadBenchOptions])[] = [
  ['in memory, virtual time', { time: 'virtual' }],
  ['in memory, real time', { time: 'real' }],
  ['over ws, virtual time', { time: 'virtual', transport: 'ws' }],
  ['over ws, real time', { time: 'real', transport: 'ws' }]
]

class Chat extends Thread<{ greeting?: string }> {
  #count = 0
  notes: string[] = []

  override get eventMap() {
    return {
      [PackageType.REQUEST]: { 'chat/send': this.onSend, 'chat/relay': this.onRelay, fail: this.onFail },
      [PackageType.TALK]: { note: (_: P2pSocket, { body }: CP2pMessage) => void this.notes.push(String(body)) }
    }
  }

  override start(): void {
    this.setInterval(() => (this.#count += 1), 1_000)
  }

  override onSocketConnection(): void {
    this.notes.push('connected')
  }

  override onSocketOpen(socket: P2pSocket): void {
    this.notes.push('open')
    this.node.talk(socket, 'hello', 'from the node')
  }

  onSend(_socket: P2pSocket, { body }: CP2pMessage): string {
    return `${this.config.greeting ?? 'hello'} ${String(body)}`
  }

  async onRelay(socket: P2pSocket, { body }: CP2pMessage): Promise<unknown> {
    return { relayed: await this.node.request(socket, 'ask', body) }
  }

  onFail(): never {
    throw Object.assign(new Error('no such room'), { code: 'ERR_CHAT_ROOM' })
  }

  count(): number {
    return this.#count
  }

  heard(more: string): string[] {
    return [...this.notes, more]
  }
}

/** What a class leaves behind that does `mischief` when it starts. */
async function leaksOf(
  mischief: (thread: Thread) => unknown,
  options: ThreadBenchOptions = {}
): Promise<readonly Leak[]> {
  class Leaky extends Thread {
    static override manifest = { handles: [] }
    override async start(): Promise<void> {
      await mischief(this)
    }
  }
  const bench = await createThreadBench(Leaky, options)
  return leaksAtClose(bench)
}

async function leaksAtClose(bench: { close(): Promise<void> }): Promise<readonly Leak[]> {
  try {
    await bench.close()
    return []
  } catch (error) {
    if (error instanceof ThreadLeakError) return error.leaks
    throw error
  }
}

describe.each(WAYS)('a bench %s', (_way, options) => {
  it('runs a thread that peers ask and tell, and that asks them', async () => {
    const bench = await createThreadBench(Chat, { ...options, config: { greeting: 'hi' } })
    const peer = await bench.connect()
    await expect(peer.request('chat/send', 'there')).resolves.toBe('hi there')
    await expect(peer.request('fail')).rejects.toMatchObject({ code: 'ERR_CHAT_ROOM', message: 'no such room' })
    await expect(peer.request('unknown')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NO_HANDLER' })
    peer.onRequest('ask', (body) => `you asked ${String(body)}`)
    await expect(peer.request('chat/relay', 7)).resolves.toEqual({ relayed: 'you asked 7' })
    peer.talk('note', 'one')
    await peer.request('chat/send', 'after the note')
    await expect(bench.thread.heard('!')).resolves.toEqual(['connected', 'one', '!'])
    expect(bench.info).toMatchObject({ name: 'thread', state: 'running', failures: 1 })
    await bench.close()
    expect(peer.isClosed).toBe(true)
  })

  it('lets the node dial a peer, which hears what the thread says', async () => {
    const bench = await createThreadBench(Chat, { ...options, name: 'chat' })
    const peer = await bench.connect({ dialledBy: 'node' })
    expect((await peer.next('hello')).body).toBe('from the node')
    await expect(bench.thread.heard('')).resolves.toEqual(['open', ''])
    await bench.close()
  })
})

describe('a bench', () => {
  it('lets virtual time go on when it is told to', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    await bench.advance(2_999)
    await expect(bench.thread.count()).resolves.toBe(2)
    await bench.advance(1)
    await expect(bench.thread.count()).resolves.toBe(3)
    expect(bench.now()).toBe(3_000)
    await bench.close()
  })

  it('rejects with the error of a thread that does not start, and leaves nothing', async () => {
    class Broken extends Thread {
      static override manifest = { handles: [] }
      override start(): never {
        throw new Error('no disk')
      }
    }
    await expect(createThreadBench(Broken)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_START_FAILED' })
    await expect(createThreadBench(class {})).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY' })
  })

  it('replaces the thread by a new version of itself', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    await bench.advance(5_000)
    await bench.reload()
    await expect(bench.thread.count()).resolves.toBe(0)
    await bench.close()
  })

  it('has the settings, the log and the warnings of its node', async () => {
    class Grumbler extends Thread {
      static override manifest = { handles: [] }
      override onSocketConnection(): never {
        this.log.info({ at: 1 }, 'a peer came')
        throw new Error('I dislike peers')
      }
    }
    const bench = await createThreadBench(Grumbler, { name: 'grumbler', node: { limits: { bodyDepth: 3 } } })
    await bench.connect()
    expect(bench.log.lines.map(({ message }) => message)).toContain('a peer came')
    expect(bench.warnings).toMatchObject([{ code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED' }])
    expect(bench.node.config.limits.bodyDepth).toBe(3)
    await bench.close()
  })

  it('closes once, however often it is told to', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    await Promise.all([bench.close(), bench.close()])
    await bench.close()
  })
})

describe('a peer of a bench', () => {
  it('keeps what it hears, gives it in order, and answers as it is told', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    const peer = await bench.connect({ dialledBy: 'node' })
    peer.onRequest('ask', () => {
      throw Object.assign(new Error('not now'), { code: 'ERR_BUSY' })
    })
    await expect(peer.request('chat/relay')).rejects.toMatchObject({ code: 'ERR_BUSY', message: 'not now' })
    expect(peer.received.map(({ event }) => event)).toEqual(['hello', 'ask'])
    expect((await peer.next()).event).toBe('hello')
    expect((await peer.next()).event).toBe('ask')
    const next = peer.next()
    await expect(peer.request('chat/relay')).rejects.toMatchObject({ code: 'ERR_BUSY' })
    expect((await next).event).toBe('ask')
    await bench.close()
  })

  it('answers pings, and sends bytes that no node would', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    const peer = await bench.connect()
    const [socket] = bench.node.sockets
    if (socket === undefined) throw new Error('there is no socket')
    await expect(bench.node.request(socket, 'ping', {}, { type: PackageType.HEARTBEAT_PING })).resolves.toEqual({
      sleep: false
    })
    peer.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'note', body: 'raw' }))
    await peer.request('chat/send')
    await expect(bench.thread.heard('')).resolves.toContain('raw')
    peer.send(new Uint8Array([0xff]))
    await expect(peer.closed).resolves.toEqual({ code: 1002, reason: 'undecodable frames' })
    expect((await peer.next()).event).toBe('ping')
    await expect(peer.next()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' })
    expect(() => peer.talk('note')).toThrow(expect.objectContaining({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' }))
    await bench.close()
  })
})

describe('the audit of a bench', () => {
  it('finds nothing where everything was taken through the thread', async () => {
    const bus = new EventEmitter()
    const leaks = await leaksOf(
      (thread) => {
        const own = thread as unknown as {
          setInterval(callback: () => void, ms: number): void
          on(...values: unknown[]): void
        }
        own.setInterval(() => undefined, 10)
        own.on(bus, 'tick', () => undefined)
      },
      { emitters: { bus } }
    )
    expect(leaks).toEqual([])
  })

  it('names a timer of the platform, with the place that set it, also after a wait', async () => {
    const handles: NodeJS.Timeout[] = []
    const leaks = await leaksOf(async () => {
      await wait(1)
      handles.push(setTimeout(() => undefined, 60_000))
    })
    handles.forEach(clearTimeout)
    expect(leaks).toEqual([
      {
        kind: 'timer',
        text: 'a timer that runs',
        place: expect.stringMatching(/thread-bench\.test\.ts:\d+:\d+$/) as string
      }
    ])
  })

  it('blames no thread for the timers of the test', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    const peer = await bench.connect()
    await peer.request('chat/send')
    const handle = setTimeout(() => undefined, 60_000)
    await expect(leaksAtClose(bench)).resolves.toEqual([])
    clearTimeout(handle)
  })

  it('names a server and what is left of its connections', async () => {
    const servers: ReturnType<typeof createServer>[] = []
    const leaks = await leaksOf(
      () =>
        new Promise<void>((resolve) => {
          const server = createServer()
          servers.push(server)
          server.listen(0, '127.0.0.1', resolve)
        })
    )
    for (const server of servers) server.close()
    expect(leaks.map(({ kind }) => kind)).toEqual(['server'])
  })

  it('names listeners of the process and of emitters that it was given', async () => {
    const bus = new EventEmitter()
    const listener = (): void => undefined
    const leaks = await leaksOf(
      () => {
        process.on('SIGWINCH', listener)
        bus.once('tick', listener)
      },
      { emitters: { bus } }
    )
    process.off('SIGWINCH', listener)
    expect(leaks).toEqual([
      { kind: 'listener', text: "a listener of process 'SIGWINCH'" },
      { kind: 'listener', text: "a listener of bus 'tick'" }
    ])
  })

  it('names globals that were added, changed and removed', async () => {
    const globals = globalThis as unknown as Record<string, unknown>
    globals['oldGlobal'] = 1
    globals['goneGlobal'] = 1
    const leaks = await leaksOf(() => {
      globals['newGlobal'] = 1
      globals['oldGlobal'] = 2
      Reflect.deleteProperty(globalThis, 'goneGlobal')
    })
    for (const name of ['newGlobal', 'oldGlobal']) Reflect.deleteProperty(globalThis, name)
    expect(leaks.map(({ text }) => text).sort()).toEqual([
      'a changed global: goneGlobal',
      'a changed global: newGlobal',
      'a changed global: oldGlobal'
    ])
  })

  it('names a request that nobody answers, and a handler that does not end', async () => {
    const bench = await createThreadBench(Chat, { time: 'virtual' })
    const peer = await bench.connect()
    peer.onRequest('ask', () => new Promise(() => undefined))
    const refused = expect(peer.request('chat/relay')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_STOPPED' })
    await peer.next('ask')
    expect(await leaksAtClose(bench)).toEqual([
      { kind: 'request', text: "a request 'ask' without an answer" },
      { kind: 'handler', text: "a handler of 'chat/relay' that does not end" }
    ])
    await refused
  })

  it('names an effect that cannot be undone, and a stop() that fails or hangs', async () => {
    const effect = (thread: Thread, dispose: () => unknown): void => {
      ;(thread as unknown as { effect(run: () => unknown): void }).effect(() => dispose)
    }
    const throwing = await leaksOf((thread) => effect(thread, () => Promise.reject(new Error('busy'))), {
      time: 'virtual'
    })
    expect(throwing).toMatchObject([{ kind: 'scope', text: expect.stringContaining('busy') as string }])
    const hanging = await leaksOf((thread) => effect(thread, () => new Promise(() => undefined)), { time: 'virtual' })
    expect(hanging).toMatchObject([{ kind: 'scope', text: expect.stringContaining('stopTimeoutMs') as string }])
  })

  it('lets pass what it is told to', async () => {
    class Leaky extends Thread {
      static override manifest = { handles: [] }
      override start(): void {
        process.on('SIGWINCH', onResize)
      }
    }
    const onResize = (): void => undefined
    const bench = await createThreadBench(Leaky)
    await bench.close({ ignore: ['listener'] })
    process.off('SIGWINCH', onResize)
  })

  it('throws an error that recognises itself by its code and shows every leak', async () => {
    const error = new ThreadLeakError('chat', [
      { kind: 'timer', text: 'a timer that runs', place: 'chat.mjs:1:2' },
      { kind: 'listener', text: "a listener of process 'exit'" }
    ])
    expect(error.code).toBe('ERR_THREAD_LEAKED')
    expect(error.message).toBe(
      "the thread chat left behind:\n- a timer that runs (chat.mjs:1:2)\n- a listener of process 'exit'"
    )
    await Promise.resolve()
  })
})
