import picocolors from 'picocolors'
import { NO_PROGRESS } from '../src/progress'
import type { Output, Terminal } from '../src/terminal'

/** A stream that keeps its lines, without colours. */
export interface MemoryOutput extends Output {
  readonly lines: string[]
}

/** `columns` is the width of a terminal; without it the stream is a pipe. */
export function createMemoryOutput(columns?: number): MemoryOutput {
  const lines: string[] = []
  const line = (text: string) => void lines.push(...text.split('\n'))
  const gone = new Promise<void>(() => undefined)
  return { lines, colors: picocolors.createColors(false), line, columns, gone, written: () => Promise.resolve() }
}

export function createMemoryTerminal(
  columns?: number
): Terminal & { readonly out: MemoryOutput; readonly err: MemoryOutput } {
  return { out: createMemoryOutput(columns), err: createMemoryOutput(), progress: NO_PROGRESS }
}
