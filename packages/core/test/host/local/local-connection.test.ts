import { EventEmitter, once } from 'node:events'
import * as fs from 'node:fs'
import * as net from 'node:net'
import { knock } from '../../../src/host/local/knock'
import { connectLocally, LOCAL_CONNECT_MS, noConnection } from '../../../src/host/local/local-connection'
import { LONGEST_SOCKET_PATH } from '../../../src/host/local/socket-place'
import { removeProjects, TemporaryProject } from '../temporary-project'

jest.mock('node:net', () => {
  const real = jest.requireActual<typeof net>('node:net')
  return { ...real, connect: jest.fn(real.connect) }
})

let project: TemporaryProject
let server: net.Server
let path: string

beforeEach(async () => {
  project = new TemporaryProject()
  path = project.path('s')
  server = net.createServer((socket) => socket.resume()).listen(path)
  await once(server, 'listening')
})

afterEach(() => {
  server.close()
  jest.useRealTimers()
  removeProjects()
})

/** Stands for a system that does not answer whether it connects. */
function connectNever() {
  const socket = Object.assign(new EventEmitter(), { destroy: jest.fn() })
  jest.mocked(net.connect).mockReturnValueOnce(socket as unknown as net.Socket)
  return socket
}

/** Leaves a socket that refuses. */
async function killServer(): Promise<void> {
  fs.linkSync(path, `${path}.kept`)
  await new Promise((resolve) => server.close(resolve))
  fs.renameSync(`${path}.kept`, path)
}

describe('a local connection', () => {
  it('is made, and no abort or time ends it then', async () => {
    const leaver = new AbortController()
    const socket = await connectLocally(path, { signal: leaver.signal, timeoutMs: 60_000 })
    leaver.abort()
    expect([socket.destroyed, socket.listenerCount('error')]).toEqual([false, 0])
    socket.destroy()
  })

  it('is given up when its signal aborts, or has aborted', async () => {
    const leaver = new AbortController()
    const socket = connectNever()
    const connecting = connectLocally(path, { signal: leaver.signal })
    leaver.abort()
    const aborted = { code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED' }
    await expect(connecting).rejects.toMatchObject(aborted)
    expect(socket.destroy).toHaveBeenCalledTimes(1)
    await expect(connectLocally(path, { signal: leaver.signal })).rejects.toMatchObject(aborted)
  })

  it.each([[undefined, LOCAL_CONNECT_MS] as const, [70, 70] as const])(
    'with the longest wait %p is given up after %i ms',
    async (timeoutMs, waitMs) => {
      jest.useFakeTimers()
      const socket = connectNever()
      const connecting = connectLocally(path, timeoutMs === undefined ? {} : { timeoutMs })
      const failed = expect(connecting).rejects.toMatchObject({
        code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT',
        message: `${path} took no connection within ${waitMs} ms`
      })
      jest.advanceTimersByTime(waitMs - 1)
      expect(socket.destroy).not.toHaveBeenCalled()
      jest.advanceTimersByTime(1)
      await failed
      expect([socket.destroy.mock.calls.length, jest.getTimerCount()]).toEqual([1, 0])
    }
  )

  it('that fails rejects with the error of Node, which tells why nobody took it', async () => {
    const whyNot = (to: string) => connectLocally(to).then((socket) => socket.destroy() && 'connected', noConnection)
    expect(await whyNot(path)).toBe('connected')
    await killServer()
    await expect(connectLocally(path)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(await whyNot(path)).toBe('refuses')
    expect(await whyNot(project.path('nix'))).toBe('missing')
    project.write('file', '')
    expect(await whyNot(project.path('file/s'))).toBe('unknown')
  })
})

describe('a knock', () => {
  it('tells whether somebody listens', async () => {
    expect(await knock(path)).toBe('answers')
    await killServer()
    expect(await knock(path)).toBe('refuses')
    fs.unlinkSync(path)
    expect(await knock(path)).toBe('missing')
  })

  it('of what cannot be named tells that it is missing, without a look', async () => {
    jest.mocked(net.connect).mockClear()
    expect(await knock(`/${'x'.repeat(LONGEST_SOCKET_PATH)}`)).toBe('missing')
    expect(net.connect).not.toHaveBeenCalled()
  })

  it('that is not answered in time tells nothing, and an abort rejects', async () => {
    jest.useFakeTimers()
    connectNever()
    const knocking = knock(path)
    jest.advanceTimersByTime(LOCAL_CONNECT_MS)
    expect(await knocking).toBe('unknown')
    const code = 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'
    await expect(knock(path, AbortSignal.abort())).rejects.toMatchObject({ code })
  })
})
