import { loadAll } from './loaded-project'
import type { LoadedProject } from './loaded-project'
import { removeProjects } from './temporary-project'

afterAll(removeProjects)

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
        'throws-typed.ts':
          "import { Thread, type P2pSocket as S } from 'trustp2p'\n\nconst a: S | 1 = 1; throw new Error('boom')\n",
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
    ['throws-typed', 'LOAD_FAILED', 'threads-available/throws-typed.ts:3:27 threw while it was loaded: boom; mend'],
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
