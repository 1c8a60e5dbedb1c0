/**
 * Every code that this library gives, with what it means and what to do about it. The reference page is held equal
 * to this table by a test.
 */
export const ERROR_CATALOGUE = {
  ERR_TRUSTP2P_WIRE_TRUNCATED: ['the frame ends inside a field', 'send whole frames'],
  ERR_TRUSTP2P_WIRE_MALFORMED: ['the frame is not a package: bad key, varint or wire type', 'encode with the schema'],
  ERR_TRUSTP2P_WIRE_MISSING_FIELD: ['event, body or tag is absent', 'always write the required fields'],
  ERR_TRUSTP2P_WIRE_INVALID_UTF8: ['a text field is not UTF-8', 'encode text as UTF-8'],
  ERR_TRUSTP2P_WIRE_TOO_LARGE: ['the frame is longer than limits.frameBytes', 'send less, or raise the limit'],
  ERR_TRUSTP2P_WIRE_UNKNOWN_TYPE: ['the package type is none of the known ones', 'use a type of PackageType'],
  ERR_TRUSTP2P_WIRE_UNKNOWN_ENCODING: ['the body encoding is none of the known ones', 'use JSON, bytes or a contract'],
  ERR_TRUSTP2P_BODY_INVALID: [
    'the body is not the JSON text, the bytes or the typed message it claims to be',
    'send a body that its encoding and its contract allow'
  ],
  ERR_TRUSTP2P_BODY_TOO_DEEP: ['the body is nested deeper than limits.bodyDepth', 'flatten it, or raise the limit'],
  ERR_TRUSTP2P_BODY_UNSUPPORTED: ['the peer does not read this body encoding', 'send it a JSON body'],

  ERR_TRUSTP2P_CONTRACT_INVALID: [
    'the .proto, or the descriptor, is no contract',
    'see the message: it tells the line'
  ],
  ERR_TRUSTP2P_CONTRACT_BODY: [
    'a body that is to be sent does not match its contract',
    'see the message: it names the field'
  ],
  ERR_TRUSTP2P_CONTRACT_MISMATCH: [
    'the contracts of the two peers differ in a way that would misread the body',
    'bring both to one version: the warning of the node names the field'
  ],
  ERR_TRUSTP2P_CONTRACT_UNKNOWN: [
    'the contract of a typed body is not known, and could not be learned from its sender',
    'give the node the contract of this event'
  ],
  ERR_TRUSTP2P_CONTRACT_CONFLICT: ['two contracts of one name are in one node', 'rename a service, or use one .proto'],

  ERR_TRUSTP2P_DRIVER_ADDRESS_INVALID: ['the address is no URL that the driver understands', 'mend the address'],
  ERR_TRUSTP2P_DRIVER_SCHEME_UNKNOWN: ['no driver serves the scheme of the address', 'use a scheme that is registered'],
  ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE: ['another process listens there', 'choose another port, or end that process'],
  ERR_TRUSTP2P_DRIVER_LISTEN_FAILED: ['the address cannot be listened on', 'see the cause'],
  ERR_TRUSTP2P_DRIVER_DIAL_FAILED: ['the peer cannot be reached', 'see the cause; check the address and the peer'],
  ERR_TRUSTP2P_DRIVER_DIAL_REFUSED: ['the peer answered, and refused the handshake', 'check path, origin and protocol'],
  ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT: [
    'the handshake took longer than limits.handshakeMs',
    'check the peer, or raise it'
  ],
  ERR_TRUSTP2P_DRIVER_DIAL_ABORTED: ['the dial was aborted by its signal', 'nothing: it was asked for'],
  ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED: ['a peer knocked, and its handshake was refused', 'see the message'],
  ERR_TRUSTP2P_DRIVER_SOCKET_FAILED: ['the connection broke', 'see the cause'],
  ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED: [
    'the peer sent what the protocol of the driver does not allow, or more than limits.frameBytes at once',
    'see the cause; check the program of the peer'
  ],
  ERR_TRUSTP2P_DRIVER_TLS_NOT_CONFIGURED: [
    'a wss:// or tls:// address is to be listened on without a certificate',
    'set certFile and keyFile of drivers.ws.tls or drivers.tls'
  ],
  ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE: [
    'a file of certificates or of a key cannot be read',
    'mend its path or its permissions'
  ],
  ERR_TRUSTP2P_DRIVER_TLS_FILE_INVALID: [
    'a file holds no certificate, or no key, that can be used',
    'write it in PEM, the key without a passphrase'
  ],
  ERR_TRUSTP2P_DRIVER_TLS_KEY_MISMATCH: ['the key belongs to another certificate', 'give the two files of one pair'],
  ERR_TRUSTP2P_DRIVER_TLS_EXPIRED: ['a certificate has expired, or is not valid yet', 'renew it; check the clock'],
  ERR_TRUSTP2P_DRIVER_TLS_UNTRUSTED: [
    'no authority that this machine trusts has signed the certificate of the peer',
    'name the authority in caFile of drivers.ws.tls or drivers.tls'
  ],
  ERR_TRUSTP2P_DRIVER_TLS_WRONG_NAME: [
    'the certificate of the peer is for another name',
    'dial a name that it has, or have it renewed with this one'
  ],
  ERR_TRUSTP2P_DRIVER_TLS_FAILED: [
    'TLS could not be agreed on with the peer',
    'see the cause; check that both ends speak TLS: wss:// or tls://'
  ],
  ERR_TRUSTP2P_DRIVER_PROXY_FAILED: [
    'the proxy of the node cannot be reached, or hung up',
    'see the cause; check proxy.url'
  ],
  ERR_TRUSTP2P_DRIVER_PROXY_UNFIT: [
    'what answers at proxy.url is no proxy of that kind',
    'check its scheme, its port and its version'
  ],
  ERR_TRUSTP2P_DRIVER_PROXY_LOGIN: [
    'the proxy wants a user and a password, or refuses those it got',
    'write them into proxy.url'
  ],
  ERR_TRUSTP2P_DRIVER_PROXY_REFUSED: [
    'the proxy did not connect to the address',
    'see the message: the peer may be down, or a rule of the proxy be against it'
  ],
  ERR_TRUSTP2P_DRIVER_HOST_REFUSED: [
    'the address leads to a host that the call does not mean',
    'see `hosts` of `connect` or `reach`, and what the name in the address stands for'
  ],
  ERR_TRUSTP2P_DRIVER_NOT_FOUND: ['the module of a driver, or a driver, is not there', 'install it, or mend its name'],
  ERR_TRUSTP2P_DRIVER_INVALID: ['what is given is no driver', 'keep the contract of Driver: see the message'],
  ERR_TRUSTP2P_DRIVER_SCHEME_TAKEN: ['another driver serves the scheme', 'remove that one first, or replace it'],
  ERR_TRUSTP2P_DRIVER_LOAD_FAILED: ['the module of a driver failed while it was loaded', 'see the cause'],
  ERR_TRUSTP2P_DRIVER_REMOVED: ['the driver of the socket is removed, or replaced', 'ask over another socket'],

  ERR_TRUSTP2P_IDENTITY_ID_INVALID: [
    'the text is no peer id: 52 letters of z-base-32 in their one form',
    'copy the whole id that `trustp2p-cli id` prints'
  ],
  ERR_TRUSTP2P_IDENTITY_KEY_INVALID: [
    'the public key is malformed, or of those that prove nothing',
    'nothing: such a peer is refused'
  ],
  ERR_TRUSTP2P_IDENTITY_FILE_OPEN: [
    'others may read the secret key of the node, or it belongs to another user',
    'run chmod 600 on the file; where others may have read it, run `trustp2p-cli id rotate`'
  ],
  ERR_TRUSTP2P_IDENTITY_FILE_INVALID: [
    'the file holds no identity: it is broken, and is never replaced on its own',
    'put back a copy of it; or remove it, and the node gets another peer id'
  ],
  ERR_TRUSTP2P_IDENTITY_FILE_FAILED: ['the identity of the node cannot be read or written', 'see the message'],
  ERR_TRUSTP2P_IDENTITY_STORE_FAILED: [
    'the identity that a page keeps cannot be read or written, or is none',
    'see the message: give it another place, or remove what lies there, and the page gets another peer id'
  ],
  ERR_TRUSTP2P_IDENTITY_NETWORK_KEY: [
    'the file of the network key cannot be used',
    'see the message: it holds 32 bytes in base64, and nobody else may read it'
  ],
  ERR_TRUSTP2P_IDENTITY_OFF: ['the node has no identity to sign with: auth is off', 'set auth to optional or required'],
  ERR_TRUSTP2P_PROOF_FAILED: [
    'what the peer gave as proof of its identity does not hold',
    'see the message: the peer lies, or somebody between altered, repeated or relayed what it said'
  ],
  ERR_TRUSTP2P_PROOF_MISSING: [
    'the peer did not prove who it is where a proof is due',
    'give it an identity (auth), or connect without one: auth optional, no peer id in the address'
  ],
  ERR_TRUSTP2P_PROOF_WRONG_PEER: [
    'another peer answers than the one that the address names',
    'check the address; `trustp2p-cli id` prints the id of a node'
  ],
  ERR_TRUSTP2P_PROOF_TIMEOUT: ['the proof took longer than limits.greetingMs', 'check the peer, or raise it'],
  ERR_TRUSTP2P_PROOF_NETWORK: [
    'the peer is not of the private network of this node, or this node not of that of the peer',
    'give both the same network.key, or keep it out'
  ],
  ERR_TRUSTP2P_PROOF_OFF: [
    'the address names a peer, and auth is off',
    'set auth to optional or required, or leave the peer id out'
  ],
  ERR_TRUSTP2P_PROOF_SEAL_BROKEN: [
    'a sealed frame does not open: it was altered, repeated, or is out of its order',
    'see who stands between: the connection was closed'
  ],

  ERR_TRUSTP2P_RULE_DENIED: [
    'a rule keeps the peer or its host out, or none lets it in',
    'see peers.allow and peers.deny, and `node.rules.list()`'
  ],
  ERR_TRUSTP2P_PEERS_UNSAVED: [
    'the store of the node failed, so that what is known of peers is not kept',
    'see the cause: the node runs on, and knows it until it ends'
  ],
  ERR_TRUSTP2P_RULE_BANNED: [
    'somebody has banned the peer or its host for a while',
    'nothing, or let it in again with `trustp2p-cli peers unban`'
  ],
  ERR_TRUSTP2P_RULE_INVALID: [
    'an entry is no peer id, no IP address and no network',
    'write it as the message says; `trustp2p-cli id` prints the peer id of a node'
  ],
  ERR_TRUSTP2P_ADMIT_REFUSED: [
    'the `admit` of the program did not let the peer in',
    'nothing, or change what it decides by'
  ],
  ERR_TRUSTP2P_ADMIT_FAILED: ['the `admit` of the program threw, and the peer was refused', 'see the cause'],
  ERR_TRUSTP2P_ADMIT_TIMEOUT: [
    'the `admit` of the program took longer than limits.admitMs, and the peer was refused',
    'make it faster, or raise it'
  ],

  ERR_TRUSTP2P_SOCKET_CLOSED: ['the socket is closed, or closed before the answer came', 'connect again'],
  ERR_TRUSTP2P_SOCKET_DUPLICATE: ['a second connection to one URL was asked for', 'nothing: the first one serves'],
  ERR_TRUSTP2P_SOCKET_INCOMPATIBLE: [
    'the peer speaks another version of the protocol',
    'bring both to one version of the library'
  ],
  ERR_TRUSTP2P_LIMIT_INBOUND_SOCKETS: [
    'an inbound connection was refused: too many are open, in all or of its host, or the host connects too often',
    'connect less often, or raise the limit that the record names'
  ],
  ERR_TRUSTP2P_LIMIT_USELESS_FRAMES: [
    'a peer sends more than limits.unknownEvents or limits.uselessFrames of what is of no use here',
    'see what it sends with `trustp2p-cli watch`; raise the limit where that is right'
  ],
  ERR_TRUSTP2P_LIMIT_GREETING: [
    'the greeting of a peer is longer than limits.greetingBytes',
    'serve fewer contracts there, or raise it here'
  ],
  ERR_TRUSTP2P_LIMIT_IDLE: [
    'nothing but heartbeats passed on an inbound socket for limits.idleMs',
    'connect again when there is something to say, or raise it'
  ],
  ERR_TRUSTP2P_LIMIT_TRAFFIC: [
    'a peer sends more frames or bytes than limits.framesPerSecond or limits.bytesPerSecond',
    'send less, or raise the limit'
  ],
  ERR_TRUSTP2P_LIMIT_HOST_BANNED: [
    'a host broke the protocol, or a limit, more often than limits.offencesPerHour',
    'nothing, or let it in again with `trustp2p-cli peers unban`; raise that limit where many peers share the host'
  ],
  ERR_TRUSTP2P_LIMIT_PEER_BANNED: [
    'a peer is banned: it broke the protocol, or a limit, until its score was at or below limits.banScore',
    'nothing, or let it in again with `trustp2p-cli peers unban`; lower that limit where it is too strict'
  ],
  ERR_TRUSTP2P_LIMIT_PEER_SCORE: [
    'a peer is refused while its score is at or below limits.refuseScore',
    'nothing: it is let in again later; or forget what it did with `trustp2p-cli peers forget`'
  ],
  ERR_TRUSTP2P_LIMIT_BANS: ['10,000 bans were made by hand already', 'end some, or list networks in peers.deny'],
  ERR_TRUSTP2P_LIMIT_RULES: ['a list of rules has 10,000 entries already', 'list networks in place of addresses'],
  ERR_TRUSTP2P_LIMIT_ADMISSIONS: [
    'more peers wait for `admit` than limits.pendingAdmissions, or one of them sends more than is held',
    'make `admit` faster, or raise the limit; send less before the first answer'
  ],
  ERR_TRUSTP2P_LIMIT_SEND_QUEUE: ['the queue to a slow reader is full', 'wait for drain, or send less'],
  ERR_TRUSTP2P_LIMIT_PENDING: [
    'too many requests wait for answers on this socket',
    'wait for some, or raise the limit'
  ],
  ERR_TRUSTP2P_LIMIT_QUOTA: ['the thread of the peer takes this event less often', 'send it less often'],
  ERR_TRUSTP2P_LIMIT_BUSY: ['the peer already runs as many requests as it allows', 'ask again later'],
  ERR_TRUSTP2P_LIMIT_CONTRACT: ['the contract is longer, or has more types or nesting, than is read', 'split it'],
  ERR_TRUSTP2P_LIMIT_THREAD_ENTRIES: ['the threads folder holds more entries than are read', 'remove some of them'],
  ERR_TRUSTP2P_LIMIT_THREAD_HOOKS: ['more hooks came while the thread started than are kept', 'start it in less time'],
  ERR_TRUSTP2P_LIMIT_THREAD_FILE: ['a file of the thread is longer than is read', 'make it shorter, or split it'],
  ERR_TRUSTP2P_LIMIT_THREAD_MODULES: ['the thread has more local files than are loaded', 'make it a package'],

  ERR_TRUSTP2P_REQUEST_TIMEOUT: ['no answer came in time', 'ask again, or raise timeoutMs'],
  ERR_TRUSTP2P_REQUEST_ABORTED: ['the request was aborted by its signal', 'nothing: it was asked for'],
  ERR_TRUSTP2P_REQUEST_CANCELLED: ['the caller no longer waits for the answer', 'nothing: the caller asked for it'],
  ERR_TRUSTP2P_REQUEST_REMOTE: ['the peer answered with an error that has no code', 'see the message'],
  ERR_TRUSTP2P_REQUEST_STRAY: [
    'an answer came that nobody waits for: late, repeated, or never asked for',
    'nothing; where answers come late, raise timeoutMs'
  ],
  ERR_TRUSTP2P_REQUEST_REPEATED: [
    'a request came whose tag runs already',
    'nothing: the answer to the first one serves both'
  ],

  ERR_TRUSTP2P_THREAD_NO_HANDLER: ['no thread of the peer handles this event', 'enable a thread that does'],
  ERR_TRUSTP2P_THREAD_STOPPED: ['the thread was stopped before it answered', 'ask again'],
  ERR_TRUSTP2P_THREAD_HANDLER_FAILED: ['the handler threw', 'see the message and the log of the peer'],
  ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT: ['the handler took longer than handlerTimeoutMs', 'make it faster, or raise it'],
  ERR_TRUSTP2P_THREAD_NOT_FOUND: [
    'no thread of this name is linked or available',
    'run `trustp2p-cli threads available`'
  ],
  ERR_TRUSTP2P_THREAD_NAME_INVALID: ['the name is no thread name', 'use a letter, then letters, digits, @ . _ -'],
  ERR_TRUSTP2P_THREAD_DUPLICATE: ['two entries give the same thread name', 'remove one of them'],
  ERR_TRUSTP2P_THREAD_DANGLING: ['the link points at nothing', 'mend or remove the link'],
  ERR_TRUSTP2P_THREAD_FORBIDDEN: ['the link points where code may not come from', 'see the message'],
  ERR_TRUSTP2P_THREAD_NOT_A_LINK: ['the entry is a real file, which is never deleted', 'move or delete it yourself'],
  ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE: ['the threads folder cannot be read or written', 'see the message'],
  ERR_TRUSTP2P_THREAD_UNREADABLE: ['a file of the thread cannot be read', 'mend its permissions'],
  ERR_TRUSTP2P_THREAD_SYNTAX: [
    'a file of the thread has a syntax error',
    'mend the file: it is tried again when it changes'
  ],
  ERR_TRUSTP2P_THREAD_LOAD_FAILED: ['the module of the thread threw while it was loaded', 'mend the file'],
  ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT: ['the module of the thread did not load in time', 'do not wait at the top level'],
  ERR_TRUSTP2P_THREAD_IMPORT_NOT_FOUND: [
    'the thread imports a module that is not there',
    'mend the import, or install it'
  ],
  ERR_TRUSTP2P_THREAD_SHARED_CHANGED: [
    'a file that several threads share has changed',
    'restart the node: running threads keep what they loaded'
  ],
  ERR_TRUSTP2P_THREAD_NO_CLASS: ['the module exports no class', 'export the thread as default'],
  ERR_TRUSTP2P_THREAD_MANIFEST_INVALID: ['the static manifest has a wrong key or value', 'see the message'],
  ERR_TRUSTP2P_THREAD_EVENT_MAP_EMPTY: [
    'the thread has no eventMap',
    'name an event, or say handles: [] in its manifest'
  ],
  ERR_TRUSTP2P_THREAD_EVENT_MAP_INVALID: ['the eventMap holds something else than handlers', 'see the message'],
  ERR_TRUSTP2P_THREAD_CONSTRUCT_FAILED: ['the constructor of the thread threw', 'mend the file'],
  ERR_TRUSTP2P_THREAD_START_FAILED: ['start() of the thread threw', 'mend the file'],
  ERR_TRUSTP2P_THREAD_START_TIMEOUT: [
    'start() or reconfigure() did not end within startTimeoutMs',
    'wait for less in it'
  ],
  ERR_TRUSTP2P_THREAD_STOP_FAILED: ['stop() of the thread threw', 'mend the file'],
  ERR_TRUSTP2P_THREAD_NO_MODULE: ['the entry leads to a file that is no module', 'link to a module, or remove it'],
  ERR_TRUSTP2P_THREAD_STOP_TIMEOUT: ['stop() did not end within stopTimeoutMs', 'wait for less in stop()'],
  ERR_TRUSTP2P_THREAD_CYCLE: ['threads wait for each other', 'break the circle in after and requires'],
  ERR_TRUSTP2P_THREAD_GONE: ['a thread that this one wants does not run', 'call it again once it is back'],
  ERR_TRUSTP2P_THREAD_EVENT_UNDECLARED: [
    'the thread sent an event that its manifest does not declare',
    'name it under sends'
  ],
  ERR_TRUSTP2P_THREAD_PROVIDED_TWICE: ['two threads provide the same name', 'disable one of them'],
  ERR_TRUSTP2P_THREAD_CRASHED: ['the thread failed in code that nobody waits for', 'mend the file'],
  ERR_TRUSTP2P_THREAD_BLOCKED: [
    'the thread kept the event loop from turning for longer than watchdog.blockedMs',
    'do less at once, or give way in between'
  ],
  ERR_TRUSTP2P_THREAD_WORKER_UNSUPPORTED: [
    'the source of the thread cannot run it in a worker',
    'run it inline, or load it from a file'
  ],
  ERR_TRUSTP2P_THREAD_QUARANTINED: ['the thread failed too often', 'mend the file, or run threads reset'],
  ERR_TRUSTP2P_THREAD_HAND_OVER_TIMEOUT: [
    'handlers of the old version did not end within drainTimeoutMs',
    'make them faster, or raise it'
  ],
  ERR_TRUSTP2P_THREAD_SNAPSHOT_FAILED: ['snapshot() failed, so that the old version serves on', 'mend the file'],
  ERR_TRUSTP2P_THREAD_RESTORE_FAILED: ['restore() failed, so that the old version serves on', 'mend the file'],
  ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING: ['a required thread does not run', 'enable it'],

  ERR_TRUSTP2P_STATE_LOCKED: [
    'another process holds the state folder of that name',
    'end it, or give this one another name'
  ],
  ERR_TRUSTP2P_STATE_FOLDER_INVALID: ['the state folder, or what lies in it, cannot be used', 'see the message'],
  ERR_TRUSTP2P_STORE_KEY_INVALID: [
    'a key of the store is empty, longer than 1 KiB, or no text that UTF-8 can write',
    'choose another key: the message tells why'
  ],
  ERR_TRUSTP2P_STORE_TOO_LARGE: [
    'a value, or a write, is larger than a store takes',
    'split it: the message tells the limit'
  ],
  ERR_TRUSTP2P_STORE_QUOTA: [
    'a thread would keep more than limits.threadStoreBytes in the store',
    'delete some of it, or raise the limit'
  ],
  ERR_TRUSTP2P_STORE_CLOSED: ['the store is closed, as its node is', 'open it again, or ask before it is closed'],
  ERR_TRUSTP2P_STORE_BUSY: ['more than 64 MiB wait to be written to the store', 'wait for a write before the next'],
  ERR_TRUSTP2P_STORE_LOCKED: [
    'the folder of the store is open already, here or in another process',
    'end that, or choose another folder'
  ],
  ERR_TRUSTP2P_STORE_FOLDER_INVALID: [
    'the folder of the store cannot be made, read or written',
    'mend its path or its permissions'
  ],
  ERR_TRUSTP2P_STORE_BROKEN: [
    'what lies in the folder of the store is damaged, or no store',
    'put back a copy of it, or remove it and begin with an empty one'
  ],
  ERR_TRUSTP2P_STORE_DISK_FULL: ['the disk of the store has no room', 'make room: the store then goes on by itself'],
  ERR_TRUSTP2P_STORE_NOT_FOUND: ['the package that the configuration names as store is not there', 'install it'],
  ERR_TRUSTP2P_STORE_INVALID: ['what the package of the store gives is no store', 'export openStore: see the message'],
  ERR_TRUSTP2P_STORE_TIMEOUT: [
    'the package of the store did not open it in time',
    'mend its openStore, or look at its disk; then start the node again'
  ],
  ERR_TRUSTP2P_STORE_FAILED: ['the store failed in another way', 'see the cause'],

  ERR_TRUSTP2P_CONTROL_UNSUPPORTED: ['this system has no control socket', 'set control to false'],
  ERR_TRUSTP2P_CONTROL_NOT_RUNNING: [
    'no node that could be driven runs in this folder',
    'start one: `trustp2p-cli start`, or give its folder with --cwd and its name with --name'
  ],
  ERR_TRUSTP2P_CONTROL_AMBIGUOUS: ['several nodes run in this folder', 'choose one of them with --name'],
  ERR_TRUSTP2P_CONTROL_FORBIDDEN: ['the control socket could be that of another user', 'see the message'],
  ERR_TRUSTP2P_CONTROL_INVALID: ['a request to the control socket lacks what it needs', 'see the message'],
  ERR_TRUSTP2P_CONTROL_FAILED: ['a request to the control socket failed in the node', 'see the log of the node'],

  ERR_TRUSTP2P_CONFIG_INVALID: ['a configuration value is wrong', 'see the message'],
  ERR_TRUSTP2P_CONFIG_KEY_UNKNOWN: ['the configuration has no key of that name', 'see the message'],
  ERR_TRUSTP2P_CONFIG_FILE_INVALID: [
    'the configuration file is no JSON or YAML that can be taken',
    'see the message: it tells line and column'
  ],
  ERR_TRUSTP2P_CONFIG_FILE_UNREADABLE: ['the configuration file cannot be read', 'mend its path or its permissions'],
  ERR_TRUSTP2P_CONFIG_FILE_AMBIGUOUS: [
    'the folder holds two configuration files, or one whose name is not looked for',
    'see the message'
  ],
  ERR_TRUSTP2P_NODE_SUSPENDED: ['the node has left the network for a while', 'call `resume` of the node first'],
  ERR_TRUSTP2P_NODE_CLOSED: ['the node is closed, or closes', 'create a new one'],
  ERR_TRUSTP2P_NODE_FOLDER_INVALID: ['the working directory of the node is no folder that can be read', 'mend the path']
} as const satisfies Record<string, readonly [meaning: string, remedy: string]>

/** A code of the catalogue. */
export type ErrorCode = keyof typeof ERROR_CATALOGUE

/** What an error holds besides its code and its text. */
export interface P2pErrorOptions {
  /** What led to this error. Kept, and never sent to a peer. */
  cause?: unknown
  /** Facts for programs: plain values. Never sent to a peer. */
  details?: Readonly<Record<string, unknown>>
}

declare const peerCode: unique symbol

/** A code that a peer sent, of a shape that can be shown and logged. */
export type PeerCode = string & { readonly [peerCode]: true }

/** True for a code that a peer may give: a letter, then at most 63 letters, digits, `_ . : -`. */
export function isPeerCode(code: string): code is PeerCode {
  return /^[A-Za-z][\w.:-]{0,63}$/.test(code)
}

/** True for a code of the catalogue. */
export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(ERROR_CATALOGUE, code)
}

/**
 * The one error class. Recognise errors by `code`, never by `instanceof`: a code is what crosses the wire and
 * survives two copies of this library in one process.
 */
export class P2pError extends Error {
  override readonly name = 'P2pError'
  /** A code of the catalogue, or the code that the peer's thread gave. */
  readonly code: string
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode | PeerCode, message: string, options: P2pErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.code = code
    this.details = options.details
  }
}

/** True for an error, also one of another realm (a frame, a vm context), where `instanceof` fails. */
export function isError(value: unknown): value is Error {
  return readSafely(() => value instanceof Error || Object.prototype.toString.call(value) === '[object Error]', false)
}

/** True for an error with a string code, whichever copy of the library made it. */
export function isCodedError(value: unknown): value is Error & { code: string } {
  return isError(value) && readSafely(() => 'code' in value && typeof value.code === 'string', false)
}

/** Gives back the code of an error, or undefined where it has none. */
export function errorCode(value: unknown): string | undefined {
  return readSafely(() => (isCodedError(value) ? value.code : undefined), undefined)
}

/** Gives a text for anything that was thrown. */
export function errorText(value: unknown): string {
  return readSafely(() => {
    const text: unknown = isError(value) ? value.message || value.name : value
    return typeof text === 'string' ? text : String(text)
  }, 'a value that cannot be shown')
}

/** What was thrown may be anything: a proxy that was revoked, an object whose getters throw. */
function readSafely<T>(read: () => T, otherwise: T): T {
  try {
    return read()
  } catch {
    return otherwise
  }
}
