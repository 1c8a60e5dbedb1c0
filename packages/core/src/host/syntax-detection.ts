import { errorText } from '../errors'
import { SourceFault } from './load-error'
import { isModuleFault, wrapModule } from './module-wrapper'

/**
 * Tells whether JavaScript that no package.json decides on is an ES module, by Node's own rule (Node.js
 * documentation, "Syntax detection"): what does not parse as CommonJS and does as an ES module is one. No compiler
 * is needed: V8's messages tell which it is.
 */
export function looksLikeModule(code: string): boolean {
  const message = parseFault(code, false)
  if (message === undefined) return false
  if (isModuleFault(message)) return true
  if (!ONLY_IN_FUNCTIONS.test(message)) return false
  const waiting = parseFault(`{${code}\n}`, true)
  return waiting === undefined || isModuleFault(waiting)
}

/** A wait at the top level, or a name of its own that CommonJS gives to something else. */
const ONLY_IN_FUNCTIONS =
  /^(?:await is only valid|Identifier '(?:module|exports|require|__filename|__dirname)' has already been declared)/

function parseFault(code: string, waits: boolean): string | undefined {
  try {
    wrapModule({ file: 'thread', code, style: 'script', waits }, [])
    return undefined
  } catch (error) {
    return error instanceof SourceFault ? error.text : errorText(error)
  }
}
