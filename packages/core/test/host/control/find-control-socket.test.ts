import { once } from 'node:events'
import * as fs from 'node:fs'
import { createServer } from 'node:net'
import type { Server } from 'node:net'
import { findControlSocket } from '../../../src/host/control/find-control-socket'
import { removeProjects, TemporaryProject } from '../temporary-project'

let project: TemporaryProject
let folder: string
const servers: Server[] = []

beforeEach(() => {
  project = new TemporaryProject()
  folder = project.path('state')
  fs.mkdirSync(folder, { mode: 0o700 })
})

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
  removeProjects()
})

/** Makes a socket that its owner alone may use. */
async function makeSocket(path: string): Promise<string> {
  const server = createServer().listen(path)
  servers.push(server)
  await once(server, 'listening')
  fs.chmodSync(path, 0o600)
  return path
}

/** A link in the state folder to a socket elsewhere. */
async function linkTo(target: string): Promise<string> {
  fs.mkdirSync(project.path('run'), { mode: 0o700 })
  fs.symlinkSync(target, project.path('state/control.sock'))
  return makeSocket(project.path('run/s'))
}

const forbidden = (text: string) => ({
  code: 'ERR_TRUSTP2P_CONTROL_FORBIDDEN',
  message: expect.stringContaining(text)
})

describe('the control socket of a state folder', () => {
  it('is none where the folder, the socket, or what its link leads to is not there', async () => {
    expect(await findControlSocket(project.path('nix'))).toBeUndefined()
    expect(await findControlSocket(folder)).toBeUndefined()
    fs.symlinkSync('nowhere/control.sock', project.path('state/control.sock'))
    expect(await findControlSocket(folder)).toBeUndefined()
  })

  it('lies in it', async () => {
    const path = await makeSocket(project.path('state/control.sock'))
    expect(await findControlSocket(folder)).toBe(path)
  })

  it.each(['../run/s', 'absolute'])('lies where its link leads: %s', async (target) => {
    const path = await linkTo(target === 'absolute' ? project.path('run/s') : target)
    expect(await findControlSocket(folder)).toBe(path)
  })

  it.each([
    [0o700, true],
    [0o755, true],
    [0o777, false],
    [0o775, false],
    [0o1777, true]
  ])('behind a link is taken from a folder of mode %o: %p', async (mode, isTaken) => {
    const path = await linkTo('../run/s')
    fs.chmodSync(project.path('run'), mode)
    const finding = findControlSocket(folder)
    if (isTaken) await expect(finding).resolves.toBe(path)
    else await expect(finding).rejects.toMatchObject(forbidden('run may be used by others'))
  })

  it.each(['in the folder', 'behind a link'])('is refused where others may use it: %s', async (where) => {
    const own = project.path('state/control.sock')
    const path = where === 'in the folder' ? await makeSocket(own) : await linkTo('../run/s')
    fs.chmodSync(path, 0o620)
    await expect(findControlSocket(folder)).rejects.toMatchObject(forbidden('may be used by others (mode 620)'))
  })

  it.each([
    ['a file', 'state/file'],
    ['a folder', 'state'],
    ['a link', 'state/control.sock']
  ])('is refused where its link leads to %s', async (kind, target) => {
    project.write('state/file', '')
    fs.symlinkSync(project.path(target), project.path('state/control.sock'))
    await expect(findControlSocket(folder)).rejects.toMatchObject(forbidden(`is ${kind}, not a socket: move it away`))
  })

  it('says nothing of a node whose own switch a caller does not have', async () => {
    fs.chmodSync(await makeSocket(project.path('state/control.sock')), 0o666)
    const error: unknown = await findControlSocket(folder).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject(forbidden('control.sock may be used by others'))
    expect(String(error)).not.toContain('control: false')
  })

  const asRoot = process.geteuid?.() === 0 ? it : it.skip
  asRoot('is refused where it, or its folder, is of another user', async () => {
    const path = await linkTo('../run/s')
    fs.chownSync(project.path('run'), 54_321, 54_321)
    await expect(findControlSocket(folder)).rejects.toMatchObject(forbidden('run belongs to the user 54321'))
    fs.chownSync(project.path('run'), 0, 0)
    fs.chownSync(path, 54_321, 54_321)
    await expect(findControlSocket(folder)).rejects.toMatchObject(forbidden('s belongs to the user 54321'))
  })

  it('is refused where it cannot be looked at', async () => {
    const name = 'n'.repeat(300)
    fs.symlinkSync(`../${name}`, project.path('state/control.sock'))
    await expect(findControlSocket(folder)).rejects.toMatchObject(forbidden('cannot be looked at: ENAMETOOLONG'))
  })
})
