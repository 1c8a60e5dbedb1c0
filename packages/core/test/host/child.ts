import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const ROOT = join(__dirname, '../../../..')
const FROM_SOURCE = ['-C', '@trustp2p/source', '-r', require.resolve('ts-node/register/transpile-only')]

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
    { cwd: tmpdir(), env: { ...process.env, TS_NODE_PROJECT: join(ROOT, 'tsconfig.json') } }
  )
  return { output: JSON.parse(stdout) as unknown, stderr }
}
