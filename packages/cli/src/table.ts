/** Lays out cells in columns, two blanks apart. The last cell of a row takes the room that it needs. */
export function layOut(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, lengthOf(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, index) => padded(cell, widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  )
}

/** Cuts a line that is wider than a terminal. */
export function fit(line: string, columns: number): string {
  const characters = Array.from(line)
  return characters.length <= columns ? line : `${characters.slice(0, columns - 1).join('')}…`
}

function padded(cell: string, width: number): string {
  return cell + ' '.repeat(width - lengthOf(cell))
}

function lengthOf(text: string): number {
  return Array.from(text).length
}
