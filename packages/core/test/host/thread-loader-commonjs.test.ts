import { loadAll } from './loaded-project'
import type { LoadedProject } from './loaded-project'
import { removeProjects } from './temporary-project'

afterAll(removeProjects)

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
