'use strict'

// Writes pages of docs/reference, and the JSON schema for editors, from the sources they tell of. Run it through ts-node
// (`npm run generate`).
const { readFileSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const prettier = require('prettier')
const { z } = require('zod')
const { ERROR_CATALOGUE } = require('../packages/core/src/errors')
const { THREAD_DEFAULTS, defaultConfig } = require('../packages/core/src/config/defaults')
const { nodeSchema } = require('../packages/core/src/config/schema')
const { configurationPage } = require('./reference/configuration-page')
const { editorSchema } = require('./reference/editor-schema')
const { table } = require('./reference/table')

const root = join(__dirname, '..')
const CORE = 'packages/core/src'

/** Headings of the error page, by the third word of a code. */
const ERROR_AREAS = {
  WIRE: 'Frames',
  BODY: 'Bodies',
  DRIVER: 'Drivers: listening, dialling, connections',
  SOCKET: 'Sockets',
  LIMIT: 'Limits',
  REQUEST: 'Requests',
  THREAD: 'Threads',
  STATE: 'The state folder',
  CONTROL: 'The control socket',
  CONFIG: 'Configuration',
  NODE: 'The node'
}

/** What happens at a limit, by its key. Each key of the schema's number stands here, and no other. */
const BEYOND = {
  'limits.inboundSockets': 'the next socket is closed with 1013 `inbound connections maxed out`',
  'limits.frameBytes':
    'inbound: the socket is closed with 1009 before the frame is held whole; outbound: ERR_TRUSTP2P_WIRE_TOO_LARGE, and nothing is sent',
  'limits.sendQueueBytes':
    'ERR_TRUSTP2P_LIMIT_SEND_QUEUE for a talk or a request; an answer that does not fit closes the socket with 1008. Above a quarter of it `talk` gives false, until `socket:drain`',
  'limits.handshakeMs':
    'outbound: ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT; inbound: a connection that has not finished its handshake is dropped',
  'limits.greetingMs':
    'the peer counts as one that reads JSON bodies alone, and what waited for its greeting is decided',
  'limits.pendingRequests': 'ERR_TRUSTP2P_LIMIT_PENDING for the next request, and nothing is sent',
  'limits.runningRequests': 'a request is answered with ERR_TRUSTP2P_LIMIT_BUSY at once, a talk dropped and counted',
  'limits.runningBytes': 'a request is answered with ERR_TRUSTP2P_LIMIT_BUSY at once, a talk dropped and counted',
  'limits.nodeRunningBytes': 'the same; what runs for a socket that has gone counts until its handlers have ended',
  'limits.bodyDepth':
    'inbound: ERR_TRUSTP2P_BODY_TOO_DEEP when the body is read; outbound: a RangeError, and nothing is sent',
  'limits.badFrames': 'at this many undecodable frames the socket is closed with 1002 `undecodable frames`. 0: never',
  'limits.unknownEvents':
    'past this many unknown talks, system messages and kinds of packages the socket is closed with 1003 `unknown talks`. 0: never',
  'request.timeoutMs': 'ERR_TRUSTP2P_REQUEST_TIMEOUT, up to 10 ms later; the peer is told to stop. 0: no limit',
  'request.stalledMs':
    'a request that asked for `reroute` goes to another connected server; the first answer wins. 0: only when its socket closes',
  'redial.firstMs': 'the first wait before a lost address of `connect` is dialled again',
  'redial.factor': 'each wait is this many times the one before',
  'redial.longestMs': 'no wait is longer, but for its jitter; a connection that held for 10 s starts the waits anew',
  'redial.jitter': 'a wait is this part shorter or longer, at random. 0: none',
  'drivers.ws.keepAliveMs': 'a peer that gave no sign of life since the ping before is dropped. 0: off',
  'drivers.ws.tls.reloadMs': 'files that changed are read anew, and serve the handshakes after that. 0: never',
  'threads.<name>.startTimeoutMs':
    'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT or ERR_TRUSTP2P_THREAD_START_TIMEOUT; the version before runs on',
  'threads.<name>.stopTimeoutMs': 'ERR_TRUSTP2P_THREAD_STOP_TIMEOUT as a warning; its timers and listeners are undone',
  'threads.<name>.drainTimeoutMs':
    'the `signal` of handlers that still run aborts, and their callers get ERR_TRUSTP2P_THREAD_STOPPED',
  'threads.<name>.handlerTimeoutMs':
    'the handler’s `signal` aborts, and its caller gets ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT. 0: no limit'
}

/** Limits that no configuration changes, and the text of the source that each was taken from. */
const FIXED = [
  [
    'entries of `threads-enabled/`',
    '1,000',
    'ERR_TRUSTP2P_LIMIT_THREAD_ENTRIES as a warning; the later ones in name order are left out',
    'host/thread-folder.ts',
    'entries: 1000'
  ],
  [
    'one file of a thread',
    '8 MiB',
    'ERR_TRUSTP2P_LIMIT_THREAD_FILE: the thread does not load',
    'host/thread-folder.ts',
    'fileBytes: 8 << 20'
  ],
  [
    'local files of one thread',
    '1,000',
    'ERR_TRUSTP2P_LIMIT_THREAD_MODULES: the thread does not load',
    'host/thread-folder.ts',
    'modules: 1000'
  ],
  [
    'hooks that wait while a thread starts',
    '10,000',
    'the later ones are dropped',
    'thread/generation.ts',
    'HOOK_BACKLOG = 10_000'
  ],
  [
    'failures of one thread in the log',
    '60 a minute',
    'they are counted, and told of with the next',
    'thread/invoker.ts',
    'FAILURES_PER_MINUTE = 60'
  ],
  [
    'frame that a handler works on',
    'at least 1,024 bytes',
    'a shorter one counts as that for `limits.runningBytes`',
    'deliver/running-work.ts',
    'LEAST_BYTES = 1024'
  ],
  [
    'connections to a control socket',
    '32',
    'the next is closed',
    'host/control/control-limits.ts',
    'inboundSockets: 32'
  ],
  [
    'frame on a control socket',
    '4 MiB',
    'its connection is closed',
    'host/control/control-limits.ts',
    'frameBytes: 4 * MEBIBYTE'
  ],
  [
    'frames that a watcher is shown in a second',
    '2,000',
    'the others are counted, dropped and told of',
    'host/control/frame-watch.ts',
    'SHOWN_FRAMES_PER_SECOND = 2000'
  ],
  [
    'queue to a watcher that does not read',
    '1 MiB and a batch of 100 frames',
    'frames are counted, dropped and told of',
    'host/control/control-limits.ts',
    'sendQueueBytes: 4 * MEBIBYTE'
  ],
  [
    'body that a watcher is shown',
    '2 KiB',
    'the rest is left out',
    'host/control/watched-frame.ts',
    'SHOWN_BODY_BYTES = 2048'
  ],
  [
    'sockets that a status lists',
    '1,000',
    'the others are counted alone',
    'host/control/control-limits.ts',
    'STATUS_SOCKETS = 1000'
  ],
  [
    'path of a control socket',
    '100 bytes',
    'it lies in the user’s folder below the temporary one',
    'host/control/socket-place.ts',
    'LONGEST_SOCKET_PATH = 100'
  ],
  ['text of an error on the wire', '500 characters', 'it is cut', 'deliver/running-request.ts', 'MAX_ERROR_TEXT = 500'],
  [
    'event that a failed answer repeats',
    '256 characters',
    'the answer’s event is empty',
    'deliver/running-request.ts',
    'MAX_ECHOED_EVENT = 256'
  ],
  [
    'connections that are in their handshake',
    '1,000 per address',
    'the oldest is dropped',
    'driver/ws/half-open.ts',
    'HALF_OPEN_CONNECTIONS = 1_000'
  ],
  [
    'warnings of refused handshakes',
    '10 a minute and address',
    'they are counted, and told of with the next',
    'driver/ws/ws-acceptor.ts',
    'WARNINGS_PER_MINUTE = 10'
  ],
  [
    '`x-forwarded-for` of a trusted proxy',
    'its last 1,024 characters',
    'the address of the proxy counts',
    'driver/ws/trusted-proxies.ts',
    'FORWARDED_CHARACTERS = 1_024'
  ],
  [
    'one file of certificates or of a key',
    '1 MiB',
    'ERR_TRUSTP2P_DRIVER_TLS_FILE_UNREADABLE',
    'driver/ws/tls-file.ts',
    'TLS_FILE_BYTES = 1024 * 1024'
  ],
  ['wait for the sockets when a node closes', '3 s', 'their drivers drop them', 'node.ts', 'CLOSE_WAIT_MS = 3000'],
  ['reason of a close frame', '123 bytes', 'a RangeError', 'driver/close-frame.ts', '123'],
  [
    'the configuration file',
    '1 MiB',
    'ERR_TRUSTP2P_CONFIG_FILE_INVALID: the node does not start',
    'host/config-file.ts',
    'FILE_BYTES = 1 << 20'
  ],
  [
    'values of the configuration file, those counted again that aliases of YAML repeat',
    '100,000',
    'ERR_TRUSTP2P_CONFIG_FILE_INVALID: the node does not start',
    'host/config-file-text.ts',
    'VALUES = 100_000'
  ],
  [
    'nesting of the configuration',
    '64 levels',
    'ERR_TRUSTP2P_CONFIG_FILE_INVALID for a file, ERR_TRUSTP2P_CONFIG_INVALID for what code gives: the node does not start',
    'config/plain.ts',
    'MAX_DEPTH = 64'
  ],
  [
    'problems of a configuration that are told at once',
    '100',
    'the message says how many more there are',
    'config/check-config.ts',
    'MOST_PROBLEMS = 100'
  ]
]

/** Gives the generated pages as { path: text }, paths relative to the project root. */
async function generateReference() {
  const pages = {
    'docs/reference/configuration.md': configurationPage(),
    'docs/reference/errors.md': errorPage(),
    'docs/reference/limits.md': limitPage(),
    'packages/core/trustp2p.config.schema.json': editorSchema()
  }
  const options = await prettier.resolveConfig(join(root, 'package.json'))
  const formatted = Object.entries(pages).map(async ([path, text]) => [
    path,
    await prettier.format(text, { ...options, filepath: path })
  ])
  return Object.fromEntries(await Promise.all(formatted))
}

function errorPage() {
  const codes = Object.entries(ERROR_CATALOGUE)
  const areas = Object.entries(ERROR_AREAS).map(([area, title]) => {
    const rows = codes.filter(([code]) => areaOf(code) === area)
    return `## ${title}\n\n${table(
      ['code', 'meaning', 'what to do'],
      rows.map(([code, texts]) => [`\`${code}\``, ...texts])
    )}`
  })
  const lost = codes.filter(([code]) => !Object.hasOwn(ERROR_AREAS, areaOf(code)))
  if (lost.length > 0) throw new Error(`no heading for ${lost.map(([code]) => code).join(', ')}`)
  return `# Errors

<!-- Generated by scripts/generate-reference.js from ${CORE}/errors.ts: run \`npm run generate\` instead of editing. -->

Every failure that a program, a peer or a configuration can cause is a \`P2pError\` with one of these codes. Its \`message\` says what failed, with which value, and what to do; \`cause\` holds what led to it; \`details\` holds plain facts for programs. Recognise an error by its \`code\`, never by \`instanceof\`: a code crosses the wire and survives two copies of the library in one process.

A mistake in a program is a \`TypeError\` or a \`RangeError\` instead: a body that JSON has no word for, a socket of another node, an unknown event name.

What a thread throws reaches the peer that asked: its \`code\`, where it is written like \`CHAT_NO_ROOM\` (capital letters, digits and \`_\`, at most 64), else \`ERR_TRUSTP2P_THREAD_HANDLER_FAILED\`, and the first line of its message. Nothing else crosses the wire.

${areas.join('\n\n')}
`
}

function areaOf(code) {
  return code.split('_')[2]
}

function limitPage() {
  return `# Limits

<!-- Generated by scripts/generate-reference.js from ${CORE}/config: run \`npm run generate\` instead of editing. -->

Every buffer, queue, list, depth and wait of a node has a limit. Those below are keys of the [configuration](configuration.md). A value outside its range is refused with \`ERR_TRUSTP2P_CONFIG_INVALID\`.

The error codes are explained on the [page of errors](errors.md).

## Sizes and numbers

${settingTable((key) => key.startsWith('limits.') && !key.endsWith('Ms'))}

## Times

${settingTable((key) => key.endsWith('Ms') || key.startsWith('redial.'))}

## Fixed limits

No key of the configuration changes these. A program that makes its own \`createThreadFolder\` gives other \`limits\` for the first three.

${table(['what', 'limit', 'beyond it'], FIXED.map(fixedRow))}
`
}

function settingTable(isWanted) {
  const rows = settings().filter(({ key }) => isWanted(key))
  return table(
    ['key', 'unit', 'default', 'range', 'beyond it'],
    rows.map(({ key, unit, value, range }) => [`\`${key}\``, unit, value, range, codes(BEYOND[key])])
  )
}

/** Every number of the configuration. */
function settings() {
  const { properties, ...rest } = z.toJSONSchema(nodeSchema)
  const found = numbersOf(
    { ...rest, properties },
    { ...defaultConfig('node'), threads: { '<name>': THREAD_DEFAULTS } },
    []
  )
  const keys = found.map(({ key }) => key)
  const wrong = [...keys.filter((key) => !(key in BEYOND)), ...Object.keys(BEYOND).filter((key) => !keys.includes(key))]
  if (wrong.length > 0) throw new Error(`BEYOND and the schema differ in ${wrong.join(', ')}`)
  return found
}

function numbersOf(schema, value, path) {
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum, maximum, unit = '' } = schema
    return [
      {
        key: path.join('.'),
        unit,
        value: plainNumber(value),
        range: `${plainNumber(minimum)} to ${plainNumber(maximum)}`
      }
    ]
  }
  if (path[0] === 'threads' && path.length === 1)
    return numbersOf(schema.additionalProperties, value['<name>'], [...path, '<name>'])
  return Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => numbersOf(inner, value[key], [...path, key]))
}

function fixedRow([what, limit, beyond, file, text]) {
  if (readFileSync(join(root, CORE, file), 'utf8').includes(text)) return [what, limit, codes(beyond)]
  throw new Error(`${file} no longer says "${text}": mend the row "${what}" in scripts/generate-reference.js`)
}

function codes(text) {
  return text.replaceAll(/ERR_TRUSTP2P_\w+/g, (code) => {
    if (Object.hasOwn(ERROR_CATALOGUE, code)) return `\`${code}\``
    throw new Error(`${code} is no code of the catalogue`)
  })
}

function plainNumber(number) {
  return number.toLocaleString('en-US', { maximumFractionDigits: 3 })
}

/** Writes the pages; with \`--print\` writes them to standard output as JSON instead, for the test that compares. */
async function main() {
  const pages = await generateReference()
  if (process.argv.includes('--print')) process.stdout.write(JSON.stringify(pages))
  else for (const [path, text] of Object.entries(pages)) writeFileSync(join(root, path), text)
}

void main()
