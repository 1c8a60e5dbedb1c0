import { P2pError, errorText, isError, isErrorCode, isPeerCode } from '../../errors'

/** An error as it crosses a port: cloning one would lose its code. */
export interface CarriedError {
  readonly name: string
  readonly message: string
  readonly stack?: string
  readonly code?: string
  /** Errors of the system are known by these. */
  readonly errno?: number
  readonly syscall?: string
  readonly details?: unknown
  readonly cause?: CarriedError
  /** Those of an AggregateError. */
  readonly errors?: readonly CarriedError[]
}

/** Deepest chain of causes, and most errors of a list, that are carried. */
const DEEPEST = 4
const MOST_ERRORS = 8
/** Longest text that is carried, in UTF-16 units: thrown values may be of any size. */
const LONGEST_TEXT = 16_384

/** Takes off a thrown value what its receiver needs to know. Never throws. */
export function carryError(thrown: unknown, depth = DEEPEST): CarriedError {
  try {
    return isError(thrown) ? carryParts(thrown, depth) : { name: 'Error', message: cut(errorText(thrown)) }
  } catch {
    return { name: 'Error', message: 'a value that cannot be shown' }
  }
}

function carryParts(error: Error, depth: number): CarriedError {
  const { name, message, stack, cause } = error
  const text = (key: string): string | undefined => {
    const value: unknown = Reflect.get(error, key)
    return typeof value === 'string' ? cut(value) : undefined
  }
  const errno: unknown = Reflect.get(error, 'errno')
  const errors: unknown = Reflect.get(error, 'errors')
  const code = text('code')
  const syscall = text('syscall')
  const details = cloneMaybe(Reflect.get(error, 'details'))
  return {
    name: cut(name),
    message: cut(message),
    ...(stack === undefined ? {} : { stack: cut(stack) }),
    ...(code === undefined ? {} : { code }),
    ...(typeof errno === 'number' ? { errno } : {}),
    ...(syscall === undefined ? {} : { syscall }),
    ...(details === undefined ? {} : { details }),
    ...(cause === undefined || depth <= 1 ? {} : { cause: carryError(cause, depth - 1) }),
    ...(Array.isArray(errors) && depth > 1
      ? { errors: errors.slice(0, MOST_ERRORS).map((each) => carryError(each, depth - 1)) }
      : {})
  }
}

/** Code may set anything as the message of an error. */
function cut(text: unknown): string {
  return (typeof text === 'string' ? text : errorText(text)).slice(0, LONGEST_TEXT)
}

function cloneMaybe(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return undefined
  }
}

/** True for what `carryError` gives: whoever sends it may have made it up. */
export function isCarriedError(value: unknown, depth = DEEPEST): value is CarriedError {
  if (depth < 1 || !isRecord(value)) return false
  const { name, message, stack, code, errno, syscall, cause, errors } = value
  return (
    isText(name) &&
    isText(message) &&
    [stack, code, syscall].every((text) => text === undefined || isText(text)) &&
    (errno === undefined || typeof errno === 'number') &&
    (cause === undefined || isCarriedError(cause, depth - 1)) &&
    (errors === undefined || isErrorList(errors, depth - 1))
  )
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isErrorList(value: unknown, depth: number): boolean {
  if (!Array.isArray(value) || value.length > MOST_ERRORS) return false
  return value.every((each: unknown) => isCarriedError(each, depth))
}

/** Makes an error of the same kind, with the same code, of what was carried. */
export function restoreError(carried: CarriedError): Error {
  const error = create(carried)
  const { stack, code, errno, syscall, errors } = carried
  if (stack !== undefined) Object.defineProperty(error, 'stack', { value: stack, writable: true, configurable: true })
  if (!(error instanceof P2pError)) {
    const extra = { code, errno, syscall, errors: errors?.map(restoreError) }
    for (const [key, value] of Object.entries(extra)) if (value !== undefined) Reflect.set(error, key, value)
  }
  return error
}

const BUILT_IN = new Map<string, new (message: string, options?: ErrorOptions) => Error>(
  [Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((each) => [each.name, each])
)

function create({ name, message, code, cause, details }: CarriedError): Error {
  const options = cause === undefined ? {} : { cause: restoreError(cause) }
  if (name === 'P2pError' && code !== undefined && (isErrorCode(code) || isPeerCode(code))) {
    return new P2pError(code, message, isRecord(details) ? { ...options, details } : options)
  }
  const error = new (BUILT_IN.get(name) ?? Error)(message, options)
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true })
  return error
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
