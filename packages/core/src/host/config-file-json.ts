import { showValue } from '../config/config-problem'
import { TextFault, ValueBuilder, type LocatedValue } from './config-file-text'

/**
 * Reads JSON text (RFC 8259) with the place of each value. `JSON.parse` tells neither places nor keys that stand
 * twice, and where it fails often not even where. Throws TextFault.
 */
export function readJson(text: string): LocatedValue {
  return new JsonReader(text).read()
}

const SPACE = /[ \t\n\r]*/y
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const WORD = /\w+/y
const PLAIN_TEXT = /[^"\\\u0000-\u001f]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
const LITERALS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null]
])

class JsonReader {
  readonly #text: string
  readonly #builder = new ValueBuilder()
  #offset = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): LocatedValue {
    this.#take(SPACE)
    const root = this.#value(this.#offset, 0)
    this.#take(SPACE)
    if (this.#offset < this.#text.length) this.#fail(`expected the end of the file, found ${this.#found()}`)
    return root
  }

  /** Reads a value that counts as standing at `offset`, and is nested so deep. */
  #value(offset: number, depth: number): LocatedValue {
    this.#builder.enter(offset, depth)
    const next = this.#next()
    if (next === '{') return this.#builder.object(this.#entries(depth), offset)
    if (next === '[') return this.#builder.list(this.#items(depth), offset)
    if (next === '"') return this.#builder.plain(this.#string(), offset)
    return this.#builder.plain(this.#word(), offset)
  }

  #entries(depth: number): ReadonlyMap<string, LocatedValue> {
    const entries = new Map<string, LocatedValue>()
    this.#series('}', () => {
      const offset = this.#offset
      if (this.#next() !== '"') this.#fail(`expected a key in double quotes, found ${this.#found()}`)
      const key = this.#string()
      if (entries.has(key)) throw new TextFault(offset, `the key ${showValue(key)} stands here a second time`)
      this.#take(SPACE)
      if (this.#next() !== ':') this.#fail(`expected ":" after the key, found ${this.#found()}`)
      this.#offset++
      this.#take(SPACE)
      entries.set(key, this.#value(offset, depth + 1))
    })
    return entries
  }

  #items(depth: number): readonly LocatedValue[] {
    const items: LocatedValue[] = []
    this.#series(']', () => items.push(this.#value(this.#offset, depth + 1)))
    return items
  }

  /** Reads what stands between brackets, parted by commas. */
  #series(end: '}' | ']', readOne: () => void): void {
    this.#offset++
    this.#take(SPACE)
    let more = this.#next() !== end
    while (more) {
      readOne()
      this.#take(SPACE)
      more = this.#next() === ','
      if (more) this.#comma(end)
      else if (this.#next() !== end) this.#fail(`expected "," or "${end}", found ${this.#found()}`)
    }
    this.#offset++
  }

  #comma(end: '}' | ']'): void {
    const comma = this.#offset++
    this.#take(SPACE)
    if (this.#next() === end) throw new TextFault(comma, `no comma may stand before "${end}": remove it`)
  }

  #string(): string {
    const start = this.#offset++
    this.#take(PLAIN_TEXT)
    while (this.#next() === '\\') {
      if (this.#take(ESCAPE) === '') this.#fail('no such escape: a backslash is written \\\\ in JSON')
      this.#take(PLAIN_TEXT)
    }
    if (this.#next() === '\t') this.#fail('a tab in a text is written \\t in JSON')
    if (this.#next() !== '"') throw new TextFault(start, 'the text that begins here has no closing double quote')
    this.#offset++
    return JSON.parse(this.#text.slice(start, this.#offset)) as string
  }

  #word(): number | boolean | null {
    const number = this.#peek(NUMBER)
    if (number !== '') {
      this.#offset += number.length
      return Number(number)
    }
    const word = this.#peek(WORD)
    const literal = LITERALS.get(word)
    if (literal === undefined) this.#fail(`expected a value, found ${this.#found()}`)
    this.#offset += word.length
    return literal
  }

  #next(): string | undefined {
    return this.#text[this.#offset]
  }

  #peek(pattern: RegExp): string {
    pattern.lastIndex = this.#offset
    return pattern.exec(this.#text)?.[0] ?? ''
  }

  #take(pattern: RegExp): string {
    const taken = this.#peek(pattern)
    this.#offset += taken.length
    return taken
  }

  /** Names what stands at the offset, with what to do about the usual mistakes. */
  #found(): string {
    const next = this.#text.slice(this.#offset).match(/^(?:\w+|.)/su)?.[0]
    if (next === undefined) return 'the end of the file'
    if (next === "'") return `${next}: texts and keys take double quotes`
    if (next === '/' || next === '#') return `${next}: JSON has no comments, YAML has`
    return /^\w/.test(next) && !LITERALS.has(next) && !/^\d/.test(next)
      ? `${next}: texts and keys take double quotes`
      : next
  }

  #fail(message: string): never {
    throw new TextFault(this.#offset, message)
  }
}
