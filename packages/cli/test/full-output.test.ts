import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { cleanUp, commandLine, temporaryFolder } from './command'

jest.setTimeout(120_000)
afterEach(cleanUp)

/** A device that takes nothing: every write fails as on a full disk. */
const FULL = '/dev/full'

/** Runs a command whose standard output takes nothing. */
function runFull(...args: string[]) {
  const { file, words, options } = commandLine(args, { cwd: temporaryFolder() })
  const full = openSync(FULL, 'w')
  try {
    const { status, stderr } = spawnSync(file, words, { ...options, stdio: ['ignore', full, 'pipe'], encoding: 'utf8' })
    return { code: status, err: stderr }
  } finally {
    closeSync(full)
  }
}

const maybe = existsSync(FULL) ? it : it.skip

describe('a command whose results cannot be written', () => {
  maybe('tells why, and ends with 1', () => {
    const told = {
      code: 1,
      err: 'error: the results cannot be written: ENOSPC: no space left on device, write (ENOSPC)\n'
    }
    expect(runFull('config', 'show')).toEqual(told)
    expect(runFull('completion', 'bash')).toEqual(told)
    expect(runFull('--help')).toEqual(told)
    expect(runFull('--version')).toEqual(told)
  })

  maybe('tells a program so, too; one that has no results does not', () => {
    const { code, err } = runFull('config', 'show', '--json')
    expect([code, JSON.parse(err)]).toMatchObject([1, { error: { code: 'ENOSPC' } }])
    expect(runFull('status')).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^error: no node runs .*\n.*\n$/) as string
    })
  })
})
