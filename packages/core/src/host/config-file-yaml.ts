import type * as Yaml from 'yaml'
import type { Alias, Node, Pair } from 'yaml'
import { showValue } from '../config/config-problem'
import { errorText } from '../errors'
import { TextFault, ValueBuilder, type LocatedValue } from './config-file-text'

/**
 * Reads one YAML document (1.2, core schema: no tags of its own, no merge keys) with the place of each value. A file
 * of comments alone is an empty object. Throws TextFault.
 */
export function readYaml(text: string): LocatedValue {
  // Loaded when the first YAML file is read, since it takes as long as the rest of a start.
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const yaml = require('yaml') as typeof Yaml
  const document = parse(text, yaml)
  if (document.contents === null) return new ValueBuilder().object(new Map(), 0)
  return new YamlReader(yaml, targetsOf(document, yaml)).read(document.contents, 0, 0)
}

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  resolveKnownTags: false,
  merge: false,
  // Looked for when values are read: the parser compares each key with every other.
  uniqueKeys: false,
  prettyErrors: false,
  // With `silent` a second document is passed over.
  logLevel: 'error'
} as const satisfies Yaml.ParseOptions & Yaml.DocumentOptions & Yaml.SchemaOptions

function parse(text: string, { parseDocument }: typeof Yaml): Yaml.Document.Parsed {
  const document = parsed()
  const [fault] = [...document.errors, ...document.warnings]
  if (fault !== undefined) throw new TextFault(fault.pos[0], messageOf(fault))
  if (document.directives.yaml.version !== OPTIONS.version) throw new TextFault(0, 'only YAML 1.2 is read')
  return document

  function parsed(): Yaml.Document.Parsed {
    try {
      return parseDocument(text, OPTIONS)
    } catch (cause) {
      throw new TextFault(0, `it cannot be read as YAML: ${errorText(cause)}`, { cause })
    }
  }
}

/** What the parser says in words of its own trade. */
const PLAIN_WORDS: Readonly<Partial<Record<Yaml.ErrorCode, string>>> = {
  BLOCK_AS_IMPLICIT_KEY: 'no key may stand here: look at the indentation of this line and the next',
  MULTIPLE_DOCS: 'a second document begins here: a file holds one',
  RESOURCE_EXHAUSTION: 'it is nested too deep'
}

function messageOf({ code, message }: Yaml.YAMLError): string {
  const text = message.replace(/^Missing closing (["'])quote$/, 'The text has no closing $1')
  return PLAIN_WORDS[code] ?? text.slice(0, 1).toLowerCase() + text.slice(1)
}

type Targets = ReadonlyMap<Alias, Node>

/** What each alias stands for: the last node before it that has its anchor. */
function targetsOf(document: Yaml.Document.Parsed, { isAlias, visit }: typeof Yaml): Targets {
  const anchors = new Map<string, Node>()
  const targets = new Map<Alias, Node>()
  visit(document, {
    Node(_, node) {
      if (!isAlias(node)) {
        if (node.anchor !== undefined) anchors.set(node.anchor, node)
        return
      }
      const target = anchors.get(node.source)
      if (target === undefined) throw new TextFault(startOf(node), `no anchor &${node.source} stands before this`)
      targets.set(node, target)
    }
  })
  return targets
}

function startOf(node: Pick<Node, 'range'>): number {
  return node.range?.[0] ?? 0
}

class YamlReader {
  readonly #yaml: typeof Yaml
  readonly #targets: Targets
  readonly #builder = new ValueBuilder()

  constructor(yaml: typeof Yaml, targets: Targets) {
    this.#yaml = yaml
    this.#targets = targets
  }

  /** Reads a node that counts as standing at `offset`, and is nested so deep. */
  read(node: unknown, offset: number, depth: number): LocatedValue {
    const { isAlias, isMap, isScalar, isSeq } = this.#yaml
    if (isAlias(node)) return this.read(this.#targets.get(node), offset, depth)
    this.#builder.enter(offset, depth)
    if (isMap(node)) return this.#builder.object(this.#entries(node.items, depth + 1), offset)
    if (isSeq(node)) return this.#builder.list(this.#items(node.items, depth + 1), offset)
    return this.#builder.plain(isScalar(node) ? node.value : null, offset)
  }

  #entries(pairs: readonly Pair[], depth: number): ReadonlyMap<string, LocatedValue> {
    const entries = new Map<string, LocatedValue>()
    for (const { key, value } of pairs) {
      const [name, offset] = this.#key(key)
      if (entries.has(name)) throw new TextFault(offset, `the key ${showValue(name)} stands here a second time`)
      entries.set(name, this.read(value, offset, depth))
    }
    return entries
  }

  #items(items: readonly unknown[], depth: number): readonly LocatedValue[] {
    return items.map((item) => this.read(item, this.#yaml.isNode(item) ? startOf(item) : 0, depth))
  }

  /** A key as it is written: `1107` and `true` are names here. */
  #key(key: unknown): readonly [name: string, offset: number] {
    if (!this.#yaml.isScalar(key))
      throw new TextFault(this.#yaml.isNode(key) ? startOf(key) : 0, 'a key must be a name')
    const name = typeof key.value === 'string' ? key.value : (key.source ?? '')
    if (name === '') throw new TextFault(startOf(key), 'a key must be a name')
    return [name, startOf(key)]
  }
}
