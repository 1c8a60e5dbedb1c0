import ts from 'typescript'
import { keepLines } from './line-layout'
import type { ModuleFormat, ModuleLanguage } from './module-format'
import { IMPORT_NAME, META_NAME } from './wrapper-names'
import { renameOwnNames } from './own-names'

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

/** Counts from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/** Makes CommonJS of an ES module or of TypeScript, and gives `import()` and `import.meta` to the loader. */
export function transpile(request: TranspileRequest): TranspileResult {
  if (isScript(request)) return spliceImports(request)
  const style = styleOf(request)
  let waitsAt: TextPosition | undefined
  const findWait: ts.TransformerFactory<ts.SourceFile> = () => (file) => {
    waitsAt = findTopLevelAwait(file)
    return file
  }
  const output = ts.transpileModule(request.text, {
    fileName: FILE_NAMES[request.language],
    reportDiagnostics: true,
    compilerOptions: { ...COMPILER_OPTIONS, moduleDetection: detectionFor(request) },
    transformers: { before: [findWait, handToLoader, renameOwnNames(style)] }
  })
  const fault = output.diagnostics?.find(isFault)
  if (fault !== undefined) return faultOf(fault)
  const code = withoutMapComment(output.outputText)
  const { breaks, specifiers } = readOutput(code)
  return { code: keepLines({ code, mappings: mappingsOf(output), breaks }), style, waitsAt, specifiers }
}

/**
 * Names that make TypeScript write CommonJS whatever the options say. JavaScript is never handed over under a
 * TypeScript name: `f(a < b, c > (d))` means another thing there.
 */
const FILE_NAMES = { javascript: 'thread.cjs', typescript: 'thread.cts' } as const

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
function isScript({ text, language, format }: TranspileRequest): boolean {
  if (language === 'typescript' || format === 'module') return false
  if (format === 'commonjs') return true
  const source = parse({ text, language })
  return !ts.isExternalModule(source) && findTopLevelAwait(source) === undefined
}

function styleOf({ language, format }: TranspileRequest): ModuleStyle {
  return format === 'module' || language === 'javascript' ? 'module' : 'typed'
}

/** TypeScript that neither imports nor exports is a script, unless it waits at its top level. */
function detectionFor(request: TranspileRequest): ts.ModuleDetectionKind {
  const mayWait = request.format !== 'commonjs' && /\bawait\b/.test(request.text)
  const isModule = styleOf(request) === 'module' || (mayWait && findTopLevelAwait(parse(request)) !== undefined)
  return isModule ? ts.ModuleDetectionKind.Force : ts.ModuleDetectionKind.Legacy
}

function parse({ text, language }: Pick<TranspileRequest, 'text' | 'language'>): ts.SourceFile {
  const kind = language === 'javascript' ? ts.ScriptKind.JS : ts.ScriptKind.TS
  return ts.createSourceFile(FILE_NAMES[language], text, ts.ScriptTarget.ES2022, false, kind)
}

/** In CommonJS only the word `import` of `import()` is exchanged, so that every position stays. */
function spliceImports({ text, language }: TranspileRequest): Transpiled {
  const source = parse({ text, language })
  const pieces: string[] = []
  let end = 0
  visitAll(source, (node) => {
    if (!ts.isCallExpression(node) || node.expression.kind !== ts.SyntaxKind.ImportKeyword) return
    pieces.push(text.slice(end, node.expression.getStart(source)), IMPORT_NAME)
    end = node.expression.getEnd()
  })
  pieces.push(text.slice(end))
  return { code: pieces.join(''), style: 'script', waitsAt: undefined, specifiers: readOutput(text).specifiers }
}

/** `import()` and `import.meta` would mean the loader's own file, or nothing, where the text runs. */
const handToLoader: ts.TransformerFactory<ts.SourceFile> = (context) => (file) => {
  const visit = (node: ts.Node): ts.Node => {
    const inner = ts.visitEachChild(node, visit, context)
    if (ts.isCallExpression(inner) && inner.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const callee = ts.setTextRange(ts.factory.createIdentifier(IMPORT_NAME), inner.expression)
      return ts.factory.updateCallExpression(inner, callee, undefined, inner.arguments)
    }
    const isMeta = ts.isMetaProperty(inner) && inner.keywordToken === ts.SyntaxKind.ImportKeyword
    return isMeta ? ts.setTextRange(ts.factory.createIdentifier(META_NAME), inner) : inner
  }
  return ts.visitEachChild(file, visit, context)
}

function findTopLevelAwait(source: ts.SourceFile): TextPosition | undefined {
  let found: ts.Node | undefined
  const visit = (node: ts.Node): void => {
    if (found !== undefined || ts.isFunctionLike(node) || ts.isClassStaticBlockDeclaration(node)) return
    if (isAwait(node, source)) found = node
    else ts.forEachChild(node, visit)
  }
  ts.forEachChild(source, visit)
  return found && positionAt(source, found.getStart(source))
}

function isAwait(node: ts.Node, source: ts.SourceFile): boolean {
  if (ts.isForOfStatement(node)) return node.awaitModifier !== undefined
  if (ts.isVariableDeclarationList(node)) return source.text.startsWith('await', node.getStart(source))
  return ts.isAwaitExpression(node)
}

interface OutputFacts {
  /** Where lines end within a literal. */
  readonly breaks: ReadonlySet<number>
  /** The names in `require('…')`, in order: TypeScript writes static imports so, too. */
  readonly specifiers: readonly string[]
}

function readOutput(code: string): OutputFacts {
  const source = parse({ text: code, language: 'javascript' })
  const specifiers = new Set<string>()
  const breaks = new Set<number>()
  visitAll(source, (node) => {
    if (isLiteralText(node)) addBreaks(code, node.getStart(source), node.getEnd(), breaks)
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'require') return
    const [argument] = node.arguments
    if (argument !== undefined && ts.isStringLiteralLike(argument)) specifiers.add(argument.text)
  })
  return { breaks, specifiers: [...specifiers] }
}

function isLiteralText(node: ts.Node): boolean {
  return ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)
}

function addBreaks(code: string, start: number, end: number, breaks: Set<number>): void {
  for (let at = code.indexOf('\n', start); at >= 0 && at < end; at = code.indexOf('\n', at + 1)) breaks.add(at)
}

function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => visitAll(child, visit))
}

function isFault({ category }: ts.Diagnostic): boolean {
  return category === ts.DiagnosticCategory.Error
}

function faultOf({ messageText, start = 0, file }: ts.Diagnostic): TranspileFault {
  const at = file === undefined ? { line: 1, column: 1 } : positionAt(file, start)
  return { fault: ts.flattenDiagnosticMessageText(messageText, ' '), at }
}

function positionAt(source: ts.SourceFile, offset: number): TextPosition {
  const { line, character } = source.getLineAndCharacterOfPosition(offset)
  return { line: line + 1, column: character + 1 }
}

function mappingsOf({ sourceMapText = '{}' }: ts.TranspileOutput): string {
  const map: unknown = JSON.parse(sourceMapText)
  const mappings = typeof map === 'object' && map !== null && 'mappings' in map ? map.mappings : ''
  return typeof mappings === 'string' ? mappings : ''
}

function withoutMapComment(code: string): string {
  return code.replace(/\r?\n?\/\/# sourceMappingURL=[^\n]*\s*$/, '')
}
