import * as fs from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { errorText } from '../../../src/errors'
import { assertOwnFolder, kindOf, makeOwnFolder, Others, strangerOf } from '../../../src/host/local/private-folder'
import { removeProjects, TemporaryProject } from '../temporary-project'

let project: TemporaryProject

beforeEach(() => {
  project = new TemporaryProject()
})

afterEach(removeProjects)

const modeOf = (path: string) => (fs.statSync(path).mode & 0o777).toString(8)

describe('a folder of this user alone', () => {
  it('is made with mode 700, and taken where it is there so', async () => {
    const path = project.path('own')
    await makeOwnFolder(path)
    await makeOwnFolder(path)
    expect(modeOf(path)).toBe('700')
  })

  it('is refused where its parent is not there, or it is not there itself', async () => {
    const path = project.path('nix/own')
    const code = 'ERR_TRUSTP2P_STATE_FOLDER_INVALID'
    const refused = (text: string) => ({ code, message: expect.stringContaining(`${path} ${text}`), details: { path } })
    await expect(makeOwnFolder(path)).rejects.toMatchObject(refused('cannot be made: ENOENT'))
    await expect(assertOwnFolder(path)).rejects.toMatchObject(refused('is not there'))
  })

  it.each([
    [0o700, Others.ANY, true],
    [0o710, Others.ANY, false],
    [0o704, Others.ANY, false],
    [0o755, Others.WRITE, true],
    [0o720, Others.WRITE, false],
    [0o702, Others.WRITE, false],
    [0o777, Others.NONE, true]
  ])('with mode %o and the forbidden bits %o is taken: %p', async (mode, forbidden, isTaken) => {
    fs.mkdirSync(project.path('own'))
    fs.chmodSync(project.path('own'), mode)
    const problem = await assertOwnFolder(project.path('own'), forbidden).catch(errorText)
    const advice = `${project.path('own')} may be used by others (mode ${mode.toString(8)}): run chmod go= ${project.path('own')}`
    expect(problem).toBe(isTaken ? undefined : advice)
    expect(modeOf(project.path('own'))).toBe(mode.toString(8))
  })

  it('is one whose owner is another user to nobody', () => {
    const user = process.geteuid?.() ?? 0
    const stats = fs.lstatSync(project.cwd)
    expect(strangerOf(Object.assign(stats, { uid: user + 1 }), Others.NONE)).toEqual({ owner: user + 1 })
  })
})

it('what lies in the way is named by its kind', async () => {
  project.write('file', '')
  fs.symlinkSync('file', project.path('link'))
  const server = createServer().listen(project.path('socket'))
  await once(server, 'listening')
  const kinds = ['file', 'link', 'socket', '.'].map((name) => kindOf(fs.lstatSync(project.path(name))))
  server.close()
  expect([...kinds, kindOf(fs.lstatSync('/dev/null'))]).toEqual([
    'a file',
    'a link',
    'a socket',
    'a folder',
    'a device or a pipe'
  ])
})
