import fc from 'fast-check'
import { readMappings } from '../../src/host/source-map'
import type { MappedPlace } from '../../src/host/source-map'

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** Base64 VLQ as ECMA-426 describes it. */
function encodeNumber(number: number): string {
  let rest = number < 0 ? (-number << 1) | 1 : number << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>>= 5
    text += DIGITS.charAt(rest > 0 ? digit | 32 : digit)
  } while (rest > 0)
  return text
}

/** Writes the mappings of places that stand in the order of their lines and columns. */
function encodeMappings(places: readonly MappedPlace[]): string {
  let [line, column, sourceLine, sourceColumn] = [0, 0, 0, 0]
  let text = ''
  for (const place of places) {
    const isNewLine = place.line > line
    if (isNewLine) [text, line, column] = [text + ';'.repeat(place.line - line), place.line, 0]
    else if (text !== '' && !text.endsWith(';')) text += ','
    const steps = [place.column - column, 0, place.sourceLine - sourceLine, place.sourceColumn - sourceColumn]
    text += steps.map(encodeNumber).join('')
    ;({ column, sourceLine, sourceColumn } = place)
  }
  return text
}

const PLACES = fc
  .array(
    fc.record({
      line: fc.nat(50),
      column: fc.nat(100_000),
      sourceLine: fc.nat(100_000),
      sourceColumn: fc.nat(100_000)
    }),
    { maxLength: 100 }
  )
  .map((places) => places.sort((one, other) => one.line - other.line || one.column - other.column))

it('reads what was written, whatever the places are', () => {
  fc.assert(
    fc.property(PLACES, (places) => {
      expect(readMappings(encodeMappings(places))).toEqual(places)
    })
  )
})

it.each([
  ['nothing', '', []],
  ['empty lines', ';;', []],
  ['the first place', 'AAAA', [{ line: 0, column: 0, sourceLine: 0, sourceColumn: 0 }]],
  [
    'steps down, right, up and left',
    ';CAEC,EADF',
    [
      { line: 1, column: 1, sourceLine: 2, sourceColumn: 1 },
      { line: 1, column: 3, sourceLine: 1, sourceColumn: -1 }
    ]
  ],
  ['a part without a source, whose column counts', 'C,CAAA', [{ line: 0, column: 2, sourceLine: 0, sourceColumn: 0 }]],
  ['a name, which is passed over', 'AAAAC', [{ line: 0, column: 0, sourceLine: 0, sourceColumn: 0 }]]
])('reads %s', (_name, mappings, places) => {
  expect(readMappings(mappings)).toEqual(places)
})
