/** Pieces of a text that give way to others; what lies between them stays as it is. */
export class TextSplices {
  readonly #text: string
  readonly #splices: Splice[] = []

  constructor(text: string) {
    this.#text = text
  }

  /** Puts `text` in the place of what stands from `start` to `end`; no two places may overlap. */
  replace(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text })
  }

  /** Leaves only the ends of lines of what stands from `start` to `end`, so that each line keeps its number. */
  blank(start: number, end: number): void {
    this.replace(start, end, this.#text.slice(start, end).replace(/[^\r\n\u2028\u2029]+/g, ' '))
  }

  toString(): string {
    const pieces: string[] = []
    let at = 0
    for (const { start, end, text } of this.#splices.sort((one, other) => one.start - other.start)) {
      pieces.push(this.#text.slice(at, start), text)
      at = end
    }
    pieces.push(this.#text.slice(at))
    return pieces.join('')
  }
}

interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}
