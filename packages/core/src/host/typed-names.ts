import ts from 'typescript'
import { isOnlyTypes } from './blank-types'
import { declaredBy } from './name-places'

/** What TypeScript declares at the top of a module, where one name may be a value, a type, or both. */
export class TypedNames {
  readonly #values = new Set<string>()
  readonly #types = new Set<string>()
  readonly #others = new Set<string>()
  /** Where the first statement stands that runs. */
  readonly #runsFrom: number

  constructor({ statements }: ts.SourceFile) {
    for (const statement of statements) this.#add(statement)
    this.#runsFrom = statements.find(runs)?.pos ?? Infinity
  }

  /** True where all that is known of the name is a type: nothing of it is exported. */
  isType(name: string): boolean {
    return this.#types.has(name) && !this.#values.has(name) && !this.#others.has(name)
  }

  isValue(name: string): boolean {
    return this.#values.has(name)
  }

  /** True for a name of which not all is a value of this file. */
  isBlank(name: string): boolean {
    return this.#types.has(name) || this.#others.has(name)
  }

  /** True where the compiler would require later than at the start. */
  isLate({ pos }: ts.Statement): boolean {
    return pos > this.#runsFrom
  }

  #add(statement: ts.Statement): void {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      this.#types.add(statement.name.text)
    else if (ts.isModuleDeclaration(statement)) this.#others.add(statement.name.text)
    else if (ts.isImportDeclaration(statement)) for (const name of typesOf(statement)) this.#others.add(name)
    else for (const name of declaredBy(statement)) (isOnlyTypes(statement) ? this.#others : this.#values).add(name)
  }
}

/** The names that an import says are types. */
function typesOf({ importClause: clause }: ts.ImportDeclaration): string[] {
  const isTypeOnly = clause?.phaseModifier === ts.SyntaxKind.TypeKeyword
  const bindings = clause?.namedBindings
  const elements = bindings === undefined ? [] : ts.isNamedImports(bindings) ? bindings.elements : [bindings]
  const all = clause?.name === undefined ? elements : [clause, ...elements]
  return all.flatMap((one) => (one.name !== undefined && (isTypeOnly || isTyped(one)) ? [one.name.text] : []))
}

function isTyped(node: ts.Node): boolean {
  return ts.isImportSpecifier(node) && node.isTypeOnly
}

function runs(statement: ts.Statement): boolean {
  if (isOnlyTypes(statement) || ts.isFunctionDeclaration(statement)) return false
  if (ts.isExpressionStatement(statement)) return !ts.isStringLiteral(statement.expression)
  return !ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)
}
