export { ERROR_CATALOGUE, P2pError, errorCode, isCodedError } from './errors'
export type { ErrorCode } from './errors'
export { PackageType } from './wire/package'
export { CP2pMessage } from './deliver/message'
export { MemoryNetwork } from './driver/memory/memory-network'
export { createMemoryDriver } from './driver/memory/memory-driver'
export type { MemoryDriverOptions } from './driver/memory/memory-driver'
export type {
  DialOptions,
  Driver,
  DriverListener,
  DriverSocket,
  DriverSocketReceiver,
  DriverSupport,
  ListenOptions,
  SocketLimits
} from './driver/contract'
export type { P2pSocket, SocketState } from './driver/socket'
export type { Clock, Crypto, Kit, Log, Random, TimerHandle } from './kit'
