import { Script } from 'node:vm'
import { pathToFileURL } from 'node:url'
import { errorText } from '../errors'
import { SourceFault } from './load-error'
import type { ModuleStyle } from './transpile'
import { IMPORT_NAME, META_NAME, NAMESPACE_NAME } from './wrapper-names'

export interface WrappableText {
  readonly file: string
  readonly code: string
  readonly style: ModuleStyle
  /** True for an entry that waits at its top level. */
  readonly waits: boolean
}

/** What a module's text reaches by name, and the platform has otherwise, or not at all. */
export type Names = Readonly<Record<string, unknown>>

/** Runs the text; gives a promise where it waits. */
export type RunModule = (self: unknown, values: Names) => unknown

/**
 * Makes a function of a module's text. It belongs to this realm, jest's included, and nothing keeps it once the
 * thread has let it go: both fail for Node's own module functions, see the facts in the decision on the loader.
 *
 * What Node's own wrapper gives (`exports`, `require`…) are parameters, which the text may not declare again, as in
 * Node. What is global in Node stands one function further out, where `const { setTimeout } = …` may hide it.
 */
export function wrapModule(text: WrappableText, outerNames: readonly string[]): RunModule {
  const inner = text.style === 'script' ? SCRIPT_NAMES : MODULE_NAMES
  const outer = [...outerNames, IMPORT_NAME, META_NAME, NAMESPACE_NAME, ...(text.style === 'typed' ? SCRIPT_ONLY : [])]
  const opening = `${text.waits ? 'async ' : ''}function (${inner.join(', ')}) {`
  const head = `(function (${outer.join(', ')}) { return `
  const module = `${opening}${withoutMap(text.code)}\n}`
  const create = evaluate(text.file, `${head}${module}})`, head.length + opening.length)
  return (self, values) => {
    const run: unknown = Reflect.apply(create, undefined, valuesOf(outer, values))
    // A text that closes the function by itself would be cut off there, or run as something else.
    if (!isFunction(run) || String(run) !== module) throw new SourceFault(BRACE, { file: text.file })
    return Reflect.apply(run, self, valuesOf(inner, values))
  }
}

const BRACE = 'a closing brace has no opening one'

function valuesOf(names: readonly string[], values: Names): unknown[] {
  return names.map((name) => values[name])
}

/** A map within the text is kept with every version of it: 30 to 60 KB each. */
function withoutMap(code: string): string {
  return code.replace(/(^|\n)[ \t]*\/\/[#@] sourceMappingURL=[^\n]*\s*$/, '$1')
}

const SCRIPT_ONLY = ['module', '__filename', '__dirname'] as const
const MODULE_NAMES = ['exports', 'require'] as const
const SCRIPT_NAMES = [...MODULE_NAMES, ...SCRIPT_ONLY] as const

function evaluate(file: string, wrapped: string, headLength: number): (...values: unknown[]) => unknown {
  let value: unknown
  try {
    // Indirect, so that the text sees nothing of this file; its stack lines name the author's file and line.
    value = (0, eval)(`${wrapped}\n//# sourceURL=${sourceUrl(file)}`)
  } catch (error) {
    throw locateFault(file, wrapped, headLength, error)
  }
  if (!isFunction(value)) throw new SourceFault(BRACE, { file })
  return value
}

/** A source URL may hold no space and no quote: V8 ignores it then. */
function sourceUrl(file: string): string {
  return /^[\w/@.+-]+$/.test(file) ? file : pathToFileURL(file).href
}

/** Reads the place of a syntax error off the report that V8 writes when a script does not parse. */
function locateFault(file: string, wrapped: string, headLength: number, error: unknown): SourceFault {
  const text = explain(errorText(error))
  const [, line = '', marks = ''] = /^trustp2p-thread:(\d+)\n.*\n([ \t]*\^+)/.exec(reportOn(wrapped)) ?? []
  if (line === '') return new SourceFault(text, { file })
  // What is missing at the end shows in the line that the wrapper adds.
  const added = wrapped.split('\n').length
  if (Number(line) >= added) return new SourceFault(text, { file, line: added - 1 })
  const column = marks.indexOf('^') + 1 - (line === '1' ? headLength : 0)
  return new SourceFault(text, { file, line: Number(line), column: Math.max(1, column) })
}

function reportOn(wrapped: string): string {
  try {
    new Script(wrapped, { filename: 'trustp2p-thread' })
    return ''
  } catch (report) {
    return typeof report === 'object' && report !== null && 'stack' in report ? String(report.stack) : ''
  }
}

/** True for V8's message on what only an ES module may say. */
export function isModuleFault(message: string): boolean {
  return ONLY_IN_MODULES.test(message)
}

const ONLY_IN_MODULES =
  /^(?:Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module)/

function explain(message: string): string {
  if (!isModuleFault(message)) return message
  return `${message}: it is CommonJS by its ending or its package.json; name it .mjs, or say "type": "module" there`
}

function isFunction(value: unknown): value is (...values: unknown[]) => unknown {
  return typeof value === 'function'
}
