import { ERROR_CATALOGUE, isErrorCode } from '../errors'
import type { ErrorCode } from '../errors'
import type { CodeExplanation, ExplainStage } from './explain-record'

/** Where codes are given, by the third word of a code. */
const STAGES: Readonly<Record<string, ExplainStage>> = {
  WIRE: 'frame',
  BODY: 'frame',
  CONTRACT: 'frame',
  DRIVER: 'dial',
  IDENTITY: 'start',
  PROOF: 'proof',
  RULE: 'accept',
  PEERS: 'start',
  ADMIT: 'accept',
  SOCKET: 'socket',
  LIMIT: 'frame',
  REQUEST: 'request',
  THREAD: 'thread',
  STATE: 'start',
  STORE: 'start',
  CONTROL: 'start',
  CONFIG: 'start',
  NODE: 'start'
}

/** The codes that are given elsewhere. */
const OTHER_STAGES: Readonly<Partial<Record<ErrorCode, ExplainStage>>> = {
  ERR_TRUSTP2P_CONTRACT_INVALID: 'thread',
  ERR_TRUSTP2P_CONTRACT_BODY: 'send',
  ERR_TRUSTP2P_CONTRACT_CONFLICT: 'thread',
  ERR_TRUSTP2P_BODY_UNSUPPORTED: 'send',
  ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE: 'listen',
  ERR_TRUSTP2P_DRIVER_LISTEN_FAILED: 'listen',
  ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED: 'accept',
  ERR_TRUSTP2P_DRIVER_SOCKET_FAILED: 'socket',
  ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED: 'socket',
  ERR_TRUSTP2P_DRIVER_REMOVED: 'request',
  ERR_TRUSTP2P_REQUEST_STRAY: 'frame',
  ERR_TRUSTP2P_REQUEST_REPEATED: 'frame',
  ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED: 'listen',
  ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE: 'listen',
  ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID: 'listen',
  ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH: 'listen',
  ERR_TRUSTP2P_DRIVER_NOT_FOUND: 'start',
  ERR_TRUSTP2P_DRIVER_INVALID: 'start',
  ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN: 'start',
  ERR_TRUSTP2P_DRIVER_LOAD_FAILED: 'start',
  ERR_TRUSTP2P_IDENTITY_ID_INVALID: 'dial',
  ERR_TRUSTP2P_IDENTITY_KEY_INVALID: 'proof',
  ERR_TRUSTP2P_PROOF_OFF: 'dial',
  ERR_TRUSTP2P_SOCKET_DUPLICATE: 'dial',
  ERR_TRUSTP2P_SOCKET_INCOMPATIBLE: 'greeting',
  ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS: 'accept',
  ERR_TRUSTP2P_LIMIT_HOST_BANNED: 'accept',
  ERR_TRUSTP2P_LIMIT_PEER_BANNED: 'accept',
  ERR_TRUSTP2P_LIMIT_PEER_SCORE: 'accept',
  ERR_TRUSTP2P_LIMIT_BANS: 'start',
  ERR_TRUSTP2P_LIMIT_ADMISSIONS: 'accept',
  ERR_TRUSTP2P_LIMIT_RULES: 'start',
  ERR_TRUSTP2P_LIMIT_SEND_QUEUE: 'send',
  ERR_TRUSTP2P_LIMIT_PENDING: 'request',
  ERR_TRUSTP2P_LIMIT_QUOTA: 'answer',
  ERR_TRUSTP2P_LIMIT_BUSY: 'answer',
  ERR_TRUSTP2P_LIMIT_CONTRACT: 'thread',
  ERR_TRUSTP2P_LIMIT_THREAD_ENTRIES: 'thread',
  ERR_TRUSTP2P_LIMIT_THREAD_HOOKS: 'thread',
  ERR_TRUSTP2P_LIMIT_THREAD_FILE: 'thread',
  ERR_TRUSTP2P_LIMIT_THREAD_MODULES: 'thread',
  ERR_TRUSTP2P_STORE_KEY_INVALID: 'thread',
  ERR_TRUSTP2P_STORE_TOO_LARGE: 'thread',
  ERR_TRUSTP2P_STORE_QUOTA: 'thread',
  ERR_TRUSTP2P_THREAD_NO_HANDLER: 'answer',
  ERR_TRUSTP2P_THREAD_STOPPED: 'answer',
  ERR_TRUSTP2P_THREAD_HANDLER_FAILED: 'answer',
  ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT: 'answer',
  ERR_TRUSTP2P_NODE_CLOSED: 'request',
  ERR_TRUSTP2P_NODE_SUSPENDED: 'request'
}

/** The keys of the configuration that decide, where no other one is told. */
const LIMITS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ERR_TRUSTP2P_WIRE_TOO_LARGE: 'limits.frameBytes',
  ERR_TRUSTP2P_BODY_TOO_DEEP: 'limits.bodyDepth',
  ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT: 'limits.handshakeMs',
  ERR_TRUSTP2P_PROOF_TIMEOUT: 'limits.greetingMs',
  ERR_TRUSTP2P_RULE_DENIED: 'peers.deny',
  ERR_TRUSTP2P_ADMIT_TIMEOUT: 'limits.admitMs',
  ERR_TRUSTP2P_LIMIT_ADMISSIONS: 'limits.pendingAdmissions',
  ERR_TRUSTP2P_LIMIT_HOST_BANNED: 'limits.offencesPerHour',
  ERR_TRUSTP2P_LIMIT_PEER_BANNED: 'limits.banScore',
  ERR_TRUSTP2P_LIMIT_PEER_SCORE: 'limits.refuseScore',
  ERR_TRUSTP2P_LIMIT_SEND_QUEUE: 'limits.sendQueueBytes',
  ERR_TRUSTP2P_LIMIT_PENDING: 'limits.pendingRequests',
  ERR_TRUSTP2P_LIMIT_BUSY: 'limits.runningRequests',
  ERR_TRUSTP2P_STORE_QUOTA: 'limits.threadStoreBytes',
  ERR_TRUSTP2P_REQUEST_TIMEOUT: 'request.timeoutMs'
}

/** For a code that no catalogue has. */
const REMOTE_REMEDY = 'see the text: a thread answered so'

/** Tells what a code means, where it is given, and what to do; undefined for what is no code of the catalogue. */
export function explainCode(code: string): CodeExplanation | undefined {
  if (!isErrorCode(code)) return undefined
  const [text, remedy] = ERROR_CATALOGUE[code]
  const limit = LIMITS[code]
  return { code, stage: stageOf(code), text, remedy, ...(limit !== undefined && { limit }) }
}

/** Where a code is given, as far as the code itself tells. */
export function stageOf(code: ErrorCode): ExplainStage {
  return OTHER_STAGES[code] ?? STAGES[code.split('_')[2] ?? ''] ?? 'start'
}

/** What to do about a code, whoever gave it. */
export function remedyOf(code: string): string {
  return isErrorCode(code) ? ERROR_CATALOGUE[code][1] : REMOTE_REMEDY
}

/** What a code means, where nothing else is said. */
export function meaningOf(code: string): string {
  return isErrorCode(code) ? ERROR_CATALOGUE[code][0] : code
}

/** The key of the configuration that decides, where the code alone tells. */
export function limitOf(code: string): string | undefined {
  return isErrorCode(code) ? LIMITS[code] : undefined
}
