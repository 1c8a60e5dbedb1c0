import { createHash } from 'node:crypto'

/** Lines that are kept apart before they become one text. */
const CHUNK_LINES = 1024

interface Chunk {
  readonly text: string
  readonly lines: number
}

/**
 * What happened in a simulation, a line for each event: `<virtual ms> <what> <who> <details>`. The same seed and the
 * same scenario give the same bytes.
 */
export class EventLog {
  readonly #limit: number
  readonly #hash = createHash('sha256')
  #chunks: Chunk[] = []
  #kept = 0
  #open: string[] = []
  #count = 0

  /**
   * @internal
   * @param limit most lines that are kept: the newest ones
   */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Lines that were written, those included that are kept no more. */
  get count(): number {
    return this.#count
  }

  /** The newest lines, oldest first: as many as `logLines` allows. */
  get lines(): string[] {
    const texts = [...this.#chunks.map(({ text }) => text), ...this.#open.map((line) => `${line}\n`)]
    const lines = texts.join('').split('\n').slice(0, -1)
    return this.#limit === 0 ? [] : lines.slice(-this.#limit)
  }

  /** @internal */
  add(line: string): void {
    this.#count += 1
    this.#open.push(line)
    if (this.#open.length >= CHUNK_LINES) this.#closeChunk()
  }

  /** SHA-256 of all lines that were written, each with its line end, in hex: equal for equal runs. */
  digest(): string {
    this.#closeChunk()
    return this.#hash.copy().digest('hex')
  }

  #closeChunk(): void {
    if (this.#open.length === 0) return
    const text = `${this.#open.join('\n')}\n`
    this.#hash.update(text)
    this.#chunks.push({ text, lines: this.#open.length })
    this.#kept += this.#open.length
    this.#open = []
    for (let first = this.#chunks[0]; first !== undefined && this.#kept - first.lines >= this.#limit;) {
      this.#chunks.shift()
      this.#kept -= first.lines
      first = this.#chunks[0]
    }
  }
}
