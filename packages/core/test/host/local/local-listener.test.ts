import * as fs from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { connectLocally } from '../../../src/host/local/local-connection'
import { listenLocally } from '../../../src/host/local/local-listener'
import type { LocalListener } from '../../../src/host/local/local-listener'
import { removeProjects, TemporaryProject } from '../temporary-project'

let project: TemporaryProject
let path: string
const listeners: LocalListener[] = []
const accepted: Socket[] = []

beforeEach(() => {
  project = new TemporaryProject()
  path = project.path('s')
})

afterEach(async () => {
  for (const socket of accepted.splice(0)) socket.destroy()
  for (const listener of listeners.splice(0)) await listener.close()
  removeProjects()
})

async function listen(): Promise<LocalListener> {
  const listener = await listenLocally({
    path,
    onConnection: (socket) => accepted.push(socket),
    onError: () => undefined
  })
  listeners.push(listener)
  return listener
}

describe('a local listener', () => {
  it('takes connections on a socket of this user alone, and leaves nothing beside it', async () => {
    const listener = await listen()
    expect([listener.path, fs.readdirSync(project.cwd)]).toEqual([path, ['s']])
    expect((fs.lstatSync(path).mode & 0o777).toString(8)).toBe('600')
    const socket = await connectLocally(path)
    while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve))
    socket.destroy()
  })

  it('leaves accepted connections when it is closed, and no socket', async () => {
    const listener = await listen()
    const socket = await connectLocally(path)
    while (accepted.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await listener.close()
    expect(fs.readdirSync(project.cwd)).toEqual([])
    accepted[0]?.write('still here')
    const [bytes] = (await once(socket, 'data')) as [Buffer]
    expect(bytes.toString()).toBe('still here')
    socket.destroy()
  })

  it('removes no socket that another has made in its place', async () => {
    const listener = await listen()
    fs.unlinkSync(path)
    const other = createServer().listen(path)
    await once(other, 'listening')
    await listener.close()
    expect(fs.lstatSync(path).isSocket()).toBe(true)
    other.close()
  })

  it('takes the place of a dead socket, and not of one that answers', async () => {
    const first = await listen()
    await expect(listen()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE' })
    fs.linkSync(path, `${path}.kept`)
    await first.close()
    fs.renameSync(`${path}.kept`, path)
    expect((await listen()).path).toBe(path)
  })

  it('is refused where something else is in its place', async () => {
    project.write('s', 'mine')
    await expect(listen()).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED',
      message: expect.stringContaining('a file is there: move it away, or choose another path')
    })
    expect(fs.readFileSync(path, 'utf8')).toBe('mine')
  })
})
