import ts from 'typescript'
import type { ModuleStyle } from './transpile'
import { RENAMED } from './wrapper-names'

/** Names that the compiled text needs for itself, and that an ES module may use for something else. */
const RESERVED = new Set(['require', 'exports'])

/**
 * Gives the author's own `require` and `exports` other names: `const require = createRequire(import.meta.url)` is
 * common in ES modules, and stands in the way of what imports are compiled to. Nobody else has given these names a
 * meaning in an ES module, so all of them are renamed there; in TypeScript that may be CommonJS only those are that
 * the file declares at its top level.
 */
export function renameOwnNames(style: ModuleStyle): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (file) => {
    const names = style === 'module' ? RESERVED : declaredNames(file)
    return names.size === 0 ? file : ts.visitEachChild(file, renamer(names, context), context)
  }
}

function renamer(names: ReadonlySet<string>, context: ts.TransformationContext): ts.Visitor {
  const { factory } = context
  const rename = (node: ts.Identifier): ts.Identifier => {
    const renamed = ts.setTextRange(factory.createIdentifier(`${node.text}${RENAMED}`), node)
    return ts.setOriginalNode(renamed, node)
  }
  const isNamed = (node: ts.Node): node is ts.Identifier => ts.isIdentifier(node) && names.has(node.text)
  const visit = (node: ts.Node): ts.Node => {
    if (isNamed(node)) return isPropertyName(node) ? node : rename(node)
    if (ts.isShorthandPropertyAssignment(node) && isNamed(node.name)) {
      return factory.createPropertyAssignment(node.name.text, shorthandValue(node, rename(node.name), context, visit))
    }
    if (ts.isBindingElement(node) && node.propertyName === undefined && isNamed(node.name)) {
      const initializer = ts.visitNode(node.initializer, visit, ts.isExpression)
      const property =
        node.dotDotDotToken !== undefined || isListElement(node) ? undefined : factory.createIdentifier(node.name.text)
      return factory.updateBindingElement(node, node.dotDotDotToken, property, rename(node.name), initializer)
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) return node
    if (ts.isExportSpecifier(node)) {
      const { propertyName = node.name } = node
      const renamed = isNamed(propertyName) ? rename(propertyName) : node.propertyName
      return factory.updateExportSpecifier(node, node.isTypeOnly, renamed, node.name)
    }
    return ts.visitEachChild(node, visit, context)
  }
  return visit
}

/** `{ require }` as a value, or `{ require = other }` as a target of a destructuring assignment. */
function shorthandValue(
  node: ts.ShorthandPropertyAssignment,
  name: ts.Identifier,
  { factory }: ts.TransformationContext,
  visit: ts.Visitor
): ts.Expression {
  const initializer = ts.visitNode(node.objectAssignmentInitializer, visit, ts.isExpression)
  return initializer === undefined ? name : factory.createAssignment(name, initializer)
}

/** True where the word names a property or an import, which keep their names. */
export function isPropertyName(node: ts.Identifier): boolean {
  const { parent } = node
  if (parent === undefined) return true
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isBindingElement(parent)) return parent.propertyName === node
  if (ts.isImportSpecifier(parent)) return true
  return (
    (ts.isObjectLiteralElement(parent) || ts.isClassElement(parent) || ts.isEnumMember(parent)) && parent.name === node
  )
}

/** `[require]` takes the name from nowhere, unlike `{ require }`. */
function isListElement(node: ts.BindingElement): boolean {
  return ts.isArrayBindingPattern(node.parent)
}

/** True for a file that declares a name at its top level that the compiled text needs. */
export function declaresOwnNames(file: ts.SourceFile): boolean {
  return declaredNames(file).size > 0
}

function declaredNames(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>()
  for (const statement of file.statements) {
    if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) collect(name, names)
    } else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement)) && statement.name) {
      collect(statement.name, names)
    }
  }
  return names
}

function collect(name: ts.BindingName, names: Set<string>): void {
  if (ts.isIdentifier(name)) {
    if (RESERVED.has(name.text)) names.add(name.text)
    return
  }
  for (const element of name.elements) if (ts.isBindingElement(element)) collect(element.name, names)
}
