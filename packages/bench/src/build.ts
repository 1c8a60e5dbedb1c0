import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'

const PACKAGES = join(__dirname, '..', '..')

/** What the programs of the bench load, lowest first. */
const PROJECTS = [
  ...['core', 'testing', 'cli'].map((name) => join(PACKAGES, name)),
  join(PACKAGES, '..', 'threads-available'),
  join(PACKAGES, 'bench')
]

/** Compiles the core, the testing package, the command line, the standard threads and the programs of the bench. Gives false when the compiler finds errors, which it prints. */
export function build(): boolean {
  const compiler = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc')
  const projects = PROJECTS.map((folder) => join(folder, 'tsconfig.build.json'))
  return spawnSync(process.execPath, [compiler, '--build', ...projects], { stdio: 'inherit' }).status === 0
}
