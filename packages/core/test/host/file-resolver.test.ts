import { runLater, runNow } from '../../src/host/file-steps'
import { resolveFile, resolveIndex } from '../../src/host/file-resolver'
import type { ModuleLanguage } from '../../src/host/module-format'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

async function resolve(project: TemporaryProject, path: string, importer: ModuleLanguage = 'javascript') {
  const found = runNow(resolveFile(`${project.cwd}/${path}`, importer))
  expect(await runLater(resolveFile(`${project.cwd}/${path}`, importer))).toEqual(found)
  const short = (file: string) => file.slice(project.cwd.length + 1)
  return { file: found.file && short(found.file), missed: found.missed.map(short) }
}

it('finds the file itself', async () => {
  const project = new TemporaryProject()
  project.write('x.js', '')
  expect(await resolve(project, 'x.js')).toEqual({ file: 'x.js', missed: [] })
})

it('finds a file by its name without the ending, and tells what it looked for before', async () => {
  const project = new TemporaryProject()
  project.write('x.ts', '')
  expect(await resolve(project, 'x')).toEqual({
    file: 'x.ts',
    missed: ['x', 'x.js', 'x.json', 'x.node', 'x.cjs', 'x.mjs']
  })
})

it.each([
  ['x.js', 'x.ts'],
  ['x.mjs', 'x.mts'],
  ['x.cjs', 'x.cts']
])('finds TypeScript under the name that TypeScript imports it by: %s is %s', async (written, real) => {
  const project = new TemporaryProject()
  project.write(real, '')
  expect((await resolve(project, written)).file).toBe(real)
  project.write(written, '')
  expect((await resolve(project, written)).file).toBe(written)
  expect((await resolve(project, written, 'typescript')).file).toBe(real)
})

it('prefers TypeScript for an importer in TypeScript alone', async () => {
  const project = new TemporaryProject()
  project.write('x.js', '')
  project.write('x.ts', '')
  expect((await resolve(project, 'x')).file).toBe('x.js')
  expect((await resolve(project, 'x', 'typescript')).file).toBe('x.ts')
})

it('finds the main file of a folder, else its index', async () => {
  const project = new TemporaryProject()
  project.write('index/index.js', '')
  project.write('main/package.json', '{"main":"./lib/start"}')
  project.write('main/lib/start.js', '')
  project.write('deep/package.json', '{"main":"lib"}')
  project.write('deep/lib/index.mjs', '')
  project.write('wrong/package.json', '{"main":"gone"}')
  project.write('wrong/index.ts', '')
  expect((await resolve(project, 'index')).file).toBe('index/index.js')
  expect((await resolve(project, 'main')).file).toBe('main/lib/start.js')
  expect((await resolve(project, 'deep')).file).toBe('deep/lib/index.mjs')
  expect((await resolve(project, 'wrong')).file).toBe('wrong/index.ts')
})

it('does not take the folder that it finds the file in for one that is missing', async () => {
  const project = new TemporaryProject()
  project.write('x/index.js', '')
  expect((await resolve(project, 'x')).missed).not.toContain('x')
})

it('takes a file before a folder of its name, unless a slash says which is meant', async () => {
  const project = new TemporaryProject()
  project.write('x.js', '')
  project.write('x/index.js', '')
  expect((await resolve(project, 'x')).file).toBe('x.js')
  expect((await resolve(project, 'x/')).file).toBe('x/index.js')
})

it('gives no file, and all that it looked for, where there is none', async () => {
  const project = new TemporaryProject()
  const { file, missed } = await resolve(project, 'x')
  expect(file).toBeUndefined()
  expect(missed).toContain('x.js')
  expect(missed).toContain('x.mts')
})

it('finds the index module of a thread in the order of the endings', () => {
  const project = new TemporaryProject()
  project.write('a/index.mts', '')
  expect(runNow(resolveIndex(project.path('a'))).file).toBe(project.path('a/index.mts'))
  project.write('a/index.js', '')
  expect(runNow(resolveIndex(project.path('a'))).file).toBe(project.path('a/index.js'))
  project.write('b/index.json', '')
  expect(runNow(resolveIndex(project.path('b'))).file).toBeUndefined()
})
