import { pathToFileURL } from 'node:url'
import { loadAll } from './loaded-project'
import type { LoadedProject } from './loaded-project'
import { removeProjects } from './temporary-project'

afterAll(removeProjects)

describe('the surroundings of an ES module', () => {
  let loaded: LoadedProject

  beforeAll(async () => {
    loaded = await loadAll(
      {
        'meta.mjs': `export const run = () => ({
  url: import.meta.url, filename: import.meta.filename, dirname: import.meta.dirname,
  resolved: [import.meta.resolve('./x.js'), import.meta.resolve('cjs'), import.meta.resolve('node:fs')],
  none: [typeof require, typeof module, typeof exports, typeof __filename, typeof __dirname, typeof this],
  strict: (function () { return this === undefined })()
})`,
        'old-names.mjs': `import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
const require = createRequire(import.meta.url)
const __filename = fileURLToPath(import.meta.url)
const __dirname = dirname(__filename)
export const run = () => [require('cjs').n, __dirname]`,
        'imports.mjs': `import whole, { n } from 'cjs'
import * as all from 'cjs'
import marked, { n as markedN } from 'marked'
import esm, { name } from 'esm'
import waits from 'waits'
import fs, { readFileSync } from 'node:fs'
import api, { answer } from 'trustp2p'
import script from './lib/script.cjs'
import markedScript from './lib/marked.cjs'
import typed, { x } from './lib/typed.ts'
import data from './lib/data.json' with { type: 'json' }
import * as own from './imports.mjs'
export { n as again } from 'cjs'
export * from './lib/esm.mjs'
export const run = () => ({
  whole: whole.n, n, all: all.default === whole, marked: [marked.default, markedN], esm, name, waits,
  fs: fs.readFileSync === readFileSync, api: api.answer, answer, script: script(), markedScript: markedScript.default,
  typed, x, data: data.a, own: Object.keys(own).sort()
})`,
        'import-only.mjs': `import only from 'import-only'
export const run = () => only`,
        'typed.ts': `import marked from 'marked'
import only from 'import-only'
export const run = () => [marked, only, typeof __dirname]`,
        'live.mjs': `import { count, increase } from './lib/live.mjs'
export const run = () => { increase(); return count }`,
        'cycle.mjs': `import { other } from './lib/cycle.mjs'
export function one() { return 1 }
export const run = () => other()`,
        'dynamic.mjs': `export const run = async () => [
  (await import('./lib/waits.mjs')).waited, (await import('./lib/typed.js')).default,
  (await Promise.all([1, 2].map(async () => (await import('./lib/once.mjs')).count()))).sort()
]`,
        'threads-available/lib/esm.mjs': 'export const star = 1',
        'threads-available/lib/live.mjs': 'export let count = 1\nexport const increase = () => { count++ }',
        'threads-available/lib/cycle.mjs': "import { one } from '../cycle.mjs'\nexport const other = () => one()",
        'threads-available/lib/script.cjs': 'module.exports = () => "script"',
        'threads-available/lib/marked.cjs': 'exports.__esModule = true; exports.default = "inner"',
        'threads-available/lib/typed.ts': 'export const x: number = 5\nexport default "typed" as string',
        'threads-available/lib/data.json': '{"a":1}',
        'threads-available/lib/waits.mjs': 'export const waited = await Promise.resolve("waited")',
        'threads-available/lib/once.mjs': 'let n = 0\nawait 0\nexport const count = () => ++n'
      },
      (project) => {
        const module = '{"type":"module","exports":"./m.js"}'
        project.installPackage('cjs', { 'package.json': '{"main":"m.js"}', 'm.js': 'exports.n = 1' })
        project.installPackage('marked', {
          'package.json': '{"main":"m.js"}',
          'm.js': 'exports.__esModule = true; exports.default = "inner"; exports.n = 2'
        })
        project.installPackage('esm', {
          'package.json': module,
          'm.js': 'export default "esm"; export const name = "n"'
        })
        project.installPackage('waits', { 'package.json': module, 'm.js': 'export default await Promise.resolve("w")' })
        project.installPackage('import-only', {
          'package.json': '{"type":"module","exports":{"import":"./m.js"}}',
          'm.js': 'export default "only"'
        })
      }
    )
  }, 60_000)

  it('have import.meta, and none of the names of CommonJS', () => {
    const file = loaded.project.path('threads-available/meta.mjs')
    expect(loaded.value('meta')).toEqual({
      url: pathToFileURL(file).href,
      filename: file,
      dirname: loaded.project.path('threads-available'),
      resolved: [
        pathToFileURL(loaded.project.path('threads-available/x.js')).href,
        pathToFileURL(loaded.project.path('node_modules/cjs/m.js')).href,
        'node:fs'
      ],
      none: Array(6).fill('undefined'),
      strict: true
    })
  })

  it('may declare require and the names of CommonJS for itself', () => {
    expect(loaded.value('old-names')).toEqual([1, loaded.project.path('threads-available')])
  })

  it('imports as in Node: the whole of CommonJS is its default, also of what was an ES module once', () => {
    expect(loaded.value('imports')).toEqual({
      whole: 1,
      n: 1,
      all: true,
      marked: ['inner', 2],
      esm: 'esm',
      name: 'n',
      waits: 'w',
      fs: true,
      api: 42,
      answer: 42,
      script: 'script',
      markedScript: 'inner',
      typed: 'typed',
      x: 5,
      data: 1,
      own: ['again', 'run', 'star']
    })
  })

  it('imports packages that export to import alone', () => {
    expect(loaded.value('import-only')).toBe('only')
  })

  it('sees CommonJS as TypeScript does where it is TypeScript that no package decides on', () => {
    expect(loaded.value('typed')).toEqual(['inner', 'only', 'string'])
  })

  it('sees exports change, also in a circle of imports', () => {
    expect([loaded.value('live'), loaded.value('cycle')]).toEqual([2, 1])
  })

  it('import() runs a local file once, and that may wait', () => {
    expect(loaded.value('dynamic')).toEqual(['waited', 'typed', [1, 2]])
  })
})
