import { isMessage } from './descriptor'
import type { ContractDescriptor, FieldDescriptor, FieldLabel } from './descriptor'
import { isLong, Kind, SCALARS, WireType, wireTypeOf } from './scalars'

/** A body: its values by the names of their fields. */
export type Fields = Record<string, unknown>

/** A field, made ready for reading and writing. */
export interface FieldType extends ValueType {
  readonly name: string
  /** The message and the field, for errors. */
  readonly path: string
  readonly number: number
  readonly label: FieldLabel
  readonly isRequired: boolean
  /** The key of a single value, or of a list or map as a whole (number and wire type). */
  readonly tag: number
  /** True for a name that every object inherits: only an own property counts. */
  readonly isInherited: boolean
  /** The keys of a map. */
  readonly keys: ValueType | undefined
  readonly oneof: string | undefined
  /** The other members of its oneof. */
  readonly rivals: readonly string[]
  /** What it is before anything was read; undefined where it is absent then. */
  initial(): unknown
}

/** A single value, made ready. */
export interface ValueType {
  readonly path: string
  readonly kind: Kind
  readonly wireType: WireType
  /** The type of a message. */
  readonly message: MessageType | undefined
  /** The numbers of an enum. */
  readonly numbers: ReadonlySet<number> | undefined
}

/** A message, made ready: once for each type of a contract. */
export class MessageType {
  readonly name: string
  /** In the order of their numbers. */
  fields: readonly FieldType[] = []
  /** The oneofs that it has. */
  oneofs: readonly string[] = []
  /** Those that must be there. */
  required: readonly FieldType[] = []
  /** What is there before anything was read: to be copied. */
  initial: Fields = {}
  /** Those of them that each message has one of its own of: lists, maps, bytes. */
  own: readonly FieldType[] = []
  /** What it takes with all of these, in about as many times 8 bytes. */
  weight = 0
  #byNumber: readonly (FieldType | undefined)[] = []
  readonly #highNumbers = new Map<number, FieldType>()
  readonly #names = new Set<string>()

  constructor(name: string) {
    this.name = name
  }

  /** Called once, when all types are there to be referred to. */
  setFields(fields: readonly FieldType[]): void {
    this.fields = fields
    this.oneofs = [...new Set(fields.flatMap(({ oneof }) => oneof ?? []))]
    this.required = fields.filter(({ isRequired }) => isRequired)
    const initial = fields.filter((field) => field.initial() !== undefined)
    this.initial = Object.fromEntries(initial.map((field) => [field.name, field.initial()]))
    this.own = initial.filter((field) => typeof field.initial() === 'object')
    this.weight = initial.reduce((weight, field) => weight + weightOf(field.initial()), EMPTY_WEIGHT)
    const byNumber: (FieldType | undefined)[] = []
    for (const field of fields) {
      this.#names.add(field.name)
      if (field.number > LISTED_NUMBERS) this.#highNumbers.set(field.number, field)
      else {
        while (byNumber.length <= field.number) byNumber.push(undefined)
        byNumber[field.number] = field
      }
    }
    this.#byNumber = byNumber
  }

  /** The field of that number. */
  field(number: number): FieldType | undefined {
    return number < this.#byNumber.length ? this.#byNumber[number] : this.#highNumbers.get(number)
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }
}

/** An object without properties, a list and a map weigh about as much. */
const EMPTY_WEIGHT = 4
/** An ArrayBuffer and its view. */
const BYTES_WEIGHT = 24

function weightOf(initial: unknown): number {
  if (typeof initial !== 'object') return 1
  return 1 + (initial instanceof Uint8Array ? BYTES_WEIGHT : EMPTY_WEIGHT)
}

/** Numbers up to this one are looked up in a list, higher ones in a Map. */
const LISTED_NUMBERS = 64

/** Makes the messages of a contract ready, by name. */
export function compileTypes({ types }: ContractDescriptor): ReadonlyMap<string, MessageType> {
  const compiled = new Map<string, MessageType>()
  for (const [name, type] of types) if (isMessage(type)) compiled.set(name, new MessageType(name.slice(1)))
  for (const [name, type] of types) {
    const message = compiled.get(name)
    if (message === undefined || !isMessage(type)) continue
    const fields = [...type.fields]
    message.setFields(
      fields.map(([number, field]) => {
        const value = valueOf(`${message.name}.${field.name}`, field.type, types, compiled)
        return fieldOf(number, field, value, rivalsOf(field, fields))
      })
    )
  }
  return compiled
}

function valueOf(
  path: string,
  type: string,
  types: ContractDescriptor['types'],
  compiled: ReadonlyMap<string, MessageType>
): ValueType {
  const message = compiled.get(type)
  const kind = SCALARS.get(type) ?? (message === undefined ? Kind.ENUM : Kind.MESSAGE)
  const target = types.get(type)
  const numbers = target === undefined || isMessage(target) ? undefined : new Set(target.values.values())
  return { path, kind, wireType: wireTypeOf(kind), message, numbers }
}

function fieldOf(number: number, field: FieldDescriptor, value: ValueType, rivals: readonly string[]): FieldType {
  const { name, label, oneof, key } = field
  const keyKind = SCALARS.get(key ?? '')
  const isWhole = label === 'map' || (label === 'repeated' && value.wireType !== WireType.LENGTH)
  return {
    ...value,
    name,
    number,
    label,
    isRequired: label === 'required',
    tag: number * 8 + (isWhole ? WireType.LENGTH : value.wireType),
    isInherited: name in Object.prototype,
    keys: keyKind === undefined ? undefined : keyOf(value.path, keyKind),
    oneof,
    rivals,
    initial: initialOf(field, value)
  }
}

function keyOf(path: string, kind: Kind): ValueType {
  return { path: `${path} (key)`, kind, wireType: wireTypeOf(kind), message: undefined, numbers: undefined }
}

function rivalsOf({ name, oneof }: FieldDescriptor, fields: readonly [number, FieldDescriptor][]): readonly string[] {
  if (oneof === undefined) return []
  return fields.flatMap(([, other]) => (other.oneof === oneof && other.name !== name ? other.name : []))
}

function initialOf({ label, default: absent }: FieldDescriptor, { kind }: ValueType): () => unknown {
  if (label === 'repeated') return () => []
  if (label === 'map') return () => ({})
  if (label === 'implicit' && kind === Kind.BYTES) return () => new Uint8Array()
  const value = label === 'implicit' ? zeroOf(kind) : absent === undefined ? undefined : parseDefault(kind, absent)
  return () => value
}

/** What a single value is read as before anything was read, as proto3 has it. */
export function zeroOf(kind: Kind): unknown {
  if (kind === Kind.STRING) return ''
  if (kind === Kind.BOOL) return false
  if (kind === Kind.MESSAGE) return undefined
  return isLong(kind) ? 0n : 0
}

function parseDefault(kind: Kind, text: string): unknown {
  if (kind === Kind.STRING) return text
  if (kind === Kind.BOOL) return text === 'true'
  return isLong(kind) ? parseLong(text) : Number(text)
}

function parseLong(text: string): bigint {
  return /^-?\d{1,20}$/.test(text) ? BigInt(text) : 0n
}
