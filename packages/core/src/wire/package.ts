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
