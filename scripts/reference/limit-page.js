'use strict'

// docs/reference/limits.md, from the schema of the configuration and from the constants of the sources.
const { z } = require('zod')
const { ERROR_CATALOGUE } = require('../../packages/core/src/errors')
const { THREAD_DEFAULTS, defaultConfig } = require('../../packages/core/src/config/defaults')
const { nodeSchema } = require('../../packages/core/src/config/schema')
const { constantsOf } = require('./constants')
const { FIXED_LIMITS } = require('./fixed-limits')
const { plainNumber, time } = require('./quantities')
const { table } = require('./table')

const { SWEEP_INTERVAL_MS } = constantsOf('core/src/deliver/deadlines.ts', 'SWEEP_INTERVAL_MS')
const { STABLE_MS } = constantsOf('core/src/deliver/redialer.ts', 'STABLE_MS')

const DROPPED = 'a peer that gave no sign of life since the ping before is dropped. 0: off'
const RELOADED = 'files that changed are read anew, and serve the handshakes after that. 0: never'

/** What happens at a limit, by its key. Each key of the schema's number stands here, and no other. */
const BEYOND = {
  'limits.inboundSockets': 'the next socket is closed with 1013 `inbound connections maxed out`',
  'limits.inboundSocketsPerHost':
    'the next socket of that host is closed with 1013 `too many connections from your host`. 0: no such limit',
  'limits.inboundSocketsPerPeer':
    'the next socket of that peer is closed with 1013 `too many connections of your peer`, from wherever it comes. 0: no such limit',
  'limits.inboundSocketsPerSecond':
    'the next socket of that host is closed with 1013 `connects too often`, and counted. 0: no such limit',
  'limits.offencesPerHour':
    'the host is banned, with ERR_TRUSTP2P_LIMIT_HOST_BANNED as a warning; each offence of a proved peer also costs it a point. Offences are undecodable frames, broken seals and failed proofs, what breaks the protocol of a driver, too many unknown talks, useless frames, frames or bytes, and connecting too often. 0: never',
  'limits.banMs': 'connections of the host are dropped before their handshake until then',
  'limits.refuseScore':
    'the peer is closed with 1008 `low score`, and refused until its score is better, with ERR_TRUSTP2P_LIMIT_PEER_SCORE as a warning. A score is a point for each thousand good events, at most 5, less one for each offence. 0: never',
  'limits.banScore':
    'the peer is banned for `limits.banMs`, with ERR_TRUSTP2P_LIMIT_PEER_BANNED as a warning, and closed with 1008 `banned`. 0: never',
  'limits.scoreHalfLifeMs': 'what the peer did counts half, and a quarter after twice the time',
  'limits.knownPeers':
    'who was met longest ago is forgotten, of peers those first that were never reached; bans stay. Of hosts one that owes nothing; where none does, newcomers share one record',
  'limits.forgetMs': 'they are forgotten, their bans not',
  'limits.framesPerSecond':
    'the socket is closed with 1008 `sends too much`. A peer is who it has proved to be, else its host. 0: no such limit',
  'limits.bytesPerSecond': 'the same; one frame of `limits.frameBytes` passes, however low it is',
  'limits.frameBytes':
    'inbound: the socket is closed with 1009 before the frame is held whole; outbound: ERR_TRUSTP2P_WIRE_TOO_LARGE, and nothing is sent',
  'limits.sendQueueBytes':
    'ERR_TRUSTP2P_LIMIT_SEND_QUEUE for a talk or a request; an answer that does not fit closes the socket with 1008. Above a quarter of it `talk` gives false, until `socket:drain`',
  'limits.handshakeMs':
    'outbound: ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT; inbound: a connection that has not finished its handshake is dropped',
  'limits.greetingMs':
    'the peer counts as one that reads JSON bodies alone, and what waited for its greeting is decided',
  'limits.greetingBytes': 'the peer is refused with 1009 `greeting too large`, ERR_TRUSTP2P_LIMIT_GREETING',
  'limits.idleMs':
    'an inbound socket is closed with 1000 `idle`, up to a quarter later; running requests and messages in both directions keep it, heartbeats and empty frames do not. 0: never',
  'limits.admitMs': 'the peer is refused with 1008 `admission timeout`, ERR_TRUSTP2P_ADMIT_TIMEOUT',
  'limits.pendingAdmissions':
    'the next peer is closed with 1013 `too many peers wait`, ERR_TRUSTP2P_LIMIT_ADMISSIONS; inbound ones count as sockets too',
  'limits.pendingRequests': 'ERR_TRUSTP2P_LIMIT_PENDING for the next request, and nothing is sent',
  'limits.runningRequests': 'a request is answered with ERR_TRUSTP2P_LIMIT_BUSY at once, a talk dropped and counted',
  'limits.runningBytes': 'a request is answered with ERR_TRUSTP2P_LIMIT_BUSY at once, a talk dropped and counted',
  'limits.nodeRunningBytes': 'the same; what runs for a socket that has gone counts until its handlers have ended',
  'limits.bodyDepth':
    'inbound: ERR_TRUSTP2P_BODY_TOO_DEEP when the body is read; outbound: a RangeError, and nothing is sent',
  'limits.badFrames': 'at this many undecodable frames the socket is closed with 1002 `undecodable frames`. 0: never',
  'limits.unknownEvents':
    'past this many unknown talks, system messages and kinds of packages the socket is closed with 1003 `unknown talks`. 0: never',
  'limits.uselessFrames':
    'past this many pings, empty frames and answers that nobody waits for the socket is closed with 1003 `useless frames`. 0: never',
  'limits.threadStoreBytes': '`put` of the thread rejects with `ERR_TRUSTP2P_STORE_QUOTA`; what makes it less is done',
  'limits.explainRecords':
    'the oldest record of the host that has most is forgotten; equal records are counted, and IPv6 hosts share those of their /64. 0: nothing is recorded',
  'request.timeoutMs': `ERR_TRUSTP2P_REQUEST_TIMEOUT, up to ${time(SWEEP_INTERVAL_MS)} later; the peer is told to stop. 0: no limit`,
  'request.stalledMs':
    'a request that asked for `reroute` goes to another connected server; the first answer wins. 0: only when its socket closes',
  'redial.firstMs': 'the first wait before a lost address of `connect` is dialled again',
  'redial.factor': 'each wait is this many times the one before',
  'redial.longestMs': `no wait is longer, but for its jitter; a connection that held for ${time(STABLE_MS)} starts the waits anew`,
  'redial.jitter': 'a wait is this part shorter or longer, at random. 0: none',
  'watchdog.blockedMs':
    'a line in the log at once, and ERR_TRUSTP2P_THREAD_BLOCKED as a warning once the event loop turns again. 0: off',
  'drivers.ws.keepAliveMs': DROPPED,
  'drivers.ws.tls.reloadMs': RELOADED,
  'drivers.tcp.keepAliveMs': DROPPED,
  'drivers.tls.keepAliveMs': DROPPED,
  'drivers.tls.reloadMs': RELOADED,
  'drivers.unix.keepAliveMs': DROPPED,
  'threads.<name>.startTimeoutMs':
    'ERR_TRUSTP2P_THREAD_LOAD_TIMEOUT or ERR_TRUSTP2P_THREAD_START_TIMEOUT; the version before runs on',
  'threads.<name>.stopTimeoutMs': 'ERR_TRUSTP2P_THREAD_STOP_TIMEOUT as a warning; its timers and listeners are undone',
  'threads.<name>.drainTimeoutMs':
    'the `signal` of handlers that still run aborts, and their callers get ERR_TRUSTP2P_THREAD_STOPPED',
  'threads.<name>.restart.firstMs': 'the thread is started again; the next wait is longer by `factor`',
  'threads.<name>.restart.factor': 'waits grow',
  'threads.<name>.restart.longestMs': 'waits grow no more',
  'threads.<name>.restart.jitter': 'waits differ by chance',
  'threads.<name>.restart.most':
    'ERR_TRUSTP2P_THREAD_QUARANTINED: the thread is given up until its file changes or it is reset',
  'threads.<name>.restart.withinMs': 'earlier failures are forgotten',
  'threads.<name>.worker.heapMb': 'ERR_TRUSTP2P_THREAD_CRASHED: the worker ends, and the thread is started again',
  'threads.<name>.worker.hangMs': 'ERR_TRUSTP2P_THREAD_CRASHED: the worker is ended, and the thread is started again',
  'threads.<name>.worker.queue':
    'to the thread: ERR_TRUSTP2P_LIMIT_BUSY, and talks are dropped; from it: the same, and ERR_TRUSTP2P_LIMIT_SEND_QUEUE for a talk',
  'threads.<name>.worker.queueBytes': 'the same',
  'threads.<name>.handlerTimeoutMs':
    'the handler’s `signal` aborts, and its caller gets ERR_TRUSTP2P_THREAD_HANDLER_TIMEOUT. 0: no limit'
}

function limitPage() {
  return `# Limits

<!-- Generated by scripts/generate-reference.js from packages/core/src/config: run \`npm run generate\` instead of editing. -->

Every buffer, queue, list, depth and wait of a node has a limit. Those below are keys of the [configuration](configuration.md). A value outside its range is refused with \`ERR_TRUSTP2P_CONFIG_INVALID\`.

\`node.limits.set({ inboundSockets: 200 })\` changes those of \`limits\` in a running node. What is decided from then on goes by the new ones. What a socket is given when it opens it keeps: \`frameBytes\`, \`sendQueueBytes\`, \`pendingRequests\`, \`bodyDepth\`, \`unknownEvents\` and \`uselessFrames\`. So does a thread with what it was given as \`bodyDepth\` when it was loaded, for its store and where it runs in a worker. A node that starts again has those of its configuration.

The error codes are explained on the [page of errors](errors.md).

## Sizes and numbers

${settingTable((key) => !isOfTime(key))}

## Times

${settingTable(isOfTime)}

## Fixed limits

No key of the configuration changes these. A program that makes its own \`createThreadFolder\` gives other \`limits\` for the first three.

${table(
  ['what', 'limit', 'beyond it'],
  FIXED_LIMITS.map(([what, limit, beyond]) => [what, limit, codes(beyond)])
)}
`
}

/** Whether it is a time, or makes one longer or shorter. */
function isOfTime(key) {
  return key.endsWith('Ms') || /\.(factor|jitter)$/.test(key)
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

function codes(text) {
  return text.replaceAll(/ERR_TRUSTP2P_\w+/g, (code) => {
    if (Object.hasOwn(ERROR_CATALOGUE, code)) return `\`${code}\``
    throw new Error(`${code} is no code of the catalogue`)
  })
}

module.exports = { limitPage }
