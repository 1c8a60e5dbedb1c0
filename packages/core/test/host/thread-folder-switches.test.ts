import * as fs from 'node:fs'
import { HINTS_ALONE, ONE, closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
})

describe('enable and disable', () => {
  it('T6 have told of the entry when they settle', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', ONE)
    const folder = await openFolder(project.cwd, { times: { rescanMs: 3_600_000, debounceMs: 3_600_000 } })
    expect(await folder.source.enable('chat')).toBe(true)
    expect(folder.names).toEqual(['chat'])
    expect(await folder.source.enable('chat')).toBe(false)
    expect(await folder.source.disable('chat')).toBe(true)
    expect(folder.names).toEqual([])
    expect(await folder.source.disable('chat')).toBe(false)
    expect(folder.changes).toBe(2)
  })

  it('T6 tells of what another process has done a moment ago', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', ONE)
    const [one, other] = [await openFolder(project.cwd, HINTS_ALONE), await openFolder(project.cwd, HINTS_ALONE)]
    for (let round = 0; round < 10; round++) {
      expect(await one.source.enable('chat')).toBe(true)
      expect([await other.source.enable('chat'), other.names]).toEqual([false, ['chat']])
      expect(await one.source.disable('chat')).toBe(true)
      expect([await other.source.disable('chat'), other.names]).toEqual([false, []])
    }
  })

  it('T6 work on the files where the folder is not open', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', ONE)
    const { source } = await openFolder(project.cwd)
    await source.close()
    expect(await source.enable('chat')).toBe(true)
    expect(fs.existsSync(project.path('threads-enabled/chat.js'))).toBe(true)
    expect(await source.available()).toContain('chat')
    expect(await source.disable('chat')).toBe(true)
    expect(fs.readdirSync(project.path('threads-enabled'))).toEqual([])
  })

  it('T6 many at once each do their part', async () => {
    const project = new TemporaryProject()
    const names = Array.from({ length: 20 }, (_, index) => `t${index}`)
    for (const name of names) project.write(`threads-available/${name}.js`, ONE)
    const folder = await openFolder(project.cwd)
    await Promise.all(names.map((name) => folder.source.enable(name)))
    expect([...folder.names].sort()).toEqual([...names].sort())
    await Promise.all(names.map((name) => folder.source.disable(name)))
    expect(folder.names).toEqual([])
  })
})
