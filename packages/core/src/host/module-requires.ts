import ts from 'typescript'
import { NAMESPACE_NAME } from './wrapper-names'

/** Begins each name that holds what was required. */
export const OWN_PREFIX = '__trustp2p_'

/** What a module requires at its start, in order. */
export class ModuleRequires {
  readonly #modules: RequiredModule[] = []
  readonly #isTyped: boolean
  #names = 0

  constructor(isTyped: boolean) {
    this.#isTyped = isTyped
  }

  /** `isUsed`: false for an import that TypeScript drops unless one of its names is used. */
  add(specifier: ts.Expression, isUsed: boolean): RequiredModule {
    const name = ts.isStringLiteral(specifier) ? specifier.text : ''
    const namespaceOf = (value: string): string => `${NAMESPACE_NAME}(${value}${this.#isTyped ? ',true' : ''})`
    const eachKey = (value: string): string => (this.#isTyped ? `in ${value}` : `of Object.keys(${value})`)
    const nextName = (): string => `${OWN_PREFIX}${this.#names++}`
    const module = new RequiredModule(name, isUsed || !this.#isTyped, { namespaceOf, eachKey, nextName })
    this.#modules.push(module)
    return module
  }

  get used(): readonly RequiredModule[] {
    return this.#modules.filter(({ isUsed }) => isUsed)
  }

  get specifiers(): readonly string[] {
    return [...new Set(this.used.map(({ specifier }) => specifier))]
  }

  toString(): string {
    return this.used.join('')
  }
}

interface CodeWriter {
  readonly namespaceOf: (value: string) => string
  /** TypeScript also takes what is inherited. */
  readonly eachKey: (value: string) => string
  readonly nextName: () => string
}

/** What one import or export statement requires, and what the text reads of it. */
export class RequiredModule {
  readonly specifier: string
  isUsed: boolean
  readonly #writer: CodeWriter
  readonly #code: string[] = []
  readonly #name: string

  constructor(specifier: string, isUsed: boolean, writer: CodeWriter) {
    this.specifier = specifier
    this.isUsed = isUsed
    this.#writer = writer
    this.#name = this.#keep(`require(${JSON.stringify(specifier)})`)
  }

  /** The value of one of its exports. */
  property(name: ts.ModuleExportName): string {
    if (name.text === 'default') return this.default()
    return ts.isIdentifier(name) ? `${this.#name}.${name.text}` : `${this.#name}[${JSON.stringify(name.text)}]`
  }

  /** CommonJS has no default export: the whole stands for it. */
  default(): string {
    const name = this.#name
    return `${this.#keep(`${name}&&${name}.__esModule?${name}:{default:${name}}`)}.default`
  }

  namespace(): string {
    return this.#keep(this.#writer.namespaceOf(this.#name))
  }

  exportAll(): void {
    const getter = `Object.defineProperty(exports,key,{enumerable:true,get:()=>${this.#name}[key]})`
    this.#code.push(
      `for(const key ${this.#writer.eachKey(this.#name)})if(key!=="default"&&!Object.hasOwn(exports,key))${getter};`
    )
  }

  toString(): string {
    return this.#code.join('')
  }

  #keep(value: string): string {
    const name = this.#writer.nextName()
    this.#code.push(`const ${name}=${value};`)
    return name
  }
}
