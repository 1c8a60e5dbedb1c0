import picocolors from 'picocolors'

export type Colors = ReturnType<typeof picocolors.createColors>

/** One of the two streams that a command writes to. */
export interface Output {
  /** Colours, or the texts as they are where the stream takes none. */
  readonly colors: Colors
  /** Writes a text and a line feed. What a peer said must have gone through `printable` before. */
  readonly line: (text: string) => void
}

/** Where a command writes: results to `out`, problems to `err`. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
}

export function processTerminal(): Terminal {
  return { out: createOutput(process.stdout), err: createOutput(process.stderr) }
}

/** The part of a stream that an output needs. */
export interface OutputStream {
  readonly isTTY?: boolean
  write(text: string): unknown
  on(event: 'error', listener: () => void): unknown
}

/**
 * Writes to a stream until its reader goes away: `trustp2p-cli … | head -1` is no failure of ours.
 * Colours only on a terminal, and not with `NO_COLOR` (no-color.org) or a terminal that is dumb.
 */
export function createOutput(stream: OutputStream, environment: NodeJS.ProcessEnv = process.env): Output {
  let open = true
  stream.on('error', () => {
    open = false
  })
  return {
    colors: picocolors.createColors(takesColors(stream, environment)),
    line(text) {
      if (open) stream.write(`${text}\n`)
    }
  }
}

function takesColors({ isTTY }: OutputStream, { NO_COLOR = '', TERM }: NodeJS.ProcessEnv): boolean {
  return isTTY === true && NO_COLOR === '' && TERM !== 'dumb'
}
