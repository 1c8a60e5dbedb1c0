const LONGEST_QUOTE = 64
const UNPRINTABLE = /[^\x20-\x7e]/g

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/**
 * Writes text that came from a peer, or from a caller, for an error message: JSON-escaped, everything but printable
 * ASCII as `\uXXXX` (no control sequence reaches a terminal), cut after 64 characters.
 */
export function quote(text: string): string {
  const cut = text.length > LONGEST_QUOTE
  const quoted = JSON.stringify(cut ? text.slice(0, LONGEST_QUOTE) : text).replace(UNPRINTABLE, escapeUnit)
  return cut ? `${quoted}... (${text.length} characters)` : quoted
}
