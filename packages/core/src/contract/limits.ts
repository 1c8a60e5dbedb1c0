/** Longest text of a .proto file, and longest canonical descriptor, in bytes. */
export const CONTRACT_BYTES = 64 * 1024
/** Most messages and enums of one contract. */
export const CONTRACT_TYPES = 256
/** Deepest nesting of declarations: the parts of a type's full name, its package aside. */
export const TYPE_NESTING = 16
/** Most events of one contract. */
export const CONTRACT_EVENTS = 256
/** Most contracts of one node, which its greeting names. */
export const NODE_CONTRACTS = 64
/** Most contracts that programs used without giving them to the node, whose descriptors are kept for peers. */
export const USED_CONTRACTS = 256
/** Most verdicts on pairs of contracts that are kept. */
export const VERDICTS = 256
/** Longest wait for the descriptor of a peer's contract, in ms. */
export const DESCRIPTOR_WAIT_MS = 10_000
/** Most descriptors that are asked of one socket within a minute. */
export const DESCRIPTORS_PER_MINUTE = 64
/** What the messages of one body may weigh before a field of theirs is read, for each byte of it, in times 8 bytes. */
export const BODY_WEIGHT_PER_BYTE = 8
/** The same at least, however short the body is. */
export const LEAST_BODY_WEIGHT = 1_000_000
/** Most pairs of types that are looked at to compare two contracts. */
export const COMPARED_PAIRS = 1024
