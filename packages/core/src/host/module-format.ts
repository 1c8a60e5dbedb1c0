import { basename, dirname, extname, join } from 'node:path'
import { ABSENT, type Note, typeKey } from './file-print'
import type { Steps } from './file-steps'
import { upward } from './link-guard'
import { SourceFault } from './load-error'
import { readPackageFile } from './package-file'

/** What a file is by its ending and its package; `detect` leaves it to the syntax. */
export type ModuleFormat = 'commonjs' | 'module' | 'detect' | 'json' | 'native'

export type ModuleLanguage = 'javascript' | 'typescript'

/** What a package.json says on the files below it. */
export type PackageType = 'commonjs' | 'module' | 'unsaid'

/** Tells the module format of a file as Node does: by its ending, else by the nearest package.json. */
export function* moduleFormat(file: string, note: Note): Steps<ModuleFormat> {
  const fixed = FORMATS[extname(file)]
  if (fixed !== undefined) return fixed
  const type = yield* nearestType(dirname(file), note)
  return type === 'unsaid' ? 'detect' : type
}

export function moduleLanguage(file: string): ModuleLanguage {
  return /ts$/.test(extname(file)) ? 'typescript' : 'javascript'
}

const FORMATS: Readonly<Record<string, ModuleFormat | undefined>> = {
  '.cjs': 'commonjs',
  '.cts': 'commonjs',
  '.mjs': 'module',
  '.mts': 'module',
  '.json': 'json',
  '.node': 'native'
}

/**
 * The nearest package.json decides, also when it says nothing (Node.js documentation, "Determining module system").
 * The search ends at a `node_modules` folder: no package there is part of another.
 */
function* nearestType(folder: string, note: Note): Steps<PackageType> {
  for (const place of upward(folder)) {
    if (basename(place) === 'node_modules') break
    const file = join(place, 'package.json')
    const print = (yield* readPackageFile(file))?.type ?? ABSENT
    note(typeKey(file), print)
    if (print !== ABSENT) return typeOf(file, print)
  }
  return 'unsaid'
}

function typeOf(file: string, print: string): PackageType {
  if (print === 'module' || print === 'commonjs' || print === 'unsaid') return print
  throw new SourceFault('it is no valid JSON', { file })
}
