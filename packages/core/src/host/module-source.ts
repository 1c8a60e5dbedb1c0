import type { Compiler } from './thread-compiler'
import { P2pError } from '../errors'
import { runLater, runNow, type Steps } from './file-steps'
import type { GuardedFile, LinkGuard } from './link-guard'
import { ImportMissing, SourceFault } from './load-error'
import { type Note, readPrint, stateKey } from './file-print'
import { moduleFormat, moduleLanguage, type ModuleFormat, type ModuleLanguage } from './module-format'
import { looksLikeModule } from './syntax-detection'
import type { TextPosition } from './module-syntax'
import type { ModuleStyle, TranspileRequest, TranspileResult } from './transpile'

/** A file that is ready to run. */
export interface ModuleSource {
  readonly file: string
  readonly language: ModuleLanguage
  readonly style: ModuleStyle | 'json' | 'native'
  readonly code: string
  readonly waitsAt: TextPosition | undefined
  readonly specifiers: readonly string[]
}

export interface ModuleReaderOptions {
  readonly guard: LinkGuard
  readonly compiler: Compiler
}

/** Reads files, tells what they are, and has them compiled where that is needed. */
export class ModuleReader {
  readonly #options: ModuleReaderOptions

  constructor(options: ModuleReaderOptions) {
    this.#options = options
  }

  /** Throws ImportMissing, SourceFault, or what the guard has against the file. */
  async read(file: string, note: Note): Promise<ModuleSource> {
    const found = await runLater(this.#find(file, note))
    if (found.order === undefined) return found.source
    return compiled(found.source, await this.#options.compiler.compile(found.order))
  }

  /** The same at once, blocking. */
  readNow(file: string, note: Note): ModuleSource {
    const found = runNow(this.#find(file, note))
    if (found.order === undefined) return found.source
    return compiled(found.source, this.#options.compiler.compileNow(found.order))
  }

  *#find(path: string, note: Note): Steps<FoundSource> {
    const read = yield* this.#guarded(path, note)
    if (read === undefined) throw new ImportMissing(path, path)
    note(path, read.hash)
    return describe(read, yield* moduleFormat(read.realPath, note))
  }

  /** What is refused for its permissions is tried again when these change. */
  *#guarded(path: string, note: Note): Steps<GuardedFile | undefined> {
    try {
      return yield* this.#options.guard.read(path)
    } catch (error) {
      for (const key of refusedPlaces(path, error).map(stateKey)) note(key, yield* readPrint(key, 0))
      throw error
    }
  }
}

interface FoundSource {
  readonly source: ModuleSource
  /** What the compiler has to do; undefined where the text runs as it is. */
  readonly order: TranspileRequest | undefined
}

function describe({ realPath: file, text }: GuardedFile, format: ModuleFormat): FoundSource {
  const language = moduleLanguage(file)
  const plain = { file, language, waitsAt: undefined, specifiers: [] }
  if (format === 'json' || format === 'native')
    return { source: { ...plain, style: format, code: text }, order: undefined }
  const code = withoutShebang(text)
  const decided = format === 'detect' && language === 'javascript' ? detectFormat(code) : format
  const needsCompiler = language === 'typescript' || decided !== 'commonjs' || DYNAMIC_IMPORT.test(code)
  const source: ModuleSource = { ...plain, style: 'script', code, specifiers: needsCompiler ? [] : requiredNames(code) }
  if (!needsCompiler) return { source, order: undefined }
  return { source, order: { text: code, language, format: decided } }
}

/** A long text is left to the compiler: the event loop would stop for it. */
function detectFormat(code: string): 'commonjs' | 'module' | 'detect' {
  if (!MODULE_WORDS.test(code)) return 'commonjs'
  if (code.length > LONGEST_PARSED_HERE) return 'detect'
  return looksLikeModule(code) ? 'module' : 'commonjs'
}

const LONGEST_PARSED_HERE = 256 << 10
const MODULE_WORDS = /\b(?:import|export|await)\b/
const DYNAMIC_IMPORT = /\bimport\s*(?:\/\*.*?\*\/\s*)?\(/

function compiled(source: ModuleSource, result: TranspileResult): ModuleSource {
  if ('fault' in result) throw new SourceFault(result.fault, { file: source.file, ...result.at })
  return { ...source, ...result }
}

function refusedPlaces(path: string, error: unknown): string[] {
  const target = error instanceof P2pError ? error.details?.['target'] : undefined
  return typeof target === 'string' && target !== path ? [path, target] : [path]
}

/** What plain CommonJS may require: read off the text, so what stands in a comment is looked for, too. */
function requiredNames(code: string): string[] {
  const calls = code.matchAll(/\brequire\s*\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`$\n]+)`)\s*\)/g)
  return [...new Set([...calls].map(([, single, double, template]) => single ?? double ?? template ?? ''))]
}

/** `#!` is no comment inside a function; the line keeps its length. */
function withoutShebang(text: string): string {
  return text.startsWith('#!') ? `//${text.slice(2)}` : text
}

/** The error for a thread of too many files. */
export function tooManyModules(label: string, limit: number): P2pError {
  const text = `${label} has more than ${limit} local files: put some of them into a package`
  return new P2pError('ERR_TRUSTP2P_LIMIT_THREAD_MODULES', text)
}
