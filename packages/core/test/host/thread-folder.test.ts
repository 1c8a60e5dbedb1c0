import * as fs from 'node:fs'
import { ONE, TIMER_ALONE, closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
})

describe('what is there when it opens', () => {
  it('T3 is nothing where the folder is missing, empty, or holds no threads', async () => {
    const project = new TemporaryProject()
    expect((await openFolder(project.cwd)).names).toEqual([])
    fs.mkdirSync(project.path('threads-enabled'))
    expect((await openFolder(project.cwd)).names).toEqual([])
    for (const file of ['README.md', '.chat.js.swp', 'chat.js~', '4913', '#chat.js#', 'chat.d.ts', 'LICENSE']) {
      project.write(`threads-enabled/${file}`, '')
    }
    project.write('threads-enabled/lib/helper.js', '')
    expect((await openFolder(project.cwd)).entries).toEqual([])
  })

  it('T2 are links, files and folders, in name order', async () => {
    const project = new TemporaryProject()
    project.thread('d.js', ONE)
    project.write('threads-enabled/b.ts', ONE)
    project.write('threads-available/c/index.mjs', 'export const version = 1')
    project.link('c', 'threads-available/c')
    project.write('threads-available/x.cjs', ONE)
    project.link('a', 'threads-available/x.cjs')
    project.link('CThreadEcho.js', 'threads-available/x.cjs')
    const folder = await openFolder(project.cwd)
    expect(folder.entries.map(({ name, path, problem }) => [name, path, problem])).toEqual([
      ['a', 'threads-enabled/a -> threads-available/x.cjs', undefined],
      ['b', 'threads-enabled/b.ts', undefined],
      ['c', 'threads-enabled/c -> threads-available/c', undefined],
      ['d', 'threads-enabled/d.js -> threads-available/d.js', undefined],
      ['echo', 'threads-enabled/CThreadEcho.js -> threads-available/x.cjs', undefined]
    ])
    for (const name of folder.names) expect((await folder.exports(name))['version']).toBe(1)
  })

  it('T3 has the problem of each entry that cannot run, beside those that can', async () => {
    const [project, other] = [new TemporaryProject(), new TemporaryProject()]
    project.thread('ok.js', ONE)
    project.link('gone.js', 'threads-available/gone.js')
    project.link('circle.js', 'threads-enabled/circle.js')
    project.write('threads-enabled/my thread.js', ONE)
    project.write('notes.txt', '')
    project.link('notes.js', 'notes.txt')
    fs.symlinkSync(other.write('evil.js', ONE), project.path('threads-enabled/evil.js'))
    fs.chmodSync(project.write('threads-enabled/open.js', ONE), 0o666)
    const folder = await openFolder(project.cwd)
    expect(Object.fromEntries(folder.entries.map(({ name, problem }) => [name, problem?.code]))).toEqual({
      circle: 'ERR_TRUSTP2P_THREAD_DANGLING',
      evil: 'ERR_TRUSTP2P_THREAD_FORBIDDEN',
      gone: 'ERR_TRUSTP2P_THREAD_DANGLING',
      'my thread': 'ERR_TRUSTP2P_THREAD_NAME_INVALID',
      notes: 'ERR_TRUSTP2P_THREAD_NO_MODULE',
      ok: undefined,
      open: 'ERR_TRUSTP2P_THREAD_FORBIDDEN'
    })
    for (const { name, problem } of folder.entries) {
      if (problem === undefined) continue
      expect(problem.message).toContain('threads-enabled/')
      await expect(folder.load(name)).rejects.toBe(problem)
    }
  })

  it('has the first of two entries with one name, and the other with that problem', async () => {
    const project = new TemporaryProject()
    project.thread('chat.ts', 'export const version = 2')
    project.thread('chat.js', ONE)
    const folder = await openFolder(project.cwd)
    expect(folder.entries.map(({ name, path, problem }) => [name, path.slice(0, 23), problem?.code])).toEqual([
      ['chat', 'threads-enabled/chat.js', undefined],
      ['chat', 'threads-enabled/chat.ts', 'ERR_TRUSTP2P_THREAD_DUPLICATE']
    ])
    expect(folder.entries[1]?.problem?.message).toContain('chat.js runs')
    await expect(folder.entries[1]?.load({} as never)).rejects.toBe(folder.entries[1]?.problem)
    const { revision } = folder.entry('chat')
    fs.unlinkSync(project.path('threads-enabled/chat.js'))
    await folder.until(() => folder.entries.length === 1)
    expect(folder.entry('chat').problem).toBeUndefined()
    expect(folder.entry('chat').revision).not.toBe(revision)
    expect((await folder.exports('chat'))['version']).toBe(2)
  })

  it('rejects where the folder cannot be read, and can be opened when it is mended', async () => {
    const project = new TemporaryProject()
    project.write('threads-enabled', 'a file')
    const code = 'ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE'
    await expect(openFolder(project.cwd)).rejects.toMatchObject({ code })
    project.remove('threads-enabled')
    expect((await openFolder(project.cwd)).names).toEqual([])
  })

  it('is bounded: limits.entries entries are read, the next is left out with a warning', async () => {
    const project = new TemporaryProject()
    for (const name of ['a', 'b', 'c']) project.write(`threads-enabled/${name}.js`, ONE)
    project.write('threads-enabled/README.md', '')
    const folder = await openFolder(project.cwd, { ...TIMER_ALONE, limits: { entries: 3 } })
    expect([folder.names, folder.warnings]).toEqual([['a', 'b', 'c'], []])
    project.write('threads-enabled/d.js', ONE)
    await folder.until(() => folder.warnings.length > 0)
    expect(folder.warnings[0]?.code).toBe('ERR_TRUSTP2P_LIMIT_THREAD_ENTRIES')
    project.remove('threads-enabled/a.js')
    await folder.until(() => folder.names.includes('d'))
    expect([folder.names, folder.warnings.length]).toEqual([['b', 'c', 'd'], 1])
  })
})

describe('close', () => {
  it('ends the calls, may be called twice, and before it was opened', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    const witness = await openFolder(project.cwd, TIMER_ALONE)
    project.thread('b.js', ONE)
    const closing = folder.source.close()
    expect(folder.source.close()).toBe(closing)
    await closing
    const { changes } = folder
    project.thread('c.js', ONE)
    await witness.until(() => witness.names.includes('c'))
    expect(folder.changes).toBe(changes)
  })
})

it('tells of a folder that can no longer be read, once, keeps the entries, and goes on when it is mended', async () => {
  const project = new TemporaryProject()
  project.thread('a.js', ONE)
  const folder = await openFolder(project.cwd, TIMER_ALONE)
  fs.renameSync(project.path('threads-enabled'), project.path('away'))
  project.write('threads-enabled', 'a file')
  await folder.until(() => folder.warnings.length > 0)
  expect(folder.warnings[0]?.code).toBe('ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE')
  fs.rmSync(project.path('threads-enabled'))
  fs.renameSync(project.path('away'), project.path('threads-enabled'))
  project.thread('b.js', ONE)
  await folder.until(() => folder.names.includes('b'))
  expect([folder.names, folder.warnings.length]).toEqual([['a', 'b'], 1])
})
