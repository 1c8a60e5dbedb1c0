import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import { FROM_SOURCE } from '../../../../test/from-source'

const ROOT = join(__dirname, '../../../..')

const SURROUNDINGS = { cwd: tmpdir(), env: { ...process.env, TS_NODE_PROJECT: join(ROOT, 'tsconfig.json') } }

/** What became of a process. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts a script of fixtures/ in a plain Node, outside the repository. */
export function startFixture(script: string, values: readonly string[], flags: readonly string[] = []): ChildProcess {
  const args = [...flags, ...FROM_SOURCE, join(__dirname, 'fixtures', script), ...values]
  return spawn(process.execPath, args, { ...SURROUNDINGS, stdio: ['pipe', 'pipe', 'pipe'] })
}

/**
 * As startFixture, with one file that is bundled before: for many processes, which start twenty times as fast so.
 *
 * @param external packages that are loaded from this repository, since they hold what is no script
 */
export function bundleFixture(
  script: string,
  folder: string,
  external: string[] = []
): (values: readonly string[]) => ChildProcess {
  const outfile = join(folder, 'fixture.js')
  const entryPoints = [join(__dirname, 'fixtures', script)]
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', conditions: ['@trustp2p/source'], external })
  const env = { ...SURROUNDINGS.env, NODE_PATH: join(ROOT, 'node_modules') }
  return (values) =>
    spawn(process.execPath, [outfile, ...values], { ...SURROUNDINGS, env, stdio: ['pipe', 'pipe', 'pipe'] })
}

/** Waits for the end of a process, whatever it is. */
export function endOf(child: ChildProcess): Promise<Ended> {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, ...texts })))
}

/**
 * Runs a script of fixtures/ in a plain Node, outside the repository, and gives what it writes, which is JSON. Under
 * jest the module functions of Node are jest's own, so what they do there proves nothing.
 */
export async function runFixture(
  script: string,
  values: readonly string[],
  flags: readonly string[] = []
): Promise<{ output: unknown; stderr: string }> {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...flags, ...FROM_SOURCE, join(__dirname, 'fixtures', script), ...values],
    SURROUNDINGS
  )
  return { output: JSON.parse(stdout) as unknown, stderr }
}
