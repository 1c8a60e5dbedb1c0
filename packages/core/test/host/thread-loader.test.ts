import { runFixture } from './child'
import { loadAll } from './loaded-project'
import type { LoadedProject } from './loaded-project'
import { removeProjects, TemporaryProject } from './temporary-project'

afterAll(removeProjects)

describe('U3 a thread', () => {
  let loaded: LoadedProject

  beforeAll(async () => {
    loaded = await loadAll({
      'js.js': "exports.run = () => require('./lib/cjs').name",
      'cjs.cjs': "exports.run = () => require('./lib/cjs').name",
      'mjs.mjs': "import { name } from './lib/esm.mjs'\nexport const run = () => name",
      'ts.ts': "import { name } from './lib/typed.js'\nexport const run = (): string => name",
      'cts.cts': "import typed = require('./lib/typed')\nexport = { run: (): string => typed.name }",
      'mts.mts': "import { name } from './lib/typed.ts'\nexport const run = (): string => name",
      'detected.js': "import { name } from './lib/esm.mjs'\nexport const run = () => name",
      'waits.js': "const { name } = await import('./lib/esm.mjs')\nexport const run = () => name",
      'waits-ts.ts': 'const name: string = await Promise.resolve("typed")\nexport const run = () => name',
      'default.mjs': 'export default class { static run() { return "esm" } }',
      'threads-available/lib/cjs.js': 'exports.name = "cjs"',
      'threads-available/lib/esm.mjs': 'export const name = "esm"',
      'threads-available/lib/typed.ts': 'export const name: string = "typed"',
      'threads-enabled/folder-js/index.js': "exports.run = () => require('./part').name",
      'threads-enabled/folder-js/part.js': 'exports.name = "folder"',
      'threads-enabled/folder-ts/index.ts': "import { name } from './part'\nexport const run = (): string => name",
      'threads-enabled/folder-ts/part.ts': 'export const name: string = "folder"'
    })
  }, 60_000)

  it.each([
    ['js', 'cjs'],
    ['cjs', 'cjs'],
    ['mjs', 'esm'],
    ['ts', 'typed'],
    ['cts', 'typed'],
    ['mts', 'typed'],
    ['detected', 'esm'],
    ['waits', 'esm'],
    ['waits-ts', 'typed'],
    ['default', 'esm'],
    ['folder-js', 'folder'],
    ['folder-ts', 'folder']
  ])('%s runs with a local import', (name, value) => {
    expect(loaded.value(name)).toBe(value)
  })

  it('gives the exports of CommonJS, and the namespace of an ES module', () => {
    expect(loaded.report.results['js']?.exports?.keys).toEqual(['run'])
    expect(loaded.report.results['default']?.exports?.keys).toEqual(['default'])
  })
})

it('names the lines of the author in stack traces of code that runs', async () => {
  const typed = 'type A = {\n  a: 1\n}\n\nexport function run(\n  a?: A\n) {\n\n  throw new Error("here")\n}\n'
  const { report, project } = await loadAll({
    'a.ts': typed,
    'b.mjs': typed.replace(/type[^]*?\}\n/, '\n\n\n').replace('?: A', '')
  })
  for (const [name, file] of [
    ['a', 'a.ts'],
    ['b', 'b.mjs']
  ] as const) {
    const stack = report.results[name]?.exports?.failure?.stack ?? ''
    expect(stack.split('\n')[1]).toBe(`    at run (${project.path('threads-available', file)}:9:9)`)
  }
}, 60_000)

it('loads plain JavaScript without the compiler, and says nothing on standard error', async () => {
  const { report, value, stderr } = await loadAll(
    {
      'a.js': "exports.run = () => require('./lib/x').x + require('cjs').n",
      'b.cjs': "// import, export, await\nexports.run = () => 'import text'.length",
      'threads-available/lib/x.js': 'exports.x = 1'
    },
    (project) => project.installPackage('cjs', { 'index.js': 'exports.n = 1' })
  )
  expect([value('a'), value('b'), stderr]).toEqual([2, 11, ''])
  expect(report.compilerRan).toBe(false)
}, 60_000)

it('compiles at once for a require by a name that is only known at run time, as the first thing', async () => {
  const { value } = await loadAll({
    'a.js': "const name = './lib/' + 'x'\nexports.run = () => require(name).x",
    'threads-available/lib/x.ts': 'export const x: number = 5'
  })
  expect(value('a')).toBe(5)
}, 60_000)

it.each(['.js', '.mjs', '.ts'])(
  'U3 T6 reloads a %s thread with a local import and leaves nothing behind',
  async (ending) => {
    const project = new TemporaryProject()
    const { output } = await runFixture('reload-thread.ts', [project.cwd, ending, '150'], ['--expose-gc'])
    const { grown, alive } = output as { grown: number; alive: number }
    expect(alive).toBeLessThanOrEqual(5)
    expect(grown).toBeLessThan(512 << 10)
  },
  120_000
)

it('lets the event loop turn while a large thread is compiled', async () => {
  const project = new TemporaryProject()
  const lines = Array.from({ length: 20_000 }, (_, n) => `export const a${n}: number = ${n} + (${n} as number)`)
  project.thread('large.ts', lines.join('\n'))
  project.thread('small.ts', 'export const a: number = 1')
  const { output } = await runFixture('count-turns.ts', [project.cwd])
  const { turns, longestTurns } = output as { turns: number; longestTurns: number }
  expect(turns).toBeGreaterThan(longestTurns)
}, 60_000)

it('leaves no watcher, timer or thread behind when the folder is closed, also in the midst of a load', async () => {
  const project = new TemporaryProject()
  project.thread('a.ts', "import './lib/x.js'\nexport const version: number = 1")
  project.thread('b.js', 'exports.version = 1')
  project.write('threads-available/lib/x.ts', 'export const x: number = 1')
  expect((await runFixture('open-and-close.ts', [project.cwd])).output).toEqual([])
}, 60_000)
