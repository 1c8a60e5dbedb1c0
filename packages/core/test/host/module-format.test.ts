import { runLater, runNow } from '../../src/host/file-steps'
import { moduleFormat, moduleLanguage } from '../../src/host/module-format'
import { looksLikeModule } from '../../src/host/syntax-detection'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

function formatOf(file: string): { format: string; notes: Record<string, string> } {
  const notes: Record<string, string> = {}
  return { format: runNow(moduleFormat(file, (key, print) => (notes[key] = print))), notes }
}

it.each([
  ['a.cjs', 'commonjs'],
  ['a.cts', 'commonjs'],
  ['a.mjs', 'module'],
  ['a.mts', 'module'],
  ['a.json', 'json'],
  ['a.node', 'native'],
  ['a.js', 'module'],
  ['a.ts', 'module']
])('decides on %s by its ending before the package: %s', (name, format) => {
  const project = new TemporaryProject()
  project.write('package.json', '{"type":"module"}')
  expect(formatOf(project.path(name)).format).toBe(format)
})

it('decides by the nearest package.json, also where that says nothing', async () => {
  const project = new TemporaryProject()
  project.write('package.json', '{"type":"module"}')
  project.write('scripts/package.json', '{"type":"commonjs"}')
  project.write('silent/package.json', '{"name":"silent"}')
  project.write('wrong/package.json', '{"type":"wrong"}')
  project.write('list/package.json', '[1]')
  expect(formatOf(project.path('lib/deep/a.js')).format).toBe('module')
  expect(formatOf(project.path('scripts/lib/a.ts')).format).toBe('commonjs')
  expect(formatOf(project.path('silent/a.js')).format).toBe('detect')
  expect(formatOf(project.path('wrong/a.js')).format).toBe('detect')
  expect(formatOf(project.path('list/a.js')).format).toBe('detect')
  expect(await runLater(moduleFormat(project.path('lib/a.js'), () => {}))).toBe('module')
})

it('does not look above a folder of installed packages', () => {
  const project = new TemporaryProject()
  project.write('package.json', '{"type":"module"}')
  expect(formatOf(project.path('node_modules/one/a.js')).format).toBe('detect')
})

it('notes each package.json that it looked for, and only its type', () => {
  const project = new TemporaryProject()
  project.write('package.json', '{"type":"commonjs","version":"1"}')
  const { notes } = formatOf(project.path('lib/a.js'))
  expect(notes).toEqual({
    [`type of ${project.path('lib/package.json')}`]: 'absent',
    [`type of ${project.path('package.json')}`]: 'commonjs'
  })
})

it('throws a readable error for a package.json that is no JSON', () => {
  const project = new TemporaryProject()
  const file = project.write('package.json', '{"type":')
  expect(() => formatOf(project.path('a.js'))).toThrow(`${file}: it is no valid JSON`)
})

it('tells TypeScript by the ending', () => {
  expect(['a.ts', 'a.cts', 'a.mts', 'a.js', 'a.cjs', 'a.mjs'].map(moduleLanguage)).toEqual([
    ...Array<string>(3).fill('typescript'),
    ...Array<string>(3).fill('javascript')
  ])
})

describe('syntax detection', () => {
  it.each([
    'import fs from "fs"',
    'import "fs"',
    'export const a = 1',
    'export default class A {}',
    'export {}',
    'const a = import.meta.url',
    'const a = await 1',
    'const require = 1; export {}',
    'const module = await 1',
    'const __filename = import.meta.url',
    '#!/usr/bin/env node\nexport {}'
  ])('takes %j for an ES module', (code) => {
    expect(looksLikeModule(code.replace('#!', '//'))).toBe(true)
  })

  it.each([
    'exports.a = 1',
    'const a = import("fs")',
    'const text = "import a from b"; // export await',
    '/* import a from "b" */ module.exports = 1',
    'async () => { await 1 }',
    'return 1 // import',
    'const import_ = 1, export$ = 2; exports.await = 1',
    'var await = 1',
    'with ({}) { import("x") }',
    'const a = ; // import'
  ])('does not take %j for one', (code) => {
    expect(looksLikeModule(code)).toBe(false)
  })
})
