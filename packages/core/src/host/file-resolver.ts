import { join, resolve } from 'node:path'
import { stat, type Steps } from './file-steps'
import type { ModuleLanguage } from './module-format'
import { readPackageFile } from './package-file'
import { MODULE_ENDINGS } from './thread-name'

/** Where a path specifier leads. */
export interface ResolvedFile {
  /** Undefined where no file fits. */
  readonly file: string | undefined
  /** What was looked for before, in vain: a file there would be taken instead. */
  readonly missed: readonly string[]
}

/**
 * Finds the file that a path without links stands for: the path itself, with an ending, or an index in the folder.
 * `./x.js` also finds `x.ts`, since that is how TypeScript writes the import of it; a TypeScript file that imports
 * looks for TypeScript first, since a `.js` beside it is what a compiler left there.
 */
export function* resolveFile(path: string, importer: ModuleLanguage): Steps<ResolvedFile> {
  const missed: string[] = []
  const base = resolve(path)
  if (!/[\\/]$/.test(path)) {
    const file = yield* firstFile(candidates(base, importer), missed)
    if (file !== undefined) return { file, missed }
  }
  if ((yield* stat(base))?.isDirectory() !== true) return { file: undefined, missed }
  return { file: yield* fileOfFolder(base, importer, missed), missed }
}

/** Finds the index module of a folder that is a thread. */
export function* resolveIndex(folder: string): Steps<ResolvedFile> {
  const missed: string[] = []
  const names = MODULE_ENDINGS.map((ending) => join(folder, `index${ending}`))
  return { file: yield* firstFile(names, missed), missed }
}

function* fileOfFolder(folder: string, importer: ModuleLanguage, missed: string[]): Steps<string | undefined> {
  const main = (yield* readPackageFile(join(folder, 'package.json')))?.main
  if (main !== undefined) {
    const file = yield* firstFile(candidates(resolve(folder, main), importer), missed)
    if (file !== undefined) return file
    const inner = yield* firstFile(endings(resolve(folder, main, 'index'), importer), missed)
    if (inner !== undefined) return inner
  }
  return yield* firstFile(endings(join(folder, 'index'), importer), missed)
}

function* firstFile(paths: readonly string[], missed: string[]): Steps<string | undefined> {
  for (const path of paths) {
    const stats = yield* stat(path)
    if (stats?.isFile() === true) return path
    if (stats === undefined) missed.push(path)
  }
  return undefined
}

function candidates(base: string, importer: ModuleLanguage): string[] {
  const written = /\.([cm]?)js$/.exec(base)
  const typed = written === null ? [] : [`${base.slice(0, -written[0].length)}.${written[1] ?? ''}ts`]
  const exact = importer === 'typescript' ? [...typed, base] : [base, ...typed]
  return [...exact, ...endings(base, importer)]
}

function endings(base: string, importer: ModuleLanguage): string[] {
  return (importer === 'typescript' ? TYPESCRIPT_FIRST : JAVASCRIPT_FIRST).map((ending) => base + ending)
}

const JAVASCRIPT_FIRST = ['.js', '.json', '.node', '.cjs', '.mjs', '.ts', '.cts', '.mts']
const TYPESCRIPT_FIRST = ['.ts', '.cts', '.mts', '.js', '.json', '.node', '.cjs', '.mjs']
