import type { ExplainedClose, ExplainRecord } from '../../explain/explain-record'
import type { SocketState } from '../../driver/socket'
import type { NodeState } from '../../node-status'
import { MOVES } from '../../thread/lifecycle'
import type { KnownPeer, PeerBan } from '../../peers/known-peer'
import type { ErrorFacts, NodeReport, PeerChange, PeerListing, ThreadChange, ThreadReport } from './control-events'
import { isFields } from './control-router'
import type { NumberedBatch, WatchBatch } from './frame-watch'
import type { WatchedFrame } from './watched-frame'

const NODE_STATES: Readonly<Record<NodeState, true>> = {
  starting: true,
  running: true,
  suspended: true,
  closing: true,
  closed: true
}
const SOCKET_STATES: Readonly<Record<SocketState, true>> = {
  connecting: true,
  greeting: true,
  open: true,
  closing: true,
  closed: true
}
/** The counters that a status shows whatever they are. */
const SHOWN_COUNTERS = ['framesIn', 'framesOut']
/** Furthest time from 1970 that a Date can hold, in ms (ECMA-262, "Time Values and Time Range"). */
const LATEST_TIME = 8.64e15

/** True for what a node of this version, or of one like it, tells of itself. */
export function isNodeReport(value: unknown): value is NodeReport {
  return (
    isFields(value) &&
    ['name', 'cwd', 'version', 'nodeVersion'].every((key) => isText(value[key])) &&
    isOneOf(NODE_STATES, value['state']) &&
    ['pid', 'upMs', 'openSockets', 'pendingRequests', 'runningRequests'].every((key) => isNumber(value[key])) &&
    isText(value['store'] ?? '') &&
    isListOf(value['addresses'], isText) &&
    isListOf(value['listen'], isText) &&
    isListOf(value['connect'], isDialled) &&
    isThreadList(value['threads']) &&
    isListOf(value['sockets'], isSocket) &&
    isCounters(value['counters']) &&
    isFields(value['memory']) &&
    ['rssBytes', 'heapBytes'].every((key) => isFields(value['memory']) && isNumber(value['memory'][key]))
  )
}

export function isThreadList(value: unknown): value is readonly ThreadReport[] {
  return isListOf(value, isThread)
}

export function isThreadChange(value: unknown): value is ThreadChange {
  return isFields(value) && typeof value['changed'] === 'boolean' && isAbsentOr(value['thread'], isThread)
}

/** True for records of this version, or of one like it: a stage may be one that is not known here. */
export function isRecordList(value: unknown): value is readonly ExplainRecord[] {
  return isListOf(value, isRecord)
}

export function isPeerListing(value: unknown): value is PeerListing {
  return isFields(value) && isNumber(value['total']) && isListOf(value['peers'], isKnownPeer)
}

/** Null of a peer that is not known. */
export function isKnownPeerMaybe(value: unknown): value is KnownPeer | null {
  return value === null || isKnownPeer(value)
}

export function isPeerBan(value: unknown): value is PeerBan {
  return (
    isFields(value) &&
    isText(value['id']) &&
    isNumber(value['since']) &&
    isNumber(value['until']) &&
    isText(value['by']) &&
    isText(value['reason'])
  )
}

export function isPeerChange(value: unknown): value is PeerChange {
  return isFields(value) && typeof value['changed'] === 'boolean'
}

function isKnownPeer(value: unknown): value is KnownPeer {
  if (!isFields(value) || !isText(value['id']) || !isText(value['kind'])) return false
  const { ban, addresses, host, good, invalid, score, firstSeen, lastSeen } = value
  const isCounted = isNumber(good) && isNumber(invalid) && isNumber(score)
  const isPlaced = isListOf(addresses, isText) && isAbsentOr(host, isText)
  return (
    isCounted && isPlaced && [firstSeen, lastSeen].every((at) => isAbsentOr(at, isNumber)) && isAbsentOr(ban, isPeerBan)
  )
}

export function isNumberedBatch(value: unknown): value is NumberedBatch {
  return isFields(value) && isNumber(value['watch']) && isWatchBatch(value)
}

function isWatchBatch(value: unknown): value is WatchBatch {
  return isFields(value) && isNumber(value['dropped']) && isListOf(value['frames'], isWatchedFrame)
}

function isWatchedFrame(value: unknown): value is WatchedFrame {
  return (
    isFields(value) &&
    isTime(value['at']) &&
    isNumber(value['bytes']) &&
    (value['way'] === 'in' || value['way'] === 'out') &&
    ['socket', 'peer'].every((key) => isText(value[key])) &&
    ['type', 'event', 'tag', 'error', 'json', 'base64'].every((key) => isAbsentOr(value[key], isText)) &&
    isAbsentOr(value['problem'], isErrorFacts)
  )
}

const RECORD_TEXTS = ['limit', 'cause', 'socket', 'peer', 'peerId', 'host', 'url', 'event', 'tag']
const CLOSERS: Readonly<Record<ExplainedClose['by'], true>> = { us: true, peer: true, nobody: true }

function isRecord(value: unknown): boolean {
  return (
    isFields(value) &&
    isTime(value['at']) &&
    isTime(value['since']) &&
    isNumber(value['count']) &&
    ['stage', 'code', 'text', 'remedy'].every((key) => isText(value[key])) &&
    RECORD_TEXTS.every((key) => isAbsentOr(value[key], isText)) &&
    isAbsentOr(value['limitValue'], isNumber) &&
    isAbsentOr(value['close'], isClose)
  )
}

function isClose(value: unknown): boolean {
  return isFields(value) && isOneOf(CLOSERS, value['by']) && isNumber(value['code']) && isText(value['reason'])
}

function isThread(value: unknown): value is ThreadReport {
  return (
    isFields(value) &&
    ['name', 'path'].every((key) => isText(value[key])) &&
    isOneOf(MOVES, value['state']) &&
    ['revision', 'handlers', 'calls', 'failures', 'active'].every((key) => isNumber(value[key])) &&
    ['uptimeMs', 'restarts', 'retryInMs'].every((key) => isAbsentOr(value[key], isNumber)) &&
    ['version', 'isolation'].every((key) => isAbsentOr(value[key], isText)) &&
    isAbsentOr(value['linked'], (linked) => typeof linked === 'boolean') &&
    isAbsentOr(value['waitsFor'], (names) => isListOf(names, isText)) &&
    isAbsentOr(value['times'], (times) => areTimes(times, ['loadMs', 'waitMs', 'startMs'])) &&
    isAbsentOr(value['events'], (events) => isListOf(events, isHandledEvent)) &&
    isAbsentOr(value['error'], isErrorFacts)
  )
}

function isHandledEvent(value: unknown): boolean {
  return areTimes(value, ['calls', 'p50Ms', 'p99Ms']) && isNumber(value['type']) && isText(value['event'])
}

/** True for fields of which some are numbers, as far as they are there. */
function areTimes(value: unknown, keys: readonly string[]): value is Readonly<Record<string, unknown>> {
  return isFields(value) && keys.every((key) => isAbsentOr(value[key], isNumber))
}

function isSocket(value: unknown): boolean {
  return (
    isFields(value) &&
    ['id', 'url', 'peer'].every((key) => isText(value[key])) &&
    isOneOf(SOCKET_STATES, value['state']) &&
    ['silentMs', 'bufferedAmount'].every((key) => isNumber(value[key])) &&
    typeof value['inbound'] === 'boolean'
  )
}

function isCounters(value: unknown): boolean {
  return (
    isFields(value) && SHOWN_COUNTERS.every((name) => isNumber(value[name])) && Object.values(value).every(isNumber)
  )
}

function isDialled(value: unknown): boolean {
  return isFields(value) && isText(value['url']) && typeof value['open'] === 'boolean'
}

export function isErrorFacts(value: unknown): value is ErrorFacts {
  return isFields(value) && isText(value['code']) && isText(value['message'])
}

function isAbsentOr(value: unknown, isValue: (value: unknown) => boolean): boolean {
  return value === undefined || isValue(value)
}

function isListOf(value: unknown, isItem: (value: unknown) => boolean): boolean {
  return Array.isArray(value) && value.every(isItem)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** JSON text such as 1e999 makes an infinite number. */
function isNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

function isTime(value: unknown): boolean {
  return isNumber(value) && Math.abs(value) <= LATEST_TIME
}

function isOneOf(names: object, value: unknown): boolean {
  return isText(value) && Object.hasOwn(names, value)
}
