import * as fs from 'node:fs'
import { assertFolder } from '../../src/host/assert-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

describe('a folder to act in', () => {
  it('is one that can be read, be it through a link', async () => {
    const project = new TemporaryProject()
    fs.symlinkSync('.', project.path('link'))
    await expect(assertFolder(project.cwd)).resolves.toBeUndefined()
    await expect(assertFolder(project.path('link'))).resolves.toBeUndefined()
  })

  it('is neither a file nor what is not there, and the error says what to do', async () => {
    const project = new TemporaryProject()
    project.write('file', '')
    for (const path of [project.path('file'), project.path('nix'), project.path('file/below')]) {
      await expect(assertFolder(path)).rejects.toMatchObject({
        code: 'ERR_TRUSTP2P_NODE_FOLDER_INVALID',
        message: `${path} is no folder: mend the path, or make the folder`
      })
    }
  })

  const asUser = process.geteuid?.() === 0 ? it.skip : it
  asUser('is none that cannot be read', async () => {
    const project = new TemporaryProject()
    fs.mkdirSync(project.path('closed'), { mode: 0 })
    await expect(assertFolder(project.path('closed'))).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_NODE_FOLDER_INVALID',
      message: expect.stringContaining('cannot be read: EACCES')
    })
  })
})
