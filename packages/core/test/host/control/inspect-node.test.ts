import * as fs from 'node:fs'
import { inspectNode } from '../../../src/host/control/inspect-node'
import { killHolders, StateHolder } from '../state-holder'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, startNode } from './nodes'

let project: TemporaryProject
let folder: string

beforeEach(() => {
  project = new TemporaryProject()
  folder = project.path('.trustp2p/server')
})

afterEach(async () => {
  await closeAll()
  await killHolders()
  removeProjects()
})

const inspect = () => inspectNode({ cwd: project.cwd, name: 'server' })
const nothing = { pid: undefined, remedy: undefined, socketPath: undefined, socket: 'missing' }

describe('what the state folder of a node shows', () => {
  it('is nothing where it is not there, or is empty', async () => {
    expect(await inspect()).toEqual({ folder, hasFolder: false, ...nothing })
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    expect(await inspect()).toEqual({ folder, hasFolder: true, ...nothing })
  })

  it('is who holds it, and a socket that answers, while the node runs', async () => {
    const node = await startNode(project.cwd)
    const socketPath = project.path('.trustp2p/server/control.sock')
    expect(await inspect()).toEqual({
      folder,
      hasFolder: true,
      pid: process.pid,
      remedy: 'it starts or ends just now: try again',
      socketPath,
      socket: 'answers'
    })
    await node.close()
    expect(await inspect()).toEqual({ folder, hasFolder: true, ...nothing })
  })

  it('is a socket that refuses where the node was killed', async () => {
    const holder = await StateHolder.start(project.cwd, 'run-node.ts')
    await holder.take()
    await holder.kill()
    expect(await inspect()).toMatchObject({ hasFolder: true, pid: undefined, socket: 'refuses' })
  })

  it('is refused where the folder is no folder of this user alone', async () => {
    fs.mkdirSync(folder, { recursive: true })
    fs.chmodSync(folder, 0o755)
    await expect(inspect()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID' })
  })
})
