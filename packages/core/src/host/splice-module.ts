import { Script } from 'node:vm'
import ts from 'typescript'
import { findTopLevelAwait, isImportCall, isImportMeta, type TextPosition } from './module-syntax'
import { isPropertyName } from './own-names'
import { TextSplices } from './text-splices'
import { IMPORT_NAME, META_NAME, NAMESPACE_NAME } from './wrapper-names'

export interface SplicedModule {
  readonly code: string
  readonly waitsAt: TextPosition | undefined
  readonly specifiers: readonly string[]
}

/**
 * Makes CommonJS of an ES module by exchanging only what differs: a tenth of the compiler's work, which competes with
 * the calls of a running node. Imports are required at the start, and read at each use; exports are getters, so that
 * modules that import each other see them as in ECMA-262, "Cyclic Module Records". Gives undefined for whatever is
 * seldom and would need to know scopes: names that an import shares with another declaration, `require` and `exports`
 * of the author, what does not parse. The compiler takes these.
 *
 * @param source a tree with parents
 */
export function spliceModule(source: ts.SourceFile): SplicedModule | undefined {
  if (source.text.includes(OWN_PREFIX) || source.text.includes(DEFAULT_NAME) || hasParseFault(source)) return undefined
  const splicer = new ModuleSplicer(source)
  const code = splicer.splice()
  if (code === undefined) return undefined
  const waitsAt = /\bawait\b/.test(source.text) ? findTopLevelAwait(source) : undefined
  return runs(code, waitsAt !== undefined) ? { code, waitsAt, specifiers: splicer.specifiers } : undefined
}

const OWN_PREFIX = '__trustp2p_'
const DEFAULT_NAME = 'default_1'
/** As long as what it replaces, so that columns stay. */
const DEFAULT_VALUE = `let ${DEFAULT_NAME}=`

/** Names that the code below needs for what they mean in CommonJS, or everywhere. */
const RESERVED = new Set(['require', 'exports', 'Object', 'undefined'])

/** What the parser found wrong; it says so in no public place, and where it stops saying so the compiler is asked. */
function hasParseFault(source: ts.SourceFile): boolean {
  if (!('parseDiagnostics' in source) || !Array.isArray(source.parseDiagnostics)) return true
  return source.parseDiagnostics.length > 0
}

/** TypeScript reads more than JavaScript: types, decorators, JSX. */
function runs(code: string, waits: boolean): boolean {
  try {
    new Script(`(${waits ? 'async ' : ''}function (exports, require) {${code}\n})`)
    return true
  } catch {
    return false
  }
}

class ModuleSplicer {
  readonly #source: ts.SourceFile
  readonly #splices: TextSplices
  /** What stands for each imported name. */
  readonly #imported = new Map<string, string>()
  readonly #exported = new Map<string, string>()
  readonly #requires: string[] = []
  readonly #specifiers = new Set<string>()
  #modules = 0

  constructor(source: ts.SourceFile) {
    this.#source = source
    this.#splices = new TextSplices(source.text)
  }

  get specifiers(): readonly string[] {
    return [...this.#specifiers]
  }

  splice(): string | undefined {
    const { statements } = this.#source
    if (statements.some(isOfTypes)) return undefined
    // What is required comes first, in order: an export may name an import that stands below it.
    const rest = statements.filter((statement) => !this.#takesLink(statement))
    return rest.every((statement) => this.#takes(statement)) ? `${this.#head()}${this.#splices.toString()}` : undefined
  }

  #takesLink(statement: ts.Statement): boolean {
    if (ts.isImportDeclaration(statement)) this.#import(statement)
    else if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) this.#export(statement)
    else return false
    return true
  }

  /** Getters stand before the first `require`, for modules that import this one while it waits for them. */
  #head(): string {
    const getters = [...this.#exported].map(
      ([name, value]) => `,[${JSON.stringify(name)}]:{enumerable:true,get:()=>${value}}`
    )
    const mark = `Object.defineProperties(exports,{__esModule:{value:true}${getters.join('')}});`
    return `"use strict";${mark}${this.#requires.join('')}`
  }

  #import(statement: ts.ImportDeclaration): void {
    const clause = statement.importClause
    const module = this.#require(statement.moduleSpecifier)
    this.#remove(statement)
    if (clause?.name !== undefined) this.#imported.set(clause.name.text, this.#defaultOf(module))
    const bindings = clause?.namedBindings
    if (bindings === undefined) return
    if (ts.isNamespaceImport(bindings)) this.#imported.set(bindings.name.text, this.#namespaceOf(module))
    else for (const element of bindings.elements) this.#importName(module, element)
  }

  #importName(module: string, { name, propertyName = name }: ts.ImportSpecifier): void {
    const value = propertyName.text === 'default' ? this.#defaultOf(module) : property(module, propertyName)
    this.#imported.set(name.text, value)
  }

  #require(specifier: ts.Expression): string {
    const name = ts.isStringLiteral(specifier) ? specifier.text : ''
    this.#specifiers.add(name)
    return this.#keep(`require(${JSON.stringify(name)})`)
  }

  /** CommonJS has no default export: the whole stands for it. */
  #defaultOf(module: string): string {
    return `${this.#keep(`${module}&&${module}.__esModule?${module}:{default:${module}}`)}.default`
  }

  #namespaceOf(module: string): string {
    return this.#keep(`${NAMESPACE_NAME}(${module})`)
  }

  #keep(value: string): string {
    const name = `${OWN_PREFIX}${this.#modules++}`
    this.#requires.push(`const ${name}=${value};`)
    return name
  }

  /** The semicolon ends what stood before, as the statement did. */
  #remove(statement: ts.Statement): void {
    const start = statement.getStart(this.#source)
    this.#splices.replace(start, start + 1, ';')
    this.#splices.blank(start + 1, statement.getEnd())
  }

  #takes(statement: ts.Statement): boolean {
    if (ts.isExportDeclaration(statement)) {
      this.#export(statement)
      return true
    }
    if (ts.isExportAssignment(statement)) return this.#exportDefault(statement)
    const modifiers = ts.canHaveModifiers(statement) ? (ts.getModifiers(statement) ?? []) : []
    const word = modifiers.find(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)
    if (word !== undefined) this.#exportDeclared(statement, word, modifiers)
    return this.#visit(statement)
  }

  #export(statement: ts.ExportDeclaration): void {
    const { exportClause: clause, moduleSpecifier } = statement
    const module = moduleSpecifier === undefined ? undefined : this.#require(moduleSpecifier)
    this.#remove(statement)
    if (clause === undefined) {
      if (module !== undefined) this.#requires.push(exportAll(module))
    } else if (ts.isNamespaceExport(clause)) {
      if (module !== undefined) this.#exported.set(clause.name.text, this.#namespaceOf(module))
    } else for (const element of clause.elements) this.#exportName(element, module)
  }

  #exportName({ name, propertyName = name }: ts.ExportSpecifier, module: string | undefined): void {
    this.#exported.set(
      name.text,
      module === undefined ? this.#local(propertyName.text) : this.#from(module, propertyName)
    )
  }

  #from(module: string, name: ts.ModuleExportName): string {
    return name.text === 'default' ? this.#defaultOf(module) : property(module, name)
  }

  #local(name: string): string {
    return this.#imported.get(name) ?? name
  }

  #exportDefault(statement: ts.ExportAssignment): boolean {
    if (statement.isExportEquals === true) return false
    const { expression } = statement
    const start = statement.getStart(this.#source)
    const end = start + DEFAULT_VALUE.length
    if (/[\r\n\u2028\u2029]/.test(this.#source.text.slice(start, end))) return false
    this.#splices.replace(start, end, DEFAULT_VALUE)
    this.#splices.blank(end, expression.getStart(this.#source))
    this.#exported.set('default', DEFAULT_NAME)
    return this.#visit(expression)
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
    if (isImportMeta(node)) {
      this.#splices.replace(node.getStart(this.#source), node.getEnd(), META_NAME)
      return true
    }
    if (isImportCall(node)) {
      this.#splices.replace(node.expression.getStart(this.#source), node.expression.getEnd(), IMPORT_NAME)
      return node.arguments.every((argument) => this.#visit(argument))
    }
    if (ts.isIdentifier(node)) return this.#takesName(node)
    return ts.forEachChild(node, (child) => (this.#visit(child) ? undefined : REFUSED)) !== REFUSED
  }

  #takesName(node: ts.Identifier): boolean {
    const { parent, text } = node
    const value = this.#imported.get(text)
    if (value === undefined && !RESERVED.has(text)) return true
    if (!ts.isShorthandPropertyAssignment(parent) && (isPropertyName(node) || isLabel(node))) return true
    if (value === undefined) return text === 'Object' || text === 'undefined' ? !isDeclared(node) : false
    if (isDeclared(node)) return false
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

const NAMED_AFTER: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.FunctionKeyword,
  ts.SyntaxKind.AsteriskToken,
  ts.SyntaxKind.ClassKeyword
])

function property(module: string, name: ts.ModuleExportName): string {
  return ts.isIdentifier(name) ? `${module}.${name.text}` : `${module}[${JSON.stringify(name.text)}]`
}

function exportAll(module: string): string {
  const getter = `Object.defineProperty(exports,key,{enumerable:true,get:()=>${module}[key]})`
  return `for(const key of Object.keys(${module}))if(key!=="default"&&!Object.hasOwn(exports,key))${getter};`
}

function declaredBy(statement: ts.Statement): string[] {
  if (ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) {
    return statement.name === undefined ? [] : [statement.name.text]
  }
  return ts.isVariableStatement(statement)
    ? statement.declarationList.declarations.flatMap(({ name }) => boundNames(name))
    : []
}

function boundNames(name: ts.BindingName): string[] {
  if (ts.isIdentifier(name)) return [name.text]
  return name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundNames(element.name) : []))
}

/** True where the name is made, for a variable, a parameter, a function or a class. */
function isDeclared(node: ts.Identifier): boolean {
  const { parent } = node
  return (
    (ts.isVariableDeclaration(parent) ||
      ts.isParameter(parent) ||
      ts.isBindingElement(parent) ||
      ts.isFunctionLike(parent) ||
      ts.isClassLike(parent)) &&
    parent.name === node
  )
}

function isLabel({ parent }: ts.Identifier): boolean {
  return ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)
}

/** A function that is called by its bare name gets no `this`, also where the name stands in brackets. */
function isCalled(node: ts.Node): boolean {
  const { parent } = node
  if (ts.isParenthesizedExpression(parent)) return isCalled(parent)
  if (ts.isTaggedTemplateExpression(parent)) return parent.tag === node
  return ts.isCallExpression(parent) && parent.expression === node
}

/** True where a bracket could be read as a call of what the line above holds. */
function startsStatement(node: ts.Node): boolean {
  let statement: ts.Node = node
  while (!ts.isExpressionStatement(statement)) {
    const { parent } = statement
    if (parent.pos !== statement.pos) return false
    statement = parent
  }
  return ts.isBlock(statement.parent) || ts.isSourceFile(statement.parent) || ts.isCaseOrDefaultClause(statement.parent)
}
