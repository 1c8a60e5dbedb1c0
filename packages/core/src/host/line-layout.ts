import { type MappedPlace, readMappings } from './source-map'

export interface CompiledText {
  readonly code: string
  /** The mappings of its source map. */
  readonly mappings: string
  /** Offsets of line breaks within literals. */
  readonly breaks: ReadonlySet<number>
}

/**
 * Lays compiled text out so that each part stands on the line on which its author wrote it. Stack traces then name
 * the author's lines by themselves: there is no map to keep for each version of a thread, none to look up, and no hook
 * on how stacks are written. Columns hold for the first part of a line.
 *
 * The compiler ends statements with semicolons and was told to write no comments, so a break between two of its lines
 * means no more than a space; those in literals are the author's own and stay.
 */
export function keepLines({ code, mappings, breaks }: CompiledText): string {
  const layout = new Layout()
  const places = placesByLine(keepRising(readMappings(mappings)))
  let offset = -1
  code.split('\n').forEach((text, index) => {
    if (breaks.has(offset)) layout.breakLine()
    else layout.space()
    layout.writeLine(text, places.get(index) ?? [], !breaks.has(offset))
    offset += text.length + 1
  })
  return layout.text
}

class Layout {
  readonly #parts: string[] = []
  /** The line that is being written. */
  #line = 0

  get text(): string {
    return this.#parts.join('')
  }

  breakLine(): void {
    this.#write('\n')
    this.#line += 1
  }

  space(): void {
    if (this.#parts.length > 0) this.#write(' ')
  }

  /** Writes one line of the compiler, in pieces where its parts belong to several lines. */
  writeLine(text: string, places: readonly MappedPlace[], mayTrim: boolean): void {
    const indent = mayTrim ? text.length - text.trimStart().length : 0
    let from = indent
    for (const place of places) {
      if (place.sourceLine <= this.#line || place.column < from) continue
      const at = breakBefore(text, from, place.column)
      if (at === undefined) continue
      this.#write(text.slice(from, at))
      this.#moveTo(place)
      from = at
    }
    this.#write(text.slice(from))
  }

  #moveTo({ sourceLine, sourceColumn }: MappedPlace): void {
    this.#write('\n'.repeat(sourceLine - this.#line) + ' '.repeat(sourceColumn))
    this.#line = sourceLine
  }

  #write(text: string): void {
    if (text !== '') this.#parts.push(text)
  }
}

/**
 * Gives the offset for a line break that puts what stands at `column` on a new line, or undefined where none may be.
 * Text that was valid without the break stays so, and means the same, but in the places that the grammar keeps free of
 * line breaks (ECMA-262, "Rules of Automatic Semicolon Insertion", restricted productions): after some words, where
 * the word goes to the new line, too, and before some signs.
 */
function breakBefore(text: string, from: number, column: number): number | undefined {
  if (/^(?:=>|\+\+|--)/.test(text.slice(column, column + 2))) return undefined
  const before = text.slice(from, column)
  const word = /(?:^|[^\w$.#])((?:return|throw|break|continue|yield|async|using)\s+)$/.exec(before)?.[1] ?? ''
  return column - word.length
}

function placesByLine(places: readonly MappedPlace[]): ReadonlyMap<number, MappedPlace[]> {
  const lines = new Map<number, MappedPlace[]>()
  for (const place of places) {
    const known = lines.get(place.line)
    if (known === undefined) lines.set(place.line, [place])
    else known.push(place)
  }
  return lines
}

/**
 * Leaves the longest row of places that never goes back: what the compiler hoists to the top, such as the export of a
 * function that is declared further down, would push everything after it out of its line.
 */
function keepRising(places: readonly MappedPlace[]): readonly MappedPlace[] {
  /** `ends[n]`: the place that ends the best row of n + 1; `before`: the one before each in its row. */
  const ends: number[] = []
  const before: (number | undefined)[] = []
  places.forEach((place, index) => {
    const length = rowLength(ends, (end) => (places[end]?.sourceLine ?? 0) <= place.sourceLine)
    before.push(ends[length - 1])
    ends[length] = index
  })
  const kept: MappedPlace[] = []
  for (let index = ends.at(-1); index !== undefined; index = before[index]) {
    const place = places[index]
    if (place !== undefined) kept.push(place)
  }
  return kept.reverse()
}

/** Finds by halving how many rows end at or before a place. */
function rowLength(ends: readonly number[], fits: (end: number) => boolean): number {
  let low = 0
  let high = ends.length
  while (low < high) {
    const middle = (low + high) >> 1
    const end = ends[middle]
    if (end !== undefined && fits(end)) low = middle + 1
    else high = middle
  }
  return low
}
