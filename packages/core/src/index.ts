export { createClient, createNode, createServer } from './create'
export type { CreateOptions, ProgramServer } from './create'
export type { PlatformOptions } from './platform-node'
export { P2pNode } from './node'
export type { CloseOptions } from './node'
export type { NodeCompanion, NodeOptions } from './node-options'
export type { StoreOpener } from './node-store'
export type { NodeState, NodeStatus, SocketStatus } from './node-status'
export type { SuspendOptions } from './suspension'
export type { NodeEvents } from './node-events'
export type { BanCause, BanOptions, KnownPeer, NodePeers, PeerBan, PeerQuery } from './peers/known-peer'
export { ERROR_CATALOGUE, P2pError, errorCode, errorText, isCodedError } from './errors'
export type { ErrorCode, P2pErrorOptions, PeerCode } from './errors'
export { CP2pPackage, Encoding, PackageType } from './wire/package'
export type { PackageFields, PackageLimits } from './wire/package'
export { Contract, contractJson, ContractEvent, defineContract } from './contract/contract'
export type { BodyType, DefineOptions, Service, Services } from './contract/contract'
export { contractModule } from './contract/contract-module'
export type { ModuleOptions } from './contract/contract-module'
export { ContractTable } from './contract/contract-table'
export type { TypedEvent } from './contract/contract-table'
export type {
  ContractDescriptor,
  ContractJson,
  EnumDescriptor,
  EventDescriptor,
  FieldDescriptor,
  FieldLabel,
  MessageDescriptor,
  TypeDescriptor,
  TypeJson
} from './contract/descriptor'
export { contentTag } from './wire/content-tag'
export type { TaggedContent } from './wire/content-tag'
export type { FrameTap } from './deliver/link-context'
export { CP2pMessage } from './deliver/message'
export type { Admit, AdmitContext, PeerCandidate } from './deliver/admission'
export type { NodeLimits } from './config/live-limits'
export type { ThreadLimits } from './thread/thread-limits'
export type { NodeRules, RuleLists } from './deliver/peer-rules'
export type { DeliverCounters } from './deliver/counters'
export type { Program } from './deliver/greeting'
export type {
  AskOptions,
  BroadcastOptions,
  BroadcastResult,
  ConnectOptions,
  RequestOptions,
  TalkOptions
} from './deliver/options'
export type { ExplainedClose, ExplainQuery, ExplainRecord, ExplainStage } from './explain/explain-record'
export { Thread } from './thread/thread'
export type { EventMap, Handler, ThreadDirectory, ThreadHandle } from './thread/thread'
export type {
  ConfigParser,
  DeclaredEvents,
  Isolation,
  Quota,
  RestartPolicy,
  ThreadManifest
} from './thread/manifest-types'
export type { Disposer, ListenedEmitter, ListenedTarget } from './thread/thread-scope'
export type { EventPatterns } from './thread/event-patterns'
export type { Manifest } from './thread/manifest'
export type { ScopedTimer } from './thread/scoped-timer'
export { ThreadBootstrap } from './thread/thread-bootstrap'
export type { ThreadBootstrapOptions } from './thread/thread-bootstrap'
export type { HandledEvent, ThreadEvent, ThreadEvents, ThreadInfo, ThreadMove } from './thread/thread-events'
export type { QuotaCounters } from './thread/quotas'
export type { StartTimes } from './thread/generation'
export type { ThreadState } from './thread/lifecycle'
export { createThreadList } from './thread/thread-list'
export type { ThreadList, ThreadListOptions } from './thread/thread-list'
export type { ThreadStore } from './thread/thread-store'
export type { ThreadNode, ThreadPeers } from './thread/node-facade'
export type {
  ApartLoadOptions,
  ApartModule,
  ThreadEntry,
  ThreadGlobals,
  ThreadLoadOptions,
  ThreadModule,
  ThreadSource,
  ThreadSourceListener,
  ThreadText
} from './thread/thread-source'
export type { Room, RoomEnd, RoomFate, RoomPort } from './thread/isolated/room'
export { createThreadFolder } from './host/thread-folder'
export type { ThreadFolderLimits, ThreadFolderOptions, ThreadFolderTimes } from './host/thread-folder'
export { createNodeKit } from './host/kit'
export type { NodeKitOptions } from './host/kit'
export { createLog } from './host/log'
export type { LogOptions } from './host/log'
export { hostScope } from './host-scope'
export type { HostScope } from './host-scope'
export { printable } from './printable'
export { assertCloseFrame } from './driver/close-frame'
export { DriverRegistry } from './driver/registry'
export { MemoryNetwork } from './driver/memory/memory-network'
export { createMemoryDriver } from './driver/memory/memory-driver'
export type { MemoryDriverOptions } from './driver/memory/memory-driver'
export { createTcpDriver } from './driver/stream/tcp-driver'
export type { TcpDriverOptions } from './driver/stream/tcp-driver'
export { createTlsDriver } from './driver/stream/tls-driver'
export type { TlsDriver, TlsDriverOptions } from './driver/stream/tls-driver'
export { createUnixDriver } from './driver/stream/unix-driver'
export type { UnixDriverOptions } from './driver/stream/unix-driver'
export { createWsDriver } from './driver/ws/ws-driver'
export type { WsDriver, WsDriverOptions } from './driver/ws/ws-driver'
export type { SharedServer } from './driver/ws/shared-upgrades'
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
export type { AddDriverOptions, DriverInfo, NodeDrivers, RemoveDriverOptions } from './node-drivers'
export type { DriverContext, DriverModule } from './driver/driver-module'
export type { P2pSocket, SocketProof, SocketState } from './driver/socket'
export { explainConfig, resolveConfig, shownConfig } from './config/resolve-config'
export type { ConfigSources } from './config/resolve-config'
export type { ExplainedValue, GivenValue } from './config/explain-config'
export type { ConfigFile, TextPlace } from './config/config-file'
export { readConfigFile } from './host/config-file'
export type {
  AuthMode,
  ConfigFlag,
  ConfigInput,
  DriversConfig,
  DriverModuleConfig,
  LinkConfig,
  LimitsConfig,
  LogConfig,
  NetworkConfig,
  NodeConfig,
  NodeRole,
  PeersConfig,
  ProxyConfig,
  RedialConfig,
  RequestConfig,
  ThreadConfig,
  WorkerConfig,
  TlsConfig,
  TlsDriverConfig,
  UnixConfig,
  WatchdogConfig,
  WsConfig
} from './config/config'
export { assertStoreChanges, assertStoreKey, assertStoreRange, MemoryStore, storeClosed } from './store'
export type { Store, StoreChange, StoreEntriesOptions } from './store'
export { createPlainContext } from './plain-context'
export type {
  Aead,
  Clock,
  CodeOwner,
  Context,
  Crypto,
  Ed25519,
  Hash,
  Kit,
  Log,
  Place,
  Random,
  SealedBox,
  TimerHandle,
  X25519
} from './kit'
export { formatPeerId, isPeerId, parsePeerId } from './identity/peer-id'
export { createIdentity, Identity } from './identity/identity'
export { createNetworkKey } from './identity/network-key'
export type { SignedStatement, Statement } from './identity/statement'
export type { KeyPair } from './identity/noise-xx'
export type { Succession } from './identity/succession'
export { identityFile, openIdentity, readIdentity, rotateIdentity } from './host/identity-file'
export type { IdentityPlace } from './host/identity-file'
