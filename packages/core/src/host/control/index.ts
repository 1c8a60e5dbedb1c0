/** The entry `trustp2p/control`: what drives a running node from another process. It loads little, and fast. */
export { assertFolder } from '../assert-folder'
export { ControlClient, connectToNodes } from './control-client'
export type { ConnectedNodes, ControlRequestOptions, ControlTarget } from './control-client'
export { ControlEvent } from './control-events'
export type {
  DialledAddress,
  ErrorFacts,
  NodeReport,
  PeerChange,
  PeerListing,
  ThreadChange,
  ThreadReport
} from './control-events'
export type { BanCause, BanOptions, KnownPeer, PeerBan } from '../../peers/known-peer'
export type { WatchFilter } from './frame-filter'
export type { WatchBatch } from './frame-watch'
export type { FrameWay, WatchedFrame } from './watched-frame'
export { ERROR_CATALOGUE, P2pError, errorCode, errorText, isCodedError } from '../../errors'
export type { ErrorCode } from '../../errors'
export { explainCode } from '../../explain/explain-code'
export type {
  CodeExplanation,
  ExplainedClose,
  ExplainQuery,
  ExplainRecord,
  ExplainStage
} from '../../explain/explain-record'
export { printable } from '../../printable'
export { inspectNode } from './inspect-node'
export type { NodeInspection } from './inspect-node'
export type { Knock } from '../local/knock'
export type { LocalConnectionOptions, NoConnection } from '../local/local-connection'
export { storePackage } from '../store-opener'
export type { StoreChoice } from '../store-opener'
export { assertStateFolder, listStateFolders } from '../state-folder'
export type { StateFolderOptions } from '../state-folder'
