import { LONGEST_TIMER_MS } from '../kit'
import type { LimitsConfig, LogConfig, RedialConfig, RequestConfig, WatchdogConfig } from './config'
import type { ShapeOf } from './schema-parts'
import { AN_OBJECT, described, GIBIBYTE, MILLION, number, oneOf, TEN_YEARS_MS, wholeNumber } from './schema-parts'
import * as z from './zod'

export const limitsSchema = z.strictObject(
  {
    inboundSockets: described(wholeNumber(0, MILLION, 'sockets'), {
      description: 'Most inbound sockets at once; the next is closed with 1013.'
    }),
    inboundSocketsPerHost: described(wholeNumber(0, MILLION, 'sockets'), {
      description:
        'Most of them from one host, or one IPv6 network of 64 bits; the next is closed with 1013. 0: no such limit.',
      off: '0'
    }),
    inboundSocketsPerPeer: described(wholeNumber(0, MILLION, 'sockets'), {
      description:
        'Most of them of one peer that has proved who it is; the next is closed with 1013. 0: no such limit.',
      off: '0'
    }),
    inboundSocketsPerSecond: described(wholeNumber(0, MILLION, 'sockets per second'), {
      description:
        'Most that one host may open per second, as many at once; the next is closed with 1013. 0: no such limit.',
      off: '0'
    }),
    offencesPerHour: described(wholeNumber(0, MILLION, 'offences per hour'), {
      description:
        'A host is banned past this many offences: sockets that were closed for what came on them. 0: never.',
      off: '0'
    }),
    banMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), { description: 'How long a ban lasts, in ms.' }),
    refuseScore: described(number(-MILLION, 0), {
      description:
        'A proved peer is refused while its score is at or below this, and its sockets are closed. 0: never.',
      unit: 'points',
      off: '0'
    }),
    banScore: described(number(-MILLION, 0), {
      description: 'A proved peer is banned once its score is at or below this. 0: never.',
      unit: 'points',
      off: '0'
    }),
    scoreHalfLifeMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), {
      description: 'What a peer did counts half after this time, in ms.'
    }),
    knownPeers: described(wholeNumber(1, MILLION, 'peers'), {
      description: 'Most peers, and most hosts, that are remembered; who was met longest ago is forgotten for another.'
    }),
    forgetMs: described(wholeNumber(1, TEN_YEARS_MS, 'ms'), {
      description: 'Peers and hosts that were not met for this time are forgotten, in ms.'
    }),
    framesPerSecond: described(wholeNumber(0, MILLION, 'frames per second'), {
      description:
        'Most frames of one peer per second, as many at once; then its socket is closed with 1008. 0: no such limit.',
      off: '0'
    }),
    bytesPerSecond: described(wholeNumber(0, 4 * GIBIBYTE, 'bytes per second'), {
      description:
        'Most bytes of frames of one peer per second; then its socket is closed with 1008. 0: no such limit.',
      off: '0'
    }),
    frameBytes: described(wholeNumber(1, GIBIBYTE, 'bytes'), { description: 'Longest frame, in bytes.' }),
    sendQueueBytes: described(wholeNumber(1, 4 * GIBIBYTE, 'bytes'), {
      description: 'Most bytes queued to one slow reader.'
    }),
    handshakeMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), { description: 'Longest handshake, in ms.' }),
    greetingMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), {
      description: "Longest wait for a peer's greeting where one is needed, in ms."
    }),
    greetingBytes: described(wholeNumber(1024, GIBIBYTE, 'bytes'), {
      description: 'Longest greeting, as a frame, in bytes; the socket is closed with 1009.'
    }),
    idleMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description:
        'An inbound socket on which nothing but heartbeats passes for so many ms is closed with 1000. 0: never.',
      off: '0'
    }),
    admitMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), {
      description: 'Longest time in ms that the `admit` of a program may take for one peer, which is refused then.'
    }),
    pendingAdmissions: described(wholeNumber(1, MILLION, 'peers'), {
      description: 'Most peers that `admit` decides on at once; the next is closed with 1013.'
    }),
    pendingRequests: described(wholeNumber(1, MILLION, 'requests'), {
      description: 'Most requests of ours that wait for answers, per socket.'
    }),
    runningRequests: described(wholeNumber(1, MILLION, 'requests'), {
      description:
        'Most requests of a peer that run at once, per socket; the next is answered with ERR_TRUSTP2P_LIMIT_BUSY.'
    }),
    runningBytes: described(wholeNumber(1024, GIBIBYTE, 'bytes'), {
      description:
        'Most bytes of frames that handlers work on at once, per socket; beyond it requests are busy and talks dropped.'
    }),
    nodeRunningBytes: described(wholeNumber(1024, 64 * GIBIBYTE, 'bytes'), {
      description: 'The same for the whole node, with those whose socket has gone.'
    }),
    bodyDepth: described(wholeNumber(1, 1000, 'levels'), { description: 'Deepest nesting of a JSON body.' }),
    badFrames: described(wholeNumber(0, MILLION, 'frames'), {
      description: 'A socket is closed with 1002 at its n-th undecodable frame. 0: never.',
      off: '0'
    }),
    unknownEvents: described(wholeNumber(0, MILLION, 'frames per minute'), {
      description: 'A socket is closed with 1003 past this many unknown talks within a minute. 0: never.',
      off: '0'
    }),
    uselessFrames: described(wholeNumber(0, MILLION, 'frames per minute'), {
      description:
        'A socket is closed with 1003 past this many pings, empty frames and answers to nothing within a minute. 0: never.',
      off: '0'
    }),
    explainRecords: described(wholeNumber(0, 10_000, 'records'), {
      description: 'Most records of what was refused, closed, dropped or failed, a tenth of them of one host. 0: none.',
      off: '0'
    }),
    threadStoreBytes: described(wholeNumber(0, 4 * GIBIBYTE, 'bytes'), {
      description: 'Most bytes that one thread keeps in the store: its keys and values, and 64 for each.'
    })
  } satisfies ShapeOf<LimitsConfig>,
  AN_OBJECT
)

export const requestSchema = z.strictObject(
  {
    timeoutMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description: 'Longest wait for an answer, in ms. 0: for ever.',
      off: '0'
    }),
    stalledMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description:
        'How long a server may leave a request with `reroute` unanswered before another is asked, in ms. 0: for ever.',
      off: '0'
    })
  } satisfies ShapeOf<RequestConfig>,
  AN_OBJECT
)

export const redialSchema = z.strictObject(
  {
    firstMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), { description: 'Wait before the first redial, in ms.' }),
    factor: described(number(1, 100), { description: 'What each wait is multiplied by to give the next.' }),
    longestMs: described(wholeNumber(1, LONGEST_TIMER_MS, 'ms'), { description: 'Longest wait, in ms.' }),
    jitter: described(number(0, 1), {
      description: 'Part of a wait that is random: 0.2 gives 80 % to 120 % of it.',
      off: '0'
    })
  } satisfies ShapeOf<RedialConfig>,
  AN_OBJECT
)

export const watchdogSchema = z.strictObject(
  {
    blockedMs: described(wholeNumber(0, LONGEST_TIMER_MS, 'ms'), {
      description:
        'Longest time in ms that a thread may keep the event loop from turning without being told of. 0: for ever.',
      off: '0'
    })
  } satisfies ShapeOf<WatchdogConfig>,
  AN_OBJECT
)

export const logSchema = z.strictObject(
  {
    level: described(oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']), {
      description: 'The least severe lines that are written.',
      off: '"silent"'
    })
  } satisfies ShapeOf<LogConfig>,
  AN_OBJECT
)
