/** How a value is written (protobuf encoding, "Message Structure"). */
export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, GROUP_START: 3, GROUP_END: 4, FIXED32: 5 } as const
export type WireType = (typeof WireType)[keyof typeof WireType]

/** What a field holds: the fifteen scalars, then what refers to a type of the contract. */
export const Kind = {
  DOUBLE: 0,
  FLOAT: 1,
  INT32: 2,
  UINT32: 3,
  SINT32: 4,
  FIXED32: 5,
  SFIXED32: 6,
  INT64: 7,
  UINT64: 8,
  SINT64: 9,
  FIXED64: 10,
  SFIXED64: 11,
  BOOL: 12,
  STRING: 13,
  BYTES: 14,
  ENUM: 15,
  MESSAGE: 16
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

/** The scalars by the name that a .proto gives them. */
export const SCALARS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ['double', Kind.DOUBLE],
  ['float', Kind.FLOAT],
  ['int32', Kind.INT32],
  ['uint32', Kind.UINT32],
  ['sint32', Kind.SINT32],
  ['fixed32', Kind.FIXED32],
  ['sfixed32', Kind.SFIXED32],
  ['int64', Kind.INT64],
  ['uint64', Kind.UINT64],
  ['sint64', Kind.SINT64],
  ['fixed64', Kind.FIXED64],
  ['sfixed64', Kind.SFIXED64],
  ['bool', Kind.BOOL],
  ['string', Kind.STRING],
  ['bytes', Kind.BYTES]
])

/** The wire type of a single value of that kind. */
export function wireTypeOf(kind: Kind): WireType {
  switch (kind) {
    case Kind.DOUBLE:
    case Kind.FIXED64:
    case Kind.SFIXED64:
      return WireType.FIXED64
    case Kind.FLOAT:
    case Kind.FIXED32:
    case Kind.SFIXED32:
      return WireType.FIXED32
    case Kind.STRING:
    case Kind.BYTES:
    case Kind.MESSAGE:
      return WireType.LENGTH
    default:
      return WireType.VARINT
  }
}

/** True for a kind that may be the key of a map. */
export function isKeyKind(kind: Kind): boolean {
  return kind !== Kind.DOUBLE && kind !== Kind.FLOAT && kind !== Kind.BYTES && kind < Kind.ENUM
}

/** True for a kind of 64 bits, whose values are bigints. */
export function isLong(kind: Kind): boolean {
  return kind >= Kind.INT64 && kind <= Kind.SFIXED64
}
