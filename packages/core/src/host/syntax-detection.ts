import { errorText } from '../errors'
import { wrapModule } from './module-wrapper'

/**
 * Tells whether JavaScript that no package.json decides on is an ES module, by Node's own rule (Node.js
 * documentation, "Syntax detection"): what does not parse as CommonJS and does as an ES module is one. No compiler
 * is needed: V8's messages tell which it is.
 */
export function looksLikeModule(code: string): boolean {
  if (!/\b(?:import|export|await)\b/.test(code)) return false
  const message = parseFault(code, false)
  if (message === undefined) return false
  if (ONLY_IN_MODULES.test(message)) return true
  if (!ONLY_IN_FUNCTIONS.test(message)) return false
  const waiting = parseFault(`{${code}\n}`, true)
  return waiting === undefined || ONLY_IN_MODULES.test(waiting)
}

const ONLY_IN_MODULES =
  /^(?:Cannot use import statement outside a module|Unexpected token 'export'|Cannot use 'import\.meta' outside a module)/

/** A wait at the top level, or a name of its own that CommonJS gives to something else. */
const ONLY_IN_FUNCTIONS =
  /^(?:await is only valid|Identifier '(?:module|exports|require|__filename|__dirname)' has already been declared)/

function parseFault(code: string, waits: boolean): string | undefined {
  try {
    wrapModule({ file: 'thread', code, style: 'script', waits }, [])
    return undefined
  } catch (error) {
    return errorText(error)
  }
}
