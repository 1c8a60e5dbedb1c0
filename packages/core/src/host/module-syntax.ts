import ts from 'typescript'
import type { ModuleLanguage } from './module-format'

/** Counts from 1. */
export interface TextPosition {
  readonly line: number
  readonly column: number
}

/**
 * Names that make TypeScript write CommonJS whatever the options say. JavaScript is never handed over under a
 * TypeScript name: `f(a < b, c > (d))` means another thing there.
 */
export const FILE_NAMES = { javascript: 'thread.cjs', typescript: 'thread.cts' } as const

const PARSE_OPTIONS: ts.CreateSourceFileOptions = {
  languageVersion: ts.ScriptTarget.ES2022,
  jsDocParsingMode: ts.JSDocParsingMode.ParseNone
}

/** The tree of a text; `withParents` where each node has to know the one around it. */
export function parse(text: string, language: ModuleLanguage, withParents = false): ts.SourceFile {
  const kind = language === 'javascript' ? ts.ScriptKind.JS : ts.ScriptKind.TS
  return ts.createSourceFile(FILE_NAMES[language], text, PARSE_OPTIONS, withParents, kind)
}

/** What the parser found wrong; it says so in no public place, and where it stops saying so the compiler is asked. */
export function hasParseFault(source: ts.SourceFile): boolean {
  if (!('parseDiagnostics' in source) || !Array.isArray(source.parseDiagnostics)) return true
  return source.parseDiagnostics.length > 0
}

export function visitAll(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => visitAll(child, visit))
}

export function positionAt(source: ts.SourceFile, offset: number): TextPosition {
  const { line, character } = source.getLineAndCharacterOfPosition(offset)
  return { line: line + 1, column: character + 1 }
}

export function findTopLevelAwait(source: ts.SourceFile): TextPosition | undefined {
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

/** True for the word of `import()`. */
export function isImportCall(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
}

/** True for `import.meta`. */
export function isImportMeta(node: ts.Node): boolean {
  return ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword
}

/** The names in `require('…')`, in order. */
export function requiredNames(source: ts.SourceFile): string[] {
  const names = new Set<string>()
  visitAll(source, (node) => {
    if (!ts.isCallExpression(node) || !ts.isIdentifier(node.expression) || node.expression.text !== 'require') return
    const [argument] = node.arguments
    if (argument !== undefined && ts.isStringLiteralLike(argument)) names.add(argument.text)
  })
  return [...names]
}
