import { createRequire, isBuiltin } from 'node:module'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveFile } from './file-resolver'
import type { Steps } from './file-steps'
import { isInside, type LinkGuard } from './link-guard'
import { ImportMissing, isPathSpecifier } from './load-error'
import { ABSENT, type Note } from './file-print'
import type { ModuleLanguage } from './module-format'
import { isBelowPackages, needsLoader, resolvePackage } from './package-resolver'

/** The name under which threads import the running node's own exports. */
export const API_NAME = 'trustp2p'

/** Where an import leads. */
export type ModuleLink =
  | { readonly kind: 'api' }
  | { readonly kind: 'builtin'; readonly name: string }
  /** A file for the loader. */
  | { readonly kind: 'file'; readonly file: string }
  /** A file for Node. `file` is undefined for a package that only `import` may take. */
  | { readonly kind: 'package'; readonly file: string | undefined; readonly specifier: string }

export interface Importer {
  readonly file: string
  readonly language: ModuleLanguage
}

export interface LinkContext {
  readonly guard: LinkGuard
  /** The thread's own folder: where that lies among installed packages, its files are the loader's all the same. */
  readonly home: string | undefined
  readonly note: Note
}

/**
 * Follows the specifier of an import. Throws ImportMissing, or what the guard has against the place.
 */
export function* followSpecifier(specifier: string, importer: Importer, context: LinkContext): Steps<ModuleLink> {
  if (specifier === API_NAME) return { kind: 'api' }
  if (isBuiltin(specifier)) return { kind: 'builtin', name: specifier }
  if (isPathSpecifier(specifier)) return yield* followPath(specifier, importer, context)
  if (specifier.startsWith('data:')) return { kind: 'package', file: undefined, specifier }
  const { file } = yield* resolvePackage(specifier, importer.file, context.note)
  if (file === undefined) return { kind: 'package', file, specifier }
  if (isBuiltin(file)) return { kind: 'builtin', name: file }
  if (needsLoader(file)) return { kind: 'file', file }
  if (specifier.startsWith('#') && !isBelowPackages(file)) return { kind: 'file', file }
  return yield* installed(file, specifier, context.guard)
}

function* installed(file: string, specifier: string, guard: LinkGuard): Steps<ModuleLink> {
  yield* guard.assertUnshared(yield* guard.walk(file))
  return { kind: 'package', file, specifier }
}

function* followPath(
  specifier: string,
  { file: importer, language }: Importer,
  { guard, home, note }: LinkContext
): Steps<ModuleLink> {
  const found = yield* resolveFile(pathOf(specifier, importer), language)
  for (const path of found.missed) note(path, ABSENT)
  if (found.file === undefined) throw new ImportMissing(specifier, importer)
  const { realPath } = yield* guard.walk(found.file)
  const isOwn = home !== undefined && isInside(realPath, home) && !isBelowPackages(realPath.slice(home.length))
  if (isOwn || !isBelowPackages(realPath)) return { kind: 'file', file: realPath }
  return yield* installed(realPath, specifier, guard)
}

/** Keeps a slash at the end: it says that a folder is meant. */
function pathOf(specifier: string, importer: string): string {
  if (specifier.startsWith('file:')) return fileURLToPath(specifier)
  const path = resolve(dirname(importer), specifier)
  return /(?:^|[\\/])\.{0,2}[\\/]?$/.test(specifier) || specifier.endsWith('/') ? `${path}/` : path
}

/** Loads what is Node's: a builtin module, or an installed package. */
export function requireNative(link: Extract<ModuleLink, { kind: 'builtin' | 'package' }>, importer: string): unknown {
  const require = createRequire(importer)
  if (link.kind === 'builtin') return require(link.name)
  return require(link.file ?? link.specifier)
}
