import { createRequire } from 'node:module'
import { types } from 'node:util'
import { pathToFileURL } from 'node:url'
import { errorText } from '../errors'
import { runLater, runNow } from './file-steps'
import { isInside, type LinkGuard } from './link-guard'
import { SourceFault } from './load-error'
import { API_NAME, followSpecifier, type LinkContext, requireNative, type ModuleLink } from './module-links'
import type { Note } from './file-print'
import { moduleFormat } from './module-format'
import { type ModuleReader, type ModuleSource, tooManyModules } from './module-source'
import { createImportMeta, createModuleObject, type ModuleObject } from './module-object'
import { type Names, type RunModule, wrapModule } from './module-wrapper'
import { importedNamespace, isCompiledModule, markedNamespace, namespaceOf } from './namespaces'
import { importNative, importSpecifier } from './native-import'
import { IMPORT_NAME, META_NAME, NAMESPACE_NAME } from './wrapper-names'

export interface ModuleGraphOptions {
  readonly reader: ModuleReader
  readonly guard: LinkGuard
  /** The exports of the running node. */
  readonly api: () => object
  /** What the modules get instead of the platform's own, by name. */
  readonly globals: Names
  /** Gets every file that is read, and every one that is looked for in vain. */
  readonly note: Note
  /** The folder whose files belong to this graph, and where the others are. Without it all files belong here. */
  readonly own?: { readonly folder: string; readonly shared: ModuleGraph }
  /** Most files. */
  readonly modules: number
}

interface RunningModule {
  readonly source: ModuleSource
  readonly object: ModuleObject
  /** Settles when a module that waits has ended. */
  completion?: Promise<unknown>
}

/**
 * Modules that know each other: those of one version of a thread, or those that threads share. Nothing outside holds
 * what is in it, so a version that is let go takes all of its modules with it.
 */
export class ModuleGraph {
  readonly #options: ModuleGraphOptions
  readonly #sources = new Map<string, ModuleSource>()
  /** What each file that is being read, or was, imports. */
  readonly #reading = new Map<string, Promise<readonly string[]>>()
  readonly #links = new Map<string, ModuleLink>()
  readonly #natives = new Map<string, object>()
  readonly #modules = new Map<string, RunningModule>()
  #ended = false

  constructor(options: ModuleGraphOptions) {
    this.#options = options
  }

  /** True for a file that was read, or runs, here. */
  has(file: string): boolean {
    return this.#sources.has(file) || this.#modules.has(file)
  }

  /** True for a file whose module runs here. */
  runs(file: string): boolean {
    return this.#modules.has(file)
  }

  /**
   * Reads and compiles a file, and what it imports by literal names, without blocking. Rejects with what is wrong
   * with the file itself; what is wrong with its imports shows when they run.
   */
  async prepare(file: string): Promise<void> {
    await this.#visit(file, new Set())
  }

  /** Reads nothing any more: what it was for has failed, or was given up. */
  end(): void {
    this.#ended = true
  }

  /** Forgets what was read and did not run: it is read anew when it is needed. */
  forgetUnused(): void {
    for (const file of this.#sources.keys()) if (!this.#modules.has(file)) this.#sources.delete(file)
    for (const file of this.#reading.keys()) if (!this.#modules.has(file)) this.#reading.delete(file)
  }

  /** Runs a file that may wait at its top level, unless it ran before, and gives its exports. */
  async runEntry(file: string): Promise<unknown> {
    const module = this.#modules.get(file) ?? this.#start(file, true)
    await module.completion
    return module.object.exports
  }

  /** `visited` is the visitor's own: two that waited for each other's files would wait for ever. */
  async #visit(file: string, visited: Set<string>): Promise<void> {
    if (visited.has(file) || this.#modules.has(file)) return
    visited.add(file)
    const next = await this.#readOnce(file)
    await Promise.all(next.map((linked) => this.#graphOf(linked).#visitMaybe(linked, visited)))
  }

  /** An import that fails is one that may never run: it fails when, and if, it does. */
  async #visitMaybe(file: string, visited: Set<string>): Promise<void> {
    await this.#visit(file, visited).catch(() => undefined)
  }

  #readOnce(file: string): Promise<readonly string[]> {
    if (this.#ended) return Promise.reject(new Error('the load was ended'))
    const known = this.#reading.get(file)
    if (known !== undefined) return known
    const reading = this.#readAhead(file)
    this.#reading.set(file, reading)
    reading.catch(() => this.#reading.delete(file))
    return reading
  }

  /** Gives the files that the file imports. */
  async #readAhead(file: string): Promise<readonly string[]> {
    const source = await this.#options.reader.read(file, this.#options.note)
    this.#keep(source)
    const files = await Promise.all(source.specifiers.map((specifier) => this.#followAhead(source, specifier)))
    return files.filter((linked) => linked !== undefined)
  }

  async #followAhead(source: ModuleSource, specifier: string): Promise<string | undefined> {
    try {
      const link = await runLater(followSpecifier(specifier, source, this.#context))
      this.#links.set(linkKey(source.file, specifier), link)
      if (link.kind === 'package') await this.#importAhead(link, source)
      return link.kind === 'file' ? link.file : undefined
    } catch {
      return undefined
    }
  }

  /** An ES module may not be `require`d where it waits at its top level, so it is imported ahead. */
  async #importAhead(link: Extract<ModuleLink, { kind: 'package' }>, source: ModuleSource): Promise<void> {
    const { file, specifier } = link
    const key = linkKey(source.file, specifier)
    if (file === undefined) this.#natives.set(key, await importSpecifier(specifier, source.file))
    else if (source.style !== 'script' && (await runLater(moduleFormat(file, () => undefined))) === 'module') {
      this.#natives.set(key, await importNative(pathToFileURL(file).href))
    }
  }

  #start(file: string, mayWait: boolean): RunningModule {
    const source = this.#sources.get(file) ?? this.#readNow(file)
    const { waitsAt, style } = source
    if (waitsAt !== undefined && !mayWait) {
      const text = 'only the entry of a thread may wait at its top level: wait inside a function'
      throw new SourceFault(text, { file, ...waitsAt })
    }
    const module: RunningModule = { source, object: this.#createObject(source) }
    this.#modules.set(file, module)
    try {
      if (style === 'json') module.object.exports = parseJson(source)
      else if (style === 'native') module.object.exports = createRequire(file)(file)
      else this.#run(module, style)
    } catch (error) {
      this.#modules.delete(file)
      throw error
    }
    module.object.loaded = true
    return module
  }

  #run(module: RunningModule, style: Exclude<ModuleSource['style'], 'json' | 'native'>): void {
    const { source, object } = module
    const waits = source.waitsAt !== undefined
    const { globals } = this.#options
    const run: RunModule = wrapModule({ file: source.file, code: source.code, style, waits }, Object.keys(globals))
    const result = run(style === 'module' ? undefined : object.exports, {
      ...globals,
      exports: object.exports,
      require: object.require,
      module: object,
      __filename: source.file,
      __dirname: object.path,
      [IMPORT_NAME]: (specifier: unknown) => this.#import(source, String(specifier)),
      [META_NAME]: createImportMeta(source.file, object.require),
      [NAMESPACE_NAME]: importedNamespace
    })
    if (waits) module.completion = this.#complete(module, result)
  }

  async #complete(module: RunningModule, result: unknown): Promise<void> {
    try {
      await result
    } catch (error) {
      this.#modules.delete(module.source.file)
      throw error
    }
  }

  #readNow(file: string): ModuleSource {
    const source = this.#options.reader.readNow(file, this.#options.note)
    this.#keep(source)
    return source
  }

  #keep(source: ModuleSource): void {
    const { guard, modules } = this.#options
    if (this.#sources.size >= modules && !this.#sources.has(source.file)) {
      throw tooManyModules(guard.label(source.file), modules)
    }
    this.#sources.set(source.file, source)
  }

  #createObject(source: ModuleSource): ModuleObject {
    return createModuleObject(source.file, {
      require: (specifier) => this.#require(source, specifier),
      resolve: (specifier) => this.#resolve(source, specifier)
    })
  }

  #require(source: ModuleSource, specifier: string): unknown {
    const link = this.#follow(source, specifier)
    if (link.kind === 'file') return this.#requireFile(source, link.file)
    if (link.kind === 'api') return source.style === 'script' ? this.#options.api() : namespaceOf(this.#options.api())
    const key = linkKey(source.file, specifier)
    const native = this.#natives.get(key)
    if (native !== undefined) return markedNamespace(native)
    return this.#asSeen(source, requireNative(link, source.file))
  }

  #requireFile(source: ModuleSource, file: string): unknown {
    const graph = this.#graphOf(file)
    const module = graph.#modules.get(file) ?? graph.#start(file, false)
    const { exports } = module.object
    return module.source.style === 'script' ? this.#asSeen(source, exports) : exports
  }

  /** To an ES module the exports of CommonJS are its default export, also where they were one themselves, once. */
  #asSeen(source: ModuleSource, exports: unknown): unknown {
    const wraps = source.style === 'module' && isCompiledModule(exports) && !types.isModuleNamespaceObject(exports)
    return wraps ? namespaceOf(exports) : exports
  }

  async #import(source: ModuleSource, specifier: string): Promise<unknown> {
    const link = await runLater(followSpecifier(specifier, source, this.#context))
    switch (link.kind) {
      case 'api':
        return namespaceOf(this.#options.api())
      case 'file':
        return this.#graphOf(link.file).#importFile(link.file)
      case 'builtin':
        return importNative(link.name)
      case 'package':
        if (link.file === undefined) return importSpecifier(specifier, source.file)
        return importNative(pathToFileURL(link.file).href)
    }
  }

  async #importFile(file: string): Promise<unknown> {
    await this.prepare(file)
    const exports = await this.runEntry(file)
    const style = this.#modules.get(file)?.source.style
    return style === 'module' || (style === 'typed' && isCompiledModule(exports)) ? exports : namespaceOf(exports)
  }

  #resolve(source: ModuleSource, specifier: string): string {
    const link = this.#follow(source, specifier)
    if (link.kind === 'api') return API_NAME
    if (link.kind === 'builtin') return link.name
    return link.file ?? createRequire(source.file).resolve(specifier)
  }

  #follow(source: ModuleSource, specifier: string): ModuleLink {
    if (typeof specifier !== 'string') throw new TypeError('the name of a module must be a string')
    const key = linkKey(source.file, specifier)
    const link = this.#links.get(key) ?? runNow(followSpecifier(specifier, source, this.#context))
    this.#links.set(key, link)
    return link
  }

  get #context(): LinkContext {
    const { guard, note, own } = this.#options
    return { guard, home: own?.folder, note }
  }

  #graphOf(file: string): ModuleGraph {
    const { own } = this.#options
    return own === undefined || isInside(file, own.folder) ? this : own.shared
  }
}

function linkKey(file: string, specifier: string): string {
  return `${file}\0${specifier}`
}

function parseJson({ file, code }: ModuleSource): unknown {
  try {
    return JSON.parse(code)
  } catch (error) {
    throw new SourceFault(errorText(error), { file })
  }
}
