import { createRequire } from 'node:module'
import { dirname, extname, join } from 'node:path'
import { errorCode } from '../errors'
import { stat, type Steps } from './file-steps'
import { upward } from './link-guard'
import { ImportMissing, packageOf } from './load-error'
import { ABSENT, type Note } from './file-print'
import { readPackageFile } from './package-file'

/** An installed package, or a file of one. */
export interface ResolvedPackage {
  /** Undefined for a package that only `import` may take. */
  readonly file: string | undefined
}

/**
 * Finds what a bare specifier means, as Node's own `require` does. Node remembers a package.json that was not there
 * for as long as the process lives, so it is asked only once the package is there: one that is installed later is
 * then found. Throws ImportMissing.
 */
export function* resolvePackage(specifier: string, importer: string, note: Note): Steps<ResolvedPackage> {
  const { resolve } = createRequire(importer)
  const isThere = specifier.startsWith('#') || (yield* isInstalled(specifier, importer, note))
  if (!isThere) throw new ImportMissing(specifier, importer)
  try {
    return { file: resolve(specifier) }
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return { file: undefined }
    if (code === 'MODULE_NOT_FOUND') throw new ImportMissing(specifier, importer)
    throw error
  }
}

/** True for a file that Node cannot run: a package of the workspace whose entry is TypeScript. */
export function needsLoader(file: string): boolean {
  return /^\.[cm]?ts$/.test(extname(file)) && !isBelowPackages(file)
}

/** True for a file in a folder of installed packages. */
export function isBelowPackages(file: string): boolean {
  return /[\\/]node_modules[\\/]/.test(file)
}

function* isInstalled(specifier: string, importer: string, note: Note): Steps<boolean> {
  const name = packageOf(specifier)
  const missed: string[] = []
  for (const folder of createRequire(importer).resolve.paths(specifier) ?? []) {
    for (const file of [
      join(folder, name, 'package.json'),
      join(folder, name, 'index.js'),
      join(folder, `${name}.js`)
    ]) {
      if ((yield* stat(file)) !== undefined) return true
      missed.push(file)
    }
  }
  if (yield* isOwnPackage(name, importer)) return true
  for (const file of missed) note(file, ABSENT)
  return false
}

/** A package may import itself by its name (Node.js documentation, "Self-referencing a package using its name"). */
function* isOwnPackage(name: string, importer: string): Steps<boolean> {
  for (const folder of upward(dirname(importer))) {
    const own = yield* readPackageFile(join(folder, 'package.json'))
    if (own !== undefined) return own.name === name
  }
  return false
}
