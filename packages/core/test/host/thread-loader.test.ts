import { pathToFileURL } from 'node:url'
import { runFixture } from './child'
import { removeProjects, TemporaryProject } from './temporary-project'

/** What the fixture says of one thread. */
interface Loaded {
  readonly keys?: readonly string[]
  /** What its `run` gave. */
  readonly value?: unknown
  readonly failure?: Failure
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly stack: string
  readonly details?: unknown
}

interface Report {
  readonly results: Readonly<Record<string, { exports?: Loaded; error?: Failure }>>
  readonly warnings: readonly Failure[]
  readonly compilerRan: boolean
}

afterAll(removeProjects)

/** Loads every thread of a project in a process of its own. */
async function loadAll(
  threads: Readonly<Record<string, string>>,
  setUp: (project: TemporaryProject) => void = () => {}
) {
  const project = new TemporaryProject()
  for (const [file, text] of Object.entries(threads)) {
    if (file.includes('/')) project.write(file, text)
    else project.thread(file, text)
  }
  setUp(project)
  const { output, stderr } = await runFixture('load-threads.ts', [project.cwd])
  const report = output as Report
  const value = (name: string): unknown => {
    const result = report.results[name]
    if (result?.exports === undefined || result.exports.failure !== undefined) {
      throw new Error(`${name}: ${result?.error?.message ?? result?.exports?.failure?.stack ?? 'not there'}`)
    }
    return result.exports.value
  }
  const error = (name: string): Failure | undefined => report.results[name]?.error
  return { project, report, value, error, stderr }
}

type LoadedProject = Awaited<ReturnType<typeof loadAll>>

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

describe('the surroundings of a CommonJS thread', () => {
  let loaded: LoadedProject

  beforeAll(async () => {
    loaded = await loadAll(
      {
        'names.js': `#!/usr/bin/env node
exports.run = () => ({
  file: __filename, folder: __dirname, main: require.main === module, id: module.id, loaded: module.loaded,
  self: this === exports && module.exports === exports, resolved: require.resolve('./lib/x'), fs: require.resolve('fs'),
  api: require.resolve('trustp2p'), json: require('./lib/data.json').a, folderImport: require('./lib/').x,
  sameFs: require('fs') === require('node:fs'), paths: module.paths[0], realm: [] instanceof Array
})`,
        'api.js': `const api = require('trustp2p')
exports.run = () => [api.answer, api === require('./lib/api').api, Object.keys(api)]`,
        'timers.js': `exports.run = () => [setTimeout, clearTimeout, setInterval, clearInterval, setImmediate, clearImmediate]
  .map((timer) => timer.isScoped).concat(require('./lib/timers').scoped, globalThis.setTimeout.isScoped === undefined)`,
        'hides.js': `const { setTimeout } = require('node:timers/promises')
exports.run = () => setTimeout.isScoped === undefined`,
        'optional.js': `let code
try { require('is-not-installed') } catch (error) { code = error.code }
exports.run = () => code`,
        'optional-local.js': `let code
try { require('./is-not-there') } catch (error) { code = error.code }
exports.run = () => code`,
        'cycle.js': `exports.early = 1
const { seen } = require('./lib/cycle')
exports.run = () => seen`,
        'computed.cjs': `const [name, typed] = ['./lib/' + 'x', './lib/' + 'typed']
exports.run = () => [require(name).x, require(typed).x]`,
        'dynamic.cjs': `exports.run = async () => [
  (await import('./lib/x.js')).default.x, (await import('./lib/x.js')).x, (await import('./lib/esm.mjs')).default,
  (await import('node:fs')).default === require('fs'), (await import('cjs')).default.n, (await import('esm')).default,
  (await import('trustp2p')).answer, await import('./lib/gone.js').catch((error) => error.code),
  await import('gone').catch((error) => error.code), (await import('data:text/javascript,export default 9')).default
]`,
        'packages.js': `exports.run = () => [require('cjs').n, require('esm').default, require('@scope/sub/part').n]`,
        'esm-required.js': `exports.run = () => require('./lib/esm.mjs').default`,
        'imports.js': `exports.run = () => [require('#inner').x, require('#pkg').n]`,
        'self.js': `exports.run = () => require('the-project/x').x`,
        'threads-available/lib/x.js': 'exports.x = "x"',
        'threads-available/lib/index.js': 'exports.x = "index"',
        'threads-available/lib/typed.ts': 'export const x: string = "typed"',
        'threads-available/lib/esm.mjs': 'export default "esm"',
        'threads-available/lib/data.json': '\uFEFF{ "a": 1 }',
        'threads-available/lib/api.js': "exports.api = require('trustp2p')",
        'threads-available/lib/timers.js': 'exports.scoped = setTimeout.isScoped',
        'threads-available/lib/cycle.js': "exports.seen = Object.keys(require('../cycle'))"
      },
      (project) => {
        const imports = { '#inner': './threads-available/lib/x.js', '#pkg': 'cjs' }
        const exports = { './x': './threads-available/lib/x.js' }
        project.write('package.json', JSON.stringify({ name: 'the-project', imports, exports }))
        project.installPackage('cjs', { 'package.json': '{"main":"m.js"}', 'm.js': 'exports.n = 1' })
        project.installPackage('esm', {
          'package.json': '{"type":"module","exports":"./m.js"}',
          'm.js': 'export default 2'
        })
        project.installPackage('@scope/sub', { 'package.json': '{}', 'part.js': 'exports.n = 3' })
      }
    )
  }, 60_000)

  it('are the names that Node gives', () => {
    const file = loaded.project.path('threads-available/names.js')
    expect(loaded.value('names')).toEqual({
      file,
      folder: loaded.project.path('threads-available'),
      main: false,
      id: file,
      loaded: true,
      self: true,
      resolved: loaded.project.path('threads-available/lib/x.js'),
      fs: 'fs',
      api: 'trustp2p',
      json: 1,
      folderImport: 'index',
      sameFs: true,
      paths: loaded.project.path('threads-available/node_modules'),
      realm: true
    })
  })

  it('have the running node as trustp2p, one instance for all files', () => {
    expect(loaded.value('api')).toEqual([42, true, ['Thread', 'answer']])
  })

  it('have the timers of the thread in each of its files, and leave the global ones alone', () => {
    expect(loaded.value('timers')).toEqual(Array(8).fill(true))
    expect(loaded.value('hides')).toBe(true)
  })

  it('fail for what is not there as in Node, so that it can be caught', () => {
    expect([loaded.value('optional'), loaded.value('optional-local')]).toEqual(Array(2).fill('MODULE_NOT_FOUND'))
  })

  it('give what is there of a module that imports its importer', () => {
    expect(loaded.value('cycle')).toEqual(['early'])
  })

  it('require by a name that is only known at run time, TypeScript too', () => {
    expect(loaded.value('computed')).toEqual(['x', 'typed'])
  })

  it('import() relative to the file: local files, builtin modules, packages, data', () => {
    const missing = ['MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']
    expect(loaded.value('dynamic')).toEqual(['x', 'x', 'esm', true, 1, 2, 42, ...missing, 9])
  })

  it('require packages by Node, ES modules and parts of packages too', () => {
    expect(loaded.value('packages')).toEqual([1, 2, 3])
    expect(loaded.value('esm-required')).toBe('esm')
  })

  it('follow the imports of their own package.json', () => {
    expect(loaded.value('imports')).toEqual(['x', 1])
    expect(loaded.value('self')).toBe('x')
  })
})

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

describe('T3 a thread that does not load', () => {
  let loaded: LoadedProject

  beforeAll(async () => {
    loaded = await loadAll(
      {
        'syntax-js.js': 'exports.a = 1\n\n  const b = ;\n',
        'syntax-ts.ts': 'type A = 1\n\nexport const b: number = = 2\n',
        'syntax-late.mjs': "import fs from 'node:fs'\n\n\nlet a = 1\n  let a = 2\n",
        'syntax-import.js': "exports.a = require('./lib/broken')",
        'syntax-json.js': "exports.a = require('./lib/broken.json')",
        'esm-in-cjs.cjs': 'import fs from "node:fs"\n',
        'throws-js.js': '// one\n\n  throw new TypeError("boom")\n',
        'throws-ts.ts': `import { Thread } from 'trustp2p'

interface A {
  a: number
}

/* a comment
 */
export default class F extends Thread {
  static a = boom()
}

function boom(): never {
  throw new Error('boom')
}
`,
        'throws-mjs.mjs': "import { boom } from './lib/boom.mjs'\n\n\nboom()\n",
        'throws-later.mjs': '\nawait Promise.reject(new Error("later"))\n',
        'throws-first.js': 'missing',
        'cjs-in-esm.mjs': 'module.exports = class A {}',
        'require-in-esm.mjs': '\nrequire("trustp2p")',
        'throws-text.js': 'throw "a text"',
        'throws-package.js': "require('bad')",
        'missing.js': "\nrequire('./gone')",
        'missing-deep.js': "require('./lib/needs')",
        'missing-package.mjs': "import x from 'not-installed'",
        'missing-scoped.ts': "import x from '@a/b/c'\nx()",
        'waits-nested.mjs': "import './lib/waits.mjs'",
        'waits-cjs.cjs': 'await 1',
        'outside.js': "require('../../outside')",
        'brace.js': 'exports.a = 1 }}); (function () { return function () {',
        'threads-available/lib/broken.js': 'exports.a = 1\nfunction (\n',
        'threads-available/lib/broken.json': '{ "a": }',
        'threads-available/lib/boom.mjs': '\nexport function boom() {\n  throw new Error("boom")\n}',
        'threads-available/lib/needs.js': "require('./nothing')",
        'threads-available/lib/waits.mjs': 'export const a = 1\n  await 0\n',
        'works.js': 'exports.run = () => "works"'
      },
      (project) => {
        project.write('../outside.js', '')
        project.installPackage('bad', { 'index.js': '\nthrow new Error("bad package")' })
      }
    )
  }, 60_000)

  it.each([
    ['syntax-js', 'SYNTAX', 'threads-available/syntax-js.js:3:13 has a syntax error: '],
    ['syntax-ts', 'SYNTAX', 'threads-available/syntax-ts.ts:3:26 has a syntax error: Expression expected; mend'],
    ['syntax-late', 'SYNTAX', "threads-available/syntax-late.mjs:5:7 has a syntax error: Identifier 'a' has already"],
    ['syntax-import', 'SYNTAX', 'threads-available/lib/broken.js:2:1 has a syntax error: '],
    ['syntax-json', 'SYNTAX', 'threads-available/lib/broken.json has a syntax error: '],
    ['esm-in-cjs', 'SYNTAX', 'threads-available/esm-in-cjs.cjs:1:1 has a syntax error: Cannot use import statement'],
    ['throws-js', 'LOAD_FAILED', 'threads-available/throws-js.js:3:9 threw while it was loaded: boom; mend'],
    ['throws-ts', 'LOAD_FAILED', 'threads-available/throws-ts.ts:14:9 threw while it was loaded: boom; mend'],
    ['throws-mjs', 'LOAD_FAILED', 'threads-available/lib/boom.mjs:3:9 threw while it was loaded: boom; mend'],
    ['throws-later', 'LOAD_FAILED', 'threads-available/throws-later.mjs:2:22 threw while it was loaded: later; mend'],
    ['throws-first', 'LOAD_FAILED', 'threads-available/throws-first.js:1 threw while it was loaded: missing is not'],
    [
      'cjs-in-esm',
      'LOAD_FAILED',
      'threads-available/cjs-in-esm.mjs:1 threw while it was loaded: module is not defined,'
    ],
    [
      'require-in-esm',
      'LOAD_FAILED',
      'require-in-esm.mjs:2:1 threw while it was loaded: require is not defined, since'
    ],
    ['throws-text', 'LOAD_FAILED', 'threads-available/throws-text.js threw while it was loaded: a text; mend'],
    ['throws-package', 'LOAD_FAILED', 'threads-available/throws-package.js threw while it was loaded: bad package'],
    ['missing', 'IMPORT_NOT_FOUND', "threads-available/missing.js imports './gone', which is not there: mend the path"],
    ['missing-deep', 'IMPORT_NOT_FOUND', "threads-available/lib/needs.js imports './nothing', which is not there"],
    ['missing-package', 'IMPORT_NOT_FOUND', 'run npm install not-installed'],
    ['missing-scoped', 'IMPORT_NOT_FOUND', 'run npm install @a/b'],
    ['waits-nested', 'SYNTAX', 'threads-available/lib/waits.mjs:2:3 has a syntax error: only the entry of a thread'],
    ['waits-cjs', 'SYNTAX', 'threads-available/waits-cjs.cjs:1:1 has a syntax error: await is only valid'],
    ['outside', 'FORBIDDEN', 'lies outside the project'],
    ['brace', 'SYNTAX', 'threads-available/brace.js has a syntax error: a closing brace']
  ])('%s: %s', (name, code, message) => {
    expect(loaded.error(name)).toMatchObject({
      code: `ERR_TRUSTP2P_THREAD_${code}`,
      message: expect.stringContaining(message) as string
    })
  })

  it('keeps no other from running', () => {
    expect(loaded.value('works')).toBe('works')
  })

  it('has the place in its details', () => {
    const file = loaded.project.path('threads-available/syntax-ts.ts')
    expect(loaded.error('syntax-ts')?.details).toEqual({ file, line: 3, column: 26 })
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
