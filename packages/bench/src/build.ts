import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'

const PACKAGES = join(__dirname, '..', '..')

/** Compiles the core, the command line and the programs of the bench. Gives false when the compiler finds errors, which it prints. */
export function build(): boolean {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const projects = ['core', 'cli', 'bench'].map((name) => join(PACKAGES, name, 'tsconfig.build.json'))
  return spawnSync(process.execPath, [compiler, '--build', ...projects], { stdio: 'inherit' }).status === 0
}
