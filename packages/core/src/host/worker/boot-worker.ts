import type * as Files from 'node:fs'
import type * as Modules from 'node:module'
import type * as Paths from 'node:path'
import type * as Threads from 'node:worker_threads'
import type * as Scripts from 'node:vm'
import type { MadeCode, WorkerBoot } from './worker-code'

/** The modules of Node that `bootWorker` takes, in order. */
export const BOOT_MODULES = ['node:worker_threads', 'node:fs', 'node:vm', 'node:module', 'node:path'] as const

/**
 * Runs the file of a worker's program as `require` would, with what V8 made of it before, where that is known. It is
 * handed over as text: nothing outside of the function may be named in it.
 */
export function bootWorker(
  { parentPort, workerData }: typeof Threads,
  { readFileSync, statSync }: typeof Files,
  ...[{ Script, constants }, modules, paths]: [typeof Scripts, typeof Modules, typeof Paths]
): void {
  const { file, code } = workerData as WorkerBoot
  // V8 looks at the length of the text alone, and runs what it made of another one as if it were of this.
  const { ino, mtimeMs, size } = statSync(file)
  const of = `${ino} ${mtimeMs} ${size}`
  const text = `(function (exports, require, module, __filename, __dirname) {${readFileSync(file, 'utf8')}\n})`
  const script = new Script(text, {
    filename: file,
    cachedData: code?.of === of ? code.bytes : undefined,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  })
  const module = { exports: {} }
  const run = script.runInThisContext() as (...values: unknown[]) => void
  run(module.exports, modules.createRequire(file), module, file, paths.dirname(file))
  if (code === undefined) parentPort?.postMessage({ of, bytes: script.createCachedData() } satisfies MadeCode)
}
