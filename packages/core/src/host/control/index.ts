/** The entry `trustp2p/control`: what drives a running node from another process. It loads little, and fast. */
export { ControlClient, connectToNodes } from './control-client'
export type { ControlRequestOptions, ControlTarget } from './control-client'
export { ControlEvent } from './control-events'
export type { DialledAddress, ErrorFacts, NodeReport, ThreadChange, ThreadReport } from './control-events'
export { ERROR_CATALOGUE, P2pError, errorCode, errorText, isCodedError } from '../../errors'
export type { ErrorCode } from '../../errors'
export { printable } from '../../printable'
