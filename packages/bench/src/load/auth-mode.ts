import type { AuthMode } from 'trustp2p'

/** Reads the `auth` that a program was started with. Throws a RangeError for what is none. */
export function readAuthMode(text: string | undefined): AuthMode {
  if (text === 'off' || text === 'optional' || text === 'required') return text
  throw new RangeError(`${String(text)} is no auth`)
}
