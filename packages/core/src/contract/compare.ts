import { isMessage } from './descriptor'
import type { ContractDescriptor, FieldDescriptor, MessageDescriptor, TypeDescriptor } from './descriptor'

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
 * Names of types, and events that one side alone has, do not count.
 */
export function compareContracts(
  ours: ContractDescriptor,
  theirs: ContractDescriptor
): ReadonlyMap<string, readonly Difference[]> {
  const verdict = new Map<string, readonly Difference[]>()
  for (const [key, own] of ours.events) {
    const other = theirs.events.get(key)
    if (other === undefined) continue
    const event = `${ours.name}/${key}`
    const comparison = new Comparison(event, ours, theirs)
    comparison.compareTypes(own.request, other.request)
    comparison.compareTypes(own.response, other.response)
    if (comparison.differences.length > 0) verdict.set(event, comparison.differences)
  }
  return verdict
}

class Comparison {
  readonly differences: Difference[] = []
  readonly #event: string
  readonly #ours: ReadonlyMap<string, TypeDescriptor>
  readonly #theirs: ReadonlyMap<string, TypeDescriptor>
  /** Pairs that are compared, or were: types may refer to themselves. */
  readonly #seen = new Set<string>()

  constructor(event: string, ours: ContractDescriptor, theirs: ContractDescriptor) {
    this.#event = event
    this.#ours = ours.types
    this.#theirs = theirs.types
  }

  /** Gives false for a message where the other is an enum. */
  compareTypes(ownName: string, otherName: string): boolean {
    const own = this.#ours.get(ownName)
    const other = this.#theirs.get(otherName)
    if (own === undefined || other === undefined || isMessage(own) !== isMessage(other)) return false
    const pair = `${ownName} ${otherName}`
    if (this.#seen.has(pair)) return true
    this.#seen.add(pair)
    if (isMessage(own) && isMessage(other)) this.#compareMessages(ownName.slice(1), own, other)
    if (!isMessage(own) && !isMessage(other)) this.#compareValues(ownName.slice(1), own.values, other.values)
    return true
  }

  #compareMessages(name: string, own: MessageDescriptor, other: MessageDescriptor): void {
    const otherNumbers = numbersOf(other)
    const ownNumbers = numbersOf(own)
    for (const [number, field] of own.fields) {
      const same = other.fields.get(number)
      const moved = otherNumbers.get(field.name)
      const where = `${name}.${field.name}`
      if (moved !== undefined && moved !== number) this.#add(where, `has number ${number} here and ${moved} there`)
      else if (same === undefined) this.#compareAbsence(where, field, 'there')
      else this.#compareFields(where, number, field, same)
    }
    for (const [number, field] of other.fields) {
      if (own.fields.has(number) || ownNumbers.has(field.name)) continue
      this.#compareAbsence(`${name}.${field.name}`, field, 'here')
    }
  }

  #compareAbsence(where: string, field: FieldDescriptor, missing: string): void {
    if (field.label === 'required') this.#add(where, `is required, and absent ${missing}`)
  }

  #compareFields(where: string, number: number, own: FieldDescriptor, other: FieldDescriptor): void {
    const facts: [string, string, string][] = [
      [`number ${number} is called`, own.name, other.name],
      ['has the label', labelOf(own), labelOf(other)],
      ['has keys of type', own.key ?? 'none', other.key ?? 'none'],
      ['is in the oneof', own.oneof ?? 'none', other.oneof ?? 'none'],
      ['has the default', own.default ?? 'none', other.default ?? 'none']
    ]
    for (const [what, here, there] of facts)
      if (here !== there) this.#add(where, `${what} ${here} here and ${there} there`)
    const same = own.type.startsWith('.') ? this.compareTypes(own.type, other.type) : own.type === other.type
    if (!same) this.#add(where, `has the type ${typeOf(own)} here and ${typeOf(other)} there`)
  }

  #compareValues(name: string, own: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): void {
    const otherNames = namesOf(other)
    for (const [value, number] of own) {
      const moved = other.get(value)
      const renamed = otherNames.get(number)
      const where = `${name}.${value}`
      if (moved !== undefined && moved !== number) this.#add(where, `is ${number} here and ${moved} there`)
      else if (moved === undefined && renamed !== undefined && !own.has(renamed))
        this.#add(where, `is ${number}, which is ${renamed} there`)
    }
  }

  #add(field: string, what: string): void {
    if (this.differences.length < MOST_DIFFERENCES) this.differences.push({ event: this.#event, field, what })
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
