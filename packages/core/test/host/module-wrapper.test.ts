import { SourceFault } from '../../src/host/load-error'
import { wrapModule, type WrappableText } from '../../src/host/module-wrapper'

const SCRIPT: WrappableText = { file: '/threads/chat.js', code: '', style: 'script', waits: false }

function run(code: string, values: Record<string, unknown> = {}, text: Partial<WrappableText> = {}): unknown {
  const exports = {}
  const module = { exports }
  const names = Object.keys(values)
  const ran = wrapModule({ ...SCRIPT, ...text, code }, names)(exports, { exports, module, ...values })
  return ran ?? module.exports
}

function faultOf(code: string, text: Partial<WrappableText> = {}): SourceFault {
  try {
    wrapModule({ ...SCRIPT, ...text, code }, [])({}, {})
  } catch (error) {
    if (error instanceof SourceFault) return error
  }
  throw new Error('no fault')
}

it('runs in this realm', () => {
  expect(run('module.exports = [[], {}, new Error("x"), new Map()]')).toBeInstanceOf(Array)
  const [, , error, map] = run('module.exports = [[], {}, new Error("x"), new Map()]') as unknown[]
  expect(error).toBeInstanceOf(Error)
  expect(map).toBeInstanceOf(Map)
})

it('lets a text hide what is global in Node, and not what Node gives to each module', () => {
  expect(run('const setTimeout = 1; module.exports = setTimeout', { setTimeout: 2 })).toBe(1)
  expect(run('module.exports = setTimeout', { setTimeout: 2 })).toBe(2)
  expect(faultOf('const module = 1').text).toContain("Identifier 'module' has already been declared")
})

it('sees nothing of the file that runs it', () => {
  expect(run('module.exports = [typeof wrapped, typeof SourceFault, typeof evaluate, typeof value]')).toEqual(
    Array(4).fill('undefined')
  )
})

it('is strict only where the text says so', () => {
  expect(run('"use strict"; module.exports = (function () { return this })()')).toBeUndefined()
  expect(run('module.exports = (function () { return this })()')).toBe(globalThis)
})

it.each([
  ['const a = ;', 1, 11],
  ['\n\n  const a = ;', 3, 13],
  ['let a\nlet a', 2, 5],
  ['function (', 1, 1],
  ['exports.a = 1\n\n  }}', 3, undefined],
  ['function a() {\n\n', 3, undefined],
  ['var x = "\n"', 1, 9]
])('says where %j is broken', (code, line, column) => {
  expect(faultOf(code).position).toEqual({ file: '/threads/chat.js', line, column })
})

it('says where a text that waits is broken', () => {
  expect(faultOf('await 1\nconst a = ;', { waits: true }).position).toMatchObject({ line: 2, column: 11 })
})

it.each(['}}); (function () { return function () {', '}; {', '}}) + (function () { return function () {'])(
  'refuses %j, which would end the module before its end',
  (code) => {
    expect(faultOf(code)).toBeInstanceOf(SourceFault)
  }
)

it.each([
  '/threads/chat.js',
  '/my threads/chat.js',
  "/it's/chat.js",
  '/\u00fc/chat.js',
  '/a\nb/chat.js',
  '/a#b%20/chat.js'
])('names the file %j in stack traces', (file) => {
  const stack = String(run('\nmodule.exports = new Error("x").stack', {}, { file }))
  expect(stack.split('\n').filter((line) => line.includes('chat.js:2'))).toHaveLength(1)
})

it('gives a promise for a text that waits', async () => {
  const exports = {}
  const result = wrapModule({ ...SCRIPT, code: 'exports.a = await 1', waits: true }, [])(exports, { exports })
  expect(exports).toEqual({})
  await result
  expect(exports).toEqual({ a: 1 })
})

it('drops the source map at the end of a text, and nothing else', () => {
  const code =
    'module.exports = () => `\n//# sourceMappingURL=a\n`\n//# sourceMappingURL=data:application/json;base64,AAAA\n'
  const given = run(code) as () => string
  expect(given()).toBe('\n//# sourceMappingURL=a\n')
})

it('explains ES syntax in CommonJS', () => {
  expect(faultOf('import a from "b"').text).toContain('name it .mjs')
  expect(faultOf('export {}').text).toContain('name it .mjs')
})
