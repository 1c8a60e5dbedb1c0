import { compileFunction, constants } from 'node:vm'

/** Node's own `import()` of a builtin module or of a file URL. */
export function importNative(specifier: string): Promise<object> {
  return import(specifier) as Promise<object>
}

/**
 * Node's own `import()` as if it stood in a file: for packages that `require` may not even find, since they export
 * to `import` alone. Node calls this way experimental and says so once on standard error.
 */
export async function importSpecifier(specifier: string, importer: string): Promise<object> {
  if (specifier.startsWith('data:')) return importNative(specifier)
  const run = compileFunction('return import(specifier)', ['specifier'], {
    filename: importer,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  })
  return await (Reflect.apply(run, undefined, [specifier]) as Promise<object>)
}
