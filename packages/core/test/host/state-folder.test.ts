import * as fs from 'node:fs'
import * as files from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ControlClient } from '../../src/host/control/control-client'
import { inspectNode } from '../../src/host/control/inspect-node'
import { processMark } from '../../src/host/process-mark'
import { assertStateFolder, listStateFolders, openStateFolder, stateFolderPath } from '../../src/host/state-folder'
import type { StateFolder } from '../../src/host/state-folder'
import { findLockHolder } from '../../src/host/state-folder-lock'
import { fillDisk } from './full-disk'
import { killHolders, StateHolder } from './state-holder'
import { removeProjects, TemporaryProject } from './temporary-project'

jest.setTimeout(60_000)
jest.mock('node:fs/promises', () => {
  const real = jest.requireActual<typeof files>('node:fs/promises')
  return { ...real, writeFile: jest.fn(real.writeFile) }
})
jest.mock('node:os', () => {
  const real = jest.requireActual<{ tmpdir: () => string }>('node:os')
  return { ...real, tmpdir: jest.fn(real.tmpdir) }
})

const opened: StateFolder[] = []
let project: TemporaryProject
let state: string
let temporary: string

beforeEach(() => {
  project = new TemporaryProject()
  state = project.path('.trustp2p/server')
  temporary = new TemporaryProject().cwd
})

afterEach(async () => {
  for (const folder of opened.splice(0)) await folder.close()
  await killHolders()
  removeProjects()
})

async function open(cwd = project.cwd, name = 'server'): Promise<StateFolder> {
  const folder = await openStateFolder({ cwd, name })
  opened.push(folder)
  return folder
}

const modeOf = (path: string) => (fs.statSync(path).mode & 0o777).toString(8)
const locked = (pid: number) => ({
  code: 'ERR_TRUSTP2P_STATE_LOCKED',
  message: expect.stringContaining(String(pid)),
  details: { path: state, pid }
})
const invalid = (text: string) => ({
  code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID',
  message: expect.stringContaining(text)
})

describe('a state folder', () => {
  it('is made for this user alone, and kept out of git', async () => {
    const folder = await open()
    expect(folder.path).toBe(state)
    expect([modeOf(state), modeOf(project.path('.trustp2p'))]).toEqual(['700', '700'])
    expect(fs.readFileSync(project.path('.trustp2p/.gitignore'), 'utf8')).toBe('*\n')
  })

  it('is refused where the disk is full, and nothing half written stays', async () => {
    jest.mocked(files.writeFile).mockImplementationOnce(fillDisk)
    const path = project.path('.trustp2p/.gitignore')
    await expect(open()).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_STATE_FOLDER_INVALID',
      message: expect.stringMatching(/\.gitignore cannot be written: ENOSPC.*; make room on its disk$/),
      details: { path }
    })
    expect(fs.readdirSync(project.path('.trustp2p'))).toEqual([])
  })

  it.each([
    ['', '*\n'],
    ['of the user\n', 'of the user\n']
  ])('with a .gitignore that holds %j has one with %j then', async (before, after) => {
    project.write('.trustp2p/.gitignore', before)
    fs.chmodSync(project.path('.trustp2p'), 0o700)
    await open()
    expect(fs.readFileSync(project.path('.trustp2p/.gitignore'), 'utf8')).toBe(after)
    expect(fs.readdirSync(project.path('.trustp2p'))).toEqual(['.gitignore', 'server'])
  })

  it('is refused on a system where it could not be held', async () => {
    const { platform } = process
    Object.defineProperty(process, 'platform', { value: 'win32' })
    try {
      await expect(open()).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_CONTROL_UNSUPPORTED' })
      expect(fs.existsSync(project.path('.trustp2p'))).toBe(false)
    } finally {
      Object.defineProperty(process, 'platform', { value: platform })
    }
  })

  it('is listed by the name of its node; what else lies there is passed over', async () => {
    expect(await listStateFolders(project.cwd)).toEqual([])
    await open()
    await open(project.cwd, 'client')
    project.write('.trustp2p/file', '')
    expect(await listStateFolders(project.cwd)).toEqual(['client', 'server'])
    expect(await listStateFolders(project.path('nowhere'))).toEqual([])
  })

  it('is looked at as it would be opened, and not made', async () => {
    const look = () => assertStateFolder({ cwd: project.cwd, name: 'server' })
    await look()
    expect(fs.existsSync(project.path('.trustp2p'))).toBe(false)
    await open()
    await look()
    fs.chmodSync(state, 0o750)
    await expect(look()).rejects.toMatchObject(invalid('may be used by others'))
    fs.chmodSync(project.path('.trustp2p'), 0o720)
    await expect(look()).rejects.toMatchObject({ details: { path: project.path('.trustp2p') } })
    await expect(assertStateFolder({ cwd: project.cwd, name: '../up' })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONFIG_INVALID'
    })
  })

  it('lies below its working directory, under the name of its node', async () => {
    expect(await stateFolderPath({ cwd: project.cwd, name: 'server' })).toBe(state)
    const longest = 'n'.repeat(64)
    expect(await stateFolderPath({ cwd: project.cwd, name: longest })).toBe(project.path('.trustp2p', longest))
  })

  it.each(['../..', '..', '.', '', '/etc', 'a/b', '.git', 'a\u0000b', 'a\n', 'n'.repeat(65)])(
    'is looked for under no name like %j',
    async (name) => {
      const error = {
        code: 'ERR_TRUSTP2P_CONFIG_INVALID',
        message: expect.stringMatching(/^the name of a node is .+$/)
      }
      await expect(stateFolderPath({ cwd: project.cwd, name })).rejects.toMatchObject(error)
    }
  )

  it.each([
    ['a file in place of .trustp2p', () => project.write('.trustp2p', ''), 'is a file, not a folder'],
    ['a file in its place', () => project.write('.trustp2p/server', ''), 'is a file, not a folder'],
    [
      'a link in its place',
      () => {
        fs.mkdirSync(project.path('.trustp2p'), { mode: 0o700 })
        fs.symlinkSync(project.cwd, state)
      },
      'is a link, not a folder'
    ],
    [
      'a mode that lets others read it',
      () => {
        fs.mkdirSync(state, { recursive: true, mode: 0o700 })
        fs.chmodSync(state, 0o750)
      },
      'may be used by others (mode 750): run chmod go= '
    ],
    [
      'a mode that lets others write to .trustp2p',
      () => {
        fs.mkdirSync(project.path('.trustp2p'), { mode: 0o700 })
        fs.chmodSync(project.path('.trustp2p'), 0o770)
      },
      'may be used by others (mode 770)'
    ]
  ])('is refused with %s', async (_, prepare, text) => {
    prepare()
    await expect(open()).rejects.toMatchObject(invalid(text))
  })

  const asRoot = process.geteuid?.() === 0 ? it : it.skip
  asRoot('is refused where it belongs to another user', async () => {
    fs.mkdirSync(state, { recursive: true, mode: 0o700 })
    fs.chownSync(state, 54_321, 54_321)
    await expect(open()).rejects.toMatchObject(invalid('belongs to the user 54321: act as that user'))
  })
})

describe('the lock of a state folder', () => {
  it('is held by one node at a time, and given back', async () => {
    const first = await open()
    await expect(open()).rejects.toMatchObject(locked(process.pid))
    await first.close()
    await first.close()
    expect(fs.readdirSync(state)).toEqual([])
    await open()
  })

  it('of another name is another one', async () => {
    await open()
    await open(project.cwd, 'client')
  })

  it('is one, whichever link leads to the folder', async () => {
    await open()
    fs.symlinkSync(project.cwd, project.path('other'))
    await expect(open(project.path('other'))).rejects.toMatchObject(locked(process.pid))
  })

  it('names the process that holds it, also while that process is stopped', async () => {
    const holder = await StateHolder.start(project.cwd)
    expect(await holder.take()).toBe('held')
    await expect(open()).rejects.toMatchObject(locked(holder.pid))
    holder.signal('SIGSTOP')
    await expect(open()).rejects.toMatchObject(locked(holder.pid))
    expect(await findLockHolder(state)).toMatchObject({ pid: holder.pid })
  })

  it('of a process that was killed is taken over, and nothing of it stays', async () => {
    const holder = await StateHolder.start(project.cwd)
    await holder.take()
    await holder.kill()
    expect(await findLockHolder(state)).toBeUndefined()
    await open()
    const [entry] = fs.readdirSync(join(state, 'lock'))
    expect(entry).toMatch(new RegExp(`^${process.pid}\\.`))
    expect(fs.readdirSync(state)).toHaveLength(2)
  })

  it('whose socket was removed is held as long as its process lives', async () => {
    const holder = await StateHolder.start(project.cwd)
    await holder.take()
    for (const name of fs.readdirSync(state)) if (name.startsWith('alive')) fs.unlinkSync(join(state, name))
    await expect(open()).rejects.toMatchObject(locked(holder.pid))
    await holder.kill()
    await open()
  })

  /** A lock as a holder leaves it whose socket was removed. */
  function leaveWithoutSocket(...entry: (string | number)[]): string {
    fs.mkdirSync(join(state, 'lock'), { recursive: true, mode: 0o700 })
    fs.chmodSync(project.path('.trustp2p'), 0o700)
    fs.chmodSync(state, 0o700)
    const path = join(state, 'lock', entry.join('.'))
    fs.symlinkSync('../alive.abcdef01', path)
    return path
  }

  const onLinux = process.platform === 'linux' ? it : it.skip
  onLinux('whose socket was removed is free once another process has the pid of its holder', async () => {
    const other = await StateHolder.start(project.cwd)
    leaveWithoutSocket(other.pid, 'abcdef01', '0123456789abcdef')
    expect(await findLockHolder(state)).toBeUndefined()
    const folder = await open()
    await folder.close()
    leaveWithoutSocket(process.pid, 'abcdef01', '0123456789abcdef')
    await open()
  })

  onLinux('whose socket was removed is held by the process that took it, this one too', async () => {
    const mark = await processMark(process.pid)
    leaveWithoutSocket(process.pid, 'abcdef01', String(mark))
    await expect(open()).rejects.toMatchObject(locked(process.pid))
    expect(await findLockHolder(state)).toMatchObject({ pid: process.pid, lifeSign: 'process' })
  })

  it('whose socket was removed names what to remove where nothing tells its holder from a later process', async () => {
    const other = await StateHolder.start(project.cwd)
    const entry = leaveWithoutSocket(other.pid, 'abcdef01')
    const remedy = `where process ${other.pid} is no node, remove ${entry}`
    await expect(open()).rejects.toMatchObject({ ...locked(other.pid), message: expect.stringContaining(remedy) })
    expect(await inspectNode({ cwd: project.cwd, name: 'server' })).toMatchObject({
      pid: other.pid,
      remedy: expect.stringContaining(remedy)
    })
    await expect(ControlClient.connect({ cwd: project.cwd, name: 'server' })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTROL_NOT_RUNNING',
      message: expect.stringContaining(remedy)
    })
    fs.unlinkSync(entry)
    await open()
  })

  it('goes to exactly one of many that want it at once', async () => {
    for (const prepare of [() => undefined, leaveStale]) {
      await prepare()
      const results = await Promise.allSettled(Array.from({ length: 20 }, () => open()))
      const failed = results.filter((result) => result.status === 'rejected')
      expect(failed).toHaveLength(19)
      for (const { reason } of failed) expect(reason).toMatchObject(locked(process.pid))
      await opened.pop()?.close()
      expect(fs.readdirSync(state)).toEqual([])
    }
  })

  it('goes to exactly one of several processes that want what a killed one left', async () => {
    for (let round = 0; round < 2; round++) {
      await leaveStale()
      const holders = await Promise.all(Array.from({ length: 4 }, () => StateHolder.start(project.cwd)))
      const [winner, ...losers] = (await Promise.all(holders.map((holder) => holder.take()))).sort().reverse()
      expect(winner).toBe('held')
      for (const loser of losers) expect(loser).toMatch(/^ERR_TRUSTP2P_STATE_LOCKED /)
      await killHolders()
    }
  })

  /** What a process leaves that is killed: a link to a socket that refuses. */
  async function leaveStale(): Promise<void> {
    const holder = await StateHolder.start(project.cwd)
    expect(await holder.take()).toBe('held')
    await holder.kill()
  }

  it('whose path is too long for a socket has it in a folder of the user below the temporary one', async () => {
    jest.mocked(tmpdir).mockReturnValueOnce(temporary)
    const cwd = project.path('x'.repeat(120))
    fs.mkdirSync(cwd)
    const folder = await open(cwd)
    jest.mocked(tmpdir).mockReturnValueOnce(temporary)
    await expect(open(cwd)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_STATE_LOCKED' })
    const sockets = join(temporary, `trustp2p-${process.geteuid?.()}`)
    expect([modeOf(sockets), fs.readdirSync(sockets).length, fs.readdirSync(folder.path)]).toEqual(['700', 1, ['lock']])
    await folder.close()
    expect(fs.readdirSync(sockets)).toEqual([])
    fs.chmodSync(sockets, 0o777)
    jest.mocked(tmpdir).mockReturnValueOnce(temporary)
    await expect(open(cwd)).rejects.toMatchObject(invalid('may be used by others (mode 777)'))
    fs.rmdirSync(sockets)
    fs.symlinkSync(project.cwd, sockets)
    jest.mocked(tmpdir).mockReturnValueOnce(temporary)
    await expect(open(cwd)).rejects.toMatchObject(invalid('is a link, not a folder'))
  })

  it.each([
    ['a file in its place', () => project.write('.trustp2p/server/lock', ''), 'lock is in the way'],
    ['a file in it', () => project.write('.trustp2p/server/lock/x', ''), 'lock/x is in the way: remove it'],
    [
      'a file for a link',
      () => project.write('.trustp2p/server/lock/1.abcdef01', ''),
      'lock/1.abcdef01 is in the way: remove it'
    ],
    [
      'a folder for a link',
      () => fs.mkdirSync(join(state, 'lock/1.abcdef01'), { recursive: true }),
      'lock/1.abcdef01 is in the way: remove it'
    ]
  ])('is refused with %s, and nothing is left', async (_, prepare, text) => {
    await (await open()).close()
    prepare()
    await expect(open()).rejects.toMatchObject(invalid(text))
    expect(fs.readdirSync(state)).toEqual(['lock'])
  })

  it('is taken where a start was killed in its midst; what that left is removed once it is a minute old', async () => {
    await (await open()).close()
    const left = ['alive.00000001', 'lock.00000001', 'alive.00000002']
    for (const name of left) project.write(`.trustp2p/server/${name}`, '')
    const old = new Date(Date.now() - 61_000)
    for (const name of left.slice(0, 2)) fs.utimesSync(join(state, name), old, old)
    await (await open()).close()
    expect(fs.readdirSync(state)).toEqual(['alive.00000002'])
  })
})
