import * as fs from 'node:fs'
import type { PathLike } from 'node:fs'
import * as files from 'node:fs/promises'
import { basename } from 'node:path'
import { findLockHolder, StateLock } from '../../src/host/state-folder-lock'
import { removeProjects, TemporaryProject } from './temporary-project'

jest.mock('node:fs/promises', () => {
  const real = jest.requireActual<typeof files>('node:fs/promises')
  return { ...real, rename: jest.fn(real.rename) }
})

const real = jest.requireActual<typeof files>('node:fs/promises')
/** Attempts to take a lock, as the code has them. */
const ATTEMPTS = 100

let folder: string
let attempts: number

beforeEach(() => {
  folder = new TemporaryProject().cwd
  attempts = 0
})

afterEach(() => {
  jest.mocked(files.rename).mockImplementation(real.rename)
  removeProjects()
})

/** Somebody takes the lock and gives it back again, so many times, always in between. */
function loseRaces(count: number): void {
  jest.mocked(files.rename).mockImplementation(async (from: PathLike, to: PathLike) => {
    if (basename(String(to)) !== 'lock') return real.rename(from, to)
    attempts++
    if (attempts <= count) throw Object.assign(new Error('not empty'), { code: 'ENOTEMPTY' })
    await real.rename(from, to)
  })
}

describe('the lock of a state folder', () => {
  it(`is tried for ${ATTEMPTS} times`, async () => {
    loseRaces(ATTEMPTS - 1)
    const lock = await StateLock.acquire(folder)
    expect(attempts).toBe(ATTEMPTS)
    expect(await findLockHolder(folder)).toMatchObject({ pid: process.pid })
    await lock.release()
  })

  it('is given up after that, and nothing is left', async () => {
    loseRaces(ATTEMPTS)
    await expect(StateLock.acquire(folder)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID',
      message: expect.stringContaining(`lock changed ${ATTEMPTS} times while it was taken: try again`)
    })
    expect([attempts, fs.readdirSync(folder)]).toEqual([ATTEMPTS, []])
  })

  it('is looked for no longer than a signal says', async () => {
    const lock = await StateLock.acquire(folder)
    const code = 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED'
    await expect(findLockHolder(folder, AbortSignal.abort())).rejects.toMatchObject({ code })
    await lock.release()
    expect(await findLockHolder(folder, AbortSignal.abort())).toBeUndefined()
  })
})
