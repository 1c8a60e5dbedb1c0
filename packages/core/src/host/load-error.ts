import { fileURLToPath } from 'node:url'
import { P2pError, errorCode, errorText, type ErrorCode } from '../errors'
import { RENAMED } from './wrapper-names'

/** A place in the author's file; lines and columns count from 1. */
export interface Position {
  readonly file: string
  readonly line?: number | undefined
  readonly column?: number | undefined
}

/** A file that is no valid source text. Thread code that catches it sees a SyntaxError, as it would from Node. */
export class SourceFault extends SyntaxError {
  override readonly name = 'SyntaxError'
  readonly text: string
  readonly position: Position

  constructor(text: string, position: Position) {
    const { file, line, column } = position
    super(`${[file, line, column].filter((part) => part !== undefined).join(':')}: ${text}`)
    this.text = text
    this.position = position
  }
}

/** An import that leads nowhere. Has the code of Node's own error, which optional imports are recognised by. */
export class ImportMissing extends Error {
  readonly code: 'MODULE_NOT_FOUND' | 'ERR_MODULE_NOT_FOUND'
  readonly specifier: string
  readonly importer: string

  constructor(specifier: string, importer: string, code: ImportMissing['code'] = 'MODULE_NOT_FOUND') {
    super(`Cannot find module '${specifier}' imported from ${importer}`)
    this.code = code
    this.specifier = specifier
    this.importer = importer
  }
}

export interface LoadContext {
  /** The file of the thread's entry. */
  readonly entry: string
  /** How a report names a file. */
  label(path: string): string
  /** True for a file that the thread consists of. */
  includes(path: string): boolean
}

/** Gives the coded error for whatever ended a load: it names the file, the place in it, and what to do. */
export function toLoadError(error: unknown, context: LoadContext): P2pError {
  if (error instanceof P2pError && PASSED_ON.has(errorCode(error))) return error
  if (error instanceof SourceFault) return syntaxFailure(error, context)
  if (error instanceof ImportMissing) return importFailure(error, context)
  const position = thrownAt(error, context) ?? { file: context.entry }
  const text = `${place(position, context)} threw while it was loaded: ${explain(errorText(error))}; ${RETRY}`
  return loadError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', text, position, error)
}

/** An ES module has none of the names that a CommonJS module is written with. */
function explain(text: string): string {
  const [, name] = COMMONJS_NAME.exec(text) ?? []
  if (name === undefined) return text
  return `${name} is not defined, since the file is an ES module by its ending, its package.json or its syntax: use import and export, or name it .cjs`
}

const COMMONJS_NAME = new RegExp(`^(require|exports|module|__filename|__dirname)(?:${RENAMED})? is not defined$`)

/** What the guard and the loader's limits give says all there is to say. */
const PASSED_ON = new Set<string | undefined>([
  'ERR_TRUSTP2P_THREAD_FORBIDDEN',
  'ERR_TRUSTP2P_THREAD_UNREADABLE',
  'ERR_TRUSTP2P_LIMIT_THREAD_FILE',
  'ERR_TRUSTP2P_LIMIT_THREAD_MODULES'
] satisfies ErrorCode[])

const RETRY = 'mend the file: it is tried again when it changes'

function syntaxFailure(error: SourceFault, context: LoadContext): P2pError {
  const text = `${place(error.position, context)} has a syntax error: ${error.text.replace(/\.$/, '')}`
  return loadError('ERR_TRUSTP2P_THREAD_SYNTAX', `${text}; ${RETRY}`, error.position, error)
}

function importFailure(error: ImportMissing, context: LoadContext): P2pError {
  const { specifier, importer } = error
  const remedy = isPathSpecifier(specifier)
    ? 'mend the path, or make the file'
    : `run npm install ${packageOf(specifier)}`
  const text = `${context.label(importer)} imports '${specifier}', which is not there: ${remedy}`
  return loadError('ERR_TRUSTP2P_THREAD_IMPORT_NOT_FOUND', text, { file: importer }, error)
}

/** Gives the name of the package that a bare specifier begins with. */
export function packageOf(specifier: string): string {
  return /^(?:@[^/\\]+[/\\])?[^/\\]+/.exec(specifier)?.[0] ?? specifier
}

/** True for a specifier that names a file, not a package. */
export function isPathSpecifier(specifier: string): boolean {
  return /^(?:\.{0,2}\/|\.\.?$|file:)/.test(specifier) || /^[A-Za-z]:[\\/]/.test(specifier)
}

function loadError(code: ErrorCode, text: string, position: Position, cause: unknown): P2pError {
  return new P2pError(code, text, { cause, details: { ...position } })
}

function place({ file, line, column }: Position, context: LoadContext): string {
  const numbers = [line, column].filter((number) => number !== undefined)
  return [context.label(file), ...numbers].join(':')
}

/** The innermost frame of the thread's own code. */
function thrownAt(error: unknown, context: LoadContext): Position | undefined {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return undefined
  return framesOf(String(error.stack)).find(({ file }) => context.includes(file))
}

/** The files that the stack trace of whatever was thrown names, innermost first; none where it has no trace. */
export function stackFiles(thrown: unknown): string[] {
  try {
    if (typeof thrown !== 'object' || thrown === null || !('stack' in thrown)) return []
    const { stack } = thrown
    return typeof stack === 'string' ? framesOf(stack.slice(0, LONGEST_STACK)).map(({ file }) => file) : []
  } catch {
    return []
  }
}

/** Longest stack trace that is read, in characters: it may have been written by anybody. */
const LONGEST_STACK = 32 << 10

/** Reads the frames of a V8 stack trace that name a file, innermost first. */
function framesOf(stack: string): Position[] {
  const frames = stack.matchAll(/^ +at (?:.*?\(|async )?((?:file:\/\/)?\/.*?):(\d+):(\d+)\)?$/gm)
  return [...frames].map(([, file = '', line, column]) => ({
    file: file.startsWith('file:') ? fileURLToPath(file) : file,
    line: Number(line),
    // The wrapper of a module begins in its first line.
    column: line === '1' ? undefined : Number(column)
  }))
}
