/**
 * Control and format characters, line and paragraph separators, halves of surrogate pairs: what could move the cursor,
 * colour, hide or turn round text. The zero-width joiner is kept: it only joins emoji.
 */
const UNPRINTABLE = /(?!\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Gives a text that does nothing to a terminal and stays in its line: what could is written as `\u001b`. JSON text
 * stays valid JSON, of the same value.
 */
export function printable(text: string): string {
  return text.replaceAll(UNPRINTABLE, escapeUnits)
}

function escapeUnits(character: string): string {
  return Array.from({ length: character.length }, (_, index) => escapeUnit(character.charCodeAt(index))).join('')
}

function escapeUnit(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`
}
