import type { NodeReport, ThreadChange, ThreadReport } from './control-events'
import { isFields } from './control-router'
import type { NumberedBatch, WatchBatch } from './frame-watch'
import type { WatchedFrame } from './watched-frame'

/** True for what a node of this version, or of one like it, tells of itself. */
export function isNodeReport(value: unknown): value is NodeReport {
  return (
    isFields(value) &&
    ['name', 'state', 'cwd', 'version', 'nodeVersion'].every((key) => typeof value[key] === 'string') &&
    ['pid', 'upMs', 'openSockets', 'pendingRequests', 'runningRequests'].every((key) => isNumber(value[key])) &&
    isListOf(value['addresses'], isText) &&
    isListOf(value['listen'], isText) &&
    isListOf(value['connect'], isDialled) &&
    isThreadList(value['threads']) &&
    isListOf(value['sockets'], isSocket) &&
    isFields(value['counters']) &&
    Object.values(value['counters']).every(isNumber) &&
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

export function isNumberedBatch(value: unknown): value is NumberedBatch {
  return isFields(value) && isNumber(value['watch']) && isWatchBatch(value)
}

function isWatchBatch(value: unknown): value is WatchBatch {
  return isFields(value) && isNumber(value['dropped']) && isListOf(value['frames'], isWatchedFrame)
}

function isWatchedFrame(value: unknown): value is WatchedFrame {
  return (
    isFields(value) &&
    ['at', 'bytes'].every((key) => isNumber(value[key])) &&
    ['way', 'socket', 'peer'].every((key) => isText(value[key])) &&
    ['type', 'event', 'tag', 'error', 'json', 'base64'].every((key) => isAbsentOr(value[key], isText)) &&
    isAbsentOr(value['problem'], isErrorFacts)
  )
}

function isThread(value: unknown): value is ThreadReport {
  return (
    isFields(value) &&
    ['name', 'state', 'path'].every((key) => isText(value[key])) &&
    ['revision', 'handlers', 'calls', 'failures', 'active'].every((key) => isNumber(value[key])) &&
    isAbsentOr(value['error'], isErrorFacts)
  )
}

function isSocket(value: unknown): boolean {
  return (
    isFields(value) &&
    ['id', 'url', 'peer', 'state'].every((key) => isText(value[key])) &&
    ['silentMs', 'bufferedAmount'].every((key) => isNumber(value[key])) &&
    typeof value['inbound'] === 'boolean'
  )
}

function isDialled(value: unknown): boolean {
  return isFields(value) && isText(value['url']) && typeof value['open'] === 'boolean'
}

function isErrorFacts(value: unknown): boolean {
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

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}
