import { runLater } from '../../src/host/file-steps'
import { readPackageFile } from '../../src/host/package-file'
import { removeProjects, TemporaryProject } from './temporary-project'

const MEBIBYTE = 1024 * 1024

afterEach(removeProjects)

it.each([
  [MEBIBYTE, 'a'],
  [MEBIBYTE + 1, undefined]
])('a package.json of %d bytes gives the name %s', async (bytes, name) => {
  const project = new TemporaryProject()
  const file = project.write('package.json', '{ "name": "a" }'.padEnd(bytes))
  expect((await runLater(readPackageFile(file)))?.name).toBe(name)
})
