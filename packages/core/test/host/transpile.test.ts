import fc from 'fast-check'
import { wrapModule } from '../../src/host/module-wrapper'
import { transpile, type Transpiled, type TranspileRequest } from '../../src/host/transpile'

function compile(text: string, request: Partial<TranspileRequest> = {}): Transpiled {
  const result = transpile({ text, language: 'typescript', format: 'module', ...request })
  if ('fault' in result) throw new Error(`${result.at.line}:${result.at.column} ${result.fault}`)
  return result
}

/** Runs a compiled text; what it needs is given by name. */
function run({ code, style }: Transpiled, values: Record<string, unknown> = {}): Record<string, unknown> {
  const exports: Record<string, unknown> = {}
  const require = (name: string): unknown => values[name]
  const names = Object.keys(values).filter((name) => /^\w+$/.test(name))
  wrapModule({ file: '/threads/chat.ts', code, style, waits: false }, names)(undefined, { ...values, exports, require })
  return exports
}

/** The numbers that `mark(n)` was called with, each with the line that the stack trace names. */
function markedLines(compiled: Transpiled): Map<number, number> {
  const lines = new Map<number, number>()
  const mark = (number: number): number => {
    const line = /chat\.ts:(\d+)/.exec(new Error().stack ?? '')?.[1]
    lines.set(number, Number(line))
    return number
  }
  run(compiled, { mark, './local': { def: 1 } })
  return lines
}

/** Pieces of TypeScript that the compiler drops, moves, stretches or shortens; `mark()` is called where it stands. */
const PIECES = [
  'mark()',
  '',
  '\n\n',
  '// a comment `with` "quotes" /* and more',
  '/* a comment\n   of two lines */ mark()',
  '/** a doc\n * comment */\nexport interface A§ {\n  a: string\n\n  b?: number\n}',
  'type B§ = {\n  a: 1\n}',
  'export enum C§ {\n  A = mark(),\n  B = 2\n}',
  'enum D§ { A, B }; mark()',
  'export namespace E§ {\n  export const a = mark()\n  export type T = 1\n\n  mark()\n}',
  'declare function f§(): void',
  'export const g§ = `one\n  ${mark()}\n\nthree ${`in\n${mark()}`}`; mark()',
  "const h§ = 'a\\\nb'; mark()",
  'export function i§(a: number, b = 2): number {\n  // why\n\n  return mark()\n}\ni§(1)',
  'export class J§ {\n  static a = mark()\n  #b: number = 1\n\n  constructor(private readonly c = mark(), public d?: string) {\n\n    mark()\n  }\n  get e() { return mark() }\n\n}\nvoid new J§().e',
  'export default class {\n  static {\n    mark()\n  }\n}',
  'if (mark()) { mark() } else { mark() }',
  'for (const a of [1]) {\n\n  mark()\n}',
  'const k§ = {\n  a: mark(),\n\n  b() { return mark() },\n  ...{}\n} as const\nk§.b()',
  ';[mark()]\n  .map((a) => a)\n\n  .forEach((a) => {\n    mark()\n  })',
  'try {\n  mark()\n} catch {\n} finally { mark() }',
  'switch (1 as number) {\n  case 1:\n    mark()\n    break\n  default: mark()\n}',
  'const l§ = /`\\/\\*"/.test("`"), m§ = "//"; mark()',
  'const n§ = <T,>(a: T): T => {\n  mark()\n  return a\n}\nn§(1)',
  "import { def as o§ } from './local'\nmark(), o§",
  "import type { Gone§ } from './gone'\nmark()",
  "export * from './local'",
  'abstract class P§ { abstract a(): void\n  b() { return mark() } }\n;(class extends P§ { a() {\n  mark() } }).prototype.a()',
  'label§: for (;;) {\n  mark()\n  break label§\n}',
  'const { q§, ...r§ } = { q§: mark(), s: 1 }, [t§] = [r§]; void q§, t§',
  'let u§ = mark() satisfies number as unknown as string | undefined\nu§ ??= "x"',
  'async function v§() {\n  mark()\n  await 1\n}\nvoid v§()',
  'void (mark(),\n  mark() ? mark() :\n    2)',
  '/*! pinned\n comment */ mark()',
  '/// <reference types="node" />\nmark()',
  '//! bang\nmark() // @ts-ignore',
  'const w§ = /*! x */ mark() /* y\n */ + 1 // z\nvoid w§',
  'function x§(..._: unknown[]): void {\n  mark()\n}\n@x§\nclass Y§ {\n  @x§ a = mark()\n\n  @x§ b() { return mark() }\n}\nnew Y§().b()',
  'return_§: {\n  mark()\n}',
  'const z§ = (): number =>\n  // why\n  mark()\n\nz§()',
  'function aa§() {\n  return (\n    mark() as number\n  )\n}\nif (aa§() === undefined) throw 1',
  'const bb§ = async <T,>(\n  a: T\n): Promise<T> =>\n  mark() ? a : a\nvoid bb§(1)',
  'const cc§ = (mark() as number)!\n  + mark()\nvoid cc§',
  'function* dd§() {\n  const a: unknown = yield (\n    mark() as unknown\n  )\n}\nfor (const _ of dd§()) mark()'
]

/** Numbers the calls and the names, so that each stands for one place. */
function assemble(pieces: readonly string[]): { text: string; expected: Map<number, number> } {
  let count = 0
  const named = pieces.map((piece, index) => piece.replaceAll('§', `_${index}`))
  const once = named.filter((piece, index) => !piece.startsWith('export default') || index === firstDefault(named))
  const text = once.join('\n').replaceAll('mark()', () => `mark(${++count})`)
  const expected = new Map<number, number>()
  text.split('\n').forEach((line, index) => {
    for (const [, number] of line.matchAll(/mark\((\d+)\)/g)) expected.set(Number(number), index + 1)
  })
  return { text, expected }
}

function firstDefault(pieces: readonly string[]): number {
  return pieces.findIndex((piece) => piece.startsWith('export default'))
}

function wrongLines(text: string, expected: ReadonlyMap<number, number>): string[] {
  const called = markedLines(compile(text))
  return [...called]
    .filter(([number, line]) => expected.get(number) !== line)
    .map(([number, line]) => `mark(${number}) at ${line}, not ${expected.get(number) ?? '?'}`)
}

describe('lines', () => {
  it.each(PIECES.map((piece) => [piece]))('stay those of the author: %j', (piece) => {
    const { text, expected } = assemble(['mark()', piece, 'mark()'])
    expect(wrongLines(text, expected)).toEqual([])
    expect(wrongLines(text.replaceAll('\n', '\r\n'), expected)).toEqual([])
  })

  it('stay those of the author in any text', () => {
    const pieces = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(pieces, (chosen) => {
        const { text, expected } = assemble(chosen)
        expect(wrongLines(text, expected)).toEqual([])
      }),
      { numRuns: 60 }
    )
  })
})

it('keeps every value that spans lines', () => {
  const text =
    'export const a = `one\n\n  two ${`in\n  ner`}\n`\n\nexport const b = "x\\\n  y"\nexport const c = String.raw`\\n\n`'
  expect(run(compile(text))).toMatchObject({ a: 'one\n\n  two in\n  ner\n', b: 'x  y', c: '\\n\n' })
})

it('compiles a text that is one line, empty, or ends anywhere', () => {
  for (const text of [
    '',
    '\n',
    ' ',
    '// x',
    '/* x */',
    'export {}',
    'export const a = 1',
    'export const a = 1\n\n\n'
  ]) {
    expect(() => run(compile(text))).not.toThrow()
  }
})

describe('an ES module', () => {
  const module = (text: string, language: 'javascript' | 'typescript' = 'javascript') =>
    compile(text, { language, format: 'module' })

  it('becomes CommonJS whose lines are the same', () => {
    const compiled = module("import { a as b } from './x.js'\n\nexport const c = b\nexport default class {}\n")
    expect(compiled).toMatchObject({ style: 'module', waitsAt: undefined, specifiers: ['./x.js'] })
    expect(run(compiled, { './x.js': { a: 1 } })).toMatchObject({ c: 1, __esModule: true })
  })

  it('is JavaScript: what looks like a type there is an expression', () => {
    const compiled = module('const f = (...a) => a, a = 1, b = 2, c = 3, d = 0\nexport const got = f(a < b, c > (d))')
    expect(run(compiled)['got']).toEqual([true, true])
  })

  it('hands import() and import.meta to the loader', () => {
    const imported: unknown[] = []
    const values = { __trustp2p_import: (name: unknown) => imported.push(name), __trustp2p_meta: { url: 'file:///x' } }
    const compiled = module("export const a = [import('./x.js', { with: {} }), import.meta.url]")
    wrapModule({ file: '/x', ...compiled, waits: false }, [])(undefined, { ...values, exports: {} })
    expect(imported).toEqual(['./x.js'])
  })

  it('may use require and exports for its own', () => {
    const text = [
      "import { createRequire } from 'node:module'",
      "import * as here from './here'",
      'const require = createRequire("x")',
      'const exports = 5, o = { require, exports: 1, a: here.require }',
      'const { exports: other, ...rest } = o',
      'class A { require() { return require("y") } static exports = exports }',
      'function f({ require }) { return require }',
      'function g({ require = 7 } = {}, [exports] = [8]) { return [require, exports] }',
      'let h; ({ require: h } = { require: 9 })',
      'export const got = [new A().require(), A.exports, o.require("z"), other, f({ require: 6 }), g(), h, o.a, rest]',
      'export { require as given }',
      'export const seen = [typeof module, typeof exports]'
    ].join('\n')
    const createRequire = () => (name: string) => `own ${name}`
    const got = run(module(text), { 'node:module': { createRequire }, './here': { require: 3 } })
    expect(got['got']).toEqual(['own y', 5, 'own z', 1, 6, [7, 8], 9, 3, { require: expect.any(Function), a: 3 }])
    expect((got['given'] as (name: string) => string)('w')).toBe('own w')
    expect(got['seen']).toEqual(['undefined', 'number'])
  })

  it('knows no require, as in Node', () => {
    expect(run(module('export const got = [typeof require, typeof exports, typeof module]'))['got']).toEqual(
      Array(3).fill('undefined')
    )
  })

  it.each([
    ['await 1', { line: 1, column: 1 }],
    ['\nconst a = await 1', { line: 2, column: 11 }],
    ['for await (const a of []) {}', { line: 1, column: 1 }],
    ['export default await 1', { line: 1, column: 16 }],
    ['class A extends (await 1) {}', { line: 1, column: 18 }],
    ['{\n  if (1) { await 1 } }', { line: 2, column: 12 }]
  ])('tells where %j waits at the top level', (text, waitsAt) => {
    expect(module(text).waitsAt).toEqual(waitsAt)
  })

  it.each([
    'async function a() { await 1 }',
    'const a = async () => await 1',
    'class A { async b() { await 1 } }',
    'export const a = { async b() { for await (const c of []) {} } }',
    '// await 1'
  ])('does not wait at the top level in %j', (text) => {
    expect(module(text).waitsAt).toBeUndefined()
  })
})

describe('TypeScript', () => {
  it('that no package decides on sees import syntax and the names of CommonJS', () => {
    const compiled = compile("import { a } from './x'\nexport const b: [number, string] = [a, typeof module]", {
      format: 'detect'
    })
    expect(compiled.style).toBe('typed')
    expect(run(compiled, { './x': { a: 1 }, module: {} })['b']).toEqual([1, 'object'])
  })

  it('may assign module.exports, or export = it', () => {
    for (const text of ['module.exports = 5 as number', 'const a: number = 5\nexport = a']) {
      const compiled = compile(text, { format: 'commonjs' })
      const module = { exports: {} }
      wrapModule({ file: '/x', ...compiled, waits: false }, [])(module.exports, { module, exports: module.exports })
      expect(module.exports).toBe(5)
    }
  })

  it('may declare its own require where imports are compiled to it', () => {
    const text =
      "import { createRequire } from 'node:module'\nconst require = createRequire('x')\nexport const a = require('y')"
    const compiled = compile(text, { format: 'detect' })
    expect(run(compiled, { 'node:module': { createRequire: () => (name: string) => `own ${name}` } })['a']).toBe(
      'own y'
    )
  })

  it('waits at the top level, also where it neither imports nor exports', () => {
    expect(compile('const a: number = await 1', { format: 'detect' }).waitsAt).toEqual({ line: 1, column: 19 })
  })

  it.each(['typescript', 'javascript'] as const)(
    'waits for what stands in brackets, where only its name says that it is a module (%s)',
    (language) => {
      for (const value of ['(a)', '[a]', '`a`', '+a', '-a', '/a/']) {
        expect(compile(`await ${value}`, { language }).waitsAt).toEqual({ line: 1, column: 1 })
      }
    }
  )

  it('drops imports of types', () => {
    const text =
      "import { A } from './a'\nimport type { B } from './b'\nimport { type C, d } from './c'\nexport const e: A | B | C = d"
    expect(compile(text, { format: 'detect' }).specifiers).toEqual(['./c'])
  })
})

describe('CommonJS', () => {
  const script = (text: string) => compile(text, { language: 'javascript', format: 'commonjs' })

  it('keeps every character but the word of import()', () => {
    const text =
      '// import("a")\nexports.a = async () => [await import( "./b" ), "import(c)", /import(d)/]\n\nconst e = import("f")\n'
    const { code, style, specifiers } = script(text)
    expect(code).toBe(
      text.replace('import( "./b"', '__trustp2p_import( "./b"').replace('import("f")', '__trustp2p_import("f")')
    )
    expect([style, specifiers]).toEqual(['script', []])
  })

  it('is what JavaScript is where nothing in it says more', () => {
    expect(compile('exports.a = 1 // await', { language: 'javascript', format: 'detect' }).style).toBe('script')
    expect(compile('export const a = 1', { language: 'javascript', format: 'detect' }).style).toBe('module')
    expect(compile('const a = await 1', { language: 'javascript', format: 'detect' }).style).toBe('module')
  })
})

describe('a fault', () => {
  it.each([
    ['const a: number = = 1', { line: 1, column: 19 }],
    ['\n\nexport class {', { line: 3, column: 15 }],
    ['const a = `\n', { line: 2, column: 1 }],
    ['export const a = 1\nexport cons b = 2', { line: 2, column: 1 }]
  ])('in %j is at its place', (text, at) => {
    expect(transpile({ text, language: 'typescript', format: 'module' })).toMatchObject({ at })
  })

  it('is a type in JavaScript', () => {
    const result = transpile({ text: 'export const a: number = 1', language: 'javascript', format: 'module' })
    expect(result).toEqual({
      fault: 'Type annotations can only be used in TypeScript files.',
      at: { line: 1, column: 17 }
    })
  })
})
