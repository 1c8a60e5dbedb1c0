import { performance } from 'node:perf_hooks'
import { WebSocket } from 'ws'
import { createClient } from '../../../src/create'
import type { ControlClient } from '../../../src/host/control/control-client'
import { ControlEvent } from '../../../src/host/control/control-events'
import type { WatchedFrame } from '../../../src/host/control/watched-frame'
import type { P2pNode } from '../../../src/node'
import type { P2pSocket } from '../../../src/driver/socket'
import { SHOWN_FRAMES_PER_SECOND } from '../../../src/host/control/frame-watch'
import type { WatchBatch } from '../../../src/host/control/frame-watch'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, connectTo, startNode } from './nodes'

const THREAD = `
  module.exports = class {
    get eventMap() {
      return { 30: { ask: (_, { body }) => body, fail: () => { throw Object.assign(new Error('no'), { code: 'E_NO' }) } }, 20: { tell() {} } }
    }
  }`

let project: TemporaryProject
let node: P2pNode
let peer: P2pNode
let socket: P2pSocket

beforeEach(async () => {
  project = new TemporaryProject()
  project.thread('a.js', THREAD)
  project.thread('b.js', THREAD.replaceAll('ask', 'other').replaceAll('tell', 'whisper').replaceAll('fail', 'break'))
  node = await startNode(project.cwd)
  peer = await createClient({ cwd: new TemporaryProject().cwd, connect: node.addresses, log: { level: 'silent' } })
  socket = peer.sockets[0] as P2pSocket
  await peer.request(socket, 'ask')
})

afterEach(async () => {
  await peer.close()
  await closeAll()
  removeProjects()
})

/** All frames that a watcher was shown so far. */
class Watcher {
  readonly frames: WatchedFrame[] = []
  dropped = 0
  readonly #waiting = new Set<() => void>()

  static async start(filter: Parameters<ControlClient['watch']>[0] = {}): Promise<Watcher & { client: ControlClient }> {
    const client = await connectTo(project.cwd)
    const watcher = Object.assign(new Watcher(), { client })
    await client.watch(filter, (batch) => {
      watcher.frames.push(...batch.frames)
      watcher.dropped += batch.dropped
      for (const wake of watcher.#waiting) wake()
    })
    return watcher
  }

  more(): Promise<void> {
    return new Promise((resolve) => this.#waiting.add(resolve))
  }

  async until(count: number): Promise<string[]> {
    while (this.frames.length < count) await this.more()
    return this.frames.map(({ way, type, event, json = '', error }) =>
      [way, type, event, json, error].filter((text) => text !== undefined).join(' ')
    )
  }
}

describe('a watcher', () => {
  it('is shown what comes and leaves, decoded, in its order', async () => {
    const watcher = await Watcher.start()
    await peer.request(socket, 'ask', { a: 1 })
    peer.talk(socket, 'tell', 'x')
    await expect(peer.request(socket, 'fail')).rejects.toMatchObject({ code: 'E_NO' })
    expect(await watcher.until(5)).toEqual([
      'in REQUEST ask {"a":1}',
      'out RESPONSE ask {"a":1}',
      'in TALK tell "x"',
      'in REQUEST fail null',
      'out RESPONSE fail {"error":"no","code":"E_NO"} E_NO'
    ])
    const [first] = watcher.frames
    const [inbound] = node.sockets
    expect(first).toMatchObject({ socket: inbound?.id, peer: inbound?.peer, tag: '2' })
    expect(Math.abs(Date.now() - (first?.at ?? 0))).toBeLessThan(60_000)
  })

  it('is shown the frames of connections that come later, from the greeting on', async () => {
    const watcher = await Watcher.start({ event: 'version' })
    const cwd = new TemporaryProject().cwd
    const second = await createClient({ cwd, connect: node.addresses, log: { level: 'silent' } })
    expect((await watcher.until(2)).map((line) => line.slice(0, 16).trim())).toEqual([
      'out TALK version',
      'in TALK version'
    ])
    await second.close()
  })

  it.each([
    [{ event: 'other' }, ['in REQUEST other 2', 'out RESPONSE other 2']],
    [{ event: 'o*' }, ['in REQUEST other 2', 'out RESPONSE other 2']],
    [{ thread: 'b' }, ['in REQUEST other 2', 'out RESPONSE other 2', 'in TALK whisper 4']],
    [{ thread: 'a', event: 'ask' }, ['in REQUEST ask 1', 'out RESPONSE ask 1', 'in REQUEST ask 5']]
  ])('with the filter %j is shown those frames alone', async (filter, expected) => {
    const watcher = await Watcher.start(filter)
    await peer.request(socket, 'ask', 1)
    await peer.request(socket, 'other', 2)
    peer.talk(socket, 'tell', 3)
    peer.talk(socket, 'whisper', 4)
    await peer.request(socket, 'ask', 5)
    await peer.request(socket, 'unknown').catch(() => undefined)
    expect((await watcher.until(expected.length)).slice(0, expected.length)).toEqual(expected)
  })

  it('with the id or the peer of a socket as filter is shown those of that one alone', async () => {
    const [inbound] = node.sockets
    const cwd = new TemporaryProject().cwd
    const second = await createClient({ cwd, connect: node.addresses, log: { level: 'silent' } })
    for (const name of [inbound?.id, inbound?.peer]) {
      const watcher = await Watcher.start({ socket: String(name) })
      await second.request(second.sockets[0] as P2pSocket, 'ask', 'second')
      await peer.request(socket, 'ask', 'first')
      expect(await watcher.until(2)).toEqual(['in REQUEST ask "first"', 'out RESPONSE ask "first"'])
    }
    await second.close()
  })

  it('with a URL as filter is shown those of every socket that has it, and of no other', async () => {
    const [inbound] = node.sockets
    const other = await startNode(project.cwd, { name: 'other' })
    const [url = ''] = other.addresses
    await node.connect(url)
    const [at, out] = [await Watcher.start({ socket: String(inbound?.url) }), await Watcher.start({ socket: url })]
    await peer.request(socket, 'ask', 'in')
    await node.request(node.sockets[1] as P2pSocket, 'ask', 'out').catch(() => undefined)
    expect(await at.until(2)).toEqual(['in REQUEST ask "in"', 'out RESPONSE ask "in"'])
    expect((await out.until(2))[0]).toBe('out REQUEST ask "out"')
    expect(out.frames.map(({ peer: name }) => name)).toEqual([url, url])
    expect(at.frames).toHaveLength(2)
  })

  it('of a thread is shown what its new version handles', async () => {
    const watcher = await Watcher.start({ thread: 'a' })
    project.write('threads-available/a.js', THREAD.replaceAll('ask', 'newest'))
    await node.threads.reload('a')
    await peer.request(socket, 'newest', 1)
    expect((await watcher.until(2)).slice(0, 2)).toEqual(['in REQUEST newest 1', 'out RESPONSE newest 1'])
  })

  it('is refused where its thread or its socket is not there, or its filter is none', async () => {
    const client = await connectTo(project.cwd)
    const refused = (filter: object) => expect(client.watch(filter, () => undefined)).rejects
    await refused({ thread: 'nix' }).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND',
      message: "no thread 'nix' is enabled: there are a, b"
    })
    await refused({ socket: 's99' }).toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_INVALID' })
    for (const body of [{ event: '' }, { event: 1 }, { thread: null }, { watch: '1' }, [], 'x']) {
      const asked = client.request(ControlEvent.START_WATCH, body)
      await expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_INVALID' })
    }
  })

  it('that stops, or goes, is shown no more, and the others go on', async () => {
    const [one, other, third] = [await Watcher.start(), await Watcher.start(), await Watcher.start()]
    await one.client.unwatch()
    await one.client.unwatch()
    await third.client.close()
    await peer.request(socket, 'ask', 1)
    expect(await other.until(2)).toHaveLength(2)
    expect([one.frames, third.frames]).toEqual([[], []])
    await other.client.unwatch()
    await peer.request(socket, 'ask', 1)
    await one.client.status()
    expect(other.frames).toHaveLength(2)
  })

  it('sees no frame of a control socket', async () => {
    const watcher = await Watcher.start()
    await (await connectTo(project.cwd)).status()
    await peer.request(socket, 'ask', 1)
    expect(await watcher.until(2)).toEqual(['in REQUEST ask 1', 'out RESPONSE ask 1'])
  })

  it('is shown a frame that is no package with the reason', async () => {
    const watcher = await Watcher.start()
    const web = new WebSocket(String(node.addresses[0]))
    await new Promise((resolve) => web.on('open', resolve))
    web.send(new Uint8Array([1, 2, 3]))
    await watcher.until(2)
    expect(watcher.frames.at(-1)).toMatchObject({
      way: 'in',
      bytes: 3,
      problem: { code: 'ERR_TRUSTP2P_WIRE_MALFORMED' }
    })
    web.terminate()
  })

  it('is told how many frames it was not shown where more than 2000 come in a second', async () => {
    const sent = SHOWN_FRAMES_PER_SECOND + 500
    const watcher = await Watcher.start({ event: 'tell' })
    // The second does not pass, however long the frames take.
    const now = jest.spyOn(performance, 'now').mockReturnValue(performance.now())
    try {
      for (let number = 0; number < sent; number++) peer.talk(socket, 'tell', number)
      while (watcher.frames.length + watcher.dropped < sent) await watcher.more()
    } finally {
      now.mockRestore()
    }
    expect(watcher.frames.length + watcher.dropped).toBe(sent)
    expect(watcher.dropped).toBeGreaterThanOrEqual(500)
  })

  it('that is refused another filter goes on with the one that it has', async () => {
    const watcher = await Watcher.start({ event: 'ask' })
    const wrong: unknown[] = []
    const onWrong = (batch: unknown) => void wrong.push(batch)
    await expect(watcher.client.watch({ thread: 'nix' }, onWrong)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND'
    })
    await peer.request(socket, 'ask', 1)
    expect(await watcher.until(2)).toEqual(['in REQUEST ask 1', 'out RESPONSE ask 1'])
    expect(wrong).toEqual([])
  })

  it('with another filter is told the frames of that one, and the first hears nothing more', async () => {
    const watcher = await Watcher.start({ event: 'ask' })
    const names = new Set<string | undefined>()
    await new Promise<void>((resolve, reject) => {
      const onFrames = ({ frames }: WatchBatch) => {
        for (const { event } of frames) names.add(event)
        resolve()
      }
      watcher.client.watch({ event: 'other' }, onFrames).then(() => {
        peer.talk(socket, 'ask', 1)
        return peer.request(socket, 'other', 2)
      }, reject)
    })
    expect([...names, watcher.frames]).toEqual(['other', []])
  })

  it('begins and ends within a time or a signal of its own', async () => {
    const client = await connectTo(project.cwd)
    const signal = AbortSignal.abort()
    const aborted = { code: 'ERR_TRUSTP2P_REQUEST_ABORTED' }
    await expect(client.watch({}, () => undefined, { signal })).rejects.toMatchObject(aborted)
    await expect(client.unwatch({ signal })).rejects.toMatchObject(aborted)
  })
})
