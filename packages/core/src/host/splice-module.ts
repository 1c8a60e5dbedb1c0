import { Script } from 'node:vm'
import ts from 'typescript'
import { isOnlyTypes } from './blank-types'
import { ModuleRequires, OWN_PREFIX, type RequiredModule } from './module-requires'
import { findTopLevelAwait, hasParseFault, isImportCall, isImportMeta, type TextPosition } from './module-syntax'
import { declaredBy, isCalled, isDeclared, isLabel, startsStatement } from './name-places'
import { isPropertyName } from './own-names'
import { TextSplices } from './text-splices'
import { TypedNames } from './typed-names'
import { IMPORT_NAME, META_NAME } from './wrapper-names'

export interface SplicedModule {
  readonly code: string
  readonly waitsAt: TextPosition | undefined
  readonly specifiers: readonly string[]
}

/**
 * Makes CommonJS of an ES module by exchanging only what differs: a sixth of the compiler's work, which competes with
 * the calls of a running node. Imports are required at the start, and read at each use; exports are getters, so that
 * modules that import each other see them as in ECMA-262, "Cyclic Module Records". Gives undefined for whatever is
 * seldom and would need to know scopes: names that an import shares with another declaration, `require` and `exports`
 * of the author, what does not parse. The compiler takes these.
 *
 * @param source a tree with parents
 * @param blanked the text of TypeScript without its types, each character where it stood
 */
export function spliceModule(source: ts.SourceFile, blanked?: string): SplicedModule | undefined {
  if (source.text.includes(OWN_PREFIX) || source.text.includes(DEFAULT_NAME) || hasParseFault(source)) return undefined
  const splicer = new ModuleSplicer(source, blanked)
  const code = splicer.splice()
  if (code === undefined) return undefined
  const mayWait = /\bawait\b/.test(source.text)
  const waitsAt = mayWait ? findTopLevelAwait(source) : undefined
  // Where nothing in the text says that it is a module, `await (a)` was read as a call.
  if (mayWait && waitsAt === undefined && !ts.isExternalModule(source)) return undefined
  return runsInFunction(code, waitsAt !== undefined) ? { code, waitsAt, specifiers: splicer.specifiers } : undefined
}

const DEFAULT_NAME = 'default_1'
/** As long as what it replaces, so that columns stay. */
const DEFAULT_VALUE = `let ${DEFAULT_NAME}=`

/** Names that the code below needs for what they mean in CommonJS, or everywhere. */
const RESERVED = new Set(['require', 'exports', 'Object'])

/** TypeScript reads more than JavaScript: types, decorators, JSX. */
export function runsInFunction(code: string, waits: boolean): boolean {
  try {
    new Script(`(${waits ? 'async ' : ''}function (exports, require) {${code}\n})`)
    return true
  } catch {
    return false
  }
}

/** An imported name. */
interface Imported {
  readonly module: RequiredModule
  /** What stands for it. */
  readonly value: string
}

class ModuleSplicer {
  readonly #source: ts.SourceFile
  readonly #text: string
  readonly #splices: TextSplices
  /** Of TypeScript, where a name may be a type. */
  readonly #typed: TypedNames | undefined
  readonly #imported = new Map<string, Imported>()
  readonly #exported = new Map<string, string>()
  readonly #requires: ModuleRequires
  /** Those that the compiler would not require at the start. */
  readonly #late: RequiredModule[] = []

  constructor(source: ts.SourceFile, blanked: string | undefined) {
    this.#source = source
    this.#text = blanked ?? source.text
    this.#splices = new TextSplices(this.#text)
    this.#typed = blanked === undefined ? undefined : new TypedNames(source)
    this.#requires = new ModuleRequires(this.#typed !== undefined)
  }

  get specifiers(): readonly string[] {
    return this.#requires.specifiers
  }

  splice(): string | undefined {
    const { statements } = this.#source
    if (statements.some((statement) => this.#isBeyond(statement))) return undefined
    // What is required comes first, in order: an export may name an import that stands below it.
    const rest = statements.filter((statement) => !this.#takesLink(statement))
    if (!rest.every((statement) => this.#takes(statement))) return undefined
    return this.#late.some(({ isUsed }) => isUsed) ? undefined : `${this.#head()}${this.#splices.toString()}`
  }

  #isBeyond(statement: ts.Statement): boolean {
    if (this.#typed === undefined) return isOfTypes(statement)
    return ts.isImportDeclaration(statement) && statement.importClause?.phaseModifier === ts.SyntaxKind.DeferKeyword
  }

  #takesLink(statement: ts.Statement): boolean {
    if (ts.isImportDeclaration(statement)) this.#import(statement)
    else if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
      this.#exportFrom(statement, statement.moduleSpecifier)
    } else return false
    return true
  }

  /** Getters stand before the first `require`, for modules that import this one while it waits for them. */
  #head(): string {
    const getters = [...this.#exported].map(
      ([name, value]) => `,[${JSON.stringify(name)}]:{enumerable:true,get:()=>${value}}`
    )
    const mark = `Object.defineProperties(exports,{__esModule:{value:true}${getters.join('')}});`
    return `"use strict";${mark}${this.#requires.toString()}`
  }

  #import(statement: ts.ImportDeclaration): void {
    const { importClause: clause } = statement
    this.#remove(statement)
    if (clause?.phaseModifier === ts.SyntaxKind.TypeKeyword) return
    // TypeScript requires nothing for an import of which no name is a value.
    const module = this.#require(statement, statement.moduleSpecifier, clause === undefined)
    if (clause?.name !== undefined) this.#imported.set(clause.name.text, { module, value: module.default() })
    const bindings = clause?.namedBindings
    if (bindings === undefined) return
    if (ts.isNamespaceImport(bindings)) {
      this.#imported.set(bindings.name.text, { module, value: module.namespace() })
      return
    }
    for (const { name, propertyName = name } of valuesOf(bindings)) {
      this.#imported.set(name.text, { module, value: module.property(propertyName) })
    }
  }

  #require(statement: ts.Statement, specifier: ts.Expression, isUsed: boolean): RequiredModule {
    const module = this.#requires.add(specifier, isUsed)
    if (this.#typed?.isLate(statement) === true) this.#late.push(module)
    return module
  }

  /** The semicolon ends what stood before, as the statement did. */
  #remove(statement: ts.Statement): void {
    const start = statement.getStart(this.#source)
    this.#splices.replace(start, start + 1, ';')
    this.#splices.blank(start + 1, statement.getEnd())
  }

  #takes(statement: ts.Statement): boolean {
    if (this.#typed !== undefined && isOnlyTypes(statement)) return true
    if (ts.isExportDeclaration(statement)) return this.#exportList(statement)
    if (ts.isExportAssignment(statement)) return this.#exportDefault(statement)
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    const word = modifiers.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (word !== undefined) this.#exportDeclared(statement, word, modifiers)
    return this.#visit(statement)
  }

  #exportFrom(statement: ts.ExportDeclaration, specifier: ts.Expression): void {
    const { exportClause: clause } = statement
    this.#remove(statement)
    if (statement.isTypeOnly) return
    const isList = clause !== undefined && ts.isNamedExports(clause)
    const module = this.#require(statement, specifier, !isList || valuesOf(clause).length > 0)
    if (clause === undefined) module.exportAll()
    else if (ts.isNamespaceExport(clause)) this.#exported.set(clause.name.text, module.namespace())
    else {
      for (const { name, propertyName = name } of valuesOf(clause)) {
        this.#exported.set(name.text, module.property(propertyName))
      }
    }
  }

  #exportList(statement: ts.ExportDeclaration): boolean {
    const { exportClause: clause, isTypeOnly } = statement
    this.#remove(statement)
    if (isTypeOnly || clause === undefined || ts.isNamespaceExport(clause)) return true
    return valuesOf(clause).every((element) => this.#exportName(element))
  }

  #exportName({ name, propertyName = name }: ts.ExportSpecifier): boolean {
    const { text } = propertyName
    const isImported = this.#imported.has(text)
    if (this.#typed !== undefined && !isImported && !this.#typed.isValue(text)) return this.#typed.isType(text)
    this.#exported.set(name.text, this.#valueOf(text) ?? text)
    return true
  }

  /** What stands for an imported name, which is used by that. */
  #valueOf(name: string): string | undefined {
    const imported = this.#imported.get(name)
    if (imported === undefined) return undefined
    imported.module.isUsed = true
    return imported.value
  }

  #exportDefault(statement: ts.ExportAssignment): boolean {
    const { expression } = statement
    if (statement.isExportEquals === true || this.#mayBeType(expression)) return false
    const start = statement.getStart(this.#source)
    const end = start + DEFAULT_VALUE.length
    if (/[\r\n\u2028\u2029]/.test(this.#source.text.slice(start, end))) return false
    this.#splices.replace(start, end, DEFAULT_VALUE)
    this.#splices.blank(end, expression.getStart(this.#source))
    this.#exported.set('default', DEFAULT_NAME)
    return this.#visit(expression)
  }

  /** True for `a` and `a.b` where `a` is no value, or not only one: they are not exported then. */
  #mayBeType(expression: ts.Expression): boolean {
    if (ts.isPropertyAccessExpression(expression)) return this.#mayBeType(expression.expression)
    if (!ts.isIdentifier(expression) || this.#typed === undefined) return false
    return this.#typed.isBlank(expression.text)
  }

  #exportDeclared(statement: ts.Statement, word: ts.Modifier, modifiers: readonly ts.Modifier[]): void {
    const byDefault = modifiers.find(({ kind }) => kind === ts.SyntaxKind.DefaultKeyword)
    this.#splices.blank(word.getStart(this.#source), (byDefault ?? word).getEnd())
    if (byDefault !== undefined) this.#exported.set('default', this.#nameOf(statement))
    else for (const name of declaredBy(statement)) this.#exported.set(name, name)
  }

  /** The name of a function or class, which gets one where it has none. */
  #nameOf(statement: ts.Statement): string {
    const [name] = declaredBy(statement)
    if (name !== undefined) return name
    const words = statement.getChildren(this.#source)
    const word = words.findLast(({ kind }) => NAMED_AFTER.has(kind))
    if (word !== undefined) this.#splices.replace(word.getEnd(), word.getEnd(), ` ${DEFAULT_NAME}`)
    return DEFAULT_NAME
  }

  /** Exchanges what is imported; false for a text that the compiler has to take. */
  #visit(node: ts.Node): boolean {
    if (this.#typed !== undefined && isOnlyTypes(node)) return true
    if (isImportMeta(node)) return this.#exchanges(node, META_NAME)
    if (isImportCall(node) && !this.#exchanges(node.expression, IMPORT_NAME)) return false
    if (ts.isIdentifier(node)) return this.#takesName(node)
    return ts.forEachChild(node, (child) => (this.#visit(child) ? undefined : REFUSED)) !== REFUSED
  }

  #exchanges(node: ts.Node, text: string): boolean {
    if (!this.#isBlank(node)) this.#splices.replace(node.getStart(this.#source), node.getEnd(), text)
    return true
  }

  #isBlank(node: ts.Node): boolean {
    return this.#typed !== undefined && this.#text[node.getStart(this.#source)] === ' '
  }

  #takesName(node: ts.Identifier): boolean {
    const { parent, text } = node
    if (!this.#imported.has(text) && !RESERVED.has(text)) return true
    if (!ts.isShorthandPropertyAssignment(parent) && (isPropertyName(node) || isLabel(node))) return true
    if (this.#isBlank(node)) return true
    if (isDeclared(node) || this.#typed?.isBlank(text) === true) return false
    const value = this.#valueOf(text)
    if (value === undefined) return text === 'Object'
    const start = node.getStart(this.#source)
    if (ts.isShorthandPropertyAssignment(parent)) {
      this.#splices.replace(start, node.getEnd(), `${text}:${value}`)
      return parent.objectAssignmentInitializer === undefined
    }
    this.#splices.replace(
      start,
      node.getEnd(),
      isCalled(node) ? `${startsStatement(node) ? ';' : ''}(0,${value})` : value
    )
    return true
  }
}

const REFUSED = 'refused'

/** `import type` and `export type` are TypeScript's; `import defer` is of the future. */
function isOfTypes(statement: ts.Statement): boolean {
  if (ts.isImportDeclaration(statement)) {
    const { importClause: clause } = statement
    const bindings = clause?.namedBindings
    return (
      clause?.phaseModifier !== undefined ||
      (bindings !== undefined && ts.isNamedImports(bindings) && hasTypes(bindings))
    )
  }
  if (!ts.isExportDeclaration(statement)) return false
  const { isTypeOnly, exportClause: clause } = statement
  return isTypeOnly || (clause !== undefined && ts.isNamedExports(clause) && hasTypes(clause))
}

function hasTypes({ elements }: ts.NamedImports | ts.NamedExports): boolean {
  return elements.some(({ isTypeOnly }) => isTypeOnly)
}

function valuesOf<T extends ts.ImportSpecifier | ts.ExportSpecifier>(list: { readonly elements: readonly T[] }): T[] {
  return list.elements.filter(({ isTypeOnly }) => !isTypeOnly)
}

const NAMED_AFTER: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.FunctionKeyword,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.ClassKeyword
])
