import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as trustp2p from '../../src/index'
import { wrapModule } from '../../src/host/module-wrapper'
import { importedNamespace } from '../../src/host/namespaces'
import { compile, transpile, type Transpiled, type TranspileRequest } from '../../src/host/transpile'

/** What is spliced does and gives what the compiler makes of the same text. */

const ROOT = join(__dirname, '../../../..')

interface Seen {
  readonly style: string
  readonly waits: boolean
  readonly specifiers: readonly string[]
  readonly exports: unknown
  /** What the text told by `log`. */
  readonly log: readonly unknown[]
}

type Require = (name: string) => unknown

async function seenOf(text: string, by: typeof compile, require: Require, format: Format): Promise<Seen> {
  const request: TranspileRequest = { text, language: 'typescript', format }
  const result = by(request)
  if ('fault' in result) throw new Error(`${result.at.line}:${result.at.column} ${result.fault}`)
  const log: unknown[] = []
  const exports = await run(result, { log: (...values: unknown[]) => log.push(...values) }, require)
  return {
    style: result.style,
    waits: result.waitsAt !== undefined,
    specifiers: [...new Set(result.specifiers)].sort(),
    exports: plain(exports),
    log: log.map((one) => plain(one))
  }
}

type Format = TranspileRequest['format']

async function run({ code, style, waitsAt }: Transpiled, names: object, require: Require): Promise<unknown> {
  const module = { exports: {} }
  const inner = { exports: module.exports, require, module, __filename: '/chat.ts', __dirname: '/' }
  const loader = {
    __trustp2p_import: (name: string) => Promise.resolve(importedNamespace(require(name))),
    __trustp2p_meta: { url: 'file:///chat.ts' },
    __trustp2p_namespace: importedNamespace
  }
  const text = { file: '/chat.ts', code, style, waits: waitsAt !== undefined }
  await wrapModule(text, Object.keys(names))(style === 'module' ? undefined : module.exports, {
    ...names,
    ...inner,
    ...loader
  })
  return module.exports
}

/** Values as they can be compared: what a function or a class has, instead of itself. */
function plain(value: unknown, depth = 0): unknown {
  if (depth > DEEPEST) return typeof value
  if (typeof value === 'function') {
    const own = Object.getOwnPropertyNames(value).filter((name) => name !== 'prototype')
    const prototype: unknown = value.prototype
    const methods = typeof prototype === 'object' && prototype !== null ? Object.getOwnPropertyNames(prototype) : []
    return { methods, ...plainOf(value, own, depth) }
  }
  if (Array.isArray(value)) return value.map((one) => plain(one, depth + 1))
  if (typeof value !== 'object' || value === null) return value
  return plainOf(value, Object.keys(value), depth)
}

/** A contract knows its schema, and that the contract. */
const DEEPEST = 5

function plainOf(value: object, names: readonly string[], depth: number): Record<string, unknown> {
  return Object.fromEntries([...names].sort().map((name) => [name, plain(Reflect.get(value, name), depth + 1)]))
}

/** What the cases import. */
const MODULES: Readonly<Record<string, unknown>> = {
  esm: Object.defineProperty(
    { default: class Main {}, a: 1, b: (...values: unknown[]) => values, A: class {} },
    '__esModule',
    {
      value: true
    }
  ),
  cjs: Object.assign(() => 'whole', { a: 2, Type: class Type {} }),
  frozen: Object.freeze(Object.assign(Object.create({ inherited: 4 }) as object, { default: 5, own: 6 })),
  class: class {
    static a(): number {
      return 3
    }
  }
}

const requireCase: Require = (name) => {
  if (!(name in MODULES)) throw new Error(`${name} is required`)
  return MODULES[name]
}

/** One kind of syntax each; `log` tells what becomes of it. */
const CASES: Readonly<Record<string, string>> = {
  annotations:
    'const a: number = 1, b: Array<Array<string>> = [["x"]]; let c!: string; export { a, b }; c = "y"; log(c)',
  interfaces:
    'export interface A { a: 1 }\ninterface B extends A {}\nexport const a: B = { a: 1 }\n;[a].forEach((b) => log(b))',
  'type aliases without semicolons':
    'log(1)\ntype A = 1\n(log)(2)\nexport type B = { [K in keyof A]: A[K] }\n[3].map(log)',
  generics:
    'function f<T extends object, const U = T>(a: T, b?: U) { return [a, b] }\nexport const a = f<{}, 1>({}, 1), b = f<object>; log(b({}))',
  'generic arrows':
    'export const f = <T,>(a: T) => a, g = async <T>(\n  a: T): Promise<\n  T\n> => a\nlog(f<number>(1), await g(2))',
  assertions:
    'const o = { a: { b: 1 } }\nexport const a = (o as any).a!.b! as number satisfies number\nlog(o!.a as unknown\n)\n;(o.a as any).b = 2\nlog(o)',
  'assertions before a bracket':
    'const f = (a: unknown) => log(a)\nconst a = f as unknown\n(1, f)(2)\nlet b = [3] as const\n;[b] = [b as any]\nlog(b, a === f)',
  'legacy assertions': 'export const a = <number>1 + (<any>"2")',
  'non-null': 'const a: { b?: { c: number[] } } = { b: { c: [1] } }\nlog(a.b!.c[0]!, a?.b!.c?.[0], a!["b"]!)',
  enums: 'export enum A { B, C = "c", D = 1 << 3 }\nconst enum E { F = 5 }\nlog(A.B, A[0], E.F)',
  'declared enums': 'declare enum A { B }\nexport const a = 1',
  'namespaces with values':
    'export namespace A { export const b = 1; export namespace C { export function d() { return b } } }\nlog(A.C.d())',
  'namespaces of types':
    'namespace A { export type B = 1 }\nexport namespace C { export interface D {} }\nexport const a: A.B = 1',
  'a function with a namespace':
    'function f() { return f.a }\nnamespace f { export const a = 1 }\nexport { f }\nlog(f())',
  ambient:
    'declare const a: number\ndeclare let b: string, c: string\ndeclare function d(): void\ndeclare class E {}\ndeclare module "x" { export const f: 1 }\ndeclare global { interface Array<T> { g: T } }\nexport declare const h: 1\nexport const i = typeof a + typeof E',
  'parameter properties':
    'export class A { constructor(public a: number, private readonly b = 2, protected c?: string) {} }\nlog(new A(1))',
  'class fields':
    'class B { a = 1; b: number = 2 }\nexport class A extends B { declare a: number; b: any; c?: string; readonly d = this.a; static e: number; #f: 1 = 1; get f() { return this.#f } }\nlog(Object.entries(new A()), "e" in A, new A().f)',
  'class members':
    'abstract class B<T> { abstract a(): T; abstract b: T; protected static c<U>(this: unknown, d?: U): U | undefined { return d } }\nexport class A extends B<number> implements Iterable<number> { [key: string]: any\n  override a(): number { return 1 }\n  b = 2\n  public ["d"]: number = 3\n  private *[Symbol.iterator]() { yield 4 }\n  get e(): number { return 5 }\n  set e(f: number) {} }\nlog([...new A()], new A().a(), new A()["d"])',
  'fields that are read as modifiers':
    'export class A { get: number\n  a() {}\n  set?: string\n  b(c: 1) {}\n  static: 1\n  d() {} }\nlog(Object.keys(new A()), Object.getOwnPropertyNames(A.prototype))',
  overloads:
    'export function f(a: string): string\nexport function f(a: number): number\nexport function f(a: any) { return a }\nclass A { b(c: 1): void\n  b(c: 2): void\n  b(c: any) { log(c) } }\nnew A().b(1)',
  'this parameters':
    'export function f(this: { a: number }, b: number) { return this.a + b }\nlog(f.call({ a: 1 }, 2), f.length)',
  decorators:
    'function d(value: any, context: any) { log(context.kind, context.name) }\n@d\nexport class A { @d a = 1; @d b() {} @d static c = 2; @d accessor e = 3 }\nlog(new A().e)',
  accessor: 'export class A { accessor a: number = 1; static accessor b = 2 }\nlog(new A().a, A.b)',
  using: 'const a = { [Symbol.for("x")]: 1 }\nexport const b = () => { using c = null; return c }\nlog(b(), a)',
  'imports of values':
    'import main, { a, b as c } from "esm"\nimport whole, { a as d } from "cjs"\nimport * as all from "cjs"\nlog(a, c(1), d, whole(), all.default(), all.a, typeof main, new main() instanceof main)',
  'namespaces of what was required':
    'import * as all from "class"\nexport * as again from "class"\nlog(all.a(), all.hasOwnProperty("a"), Object.keys(all))',
  'imports of types alone':
    'import Main, { type a, A } from "not-there"\nimport * as all from "not-there"\nimport type { B } from "not-there"\nimport {} from "not-there"\nexport const f = (a: A, b: Main, c: all.C): typeof a & B => ({ a, b, c }) as never',
  'imports of both': 'import main, { type A as B, a } from "esm"\nexport const c: main | B = a',
  'imports below code': 'log(1)\nimport { a } from "esm"\nlog(a)',
  'imports under another scope': 'import { a } from "esm"\nconst f = (a: number) => a\nexport { a }\nlog(f(5))',
  'imports by require':
    'import whole = require("cjs")\nimport type gone = require("not-there")\nexport import again = require("esm")\nlog(whole(), typeof again)',
  'export =': 'class A {}\nexport = A',
  'module.exports': 'module.exports = { a: 1 as number, b: require("cjs").a, c: typeof __filename }',
  'a script':
    'interface A {}\nconst a: A = require("cjs")\nexports.a = (a as any).a\nexports.b = import("esm").then((c: any) => c.a)\nlog(typeof module)',
  'a script with require of its own':
    'function require(a: string) { return a }\nmodule.exports = require("mine" as string)',
  'exports that are types':
    'interface A {}\ntype B = 1\nclass C {}\ninterface C { d: 1 }\nexport { A, B, C, type B as D }\nexport type { A as E }',
  'exports of others':
    'export { a, type A } from "esm"\nexport { type B } from "not-there"\nexport type * from "not-there"\nexport type * as F from "not-there"\nexport * as g from "cjs"\nexport { default } from "cjs"',
  'all exports':
    'export * from "esm"\nexport * from "frozen"\nimport * as all from "frozen"\nexport const a: number = 7\nlog(all, all.default)',
  'what others may be': 'import { A, a } from "esm"\nexport { A, a as default }',
  'a default': 'import { a } from "esm"\ninterface A {}\nexport default a as unknown as A',
  'a default class': 'export default abstract class<T> { declare a: T; static b: number = 1 }',
  'a default type': 'export default interface A {}\nexport const a = 1',
  'a default that is declared as a type': 'interface A {}\nexport default A',
  'a default that is imported as a type': 'import type A from "not-there"\nexport default A',
  'a default that is imported among types': 'import { type A, a } from "esm"\nexport default A\nexport const b = a',
  'a default of imported types': 'import type * as A from "not-there"\nexport default A.B',
  'an export that is imported as a type': 'import type { A } from "not-there"\nexport { A }\nexport const a = 1',
  'live values': 'export let a: number = 1\nexport const b = (): number => ++a\nlog(b())',
  destructuring:
    'export const { a, b: [c = 2 as number], ...d }: Record<string, any> = { a: 1, b: [], e: 3 }\nlog(a, c, d)',
  'top-level await':
    'import { a } from "esm"\nconst b: number = await Promise.resolve(a)\nlog(b, (await import("cjs")).a)',
  'top-level await without a module': 'const a: number = await Promise.resolve(1)\nlog(a)',
  'import.meta': 'export const a: string = import.meta.url as string',
  'loops and labels':
    'a: for (const b of [1, 2] as number[]) { for (let c: number = 0; ; c++) { if (c as any) continue a; log(b) } }',
  'optional catch': 'try { throw 1 as unknown } catch (a: unknown) { log(a as number) }',
  'a switch': 'switch (1 as number) { case 1 as number: type A = 1; const a: A = 1; log(a); default: interface B {} }',
  'if with a type alone': 'if (Date.now() < 0) type A = 1\nlog(1)',
  'operators beside assertions':
    'log(1 + 1 as number / 2, 2 ** 3 as number, (0 as any) ?? 1 as number || 2, -1 as number, typeof 1 as string, !0 as boolean && 1)',
  'less than, and generics':
    'const f = (...a: unknown[]) => a.length, a = 1, b = 2, c = 3\nlog(f(a < b, c > (b)), f<number>(a), f(a < b, b > c))',
  'comments in types': 'const a: /* { */ number /* } */ = 1 // as\nconst b = a /* x */ as /*\n y */ number\nlog(b)',
  'regular expressions and templates':
    'log(/as number/.source, `a ${1 as number} as ${`${2 satisfies number}`}`, String.raw<[]>`\\n`)',
  'names of functions':
    'const f = (function () {}) as () => void, g = (() => {}) satisfies () => void, h = class<T> {}\nexport { f, g, h }\nlog(f.name, g.name)',
  'what was a comment in HTML':
    'let a = 1\nlet b: number = 5\nconst c: boolean = a<!--b\nlog(b, c)\nwhile (a\n--> 0) log(a)\na\n/*\n*/--> 0\nlog(a, "<!--")',
  'what was a comment in HTML, in a module':
    'import { a } from "esm"\nlet b = 5\nexport const c: boolean = a<!--b\nlog(b\n--> 0)',
  'carriage returns': 'interface A {\r\n  a: 1\r\n}\r\nexport const a: A = {\r\n  a: 1 as const\r\n}\r\nlog(`\r\n`)'
}

describe.each(['detect', 'module', 'commonjs'] as const)('the compiler and the splicer agree (%s)', (format) => {
  it.each(Object.entries(CASES))('on %s', async (_, text) => {
    const [spliced, compiled] = await Promise.all([transpile, compile].map((by) => outcomeOf(text, by, format)))
    expect(spliced).toEqual(compiled)
  })
})

/** What is wrong for one of them is so for the other; V8 words it after the text. */
async function outcomeOf(text: string, by: typeof compile, format: Format): Promise<unknown> {
  try {
    return await seenOf(text, by, requireCase, format)
  } catch (error) {
    return { error: (error as Error).name }
  }
}

it('most of the cases need no compiler', () => {
  const spliced = Object.values(CASES).filter((text) => {
    const request = { text, language: 'typescript', format: 'detect' } as const
    const [one, other] = [transpile(request), compile(request)]
    return 'code' in one && 'code' in other && one.code !== other.code
  })
  expect(spliced.length).toBeGreaterThan(Object.keys(CASES).length / 2)
})

const FILES = ['threads-available', 'examples', 'test/fixtures', 'packages']
  .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map((name) => join(folder, String(name))))
  .filter((file) => /(threads-available|fixtures).*(?<!\.d)\.[cm]?ts$/.test(file) && !/node_modules|dist/.test(file))

describe('of the files of this repository', () => {
  it.each(FILES)('%s exports and requires the same', (file) => {
    const request = { text: readFileSync(join(ROOT, file), 'utf8'), language: 'typescript', format: 'detect' } as const
    const [spliced, compiled] = [transpile(request), compile(request)].map((result) => {
      if ('fault' in result) throw new Error(result.fault)
      return { specifiers: [...result.specifiers].sort(), exports: exportedNames(result.code) }
    })
    expect(spliced).toEqual(compiled)
  })

  it.each(FILES.filter((file) => /threads-available\/(?!test\/)/.test(file)))('%s runs the same', async (file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    const own = createRequire(join(ROOT, file))
    const require: Require = (name) => (name === 'trustp2p' ? trustp2p : name.startsWith('.') ? {} : own(name))
    const [spliced, compiled] = await Promise.all([transpile, compile].map((by) => seenOf(text, by, require, 'detect')))
    expect(spliced).toEqual(compiled)
  })
})

/** The names that either form gives to `exports`. */
function exportedNames(code: string): string[] {
  const head = /^"use strict";Object\.defineProperties\(exports,\{__esModule:\{value:true\}(.*?)\}\);/.exec(code)?.[1]
  const names =
    head === undefined
      ? code.matchAll(/\bexports\.(\w+) =|defineProperty\(exports, "(?!__esModule)(\w+)"/g)
      : head.matchAll(/\["([^"]+)"\]:\{enumerable/g)
  return [...new Set([...names].map(([, one, other]) => one ?? other ?? ''))].sort()
}
