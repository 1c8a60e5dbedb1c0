import ts from 'typescript'

/** The names that a statement makes of values. */
export function declaredBy(statement: ts.Statement): string[] {
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
export function isDeclared(node: ts.Identifier): boolean {
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

export function isLabel({ parent }: ts.Identifier): boolean {
  return ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent)
}

/** A function that is called by its bare name gets no `this`, also where the name stands in brackets, or has a type. */
export function isCalled(node: ts.Node): boolean {
  const { parent } = node
  if (isWrapping(parent)) return isCalled(parent)
  if (ts.isTaggedTemplateExpression(parent)) return parent.tag === node
  return ts.isCallExpression(parent) && parent.expression === node
}

function isWrapping(node: ts.Node): boolean {
  return (
    ts.isParenthesizedExpression(node) ||
    ts.isNonNullExpression(node) ||
    ts.isAsExpression(node) ||
    ts.isSatisfiesExpression(node) ||
    ts.isExpressionWithTypeArguments(node)
  )
}

/** True where a bracket could be read as a call of what the line above holds. */
export function startsStatement(node: ts.Node): boolean {
  let statement: ts.Node = node
  while (!ts.isExpressionStatement(statement)) {
    const { parent } = statement
    if (parent.pos !== statement.pos) return false
    statement = parent
  }
  return ts.isBlock(statement.parent) || ts.isSourceFile(statement.parent) || ts.isCaseOrDefaultClause(statement.parent)
}
