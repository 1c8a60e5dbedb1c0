import fc from 'fast-check'
import ts from 'typescript'
import { keepLines } from '../../src/host/line-layout'

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  sourceMap: true,
  removeComments: true
}

/** Compiles as the compiler of threads does, and lays the text out. */
function layOut(source: string, breaks: readonly number[] = []): string {
  const { outputText, sourceMapText = '{}' } = ts.transpileModule(source, { compilerOptions: OPTIONS })
  const { mappings = '' } = JSON.parse(sourceMapText) as { mappings?: string }
  const code = outputText.replace(/\/\/# sourceMappingURL=.*\n?$/, '')
  return keepLines({ code, mappings, breaks: new Set(breaks) })
}

/** The line on which a text stands, from 1. */
function lineOf(text: string, part: string): number {
  const index = text.indexOf(part)
  return index < 0 ? 0 : text.slice(0, index).split('\n').length
}

it('puts each statement on the line of its author, with types, comments and empty lines left out', () => {
  const source = [
    '// a comment',
    'interface Gone {',
    '  readonly a: string',
    '}',
    '',
    'const first: number = 1',
    '/* more',
    '   of them */',
    '',
    'const second = {',
    '  inner: first,',
    '',
    '  other: [',
    '    "third"',
    '  ]',
    '}'
  ].join('\n')
  const laid = layOut(source)
  for (const part of ['const first', 'const second', 'inner', 'other', '"third"']) {
    expect([part, lineOf(laid, part)]).toEqual([part, lineOf(source, part)])
  }
})

it.each([
  'function f() { return /* a\n\n\n comment */ 1 }\nf()',
  'const f = (a: number)\n  : number => a + 1\nf(1)',
  'let a = 1\n\n\na++\na',
  'function f() { throw (\n\n\n new Error("x")) }\ntry { f() } catch (e) { String(e) }',
  'label: for (;;) {\n\n for (;;) {\n break label }\n}\n"done"',
  'const f = async () => (await\n\n\n 1)\ntypeof f'
])('means the same as before: %j', (source) => {
  const plain = ts.transpileModule(source, { compilerOptions: { ...OPTIONS, sourceMap: false } }).outputText
  const run = (code: string): unknown => (0, eval)(`'use strict';{${code.replace(/^"use strict";/, '')}}`)
  expect(run(layOut(source))).toEqual(run(plain))
})

it('keeps line breaks within literals, and those alone where nothing says where a part belongs', () => {
  const code = 'const a = `x\ny`;\nconst b = 1;'
  expect(keepLines({ code, mappings: '', breaks: new Set([code.indexOf('\n')]) })).toBe(
    'const a = `x\ny`; const b = 1;'
  )
})

it('keeps every statement on its line, however many lines lie between', () => {
  const gaps = fc.array(fc.nat(5), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(gaps, (sizes) => {
      const source = sizes.map((size, index) => `${'\n'.repeat(size)}const v${index}_: number = ${index}`).join('\n')
      const laid = layOut(source)
      for (const index of sizes.keys()) {
        expect(lineOf(laid, `const v${index}_`)).toBe(lineOf(source, `const v${index}_`))
      }
    }),
    { numRuns: 50 }
  )
})
