import { columnsOf } from './columns'
import type { Colors } from './terminal'

/** Tells a person what goes on while nothing else can be told. */
export interface Progress {
  /** Shows a text in place of the one before it. What a peer said must have gone through `printable` before. */
  show(text: string): void
  /** Takes it away. */
  clear(): void
}

/** What a program, or a file, gets to see of it. */
export const NO_PROGRESS: Progress = { show() {}, clear() {} }

/** The part of a terminal that a line of progress needs. */
export interface ProgressStream {
  readonly columns?: number
  write(text: string): unknown
}

/** Back to the start of the line, and nothing behind it (ECMA-48, EL). */
const ERASE_LINE = '\r\u001b[K'

/** A line of a terminal that is written over and over, and gives way to every other line. */
export class ProgressLine implements Progress {
  readonly #stream: ProgressStream
  readonly #colors: Colors
  #shown = false

  constructor(stream: ProgressStream, colors: Colors) {
    this.#stream = stream
    this.#colors = colors
  }

  show(text: string): void {
    const longest = columnsOf(this.#stream) - 1
    this.#stream.write(ERASE_LINE + this.#colors.dim(text.slice(0, longest)))
    this.#shown = true
  }

  clear(): void {
    if (this.#shown) this.#stream.write(ERASE_LINE)
    this.#shown = false
  }
}

const SECOND_MS = 1000

/** Shows what is worked on, and from the second second on how long it takes already, until it is done. */
export async function showWhile<Result>(progress: Progress, text: string, work: Promise<Result>): Promise<Result> {
  progress.show(`${text} …`)
  let seconds = 0
  const timer = setInterval(() => progress.show(`${text} … ${++seconds} s`), SECOND_MS)
  try {
    return await work
  } finally {
    clearInterval(timer)
    progress.clear()
  }
}
