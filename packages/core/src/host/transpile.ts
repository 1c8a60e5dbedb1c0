import ts from 'typescript'
import { blankTypes } from './blank-types'
import { keepLines } from './line-layout'
import type { ModuleFormat, ModuleLanguage } from './module-format'
import {
  FILE_NAMES,
  findTopLevelAwait,
  hasParseFault,
  isImportCall,
  isImportMeta,
  parse,
  positionAt,
  requiredNames,
  visitAll,
  type TextPosition
} from './module-syntax'
import { declaresOwnNames, renameOwnNames } from './own-names'
import { runsInFunction, spliceModule } from './splice-module'
import { TextSplices } from './text-splices'
import { IMPORT_NAME, META_NAME } from './wrapper-names'

export interface TranspileRequest {
  readonly text: string
  readonly language: ModuleLanguage
  readonly format: Extract<ModuleFormat, 'commonjs' | 'module' | 'detect'>
}

/**
 * How a module sees its surroundings: `script` is CommonJS as it was written; `module` is what Node makes of an ES
 * module; `typed` is TypeScript without such a decision, where `import` syntax and `module.exports` both work.
 */
export type ModuleStyle = 'script' | 'module' | 'typed'

export type TranspileResult = Transpiled | TranspileFault

/** Text that runs in a function with `exports`, `require` and the wrapper's names; its lines are the author's. */
export interface Transpiled {
  readonly code: string
  readonly style: ModuleStyle
  /** Where it first waits at the top level. */
  readonly waitsAt: TextPosition | undefined
  /** What it requires or imports by a literal name. */
  readonly specifiers: readonly string[]
}

export interface TranspileFault {
  readonly fault: string
  readonly at: TextPosition
}

/** Makes CommonJS of an ES module or of TypeScript, and gives `import()` and `import.meta` to the loader. */
export function transpile(request: TranspileRequest): TranspileResult {
  const source = parse(request.text, request.language, true)
  return splice(source, request) ?? compile(request, source)
}

/** Gives undefined for what only the compiler can tell, or change. */
function splice(source: ts.SourceFile, request: TranspileRequest): Transpiled | undefined {
  const isTyped = request.language === 'typescript'
  if (!isTyped && isScript(source, request.format)) return spliceScript(source)
  if (HTML_COMMENT.test(request.text)) return undefined
  if (isTyped) return spliceTyped(source, request)
  const spliced = spliceModule(source)
  return spliced && { ...spliced, style: 'module' }
}

/** Operators in a module and in TypeScript, and a comment in the script that would be made of it (ECMA-262, B.1.1). */
const HTML_COMMENT = /<!--|(?:^|\*\/)\s*-->/m

function spliceTyped(source: ts.SourceFile, request: TranspileRequest): Transpiled | undefined {
  const blanked = hasParseFault(source) ? undefined : blankTypes(source)
  if (blanked === undefined) return undefined
  const style = styleOf(request)
  if (isModule(source, request)) {
    const spliced = spliceModule(source, blanked)
    return spliced && { ...spliced, style }
  }
  if (findTopLevelAwait(source) !== undefined || declaresOwnNames(source)) return undefined
  const spliced = spliceScript(source, blanked)
  return runsInFunction(spliced.code, false) ? { ...spliced, style } : undefined
}

/** Makes CommonJS of what is left, with the whole of the compiler. */
export function compile(request: TranspileRequest, source = parse(request.text, request.language)): TranspileResult {
  const style = styleOf(request)
  let waitsAt: TextPosition | undefined
  const findWait: ts.TransformerFactory<ts.SourceFile> = () => (file) => {
    waitsAt = findTopLevelAwait(file)
    return file
  }
  const output = ts.transpileModule(request.text, {
    fileName: FILE_NAMES[request.language],
    reportDiagnostics: true,
    compilerOptions: { ...COMPILER_OPTIONS, moduleDetection: detectionFor(source, request) },
    transformers: { before: [findWait, handToLoader, renameOwnNames(style)] }
  })
  const fault = output.diagnostics?.find(isFault)
  if (fault !== undefined) return faultOf(fault)
  const code = withoutMapComment(output.outputText)
  const written = parse(code, 'javascript')
  const laidOut = keepLines({ code, mappings: mappingsOf(output), breaks: breaksOf(written) })
  // TypeScript writes static imports as `require`, too.
  return { code: laidOut, style, waitsAt, specifiers: requiredNames(written) }
}

const COMPILER_OPTIONS = {
  module: ts.ModuleKind.CommonJS,
  target: ts.ScriptTarget.ES2022,
  esModuleInterop: true,
  isolatedModules: true,
  allowJs: true,
  // What is left of a comment could swallow the rest of a line once lines are joined.
  removeComments: true,
  sourceMap: true
} as const satisfies ts.CompilerOptions

/** JavaScript that nobody has decided on is CommonJS where nothing in it needs more. */
function isScript(source: ts.SourceFile, format: TranspileRequest['format']): boolean {
  if (format !== 'detect') return format === 'commonjs'
  return !ts.isExternalModule(source) && findTopLevelAwait(source) === undefined
}

function styleOf({ language, format }: TranspileRequest): ModuleStyle {
  return format === 'module' || language === 'javascript' ? 'module' : 'typed'
}

/** TypeScript that neither imports nor exports is a script, unless it waits at its top level. */
function isModule(source: ts.SourceFile, request: TranspileRequest): boolean {
  if (ts.isExternalModule(source) || styleOf(request) === 'module') return true
  return request.format !== 'commonjs' && /\bawait\b/.test(request.text) && findTopLevelAwait(source) !== undefined
}

function detectionFor(source: ts.SourceFile, request: TranspileRequest): ts.ModuleDetectionKind {
  return isModule(source, request) ? ts.ModuleDetectionKind.Force : ts.ModuleDetectionKind.Legacy
}

/** In CommonJS only the word `import` of `import()` is exchanged, so that every position stays. */
function spliceScript(source: ts.SourceFile, text = source.text): Transpiled {
  const splices = new TextSplices(text)
  visitAll(source, (node) => {
    if (isImportCall(node)) splices.replace(node.expression.getStart(source), node.expression.getEnd(), IMPORT_NAME)
  })
  return { code: splices.toString(), style: 'script', waitsAt: undefined, specifiers: requiredNames(source) }
}

/** `import()` and `import.meta` would mean the loader's own file, or nothing, where the text runs. */
const handToLoader: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node => {
    const inner = ts.visitEachChild(node, visit, context)
    if (isImportCall(inner)) {
      const callee = ts.setTextRange(ts.factory.createIdentifier(IMPORT_NAME), inner.expression)
      return ts.factory.updateCallExpression(inner, callee, undefined, inner.arguments)
    }
    return isImportMeta(inner) ? ts.setTextRange(ts.factory.createIdentifier(META_NAME), inner) : inner
  }
  return ts.visitEachChild(file, visit, context)
}

/** Where lines end within a literal. */
function breaksOf(source: ts.SourceFile): ReadonlySet<number> {
  const breaks = new Set<number>()
  visitAll(source, (node) => {
    if (isLiteralText(node)) addBreaks(source.text, node.getStart(source), node.getEnd(), breaks)
  })
  return breaks
}

function isLiteralText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
}

function addBreaks(code: string, start: number, end: number, breaks: Set<number>): void {
  for (let at = code.indexOf('\n', start); at >= 0 && at < end; at = code.indexOf('\n', at + 1)) breaks.add(at)
}

function isFault({ category }: ts.Diagnostic): boolean {
  return category === ts.DiagnosticCategory.Error
}

function faultOf({ messageText, start = 0, file }: ts.Diagnostic): TranspileFault {
  const at = file === undefined ? { line: 1, column: 1 } : positionAt(file, start)
  return { fault: ts.flattenDiagnosticMessageText(messageText, ' '), at }
}

function mappingsOf({ sourceMapText = '{}' }: ts.TranspileOutput): string {
  const map: unknown = JSON.parse(sourceMapText)
  const mappings = typeof map === 'object' && map !== null && 'mappings' in map ? map.mappings : ''
  return typeof mappings === 'string' ? mappings : ''
}

function withoutMapComment(code: string): string {
  return code.replace(/\r?\n?\/\/# sourceMappingURL=[^\n]*\s*$/, '')
}
