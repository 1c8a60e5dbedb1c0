export { ERROR_CATALOGUE, P2pError, errorCode, isCodedError } from './errors'
export type { ErrorCode } from './errors'
export { PackageType } from './wire/package'
export { CP2pMessage } from './deliver/message'
