import { SourceMap, type SourceMapPayload } from 'node:module'

/**
 * Lays compiled text out so that each statement stands on the line on which its author wrote it. Stack traces then
 * name the author's lines by themselves: there is no map to keep for each version of a thread, none to look up, and
 * no hook on how stacks are written. Columns hold for the first statement of a line.
 *
 * The compiler writes whole statements on lines of their own and no comments, so a line break between two of its
 * lines means no more than a space; those inside template literals are the author's own and stay: `breaks` has the
 * offsets of these.
 */
export function keepLines(code: string, mapText: string, breaks: ReadonlySet<number>): string {
  const lines = code.split('\n')
  const anchors = keepRising(anchorsOf(lines, mapText))
  const fixed = fixedLines(lines, breaks)
  const out: string[] = []
  let line = 0
  lines.forEach((text, index) => {
    const anchor = anchors.get(index)
    if (fixed.has(index)) {
      out.push('\n', text)
      line++
    } else if (anchor !== undefined && anchor.line > line) {
      out.push('\n'.repeat(anchor.line - line), ' '.repeat(anchor.column), text.trimStart())
      line = anchor.line
    } else {
      out.push(index === 0 ? '' : ' ', text.trimStart())
    }
  })
  return out.join('')
}

/** Where the author wrote the first statement of a compiled line; both count from 0. */
interface Anchor {
  readonly line: number
  readonly column: number
}

function anchorsOf(lines: readonly string[], mapText: string): Map<number, Anchor> {
  const anchors = new Map<number, Anchor>()
  const map = new SourceMap(JSON.parse(mapText) as SourceMapPayload)
  lines.forEach((text, index) => {
    const entry = map.findEntry(index, text.length - text.trimStart().length)
    if (!('originalLine' in entry) || entry.generatedLine !== index) return
    anchors.set(index, { line: entry.originalLine, column: entry.originalColumn })
  })
  return anchors
}

/**
 * Leaves the longest row of anchors that never goes back: what the compiler hoists to the top, such as the export of
 * a function that is declared further down, would push everything after it out of its line.
 */
function keepRising(anchors: ReadonlyMap<number, Anchor>): ReadonlyMap<number, Anchor> {
  const entries = [...anchors]
  /** `ends[n]`: the entry that ends the best row of n + 1 anchors; `before`: the one before each in its row. */
  const ends: number[] = []
  const before: (number | undefined)[] = []
  entries.forEach(([, anchor], index) => {
    const length = rowLength(ends, (end) => (entries[end]?.[1].line ?? 0) <= anchor.line)
    before.push(ends[length - 1])
    ends[length] = index
  })
  const kept: (readonly [number, Anchor])[] = []
  for (let index = ends.at(-1); index !== undefined; index = before[index]) {
    const entry = entries[index]
    if (entry !== undefined) kept.unshift(entry)
  }
  return new Map(kept)
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

/** The lines that begin inside a literal: the break before them is part of a value. */
function fixedLines(lines: readonly string[], breaks: ReadonlySet<number>): ReadonlySet<number> {
  const fixed = new Set<number>()
  let offset = -1
  lines.forEach((text, index) => {
    if (breaks.has(offset)) fixed.add(index)
    offset += text.length + 1
  })
  return fixed
}
