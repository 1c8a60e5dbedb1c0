import { blankSourceFile } from 'ts-blank-space'
import ts from 'typescript'

/**
 * Puts spaces in the place of all that is types, so that JavaScript is left in which every position is the author's.
 * Gives undefined for what is more than types: enums, namespaces with values, parameter properties, `<T>value`,
 * `import x = require()`, `export =`. Decorators, `accessor` and `using` stay in the text; V8 tells whether it knows them.
 */
export function blankTypes(source: ts.SourceFile): string | undefined {
  if (ODD_BREAK.test(source.text)) return undefined
  let refused = false
  const text = blankSourceFile(source, () => {
    refused = true
  })
  return refused || isMisread(source) ? undefined : text
}

/** Ends of lines that are not looked for where a blank may not span one: `return <T>` and what follows. */
const ODD_BREAK = /\r(?!\n)|[\u2028\u2029]/

/** True for a node within which nothing is a value: it is blank, with all that it declares. */
export function isOnlyTypes(node: ts.Node): boolean {
  if (node.kind >= ts.SyntaxKind.FirstTypeNode && node.kind <= ts.SyntaxKind.LastTypeNode) return true
  if (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isModuleDeclaration(node)) return true
  if (ts.isFunctionDeclaration(node) && node.body === undefined) return true
  return ts.isStatement(node) && isDeclaredElsewhere(node)
}

function isDeclaredElsewhere(node: ts.Statement): boolean {
  if (!ts.canHaveModifiers(node)) return false
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.DeclareKeyword) === true
}

/** True where JavaScript would take what follows a blank for a part of what stands before it. */
function isMisread(node: ts.Node): boolean {
  if (ts.isPropertyDeclaration(node) && node.initializer === undefined && isJoining(node.name)) return true
  if (isOnlyTypes(node)) return ts.isStatement(node) && leavesTraces(node)
  if (ts.isClassLike(node) && node.members.some(isBlankMember) && node.members.some(isInBrackets)) return true
  return ts.forEachChild(node, isMisreadMaybe) === true
}

/** `forEachChild` ends with the first child that gives something. */
function isMisreadMaybe(node: ts.Node): true | undefined {
  return isMisread(node) || undefined
}

/** A field of such a name, without its type, is a modifier or an operator of what the next line holds. */
function isJoining(name: ts.PropertyName): boolean {
  return ts.isIdentifier(name) && JOINING.has(name.text)
}

const JOINING: ReadonlySet<string> = new Set(['get', 'set', 'static', 'accessor', 'in', 'instanceof'])

/** A member that leaves no semicolon: brackets after it would be of the value before it. */
function isBlankMember(member: ts.ClassElement): boolean {
  return ts.isIndexSignatureDeclaration(member) || (ts.isFunctionLike(member) && isBodiless(member))
}

function isBodiless(node: ts.SignatureDeclaration): boolean {
  return !('body' in node) || node.body === undefined
}

function isInBrackets({ name }: ts.ClassElement): boolean {
  return name !== undefined && ts.isComputedPropertyName(name)
}

/**
 * `if (a) type B = 1` leaves the `if` to the next statement, and a function without a body leaves what stands before it
 * to what follows, unless that is the function itself.
 */
function leavesTraces(statement: ts.Statement): boolean {
  const list = listOf(statement)
  if (list === undefined || !ts.isFunctionDeclaration(statement) || isDeclaredElsewhere(statement)) {
    return list === undefined
  }
  const next = list[list.indexOf(statement) + 1]
  return next !== undefined && !ts.isFunctionDeclaration(next)
}

function listOf({ parent }: ts.Statement): readonly ts.Statement[] | undefined {
  const isList =
    ts.isSourceFile(parent) || ts.isBlock(parent) || ts.isModuleBlock(parent) || ts.isCaseOrDefaultClause(parent)
  return isList ? parent.statements : undefined
}
