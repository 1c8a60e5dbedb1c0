import type { Figure } from './figure'

const COLUMNS = ['what', 'figure', 'target', 'spread', 'verdict'] as const

type Line = Readonly<Record<(typeof COLUMNS)[number], string>>

/** Writes the figures as a table, each note on a line below its row. */
export function formatReport(figures: readonly Figure[]): string {
  const lines = [
    { what: 'row', figure: 'figure', target: 'target', spread: 'spread', verdict: 'verdict' },
    ...figures.map(lineOf)
  ]
  const widths = COLUMNS.map((column) => Math.max(...lines.map((line) => line[column].length)))
  const rows = lines.map((line) =>
    COLUMNS.map((column, index) => line[column].padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd()
  )
  return rows.flatMap((row, index) => [row, ...notesOf(figures[index - 1])]).join('\n')
}

function lineOf({ what, figure, target, spread, met }: Figure): Line {
  return { what, figure, target, spread, verdict: met ? 'met' : 'not' }
}

function notesOf(figure: Figure | undefined): string[] {
  return figure?.note === undefined ? [] : [`  ${figure.note}`]
}
