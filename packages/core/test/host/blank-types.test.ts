import { blankTypes } from '../../src/host/blank-types'
import { parse } from '../../src/host/module-syntax'

function blank(text: string): string | undefined {
  return blankTypes(parse(text, 'typescript', true))
}

describe('types', () => {
  it('give way to spaces, so that every position stays', () => {
    const text = [
      'interface A<T> {\n  a: T\n}',
      'type B = A<number> | undefined',
      'declare const c: string, d: number',
      'declare namespace E { const f: number }',
      'namespace F { export type G = 1 }',
      'abstract class G<T> extends Map<string, T> implements A<T> {',
      '  private readonly h!: T',
      '  declare i: number',
      '  abstract j(): void',
      '  [key: string]: unknown',
      '  protected static k?(this: void, l?: number): l is 1;',
      '  override m<U>(n: U = <const T,>(o: T) => o): asserts n is U { return n! as unknown as U }',
      '}',
      'function p(q: string): void',
      'function p(q: unknown) {}',
      'export const r = { s: [1] as const } satisfies object, t = p<string>'
    ].join('\n')
    const blanked = blank(text) ?? ''
    const lengths = (of: string): number[] => of.split('\n').map((line) => line.length)
    expect(lengths(blanked)).toEqual(lengths(text))
    expect(blanked.replace(/\s+/g, ' ').trim()).toBe(
      [
        'class G extends Map { h ; m (n = (o ) => o) { return n ; } }',
        'function p(q ) {} export const r = { s: [1] } , t = p'
      ].join(' ')
    )
  })
})

describe('is left to the compiler', () => {
  it.each([
    'enum A { B }',
    'const enum A { B }',
    'namespace A { export const b = 1 }',
    'class A { constructor(private b: number) {} }',
    'const a = <number>b',
    "import a = require('x')",
    "export import a = require('x')",
    'export = 1',
    'const a = 1 + 1 as number / 2',
    'const a = b ?? c as number && d'
  ])('what is more than types: %s', (text) => {
    expect(blank(text)).toBeUndefined()
  })

  it.each([
    'class A { get: number\n  b() {} }',
    'class A { set?: number\n  b(c) {} }',
    'class A { static!: number\n  b() {} }',
    'class A { a = b\n  private in: number\n  c: number }',
    'if (a) type B = 1\nb()',
    'for (;;) interface A {}\nb()',
    'a: declare const b: number\nc()',
    "abstract class A { a = b\n  abstract c(): void\n  ['d'] = 1 }",
    "class A { a = b\n  c?(): void\n  ['d'] = 1 }",
    "class A { static a = b\n  static [c: string]: number\n  ['d'] = 1 }",
    'a = b\nfunction c(): void;\n(d)',
    '{ a = b\nfunction c(): void\n[d] = e }',
    'function a() { return <B>\r(c: B) => c }',
    'function a() { return <B>\u2028(c: B) => c }',
    'function* a() { yield <B>\u2029(c: B) => c }'
  ])('what JavaScript would join with the next line: %j', (text) => {
    expect(blank(text)).toBeUndefined()
  })
})
