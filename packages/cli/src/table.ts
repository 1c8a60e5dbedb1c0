/** Lays out cells in columns, two blanks apart. The last cell of a row takes the room that it needs. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  )
}

/** Cuts a line that is wider than a terminal, so that what goes on in the next line cannot look like one of its own. */
export function fit(line: string, columns: number): string {
  if (line.length * 2 <= columns || widthOf(line) <= columns) return line
  let [shown, left] = ['', columns - 1]
  for (const character of line) {
    left -= widthOf(character)
    if (left < 0) break
    shown += character
  }
  return `${shown}…`
}

/** Breaks a text into lines of at most so many columns, at blanks where there are some. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((one) => chop(one, columns))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (widthOf(longer) <= columns) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

/** The parts of a word that fit in a line each. */
function chop(word: string, columns: number): string[] {
  const parts: string[] = []
  let part = ''
  for (const character of word) {
    if (part !== '' && widthOf(part + character) > columns) {
      parts.push(part)
      part = ''
    }
    part += character
  }
  return [...parts, part]
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(width - widthOf(cell))
}

/**
 * Characters that take two columns (Unicode Standard Annex 11: wide and fullwidth), roughly: from Hangul Jamo on, less
 * what is narrow there, and all pictures. Too wide a guess only cuts a line a little earlier.
 */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{10000}-\u{10ffff}]|\p{Extended_Pictographic}/u

/** How many columns of a terminal a text takes. */
function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += character > '\u10ff' ? wide(character) : 1
  return width
}

function wide(character: string): number {
  return WIDE.test(character) ? 2 : 1
}
