import { blankTypes } from '../../src/host/blank-types'
import { parse } from '../../src/host/module-syntax'
import { wrapModule } from '../../src/host/module-wrapper'
import { importedNamespace } from '../../src/host/namespaces'
import { spliceModule, type SplicedModule } from '../../src/host/splice-module'

function splice(text: string): SplicedModule | undefined {
  const source = parse(text, 'typescript', true)
  const blanked = blankTypes(source)
  if (blanked === undefined) throw new Error('it is more than types')
  return spliceModule(source, blanked)
}

function specifiers(text: string): readonly string[] | undefined {
  return splice(text)?.specifiers
}

/** Runs a module that was spliced, and gives what it exports. */
function run(text: string, modules: Record<string, unknown> = {}): Record<string, unknown> {
  const spliced = splice(text)
  if (spliced === undefined) throw new Error('it was left to the compiler')
  const exports: Record<string, unknown> = {}
  const require = (name: string): unknown => modules[name]
  const runs = wrapModule({ file: '/threads/chat.ts', code: spliced.code, style: 'module', waits: false }, [])
  runs(undefined, { exports, require, __trustp2p_namespace: importedNamespace })
  return exports
}

describe('an import is required', () => {
  it.each([
    "import 'x'",
    "import a from 'x'\na",
    "import a, { type B, c } from 'x'\nexport const d: B = a",
    "import { a } from 'x'\nexport { a }",
    "import { a } from 'x'\nexport { a as b }",
    "import { a } from 'x'\nexport default a",
    "import { a } from 'x'\nclass B<T> extends a<T> {}",
    "import * as a from 'x'\nconst b = { a }",
    "import { a } from 'x'\nconst b = a satisfies C",
    "import { a } from 'x'\nclass B { [a]?: string; b = (c: a = a) => c }",
    "import { a } from 'x'\nfor (const b of a as string[]) b",
    "import { a } from 'x'\nconst b = typeof a",
    "export * from 'x'",
    "export * as a from 'x'",
    "export { a, type B } from 'x'"
  ])('where a name of it is a value: %j', (text) => {
    expect(specifiers(text)).toEqual(['x'])
  })

  it.each([
    "import type a from 'x'",
    "import type { A } from 'x'",
    "import { type A } from 'x'",
    "import {} from 'x'",
    "import a from 'x'",
    "import { A } from 'x'\nexport const b: A = 1",
    "import a from 'x'\nexport function b(c: typeof a): asserts c is a {}",
    "import * as a from 'x'\nexport class B implements a.C { d!: a.D; declare e: a; f(this: a, g?: a): a {} }",
    "import { a } from 'x'\nexport const b = c<a>(d as a, e satisfies a)",
    "import { a } from 'x'\ninterface B extends a { c: typeof a }\ntype D = a[] | import('y').E",
    "import { a } from 'x'\nfunction b(a: string): void\nfunction b(c: string) {}",
    "import { a } from 'x'\ndeclare function b(c: a, a: number): typeof a",
    "import { a } from 'x'\nabstract class B { abstract c(a: a): a; abstract d: a; [a: string]: a }",
    "import { a } from 'x'\nexport type { a }",
    "import { a } from 'x'\nexport { type a }",
    "import { a } from 'x'\nconst b = { a: 1 }, c = b.a",
    "export type * from 'x'",
    "export type { A } from 'x'",
    "export { type A } from 'x'",
    "export {} from 'x'"
  ])('and else dropped, as the compiler does: %j', (text) => {
    expect(specifiers(text)).toEqual([])
  })

  it('is read at each use, and called without `this` whatever its type is said to be', () => {
    const self = function (this: unknown): unknown {
      return this
    }
    const text = [
      "import { self } from 'x'",
      'const list: unknown[] = []',
      'list.push(self!(), (self as () => void)(), (self<string>)(), self<string>`a`, (self satisfies unknown)!?.())',
      'self!()',
      'export const value = list'
    ].join('\n')
    expect(run(text, { x: { self } })['value']).toEqual(Array(5).fill(undefined))
  })
})

describe('exports', () => {
  it('are values alone', () => {
    const text = [
      'export interface A {}',
      'export type B = 1',
      'export declare const c: number',
      'export declare function d(): void',
      'export abstract class E { abstract f(): void }',
      'export function g(a: string): string',
      'export function g(a: string) { return a }',
      'export namespace H { export type I = 1 }',
      'interface J {}',
      'type K = 1',
      'const L = 2',
      'type L = 3',
      'export { J, type K, L, L as m }',
      'export let n: number | undefined',
      'export default interface O {}'
    ].join('\n')
    expect(Object.keys(run(text)).sort()).toEqual(['E', 'L', 'g', 'm', 'n'])
  })

  it.each([
    ['export default abstract class {}', 'function'],
    ['export default class A<T> implements B<T> {}', 'function'],
    ['export default function (a: string): string\nexport default function (a: string) { return a }', 'function'],
    ['export default async <T,>(a: T): Promise<T> => a', 'function'],
    ['export default { a: 1 } satisfies object', 'object'],
    ['export default {} as unknown as string\n;[1].length', 'object'],
    ['const a = 1\ninterface B {}\nexport default a', 'number']
  ])('may have a default: %j', (text, type) => {
    expect(typeof run(text)['default']).toBe(type)
  })
})

it('keeps lines and columns', () => {
  const text = [
    "import {\n  type A,\n  a\n} from 'x'",
    'export const run = <T extends A>(b?: T): T | undefined => {',
    "  const c: unknown = b as unknown; throw new Error('here')",
    '}'
  ].join('\n')
  const thrown = (): string => {
    try {
      return String((run(text)['run'] as () => unknown)())
    } catch (error) {
      return (error as Error).stack ?? ''
    }
  }
  expect(thrown()).toContain('/threads/chat.ts:6:42')
})

describe('is left to the compiler', () => {
  it.each([
    ["import { a } from 'x'\nconst f = (a: string) => a", 'a parameter has the name of an import'],
    ["import { A } from 'x'\ninterface A {}\nA", 'a type has the name of an import'],
    ["f()\nimport { a } from 'x'\na", 'it would be required later'],
    ["f()\nexport * from 'x'", 'it would be required later'],
    ["import defer * as a from 'x'\na", 'it is of the future'],
    ['interface A {}\nexport default A', 'the default is a type'],
    ['declare namespace A { const b: number }\nexport default A.b', 'the default may be a type'],
    ['declare const a: number\nexport { a }', 'what is exported is not in the file'],
    ['export { a }', 'what is exported is not in the file'],
    ["export const a = require('x')", 'require is used'],
    ['@a export class B {}', 'it has decorators'],
    ['export class A { accessor b = 1 }', 'it has what V8 does not know'],
    ['export const a: number = 1; const a = 2', 'it does not run']
  ])('%s (%s)', (text) => {
    expect(splice(text)).toBeUndefined()
  })

  it('nothing that stands below what does not run', () => {
    const text =
      "'use strict'\ninterface A {}\nfunction f() {}\nexport { f }\nimport { a } from 'x'\na\nimport { B } from 'y'"
    expect(specifiers(text)).toEqual(['x'])
  })
})
