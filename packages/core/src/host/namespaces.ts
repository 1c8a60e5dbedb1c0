/** Things as an `import` shows them. */

/** Gives what an ES module sees of a CommonJS one: the whole as `default`, and each of its properties by name. */
export function namespaceOf(exports: unknown): object {
  const namespace: object = Object.create(null) as object
  if (isObject(exports)) for (const key of Object.keys(exports)) forward(namespace, exports, key)
  Object.defineProperty(namespace, 'default', { value: exports, enumerable: true })
  // For the compiler's own helpers: what has this mark is not wrapped again.
  Object.defineProperty(namespace, '__esModule', { value: true })
  return namespace
}

/** Gives a namespace that Node made the mark by which the compiler's helpers know it. */
export function markedNamespace(namespace: object): object {
  if (isCompiledModule(namespace)) return namespace
  const marked: object = Object.create(null) as object
  for (const key of Object.keys(namespace)) forward(marked, namespace, key)
  if ('default' in namespace)
    Object.defineProperty(marked, 'default', { get: () => namespace.default, enumerable: true })
  Object.defineProperty(marked, '__esModule', { value: true })
  return marked
}

/** Gives what `import * as` shows of what was required. */
export function importedNamespace(exports: unknown, byTypeScript = false): unknown {
  if (isCompiledModule(exports)) return exports
  return byTypeScript ? typedNamespaceOf(exports) : namespaceOf(exports)
}

/** As TypeScript's helper has it: an object like any, also with what is not enumerable, such as static methods. */
function typedNamespaceOf(exports: unknown): object {
  const namespace = {}
  if (isObject(exports)) {
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(exports))) {
      const isFixed = descriptor.writable === false && descriptor.configurable === false
      if (isFixed && key !== 'default') Object.defineProperty(namespace, key, descriptor)
      else forward(namespace, exports, key)
    }
  }
  return Object.defineProperty(namespace, 'default', { value: exports, enumerable: true })
}

/** True for what says of itself that it was an ES module. */
export function isCompiledModule(exports: unknown): boolean {
  return isObject(exports) && '__esModule' in exports && exports.__esModule === true
}

/** A getter, since the exports of modules that import each other come later. */
function forward(namespace: object, exports: object, key: string): void {
  if (key === 'default' || key === '__esModule') return
  Object.defineProperty(namespace, key, { get: () => Reflect.get(exports, key) as unknown, enumerable: true })
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function'
}
