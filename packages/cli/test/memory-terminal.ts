import picocolors from 'picocolors'
import type { Output, Terminal } from '../src/terminal'

/** A stream that keeps its lines, without colours. */
export interface MemoryOutput extends Output {
  readonly lines: string[]
}

export function createMemoryOutput(): MemoryOutput {
  const lines: string[] = []
  return { lines, colors: picocolors.createColors(false), line: (text) => void lines.push(...text.split('\n')) }
}

export function createMemoryTerminal(): Terminal & { readonly out: MemoryOutput; readonly err: MemoryOutput } {
  return { out: createMemoryOutput(), err: createMemoryOutput() }
}
