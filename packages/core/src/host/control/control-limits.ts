import { defaultConfig } from '../../config/defaults'
import type { LimitsConfig, RequestConfig } from '../../config/config'

const MEBIBYTE = 1024 * 1024

const { limits, request } = defaultConfig('node')

/**
 * What a control socket takes at most. Fixed: a node whose limits for its peers are set too tight can still be asked
 * what is wrong with it.
 */
export const CONTROL_LIMITS: LimitsConfig = Object.freeze({
  ...limits,
  inboundSockets: 32,
  frameBytes: 4 * MEBIBYTE,
  sendQueueBytes: 4 * MEBIBYTE,
  pendingRequests: 100,
  runningRequests: 100,
  badFrames: 1,
  unknownEvents: 100
})

export const CONTROL_REQUEST: RequestConfig = Object.freeze({ ...request, stalledMs: 0 })

/**
 * Longest wait in ms for the first frame of a connection, which is sent with the connection itself, and for the rest of
 * a frame that has begun: who is silent takes the place of somebody who is not.
 */
export const CONTROL_FRAME_MS = 10_000

/** Most records of what came to nothing that a node tells at once: those of the longest texts still fit in a frame. */
export const EXPLAIN_RECORDS = 500

/** Most peers that a node tells at once: those with the longest addresses still fit in a frame. */
export const PEERS_LISTED = 400

/** Most open sockets that a status tells of one by one. */
export const STATUS_SOCKETS = 1000
