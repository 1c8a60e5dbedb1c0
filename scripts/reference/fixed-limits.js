'use strict'

// Limits that no configuration changes, each with the constant that the code goes by.
const {
  CONTROL_FRAME_MS,
  CONTROL_LIMITS,
  CONTROL_REQUEST,
  PEERS_LISTED,
  STATUS_SOCKETS
} = require('../../packages/core/src/host/control/control-limits')
const { constantsOf } = require('./constants')
const { plainNumber, size, time } = require('./quantities')

const { STATEMENT_BYTES } = constantsOf('core/src/identity/statement.ts', 'STATEMENT_BYTES')
const { NETWORK_KEY_FILE_BYTES } = constantsOf('core/src/host/network-key-file.ts', 'NETWORK_KEY_FILE_BYTES')
const { LONGEST_PROXY_HEADER } = constantsOf('core/src/driver/proxy/proxy-header.ts', 'LONGEST_PROXY_HEADER')
const { LONGEST_HEAD } = constantsOf('core/src/driver/proxy/http-connect.ts', 'LONGEST_HEAD')
const folder = constantsOf('core/src/host/thread-folder.ts', 'LIMITS').LIMITS
const { MOST_LINKS } = constantsOf('core/src/host/path-walk.ts', 'MOST_LINKS')
const { PACKAGE_FILE_BYTES } = constantsOf('core/src/host/package-file.ts', 'PACKAGE_FILE_BYTES')
const compiler = constantsOf(
  'core/src/host/thread-compiler.ts',
  'LONGEST_BLOCK_MS',
  'LARGEST_HEAP_MIB',
  'CACHE_CHARACTERS',
  'CACHED_FILES'
)
const { MOST_NOTES } = constantsOf('core/src/host/worker/apart-loader.ts', 'MOST_NOTES')
const { HOOK_BACKLOG } = constantsOf('core/src/thread/hook-queue.ts', 'HOOK_BACKLOG')
const { KEPT_MESSAGES } = constantsOf('core/src/thread/intake.ts', 'KEPT_MESSAGES')
const { MANIFEST_FILE_BYTES } = constantsOf('core/src/host/manifest-file.ts', 'MANIFEST_FILE_BYTES')
const quotas = constantsOf('core/src/thread/quotas.ts', 'QUOTA_BUCKETS', 'LINES_PER_MINUTE')
const manifest = constantsOf('core/src/thread/manifest-keys.ts', 'LONGEST_VERSION', 'LONGEST_LIST')
const { FAILURES_PER_MINUTE } = constantsOf('core/src/thread/invoker.ts', 'FAILURES_PER_MINUTE')
const { LEAST_BYTES } = constantsOf('core/src/deliver/running-work.ts', 'LEAST_BYTES')
const answers = constantsOf('core/src/deliver/running-request.ts', 'MAX_ERROR_TEXT', 'MAX_ECHOED_EVENT')
const { LONGEST_DETAIL } = constantsOf('core/src/wire/frame-reader.ts', 'LONGEST_DETAIL')
const { DEEPEST_GROUP } = constantsOf('core/src/wire/frame-reader.ts', 'DEEPEST_GROUP')
const { MAX_ENCODINGS } = constantsOf('core/src/deliver/greeting.ts', 'MAX_ENCODINGS')
const contract = constantsOf(
  'core/src/contract/limits.ts',
  'CONTRACT_BYTES',
  'CONTRACT_TYPES',
  'CONTRACT_EVENTS',
  'TYPE_NESTING',
  'NODE_CONTRACTS',
  'USED_CONTRACTS',
  'VERDICTS',
  'DESCRIPTOR_WAIT_MS',
  'DESCRIPTORS_PER_MINUTE',
  'BODY_WEIGHT_PER_BYTE',
  'LEAST_BODY_WEIGHT',
  'COMPARED_PAIRS'
)
const { CONTRACT_WARNINGS_PER_MINUTE } = constantsOf(
  'core/src/deliver/contract-desk.ts',
  'CONTRACT_WARNINGS_PER_MINUTE'
)
const { LONGEST_PROOF } = constantsOf('core/src/deliver/entrance.ts', 'LONGEST_PROOF')
const { HELD_FRAMES } = constantsOf('core/src/deliver/entrance.ts', 'HELD_FRAMES')
const twins = constantsOf('core/src/deliver/twin-sockets.ts', 'LEAST_RETIREMENT_MS', 'LONGEST_RETIREMENT_MS')
const { MOST_RULES } = constantsOf('core/src/deliver/peer-rules.ts', 'MOST_RULES')
const book = {
  ...constantsOf('core/src/peers/ban-list.ts', 'MOST_BANS'),
  ...constantsOf('core/src/peers/ban-reason.ts', 'LONGEST_REASON'),
  ...constantsOf('core/src/peers/peer-table.ts', 'ADDRESSES_OF_A_PEER', 'LONGEST_ADDRESS'),
  ...constantsOf('core/src/peers/book-keeper.ts', 'CHANGES_AT_ONCE', 'WAITING_CHANGES'),
  ...constantsOf('core/src/peers/peer-desk.ts', 'FOLD_MS')
}
const { DRAIN_LOOK_MS } = constantsOf('core/src/driver/web/web-driver-socket.ts', 'DRAIN_LOOK_MS')
const { RECORD_BYTES } = constantsOf('core/src/identity/sealed-records.ts', 'RECORD_BYTES')
const { MOST_PEERS } = constantsOf('core/src/deliver/traffic-limit.ts', 'MOST_PEERS')
const { MOST_HOSTS } = constantsOf('core/src/inbound-gate.ts', 'MOST_HOSTS')
const dialled = constantsOf('core/src/deliver/dial-hosts.ts', 'MOST_HOSTS')
const { DRAIN_MS } = constantsOf('core/src/node-drivers.ts', 'DRAIN_MS')
const { REFUSALS_PER_MINUTE } = constantsOf('core/src/inbound-door.ts', 'REFUSALS_PER_MINUTE')
const explained = {
  ...constantsOf('core/src/explain/explain-log.ts', 'SHARES'),
  ...constantsOf('core/src/explain/explain-entry.ts', 'LONGEST_TEXT', 'LONGEST_NAME')
}
const store = constantsOf(
  'core/src/store.ts',
  'STORE_KEY_BYTES',
  'STORE_VALUE_BYTES',
  'STORE_CHANGES',
  'STORE_WRITE_BYTES'
)
const { WAITING_BYTES } = constantsOf('store/src/write-queue.ts', 'WAITING_BYTES')
const { IDENTITY_FILE_BYTES } = constantsOf('core/src/host/identity-file.ts', 'IDENTITY_FILE_BYTES')
const close = constantsOf('core/src/driver/close-frame.ts', 'REASON_BYTES', 'CLOSE_MS', 'LATE_BYTES')
const { DRIVER_LOAD_MS } = constantsOf('core/src/host/driver-loader.ts', 'DRIVER_LOAD_MS')
const { LONGEST_CLOSE_MS } = constantsOf('core/src/deliver/drain-links.ts', 'LONGEST_CLOSE_MS')
const { CLOSE_WAIT_MS } = constantsOf('core/src/node.ts', 'CLOSE_WAIT_MS')
const { STORE_CLOSE_MS } = constantsOf('core/src/node-memory.ts', 'STORE_CLOSE_MS')
const { STORE_OPEN_MS } = constantsOf('core/src/node-store.ts', 'STORE_OPEN_MS')
const pieces = constantsOf('core/src/driver/ws/ws-options.ts', 'FEWEST_PIECES', 'MOST_PIECES', 'SHORTEST_PIECE')
const slices = constantsOf('core/src/driver/net/sliced-reads.ts', 'SLICE_BYTES', 'SPARSE_SLICE_BYTES', 'CALM_READS')
const turns = constantsOf(
  'core/src/driver/net/read-turns.ts',
  'TURN_COST',
  'SHORT_COST',
  'SPARSE_COST',
  'SPARSE_TURN_COST',
  'LOUD_TURN_COST',
  'QUIET_COST_PER_MS',
  'LOUD_MS',
  'HELD_BYTES'
)
const queue = constantsOf('core/src/driver/net/send-queue.ts', 'PASSED_BYTES', 'SPARE_BLOCKS', 'BLOCK_BYTES')
const late = constantsOf('core/src/driver/net/late-pace.ts', 'LATE_BURST_BYTES', 'LATE_BYTES_PER_MS')
const { HALF_OPEN_CONNECTIONS } = constantsOf('core/src/driver/net/half-open.ts', 'HALF_OPEN_CONNECTIONS')
const { WARNINGS_PER_MINUTE } = constantsOf('core/src/driver/net/refusals.ts', 'WARNINGS_PER_MINUTE')
const { FORWARDED_CHARACTERS } = constantsOf('core/src/driver/proxy/trusted-proxies.ts', 'FORWARDED_CHARACTERS')
const { TLS_FILE_BYTES } = constantsOf('core/src/driver/tls/tls-file.ts', 'TLS_FILE_BYTES')
const watch = constantsOf('core/src/host/control/frame-watch.ts', 'SHOWN_FRAMES_PER_SECOND', 'BATCH_FRAMES', 'BATCH_MS')
const shown = constantsOf('core/src/host/control/watched-frame.ts', 'SHOWN_BODY_BYTES', 'SHOWN_NAME')
const { LONGEST_SOCKET_PATH } = constantsOf('core/src/host/local/socket-place.ts', 'LONGEST_SOCKET_PATH')
const { LOCAL_CONNECT_MS } = constantsOf('core/src/host/local/local-connection.ts', 'LOCAL_CONNECT_MS')
const { ANSWER_MS } = constantsOf('cli/src/control/nodes.ts', 'ANSWER_MS')
const { LONGEST_NODE_NAME } = constantsOf('core/src/config/names.ts', 'LONGEST_NODE_NAME')
const { FILE_BYTES } = constantsOf('core/src/host/config-file.ts', 'FILE_BYTES')
const { VALUES } = constantsOf('core/src/host/config-file-text.ts', 'VALUES')
const { MAX_DEPTH } = constantsOf('core/src/config/plain.ts', 'MAX_DEPTH')
const { MOST_PROBLEMS } = constantsOf('core/src/config/check-config.ts', 'MOST_PROBLEMS')

const NO_START = 'ERR_TRUSTP2P_CONFIG_FILE_INVALID: the node does not start'

/** What, the limit, and what happens beyond it. */
const FIXED_LIMITS = [
  [
    'entries of `threads-enabled/`',
    plainNumber(folder.entries),
    'ERR_TRUSTP2P_LIMIT_THREAD_ENTRIES as a warning; the later ones in name order are left out'
  ],
  ['one file of a thread', size(folder.fileBytes), 'ERR_TRUSTP2P_LIMIT_THREAD_FILE: the thread does not load'],
  [
    'local files of one thread',
    plainNumber(folder.modules),
    'ERR_TRUSTP2P_LIMIT_THREAD_MODULES: the thread does not load'
  ],
  ['links on the path of a thread', plainNumber(MOST_LINKS), 'the path leads nowhere, as a circle of links does'],
  ['one `package.json`', size(PACKAGE_FILE_BYTES), 'it counts as missing'],
  [
    'compiling a file that a `require` waits for',
    time(compiler.LONGEST_BLOCK_MS),
    'the `require` throws, and the thread does not load unless it catches that'
  ],
  ['heap of the compiler', `${compiler.LARGEST_HEAP_MIB} MiB`, 'the compiler ends: the thread does not load'],
  [
    'compiled files that are kept',
    `${plainNumber(compiler.CACHE_CHARACTERS)} characters, ${compiler.CACHED_FILES} files`,
    'the least recently used are forgotten'
  ],
  [
    'files that a worker names as those of its thread, found or missed',
    plainNumber(MOST_NOTES),
    'the later ones are not watched'
  ],
  [
    'hooks that wait while a thread starts, or its worker does not keep up',
    plainNumber(HOOK_BACKLOG),
    'ERR_TRUSTP2P_LIMIT_THREAD_HOOKS as a warning; the later ones are dropped'
  ],
  [
    'messages that wait while a thread hands over to its next version',
    plainNumber(KEPT_MESSAGES),
    'ERR_TRUSTP2P_LIMIT_BUSY; talks are dropped'
  ],
  [
    'pairs of peer and event whose messages quotas count, and of those whose bytes they count',
    `${plainNumber(quotas.QUOTA_BUCKETS)} each`,
    'those that owe nothing make room; where none does, newcomers share one measure'
  ],
  [
    'lines that the quotas of one thread write to the log',
    `${quotas.LINES_PER_MINUTE} a minute`,
    'what is over a quota is counted, and told of with the next'
  ],
  [
    'names, events or quotas under one key of a manifest',
    plainNumber(manifest.LONGEST_LIST),
    'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID'
  ],
  ['a file `<name>.thread.json`', size(MANIFEST_FILE_BYTES), 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID'],
  ['version in a manifest', `${manifest.LONGEST_VERSION} characters`, 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID'],
  [
    'failures of one thread in the log',
    `${FAILURES_PER_MINUTE} a minute`,
    'they are counted, and told of with the next'
  ],
  [
    'frame that a handler works on',
    `at least ${plainNumber(LEAST_BYTES)} bytes`,
    'a shorter one counts as that for `limits.runningBytes`'
  ],
  ['text of an error on the wire', `${answers.MAX_ERROR_TEXT} characters`, 'it is cut'],
  ['event that a failed answer repeats', `${answers.MAX_ECHOED_EVENT} characters`, 'the answer’s event is empty'],
  [
    'tag and event of a package of an unknown kind',
    `${plainNumber(LONGEST_DETAIL)} characters each`,
    'it is counted, and not answered'
  ],
  [
    'groups of protobuf in a group, in fields that are passed over',
    plainNumber(DEEPEST_GROUP),
    'the frame is undecodable'
  ],
  ['a proof of identity', `${plainNumber(LONGEST_PROOF)} bytes`, 'the peer is refused: ERR_TRUSTP2P_PROOF_MISSING'],
  [
    'entries of `peers.allow`, and of `peers.deny`',
    plainNumber(MOST_RULES),
    'ERR_TRUSTP2P_CONFIG_INVALID; in a running node ERR_TRUSTP2P_LIMIT_RULES'
  ],
  ['entries of `hosts` of `connect` and `reach`', plainNumber(dialled.MOST_HOSTS), 'a RangeError'],
  [
    'bans that are made by hand, and bans that limits make',
    `${plainNumber(book.MOST_BANS)} each`,
    'by hand: ERR_TRUSTP2P_LIMIT_BANS; by a limit: the oldest of these ends'
  ],
  ['a ban by hand, and its reason', `100 years, and ${book.LONGEST_REASON} characters`, 'a RangeError'],
  [
    'addresses that are remembered of a peer',
    `${book.ADDRESSES_OF_A_PEER}, of ${plainNumber(book.LONGEST_ADDRESS)} characters`,
    'the one used longest ago is forgotten; a longer one is not remembered'
  ],
  [
    'what was learnt of peers and is not in the store yet',
    `${plainNumber(book.WAITING_CHANGES)} records; ${plainNumber(book.CHANGES_AT_ONCE)} are written every ${time(book.FOLD_MS)}`,
    'later ones are written when they change again'
  ],
  [
    'frames of a peer that wait while `admit` decides on it',
    `${plainNumber(HELD_FRAMES)}, and \`limits.frameBytes\``,
    'the peer is refused with 1008 `sends too much`: ERR_TRUSTP2P_LIMIT_ADMISSIONS'
  ],
  [
    'a socket in whose place its peer has another one',
    `${time(twins.LEAST_RETIREMENT_MS)} at least, ${time(twins.LONGEST_RETIREMENT_MS)} for what is under way on it`,
    'it is closed with 1000 `duplicate driver`'
  ],
  ['frames that are sealed together', `${plainNumber(RECORD_BYTES)} bytes`, 'the later ones are sealed apart'],
  [
    'records of one host, or IPv6 network of 64 bits',
    `1/${explained.SHARES} of \`limits.explainRecords\``,
    'the oldest of them is forgotten'
  ],
  [
    'a text in a record, and an event or a tag there',
    `${explained.LONGEST_TEXT} and ${explained.LONGEST_NAME} characters`,
    'cut'
  ],
  [
    'hosts whose sockets per second are counted apart',
    plainNumber(MOST_HOSTS),
    'those that owe nothing make room; where none does, newcomers share one measure'
  ],
  [
    'peers and hosts whose frames, and whose bytes, per second are counted apart',
    plainNumber(MOST_PEERS),
    'those that owe nothing make room; where none does, newcomers share one measure'
  ],
  [
    'refused peers that are told of as warnings',
    `${REFUSALS_PER_MINUTE} a minute`,
    'they are counted, and told of with the next'
  ],
  [
    'the file of the identity',
    `${plainNumber(IDENTITY_FILE_BYTES)} bytes`,
    'ERR_TRUSTP2P_IDENTITY_FILE_INVALID: the node does not start'
  ],
  ['key of a store', `${plainNumber(store.STORE_KEY_BYTES)} bytes`, 'ERR_TRUSTP2P_STORE_KEY_INVALID'],
  ['value in a store', size(store.STORE_VALUE_BYTES), 'ERR_TRUSTP2P_STORE_TOO_LARGE'],
  [
    'one write to a store',
    `${plainNumber(store.STORE_CHANGES)} changes, ${size(store.STORE_WRITE_BYTES)} of keys and values`,
    'ERR_TRUSTP2P_STORE_TOO_LARGE, and nothing of it is changed'
  ],
  ['keys and values that wait for `@trustp2p/store` to write them', size(WAITING_BYTES), 'ERR_TRUSTP2P_STORE_BUSY'],
  [
    'frames of one read that are handed over before others are read',
    `${turns.TURN_COST}, where each KiB counts as one more`,
    'the rest waits for its turn, and the socket is not read meanwhile'
  ],
  [
    'frames that all sockets hand over in one turn of the event loop',
    `${turns.TURN_COST + turns.SHORT_COST}, counted in the same way`,
    `the turn is busy: until it ends each hands over ${turns.SPARSE_COST} at most, and the rest waits`
  ],
  [
    'frames that a socket hands over in the long run',
    `${turns.QUIET_COST_PER_MS} a ms, counted in the same way, and ${turns.TURN_COST} in reserve`,
    `it is loud for ${time(turns.LOUD_MS)} at most: not read while others wait or in a busy turn, and behind who is not loud`
  ],
  [
    'frames of sockets that wait, which they hand over in one turn of the event loop',
    `${turns.SPARSE_TURN_COST} of each that is not loud, ${turns.TURN_COST} of all of these; ${turns.LOUD_TURN_COST} of all that are`,
    'the rest waits for the next; one that waits alone is not bound by it'
  ],
  [
    `bytes of a socket that are taken apart in one go, in its first ${slices.CALM_READS} reads and where it waited lately`,
    `${plainNumber(slices.SLICE_BYTES)}, and ${slices.SPARSE_SLICE_BYTES} in a busy turn of the event loop`,
    'the rest waits as it came, up to what the system gives in two reads'
  ],
  [
    'bytes that wait for a turn',
    size(turns.HELD_BYTES),
    'all of them are handed over at once, and as many turns pass without the socket'
  ],
  ['encodings in a greeting', plainNumber(MAX_ENCODINGS), 'the later ones are passed over'],
  [
    'WebSocket fragments of one message, and chunks in which one of them comes',
    `${plainNumber(pieces.FEWEST_PIECES)}, and one for every ${pieces.SHORTEST_PIECE} bytes of \`limits.frameBytes\`; at most ${plainNumber(pieces.MOST_PIECES)}`,
    'the socket is closed with 1008'
  ],
  [
    'pings of a connection that are answered',
    'the last of each turn, while at most a quarter of `limits.sendQueueBytes` waits',
    'the others are passed over'
  ],
  [
    'connections that are in their handshake',
    `${plainNumber(HALF_OPEN_CONNECTIONS)} per address`,
    'the oldest is dropped'
  ],
  [
    'warnings of refused handshakes',
    `${WARNINGS_PER_MINUTE} a minute and address`,
    'they are counted, and told of with the next'
  ],
  ['what `sign` and `verify` take', `${plainNumber(STATEMENT_BYTES)} bytes`, 'a RangeError: sign a hash of it'],
  ['file of a network key', `${plainNumber(NETWORK_KEY_FILE_BYTES)} bytes`, '`ERR_TRUSTP2P_IDENTITY_NETWORK_KEY`'],
  [
    'header of the PROXY protocol of a trusted proxy',
    `${plainNumber(LONGEST_PROXY_HEADER)} bytes`,
    '`ERR_TRUSTP2P_DRIVER_HANDSHAKE_REFUSED`'
  ],
  ['answer of a proxy by HTTP CONNECT', `${plainNumber(LONGEST_HEAD)} bytes`, '`ERR_TRUSTP2P_DRIVER_PROXY_UNFIT`'],
  [
    '`x-forwarded-for` of a trusted proxy',
    `its last ${plainNumber(FORWARDED_CHARACTERS)} characters`,
    'the address of the proxy counts'
  ],
  ['one file of certificates or of a key', size(TLS_FILE_BYTES), 'ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE'],
  ['one .proto, or one descriptor of a contract', size(contract.CONTRACT_BYTES), 'ERR_TRUSTP2P_LIMIT_CONTRACT'],
  ['messages and enums of one contract', plainNumber(contract.CONTRACT_TYPES), 'ERR_TRUSTP2P_LIMIT_CONTRACT'],
  ['events of one contract', plainNumber(contract.CONTRACT_EVENTS), 'ERR_TRUSTP2P_LIMIT_CONTRACT'],
  ['types of a contract that lie in each other', `${contract.TYPE_NESTING} levels`, 'ERR_TRUSTP2P_LIMIT_CONTRACT'],
  [
    'zeros, empty lists and maps that a typed body is read with, for fields that it does not have',
    `${contract.BODY_WEIGHT_PER_BYTE * 8} bytes for each byte of it; ${plainNumber(contract.LEAST_BODY_WEIGHT * 8)} at least`,
    'ERR_TRUSTP2P_BODY_INVALID'
  ],
  [
    'pairs of types that two versions of a contract have in the same places',
    plainNumber(contract.COMPARED_PAIRS),
    '`ERR_TRUSTP2P_CONTRACT_UNKNOWN` as a warning'
  ],
  [
    'contracts of one node, and of one greeting',
    plainNumber(contract.NODE_CONTRACTS),
    'ERR_TRUSTP2P_LIMIT_CONTRACT; of a greeting the first count'
  ],
  [
    'contracts that a program uses without giving them to its node',
    plainNumber(contract.USED_CONTRACTS),
    'peers cannot learn the descriptor of the one that was longest not used'
  ],
  ['verdicts on pairs of contracts', plainNumber(contract.VERDICTS), 'the one that was longest not used is made anew'],
  [
    'wait for the descriptor of a peer’s contract',
    time(contract.DESCRIPTOR_WAIT_MS),
    'ERR_TRUSTP2P_CONTRACT_UNKNOWN as a warning; bodies of that contract are refused on its socket'
  ],
  [
    'descriptors that are asked of one socket',
    `${contract.DESCRIPTORS_PER_MINUTE} a minute`,
    'ERR_TRUSTP2P_CONTRACT_UNKNOWN for bodies of further contracts'
  ],
  ['warnings of contracts that differ', `${CONTRACT_WARNINGS_PER_MINUTE} a minute`, 'events are refused without one'],
  ['reason of a close frame', `${close.REASON_BYTES} bytes`, 'a RangeError'],
  [
    'what a peer sends behind our close frame, or over byte streams behind its own',
    size(close.LATE_BYTES),
    'it is not read any more, and its connection is dropped when the wait is over'
  ],
  [
    'the same of all in the process that were thrown off or not let in, or closed first over byte streams',
    `${size(late.LATE_BURST_BYTES)} at once, then ${size(late.LATE_BYTES_PER_MS)} a ms`,
    'the rest waits; they are read one after the other. A WebSocket that compresses is not held to it'
  ],
  [
    'what the stream of a connection holds of a send queue',
    `${size(queue.PASSED_BYTES)}, and once it has drained all that waits`,
    'what comes then waits in the driver, up to `limits.sendQueueBytes`'
  ],
  [
    'blocks of send queues that are kept for use again, in the process',
    `${queue.SPARE_BLOCKS} of ${size(queue.BLOCK_BYTES)}`,
    'their memory goes back to the collector'
  ],
  ['wait for a peer to follow a close', time(close.CLOSE_MS), 'its connection is dropped'],
  [
    'time between two looks of a page at a send queue that was above its mark',
    time(DRAIN_LOOK_MS),
    '`socket:drain` comes by so much later'
  ],
  ['wait for the sockets when a node closes', time(CLOSE_WAIT_MS), 'their drivers drop them'],
  [
    'wait for a store to be opened',
    time(STORE_OPEN_MS),
    'ERR_TRUSTP2P_STORE_TIMEOUT, and what is remembered lies in memory'
  ],
  [
    'wait for the store when a node closes',
    `${time(STORE_CLOSE_MS)} for what is known of peers, and as long for the rest`,
    'what it has not written by then may be lost'
  ],
  [
    'wait for what runs on the sockets of a driver that leaves',
    time(DRAIN_MS),
    '`ERR_TRUSTP2P_SOCKET_CLOSED`, unless the caller gave another time'
  ],
  ['wait for the sockets of a driver that leaves', time(LONGEST_CLOSE_MS), 'the driver drops them'],
  ['loading the module of a driver', time(DRIVER_LOAD_MS), 'ERR_TRUSTP2P_DRIVER_LOAD_FAILED'],
  ['connecting to a control socket', time(LOCAL_CONNECT_MS), 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT'],
  ['connections to a control socket', plainNumber(CONTROL_LIMITS.inboundSockets), 'ERR_TRUSTP2P_LIMIT_BUSY'],
  [
    'wait for the first frame on a control socket, and for the rest of one that has begun',
    time(CONTROL_FRAME_MS),
    'its connection is closed'
  ],
  ['frame on a control socket', size(CONTROL_LIMITS.frameBytes), 'its connection is closed'],
  [
    'requests that wait for answers on a control socket',
    plainNumber(CONTROL_LIMITS.pendingRequests),
    'ERR_TRUSTP2P_LIMIT_PENDING'
  ],
  [
    'requests of a control socket that run at once',
    plainNumber(CONTROL_LIMITS.runningRequests),
    'ERR_TRUSTP2P_LIMIT_BUSY'
  ],
  [
    'wait for the answer to a request on a control socket',
    time(CONTROL_REQUEST.timeoutMs),
    'ERR_TRUSTP2P_REQUEST_TIMEOUT, unless the caller gave another time'
  ],
  ['wait of a command for a node that it asks how it is', time(ANSWER_MS), 'ERR_TRUSTP2P_REQUEST_TIMEOUT'],
  ['peers that a node tells of on its control socket', plainNumber(PEERS_LISTED), 'the others are counted alone'],
  ['sockets that a status lists', plainNumber(STATUS_SOCKETS), 'the others are counted alone'],
  ['path of a control socket', `${LONGEST_SOCKET_PATH} bytes`, 'it lies in the user’s folder below the temporary one'],
  [
    'frames that a watcher is shown in a second',
    plainNumber(watch.SHOWN_FRAMES_PER_SECOND),
    'the others are counted, dropped and told of'
  ],
  [
    'queue to a watcher that does not read',
    `${size(CONTROL_LIMITS.sendQueueBytes / 4)} and a batch of ${watch.BATCH_FRAMES} frames`,
    'frames are counted, dropped and told of'
  ],
  [
    'wait of a frame for others that are sent to a watcher with it',
    time(watch.BATCH_MS),
    `they are sent: at the latest then, or once they are ${watch.BATCH_FRAMES}`
  ],
  ['body that a watcher is shown', size(shown.SHOWN_BODY_BYTES), 'the rest is left out'],
  ['event, tag or code that a watcher is shown', `${shown.SHOWN_NAME} characters`, 'the rest is left out'],
  ['name of a node', `${LONGEST_NODE_NAME} characters`, 'ERR_TRUSTP2P_CONFIG_INVALID'],
  ['the configuration file', size(FILE_BYTES), NO_START],
  ['values of the configuration file, those counted again that aliases of YAML repeat', plainNumber(VALUES), NO_START],
  [
    'nesting of the configuration',
    `${MAX_DEPTH} levels`,
    'ERR_TRUSTP2P_CONFIG_FILE_INVALID for a file, ERR_TRUSTP2P_CONFIG_INVALID for what code gives: the node does not start'
  ],
  [
    'problems of a configuration that are told at once',
    plainNumber(MOST_PROBLEMS),
    'the message says how many more there are'
  ]
]

module.exports = { FIXED_LIMITS }
