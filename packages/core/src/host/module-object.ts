import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What CommonJS code knows as `module`. */
export interface ModuleObject {
  exports: unknown
  readonly id: string
  readonly filename: string
  readonly path: string
  readonly paths: readonly string[]
  readonly children: readonly never[]
  readonly parent: undefined
  readonly require: ThreadRequire
  loaded: boolean
}

/** What CommonJS code knows as `require`. `main` is undefined: no thread is the program. */
export type ThreadRequire = ((specifier: string) => unknown) & {
  resolve: ((specifier: string) => string) & { paths(specifier: string): string[] | null }
  main: undefined
  cache: object
}

export interface ModuleAbilities {
  readonly require: (specifier: string) => unknown
  readonly resolve: (specifier: string) => string
}

/** Makes the `module` of a file, with its `require`. */
export function createModuleObject(file: string, { require, resolve }: ModuleAbilities): ModuleObject {
  const native = createRequire(file)
  const paths = (specifier: string): string[] | null => native.resolve.paths(specifier)
  const own = Object.assign((specifier: string) => require(specifier), {
    resolve: Object.assign((specifier: string) => resolve(specifier), { paths }),
    main: undefined,
    cache: {}
  })
  const place = { id: file, filename: file, path: dirname(file), paths: paths('x') ?? [] }
  return { ...place, children: [], parent: undefined, exports: {}, require: own, loaded: false }
}

/** Makes the `import.meta` of a file. A package is resolved as `require` would. */
export function createImportMeta(file: string, require: ThreadRequire): object {
  const { href } = pathToFileURL(file)
  const resolve = (specifier: string): string => {
    if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, href).href
    const resolved = require.resolve(specifier)
    return resolved.startsWith('/') ? pathToFileURL(resolved).href : resolved
  }
  return Object.assign(Object.create(null) as object, { url: href, filename: file, dirname: dirname(file), resolve })
}
