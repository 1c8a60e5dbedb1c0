/** A place in compiled text, and where its author wrote it; all count from 0. */
export interface MappedPlace {
  readonly line: number
  readonly column: number
  readonly sourceLine: number
  readonly sourceColumn: number
}

/** Reads the places of a source map of one source, in the order of the compiled text (ECMA-426, "mappings"). */
export function readMappings(mappings: string): MappedPlace[] {
  const places: MappedPlace[] = []
  let [sourceLine, sourceColumn] = [0, 0]
  mappings.split(';').forEach((segments, line) => {
    let column = 0
    for (const segment of segments === '' ? [] : segments.split(',')) {
      const [columnStep = 0, , lineStep, sourceStep] = readNumbers(segment)
      column += columnStep
      if (lineStep === undefined || sourceStep === undefined) continue
      sourceLine += lineStep
      sourceColumn += sourceStep
      places.push({ line, column, sourceLine, sourceColumn })
    }
  })
  return places
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 VLQ: five bits a digit, the lowest first; the sixth says that more follow; the lowest of all is the sign. */
function readNumbers(segment: string): number[] {
  const numbers: number[] = []
  let [value, shift] = [0, 0]
  for (const character of segment) {
    const digit = DIGITS.indexOf(character)
    value += (digit & 31) << shift
    shift += 5
    if ((digit & 32) !== 0) continue
    numbers.push((value & 1) === 0 ? value >> 1 : -(value >> 1))
    value = shift = 0
  }
  return numbers
}
