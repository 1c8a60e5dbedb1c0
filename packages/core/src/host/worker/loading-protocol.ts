import { MessagePort } from 'node:worker_threads'
import type { CarriedError } from '../../thread/isolated/carried-error'
import { isCarriedError } from '../../thread/isolated/carried-error'
import type { TranspileRequest, TranspileResult } from '../transpile'

/** What a worker starts with. */
export interface WorkerStart {
  /** Where its module is loaded. */
  readonly loading: MessagePort
  /** What it does now. */
  readonly step: Int32Array
}

/** What is to be loaded, and with what limits. */
export interface ApartOrder {
  readonly kind: 'load'
  /** Where its thread speaks to the node. */
  readonly line: MessagePort
  readonly name: string
  /** How reports name it. */
  readonly label: string
  /** The entry. */
  readonly path: string
  readonly cwd: string
  readonly allowedFolders: readonly string[]
  readonly fileBytes: number
  readonly modules: number
  readonly queue: number
  readonly queueBytes: number
}

export interface CompileReply {
  readonly kind: 'compiled'
  readonly id: number
  readonly result: TranspileResult | undefined
  /** Why there is none. */
  readonly fault: string
}

/** What a node tells a worker while it loads. */
export type ToLoader = ApartOrder | CompileReply | { readonly kind: 'release' }

/** What a worker tells its node while it loads, and of what it reads later. */
export type FromLoader =
  | { readonly kind: 'ready' }
  | { readonly kind: 'note'; readonly key: string; readonly print: string }
  | {
      readonly kind: 'compile'
      readonly id: number
      readonly request: TranspileRequest
      /** Where the worker stands still until the answer is there. */
      readonly blocked?: { readonly port: MessagePort; readonly flag: Int32Array }
    }
  | { readonly kind: 'loaded' }
  /** What was loaded is let go; `clean` where nothing of it is left open. */
  | { readonly kind: 'released'; readonly clean: boolean }
  | { readonly kind: 'failed'; readonly error: CarriedError }

/** True for what a worker may tell: code of a thread holds the port, too, and can post anything. */
export function isFromLoader(item: unknown): item is FromLoader {
  if (!isRecord(item)) return false
  switch (item['kind']) {
    case 'ready':
    case 'loaded':
      return true
    case 'note':
      return typeof item['key'] === 'string' && typeof item['print'] === 'string'
    case 'compile':
      return typeof item['id'] === 'number' && isRequest(item['request']) && isBlockedMaybe(item['blocked'])
    case 'released':
      return typeof item['clean'] === 'boolean'
    case 'failed':
      return isCarriedError(item['error'])
    default:
      return false
  }
}

function isRequest(value: unknown): boolean {
  return isRecord(value) && ['text', 'language', 'format'].every((key) => typeof value[key] === 'string')
}

function isBlockedMaybe(value: unknown): boolean {
  if (value === undefined) return true
  return (
    isRecord(value) &&
    value['port'] instanceof MessagePort &&
    value['flag'] instanceof Int32Array &&
    value['flag'].length > 0
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
