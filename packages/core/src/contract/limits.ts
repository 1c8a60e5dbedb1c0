/** Longest text of a .proto file, and longest canonical descriptor, in bytes. */
export const CONTRACT_BYTES = 64 * 1024
/** Most messages and enums of one contract. */
export const CONTRACT_TYPES = 256
/** Deepest nesting of declarations: the parts of a type's full name, its package aside. */
export const TYPE_NESTING = 16
/** Most events of one contract. */
export const CONTRACT_EVENTS = 256
