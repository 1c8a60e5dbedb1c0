import { join } from 'node:path'

/** Where the compiled programs lie, seen from the sources and from the compiled code alike. */
const COMPILED = join(__dirname, '..', '..', 'dist')

/** The compiled file of a program, `floor/server` for example. */
export function programPath(name: string): string {
  return join(COMPILED, `${name}.js`)
}
