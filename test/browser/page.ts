import { createContext, runInContext } from 'node:vm'
import { build } from 'esbuild'
import type { BuildResult } from 'esbuild'
import { pageWebSocket } from '../../packages/core/test/driver/web/page-web-socket'
import { ROOT } from '../packed'

/** Bundles for browsers from the sources: no polyfills, nothing left out, so that every module of Node is an error. */
export function bundlePage(entry: string): Promise<BuildResult<{ write: false; metafile: true }>> {
  return build({
    absWorkingDir: ROOT,
    stdin: { contents: entry, resolveDir: `${ROOT}/test`, loader: 'ts' },
    bundle: true,
    platform: 'browser',
    conditions: ['@trustp2p/source'],
    format: 'iife',
    globalName: 'page',
    write: false,
    metafile: true,
    logLevel: 'silent'
  })
}

/** The text of a bundle. */
export function textOf({ outputFiles: [file] }: BuildResult<{ write: false }>): string {
  return file?.text ?? ''
}

/** What a page of that origin keeps: one for all of its pages. */
export type Storage = Map<string, string>

/**
 * What a page has, and nothing else: no module, no process, no Buffer. The typed arrays are those that the text coders
 * give, as in a page.
 */
export function createPage(origin: string, storage: Storage = new Map()): object {
  const language = { Uint8Array, Uint32Array, ArrayBuffer }
  const coders = { TextEncoder, TextDecoder, btoa, atob }
  const events = { AbortController, AbortSignal, EventTarget, Event, DOMException }
  const timers = { setTimeout, clearTimeout, queueMicrotask, performance }
  const localStorage = {
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, text: string) => void storage.set(name, text)
  }
  const platform = { URL, structuredClone, crypto: { getRandomValues }, console, WebSocket: pageWebSocket(origin) }
  return createContext({ ...language, ...coders, ...events, ...timers, ...platform, localStorage })
}

/** Runs a bundle in a page, and then an expression of its exports: `page.open('…')`. */
export function runInPage(page: object, bundle: string, expression: string): unknown {
  return runInContext(`${bundle}\n${expression}`, page)
}

function getRandomValues<Bytes extends Uint8Array | Uint32Array>(bytes: Bytes): Bytes {
  return crypto.getRandomValues(bytes)
}
