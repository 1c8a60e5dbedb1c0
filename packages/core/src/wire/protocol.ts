/** What a frame is for. */
export const PackageType = {
  SYSTEM: 0,
  HEARTBEAT_PING: 10,
  HEARTBEAT_PONG: 11,
  TALK: 20,
  REQUEST: 30,
  RESPONSE: 31
} as const
export type PackageType = (typeof PackageType)[keyof typeof PackageType]

/** How the body of a package is written. A peer that reads only JSON gets only JSON. */
export const Encoding = { JSON: 0, BYTES: 1, TYPED: 2 } as const
export type Encoding = (typeof Encoding)[keyof typeof Encoding]

/** The version that we write; a peer is compatible when its major number is the same. */
export const PROTOCOL_VERSION = '1.0'
/** The variant of the protocol that we write; a peer is compatible when it is equal. */
export const PROTOCOL_ALT = '1'

/** Longest frame that is decoded where nothing else is said, in bytes. */
export const DEFAULT_FRAME_BYTES = 1024 * 1024
/** Deepest nesting of a JSON body where nothing else is said: `[]` is 1 deep, a number 0. */
export const DEFAULT_BODY_DEPTH = 64

/** True for the number of a package type. */
export function isPackageType(type: number): type is PackageType {
  switch (type) {
    case PackageType.SYSTEM:
    case PackageType.HEARTBEAT_PING:
    case PackageType.HEARTBEAT_PONG:
    case PackageType.TALK:
    case PackageType.REQUEST:
    case PackageType.RESPONSE:
      return true
    default:
      return false
  }
}
