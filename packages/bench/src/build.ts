import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'

const PACKAGES = join(__dirname, '..', '..')

/** Compiles the core and the programs of the bench. Throws when the compiler finds errors, after it printed them. */
export function build(): void {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const projects = ['core', 'bench'].map((name) => join(PACKAGES, name, 'tsconfig.build.json'))
  execFileSync(process.execPath, [compiler, '--build', ...projects], { stdio: 'inherit' })
}
