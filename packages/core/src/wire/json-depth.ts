const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_LIST = 0x5b
const CLOSE_LIST = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/**
 * True for a JSON text with more than `depth` lists and objects inside each other: `[]` is 1 deep, a number 0. A text
 * that is no JSON gives either. Needed since JSON.parse takes 200,000 levels on which anything that walks the value
 * overflows the stack.
 */
export function isDeeperThan(text: string, depth: number): boolean {
  if (text.length < 2 * (depth + 1)) return false
  return hasMoreBrackets(text, depth) && nests(text, depth)
}

/** Most texts have few brackets, and counting those, in strings too, costs a tenth of following the nesting. */
function hasMoreBrackets(text: string, most: number): boolean {
  let count = 0
  for (let index = text.indexOf('{'); index >= 0; index = text.indexOf('{', index + 1)) {
    if (++count > most) return true
  }
  for (let index = text.indexOf('['); index >= 0; index = text.indexOf('[', index + 1)) {
    if (++count > most) return true
  }
  return false
}

function nests(text: string, deepest: number): boolean {
  let depth = 0
  let inString = false
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (inString) {
      if (unit === BACKSLASH) index += 1
      else if (unit === QUOTE) inString = false
    } else if (unit === QUOTE) inString = true
    else if (unit === OPEN_LIST || unit === OPEN_OBJECT) {
      if (++depth > deepest) return true
    } else if (unit === CLOSE_LIST || unit === CLOSE_OBJECT) depth -= 1
  }
  return false
}
