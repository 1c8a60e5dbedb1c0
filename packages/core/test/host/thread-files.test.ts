import * as fs from 'node:fs'
import { stateKey, typeKey } from '../../src/host/file-print'
import { FilePrints } from '../../src/host/thread-files'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

/** A wall clock that is far from the files' times, so that none counts as written a moment ago. */
const LATER = Date.now() + 3_600_000

function createPrints(wall = LATER): (key: string) => Promise<string | undefined> {
  const prints = new FilePrints({ fileBytes: 100, wall: () => wall })
  return async (key) => (await prints.begin().readAll([key])).get(key)
}

it('gives one print for one content, whatever the file went through', async () => {
  const [project, print] = [new TemporaryProject(), createPrints()]
  const file = project.write('a.js', 'one')
  const first = await print(file)
  fs.utimesSync(file, 1, 2)
  expect(await print(file)).toBe(first)
  project.replace('a.js', 'one')
  expect(await print(file)).toBe(first)
  project.write('a.js', 'two')
  expect(await print(file)).not.toBe(first)
  project.write('a.js', 'one')
  expect(await print(file)).toBe(first)
})

it('tells what is not there, too long, or no file', async () => {
  const [project, print] = [new TemporaryProject(), createPrints()]
  expect(await print(project.path('gone.js'))).toBe('absent')
  expect(await print(project.path('gone', 'deep.js'))).toBe('absent')
  expect(await print(project.write('longest.js', 'x'.repeat(100)))).not.toContain('no text')
  expect(await print(project.write('longer.js', 'x'.repeat(101)))).toContain('no text')
  expect(await print(project.cwd)).toContain('no text')
})

it('follows a link to what it points at', async () => {
  const [project, print] = [new TemporaryProject(), createPrints()]
  project.write('a.js', 'a')
  project.write('b.js', 'b')
  const link = project.link('x.js', 'a.js')
  expect(await print(link)).toBe(await print(project.path('a.js')))
  fs.unlinkSync(link)
  project.link('x.js', 'b.js')
  expect(await print(link)).toBe(await print(project.path('b.js')))
})

it('gives the type of a package, and nothing else of it', async () => {
  const [project, print] = [new TemporaryProject(), createPrints()]
  const file = project.write('package.json', '{"type":"module"}')
  expect(await print(typeKey(file))).toBe('module')
  project.write('package.json', '{"type":"module","version":"2"}')
  expect(await print(typeKey(file))).toBe('module')
  project.write('package.json', '{"version":"2"}')
  expect(await print(typeKey(file))).toBe('unsaid')
  expect(await print(typeKey(project.path('no.json')))).toBe('absent')
})

it('gives the permissions with the state', async () => {
  const [project, print] = [new TemporaryProject(), createPrints()]
  const file = project.write('a.js', 'a')
  const state = await print(stateKey(file))
  expect(await print(stateKey(file))).toBe(state)
  fs.chmodSync(file, 0o600)
  expect(await print(stateKey(file))).not.toBe(state)
})

it('reads again what was written a moment ago, though every number of it is the same', async () => {
  const project = new TemporaryProject()
  const file = project.write('a.js', 'one')
  const { mtimeMs } = fs.statSync(file)
  const fresh = createPrints(mtimeMs + 99)
  const settled = createPrints(mtimeMs + 101)
  const first = [await fresh(file), await settled(file)]
  // What is changed below the file system's grain of time looks like this: the same inode, size and times.
  const stat = fs.promises.stat
  const before = await fs.promises.stat(file, { bigint: true })
  project.write('a.js', 'two')
  const spy = jest
    .spyOn(fs.promises, 'stat')
    .mockImplementation((path, options) => (path === file ? Promise.resolve(before as never) : stat(path, options)))
  try {
    expect(await fresh(file)).not.toBe(first[0])
    expect(await settled(file)).toBe(first[1])
  } finally {
    spy.mockRestore()
  }
})
