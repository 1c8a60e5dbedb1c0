import { parse } from '../../src/host/module-syntax'
import { wrapModule } from '../../src/host/module-wrapper'
import { importedNamespace } from '../../src/host/namespaces'
import { spliceModule } from '../../src/host/splice-module'

interface RunningModule {
  readonly exports: Record<string, unknown>
  /** Settles once it has run to its end. */
  readonly ended: Promise<unknown>
}

/** Runs a module that was spliced, with what it imports by name. */
function run(text: string, modules: Record<string, unknown> = {}, names: Record<string, unknown> = {}): RunningModule {
  const spliced = spliceModule(parse(text, 'javascript', true))
  if (spliced === undefined) throw new Error('it was left to the compiler')
  const exports: Record<string, unknown> = {}
  const waits = spliced.waitsAt !== undefined
  const run = wrapModule({ file: '/threads/chat.mjs', code: spliced.code, style: 'module', waits }, Object.keys(names))
  const require = (name: string): unknown => modules[name]
  const result = run(undefined, { ...names, exports, require, __trustp2p_namespace: importedNamespace })
  return { exports, ended: Promise.resolve(result) }
}

function valueOf(text: string, modules: Record<string, unknown> = {}): unknown {
  return run(text, modules).exports['value']
}

const esModule = (values: object): object => Object.defineProperty(values, '__esModule', { value: true })

describe('what a module imports', () => {
  it('is read at each use, so that it shows what became of it', () => {
    const counter = esModule({ count: 1, add: () => ((counter as { count: number }).count += 1) })
    expect(valueOf("import { count, add } from 'x'\nadd()\nexport const value = count", { x: counter })).toBe(2)
  })

  it('has its own names, `default` among them, in every place of an expression', () => {
    const text = [
      "import main, { a as b, default as again, 'odd name' as odd } from 'x'",
      "import * as all from 'x'",
      'const own = { b, a: b, [b]: 1 }, { a: taken = b } = own',
      'class K extends main { b = b; static c = [...odd]; b2() { return this.b } }',
      'b: for (const one of [b]) { if (one) continue b }',
      'export const value = [own, taken, new K().b2(), K.c, new main() instanceof again, `${b}`, typeof b, all.a, own.b]'
    ].join('\n')
    const main = class {}
    const x = esModule({ a: 7, default: main, 'odd name': 'hi' })
    expect(valueOf(text, { x })).toEqual([{ b: 7, a: 7, 7: 1 }, 7, 7, ['h', 'i'], true, '7', 'number', 7, 7])
  })

  it('is called without `this`, and never as what the line above gives', () => {
    const self = function (this: unknown): unknown {
      return this
    }
    const text = [
      "import { self, tag } from 'x'",
      'const list = []',
      'const push = (value) => list.push(value)',
      'push(self())',
      'const last = push',
      'self()',
      'tag`a`.length',
      'if (list)',
      '  self()',
      'switch (1) { case 1:',
      '  last',
      '  self() }',
      'export const value = list'
    ].join('\n')
    expect(valueOf(text, { x: { self, tag: (parts: string[]) => parts[0] } })).toEqual([undefined])
  })

  it('is called without `this` where its name stands in brackets, as a cast of JSDoc has it', () => {
    const self = function (this: unknown): unknown {
      return this
    }
    const text = [
      "import main, { self } from 'x'",
      'const made = new (main)()',
      'export const value = [(self)(), /** @type {any} */ ((self))?.(1), (self)`a`, made instanceof main]'
    ].join('\n')
    const x = esModule({ self, default: class {} })
    expect(valueOf(text, { x })).toEqual([undefined, undefined, undefined, true])
  })

  it('is the whole of CommonJS as its default, and its properties by name', () => {
    const x = Object.assign(() => 1, { a: 2 })
    const text =
      "import whole, { a } from 'x'\nimport * as all from 'x'\nexport const value = [whole(), a, all.default(), all.a]"
    expect(valueOf(text, { x })).toEqual([1, 2, 1, 2])
  })

  it('is required at the start, in order, wherever the import stands', () => {
    const order: string[] = []
    const text =
      "order.push('body')\nimport 'a'\nexport * from 'b'\nimport {} from 'c'\nexport { d } from 'd' with { type: 'json' }"
    const modules = new Proxy({}, { get: (_, name) => (order.push(String(name)), { d: 4 }) })
    expect(run(text, modules, { order }).exports['d']).toBe(4)
    expect(order).toEqual(['a', 'b', 'c', 'd', 'body'])
    expect(spliceModule(parse(text, 'javascript', true))?.specifiers).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('what a module exports', () => {
  it('is what its variables hold at each moment', () => {
    const { exports } = run('export let count = 1, [first, { second = 3 }] = [2, {}]\nexport const add = () => ++count')
    expect({ ...exports }).toMatchObject({ count: 1, first: 2, second: 3, __proto__: {} })
    ;(exports['add'] as () => void)()
    expect(exports['count']).toBe(2)
    expect(exports['__esModule']).toBe(true)
    expect(Object.keys(exports)).toEqual(['count', 'first', 'second', 'add'])
  })

  it.each([
    ['export default class {}', 'function'],
    ['export default class Named extends Object {}', 'function'],
    ['export default function () {}', 'function'],
    ['export default async function* () {}', 'function'],
    ['export default async () => 1', 'function'],
    ['export default (class {})', 'function'],
    ['export /* why */ default 5', 'number'],
    ["import { a } from 'x'\nexport default a", 'number'],
    ["import { a } from 'x'\nexport { a as default }", 'number'],
    ["export { default } from 'y'", 'number'],
    ["export { a as default } from 'x'", 'number']
  ])('may be its default: %s', (text, type) => {
    expect(typeof run(text, { x: { a: 1 }, y: 2 }).exports['default']).toBe(type)
  })

  it('is seen by a module that imports it back before it has run: functions work, variables are not there yet', () => {
    const seen: unknown[] = []
    const text =
      "import 'back'\nexport function ready() { return 1 }\nexport const later = 2\nexport { later as alias }"
    const spliced = spliceModule(parse(text, 'javascript', true))
    const exports: { ready?: () => number; later?: number } = {}
    const require = (): void => {
      seen.push(exports.ready?.())
      expect(() => exports.later).toThrow(/before initialization/)
    }
    const code = spliced?.code ?? ''
    wrapModule({ file: '/x.mjs', code, style: 'module', waits: false }, [])(undefined, { exports, require })
    expect(seen).toEqual([1])
    expect(exports).toMatchObject({ later: 2, alias: 2 })
  })

  it('is all that other modules export, but their default; its own names, and the first ones, win', () => {
    const text = "export * from 'a'\nexport * from 'b'\nexport * as c from 'b'\nexport const own = 1"
    const { exports } = run(text, { a: { own: 2, both: 3, default: 4 }, b: { both: 5, other: 6 } })
    expect({ ...exports }).toEqual({ own: 1, both: 3, other: 6, c: expect.objectContaining({ both: 5 }) as object })
  })

  it('may have any name', () => {
    const { exports } = run("const a = 1\nexport { a as 'odd name', a as __proto__, a as constructor }")
    expect(Object.entries(exports)).toEqual([
      ['odd name', 1],
      ['__proto__', 1],
      ['constructor', 1]
    ])
  })
})

describe('the text', () => {
  it('keeps its lines and, where nothing is imported, its columns', () => {
    const text =
      "import {\n  a\n} from 'x'\n\nexport const b = () => {\n  throw new Error('here')\n}\r\nexport default b\n"
    const code = spliceModule(parse(text, 'javascript', true))?.code ?? ''
    expect(code.split(/\r?\n/)).toHaveLength(text.split(/\r?\n/).length)
    const { exports } = run(text, { x: {} })
    const error = (): unknown => {
      try {
        return (exports['b'] as () => void)()
      } catch (thrown) {
        return thrown
      }
    }
    expect((error() as Error).stack).toContain('/threads/chat.mjs:6:9')
  })

  it('is strict, has no `this`, and may wait', async () => {
    const text =
      'export const value = [this, (function () { return this })()]\nexport const later = await Promise.resolve(1)'
    const { exports, ended } = run(text)
    await ended
    expect(exports).toMatchObject({ value: [undefined, undefined], later: 1 })
  })

  it.each([
    ["import { a } from 'x'\nconst f = (a) => a", 'a parameter has the name of an import'],
    ["import { a } from 'x'\ntry { f() } catch (a) {}", 'what is caught has'],
    ["import { a } from 'x'\nconst f = function a() {}", 'a function has'],
    ["import { a } from 'x'\nconst { a: { a: [...b] }, ...c } = {}, d = class a {}", 'a class has'],
    ["import { a } from 'x'\n;({ a = 1 } = {})", 'an import is assigned to'],
    ["import { createRequire } from 'module'\nconst require = createRequire(import.meta.url)", 'require is its own'],
    ['export const exports = 1', 'exports is its own'],
    ['const Object = 1', 'Object is its own'],
    ['export const default_1 = 1', 'a name of ours is taken'],
    ['export const a = __trustp2p_0', 'a name of ours is used'],
    ['export\ndefault 1', 'a line ends in it'],
    ["import type { A } from 'x'", 'it is TypeScript'],
    ["export { type A } from 'x'", 'it is TypeScript'],
    ['export const a: number = 1', 'it is TypeScript'],
    ['export = 1', 'it is TypeScript'],
    ['@a export class B {}', 'it has decorators'],
    ['export const a = <b/>', 'it is JSX'],
    ['export const a = (', 'it does not parse'],
    ['export const a = 1; const a = 2', 'it does not parse'],
    ['})(function () {', 'it does not parse']
  ])('is left to the compiler: %s (%s)', (text) => {
    expect(spliceModule(parse(text, 'javascript', true))).toBeUndefined()
  })
})
