import * as fs from 'node:fs'
import { lstatMaybe } from '../../../src/host/local/lstat-maybe'
import { removeProjects, TemporaryProject } from '../temporary-project'

afterEach(removeProjects)

it('looks at a link itself, and gives nothing for what is not there', async () => {
  const project = new TemporaryProject()
  project.write('file', '')
  fs.symlinkSync('nowhere', project.path('link'))
  fs.symlinkSync('loop', project.path('loop'))
  expect((await lstatMaybe(project.path('link')))?.isSymbolicLink()).toBe(true)
  for (const path of ['nix', 'file/nix', 'loop/nix']) expect(await lstatMaybe(project.path(path))).toBeUndefined()
})

it('rejects with the error of Node for what cannot be looked at', async () => {
  const project = new TemporaryProject()
  await expect(lstatMaybe(project.path('n'.repeat(300)))).rejects.toMatchObject({ code: 'ENAMETOOLONG' })
})
