import { P2pError } from '../errors'
import { isMessage } from './descriptor'
import type { ContractDescriptor, FieldDescriptor, MessageDescriptor, TypeDescriptor } from './descriptor'
import { COMPARED_PAIRS } from './limits'

/** What two contracts do not agree on. */
export interface Difference {
  /** The whole event: `chat/send`. */
  readonly event: string
  /** The message and the field, `Line.text`; of an enum, its name and value. */
  readonly field: string
  /** What differs, for people: our side first. */
  readonly what: string
}

/** Most differences of one event that are told. */
const MOST_DIFFERENCES = 8

/**
 * Compares two contracts of one name, ours and theirs, by their fields. Gives, by event, why bodies would be misread;
 * events that are not in it are safe. The rules are the same from both sides: a field that one side alone has must be
 * optional, implicit, repeated or a map; one that both have must agree in number, name, label, type, oneof and default.
 * Names of types, and events that one side alone has, do not count. Throws ERR_TRUSTP2P_LIMIT_CONTRACT for contracts
 * whose types would have to be compared in more than 1,024 pairs: two versions of one contract have as many as types.
 */
export function compareContracts(
  ours: ContractDescriptor,
  theirs: ContractDescriptor
): ReadonlyMap<string, readonly Difference[]> {
  const verdict = new Map<string, readonly Difference[]>()
  const comparison = new Comparison(ours.types, theirs.types)
  for (const [key, own] of ours.events) {
    const other = theirs.events.get(key)
    if (other === undefined) continue
    const event = `${ours.name}/${key}`
    const found = comparison.between([
      { own: own.request, other: other.request },
      { own: own.response, other: other.response }
    ])
    if (found.length > 0)
      verdict.set(
        event,
        found.map((difference) => ({ event, ...difference }))
      )
  }
  return verdict
}

/** Names of two types that stand in the same place. */
interface Pair {
  readonly own: string
  readonly other: string
}

type Found = Omit<Difference, 'event'>

/** What differs in two types, and the pairs of types that their fields refer to. */
class ComparedPair {
  readonly differences: Found[] = []
  readonly refers: Pair[] = []
  /** The same once they are looked at. */
  inner: readonly ComparedPair[] | undefined

  add(field: string, what: string): void {
    if (this.differences.length < MOST_DIFFERENCES) this.differences.push({ field, what })
  }
}

/** Looks at each pair once, whatever events lead to it, and in no depth: the other side has made its contract up. */
class Comparison {
  readonly #ours: ReadonlyMap<string, TypeDescriptor>
  readonly #theirs: ReadonlyMap<string, TypeDescriptor>
  readonly #compared = new Map<string, ComparedPair>()

  constructor(ours: ReadonlyMap<string, TypeDescriptor>, theirs: ReadonlyMap<string, TypeDescriptor>) {
    this.#ours = ours
    this.#theirs = theirs
  }

  /** What differs in these types, and in all that they refer to. */
  between(roots: readonly Pair[]): readonly Found[] {
    const found: Found[] = []
    const reached = new Set<ComparedPair>()
    const waiting = roots.map((pair) => this.#compare(pair)).reverse()
    for (let pair = waiting.pop(); pair !== undefined; pair = waiting.pop()) {
      if (reached.has(pair)) continue
      reached.add(pair)
      found.push(...pair.differences)
      if (found.length >= MOST_DIFFERENCES) return found.slice(0, MOST_DIFFERENCES)
      pair.inner ??= pair.refers.map((inner) => this.#compare(inner)).reverse()
      for (const inner of pair.inner) if (!reached.has(inner)) waiting.push(inner)
    }
    return found
  }

  #compare(pair: Pair): ComparedPair {
    const key = `${pair.own} ${pair.other}`
    const known = this.#compared.get(key)
    if (known !== undefined) return known
    if (this.#compared.size >= COMPARED_PAIRS) {
      const text = `the two contracts share more than ${COMPARED_PAIRS} pairs of types that differ in name`
      throw new P2pError('ERR_TRUSTP2P_LIMIT_CONTRACT', text)
    }
    const compared = new ComparedPair()
    this.#compared.set(key, compared)
    const [own, other, name] = [this.#ours.get(pair.own), this.#theirs.get(pair.other), pair.own.slice(1)]
    if (own === undefined || other === undefined) return compared
    if (isMessage(own) && isMessage(other)) this.#compareMessages(name, { own, other }, compared)
    if (!isMessage(own) && !isMessage(other)) compareValues(name, { own: own.values, other: other.values }, compared)
    return compared
  }

  /** True for two messages, and for two enums. */
  #isOfOneKind(ownName: string, otherName: string): boolean {
    const [own, other] = [this.#ours.get(ownName), this.#theirs.get(otherName)]
    return own !== undefined && other !== undefined && isMessage(own) === isMessage(other)
  }

  #compareMessages(name: string, { own, other }: Sides<MessageDescriptor>, compared: ComparedPair): void {
    const otherNumbers = numbersOf(other)
    const ownNumbers = numbersOf(own)
    for (const [number, field] of own.fields) {
      const same = other.fields.get(number)
      const moved = otherNumbers.get(field.name)
      const where = `${name}.${field.name}`
      if (moved !== undefined && moved !== number) compared.add(where, `has number ${number} here and ${moved} there`)
      else if (same === undefined) compareAbsence(where, { field, missing: 'there' }, compared)
      else this.#compareFields(where, { number, own: field, other: same }, compared)
    }
    for (const [number, field] of other.fields) {
      if (own.fields.has(number) || ownNumbers.has(field.name)) continue
      compareAbsence(`${name}.${field.name}`, { field, missing: 'here' }, compared)
    }
  }

  #compareFields(
    where: string,
    { number, own, other }: Sides<FieldDescriptor> & { readonly number: number },
    compared: ComparedPair
  ): void {
    const facts: [string, string, string][] = [
      [`number ${number} is called`, own.name, other.name],
      ['has the label', labelOf(own), labelOf(other)],
      ['has keys of type', own.key ?? 'none', other.key ?? 'none'],
      ['is in the oneof', own.oneof ?? 'none', other.oneof ?? 'none'],
      ['has the default', own.default ?? 'none', other.default ?? 'none']
    ]
    for (const [what, here, there] of facts)
      if (here !== there) compared.add(where, `${what} ${here} here and ${there} there`)
    if (this.#isOfOneKind(own.type, other.type)) compared.refers.push({ own: own.type, other: other.type })
    else if (own.type.startsWith('.') || own.type !== other.type)
      compared.add(where, `has the type ${typeOf(own)} here and ${typeOf(other)} there`)
  }
}

interface Sides<Part> {
  readonly own: Part
  readonly other: Part
}

function compareAbsence(
  where: string,
  { field, missing }: { readonly field: FieldDescriptor; readonly missing: string },
  compared: ComparedPair
): void {
  if (field.label === 'required') compared.add(where, `is required, and absent ${missing}`)
}

function compareValues(name: string, { own, other }: Sides<ReadonlyMap<string, number>>, compared: ComparedPair): void {
  const otherNames = namesOf(other)
  for (const [value, number] of own) {
    const moved = other.get(value)
    const renamed = otherNames.get(number)
    const where = `${name}.${value}`
    if (moved !== undefined && moved !== number) compared.add(where, `is ${number} here and ${moved} there`)
    else if (moved === undefined && renamed !== undefined && !own.has(renamed))
      compared.add(where, `is ${number}, which is ${renamed} there`)
  }
}

/** An absent field is read as zero, or as absent: no other difference, and none that a sender can see. */
function labelOf({ label }: FieldDescriptor): string {
  return label === 'implicit' ? 'optional' : label
}

function typeOf({ type }: FieldDescriptor): string {
  return type.replace(/^\./, '')
}

function numbersOf({ fields }: MessageDescriptor): ReadonlyMap<string, number> {
  return new Map([...fields].map(([number, { name }]) => [name, number]))
}

function namesOf(values: ReadonlyMap<string, number>): ReadonlyMap<number, string> {
  return new Map([...values].map(([name, number]) => [number, name]))
}
