import * as fs from 'node:fs'
import { HINTS_ALONE, ONE, TIMER_ALONE, TWO, closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
})

describe.each([
  ['a hint', HINTS_ALONE],
  ['the slow timer', TIMER_ALONE]
])('a change that is seen by %s', (_, options) => {
  it('U1 is a link that came, and one that went', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, options)
    project.thread('b.js', ONE)
    await folder.until(() => folder.names.includes('b'))
    expect(folder.names).toEqual(['a', 'b'])
    fs.unlinkSync(project.path('threads-enabled/a.js'))
    await folder.until(() => folder.names.length === 1)
    expect(folder.names).toEqual(['b'])
  })

  it('T6 is a target that was edited in place, or saved by rename', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, options)
    expect((await folder.exports('a'))['version']).toBe(1)
    for (const save of ['write', 'replace', 'write', 'replace'] as const) {
      const { revision } = folder.entry('a')
      const version = folder.changes + 10
      project[save]('threads-available/a.js', `exports.version = ${version}`)
      await folder.newer('a', revision)
      expect((await folder.exports('a'))['version']).toBe(version)
    }
  })

  it('U1 is a link that was pointed elsewhere, also to the same content', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    project.write('threads-available/b.js', ONE)
    const folder = await openFolder(project.cwd, options)
    project.link('.next', 'threads-available/b.js')
    fs.renameSync(project.path('threads-enabled/.next'), project.path('threads-enabled/a.js'))
    await folder.newer('a')
    expect(folder.entry('a').path).toBe('threads-enabled/a.js -> threads-available/b.js')
  })

  it('T6 is a local import that was edited', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.version = require('./lib/x').x")
    project.write('threads-available/lib/x.js', 'exports.x = 1')
    const folder = await openFolder(project.cwd, options)
    expect((await folder.exports('a'))['version']).toBe(1)
    project.write('threads-available/lib/x.js', 'exports.x = 2')
    await folder.newer('a')
    expect((await folder.exports('a'))['version']).toBe(2)
  })

  it('is a file that was removed and made again', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, options)
    project.remove('threads-available/a.js')
    await folder.until(() => folder.entry('a').problem !== undefined)
    expect(folder.entry('a').problem?.code).toBe('ERR_TRUSTP2P_THREAD_DANGLING')
    project.write('threads-available/a.js', TWO)
    await folder.until(() => folder.entry('a').problem === undefined)
    expect((await folder.exports('a'))['version']).toBe(2)
  })

  it('is a real file in the folder', async () => {
    const project = new TemporaryProject()
    fs.mkdirSync(project.path('threads-enabled'))
    const folder = await openFolder(project.cwd, options)
    project.write('threads-enabled/a.js', ONE)
    await folder.until(() => folder.names.includes('a'))
    project.write('threads-enabled/a.js', TWO)
    await folder.newer('a')
    expect((await folder.exports('a'))['version']).toBe(2)
    project.remove('threads-enabled/a.js')
    await folder.until(() => folder.names.length === 0)
  })

  it('T3 is the target of a dangling link that is made later', async () => {
    const project = new TemporaryProject()
    project.link('a.js', 'threads-available/a.js')
    const folder = await openFolder(project.cwd, options)
    expect(folder.entry('a').problem?.code).toBe('ERR_TRUSTP2P_THREAD_DANGLING')
    project.write('threads-available/a.js', ONE)
    await folder.until(() => folder.entry('a').problem === undefined)
    expect((await folder.exports('a'))['version']).toBe(1)
  })

  it('T3 is a permission that was mended', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    fs.chmodSync(project.path('threads-available'), 0o777)
    const folder = await openFolder(project.cwd, options)
    expect(folder.entry('a').problem?.code).toBe('ERR_TRUSTP2P_THREAD_FORBIDDEN')
    fs.chmodSync(project.path('threads-available'), 0o755)
    await folder.until(() => folder.entry('a').problem === undefined)
  })

  it('is an import that was looked for in vain, and is made', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.version = require('./lib/x').x")
    const folder = await openFolder(project.cwd, options)
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_IMPORT_NOT_FOUND' })
    project.write('threads-available/lib/x.js', 'exports.x = 1')
    await folder.newer('a')
    expect((await folder.exports('a'))['version']).toBe(1)
  })

  it('is a file of a failed thread that was mended, the entry, an import or a package.json', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.version = require('./lib/x').x")
    project.write('threads-available/lib/x.js', 'exports.x = ')
    project.write('package.json', '{"type":')
    const folder = await openFolder(project.cwd, options)
    const fails = () => expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_SYNTAX' })
    for (const [file, text] of [
      ['package.json', '{"type":"commonjs"}'],
      ['threads-available/lib/x.js', 'exports.x = 1; )'],
      ['threads-available/lib/x.js', 'exports.x = 1']
    ] as const) {
      await fails()
      const { revision } = folder.entry('a')
      project.write(file, text)
      await folder.newer('a', revision)
    }
    expect((await folder.exports('a'))['version']).toBe(1)
  })

  it('is a permission of an import that was mended', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.version = require('./lib/x').x")
    fs.chmodSync(project.write('threads-available/lib/x.js', 'exports.x = 1'), 0o666)
    const folder = await openFolder(project.cwd, options)
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_FORBIDDEN' })
    const { revision } = folder.entry('a')
    fs.chmodSync(project.path('threads-available/lib/x.js'), 0o644)
    await folder.newer('a', revision)
    fs.chmodSync(project.path('threads-available/lib'), 0o777)
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_FORBIDDEN' })
    const later = folder.entry('a').revision
    fs.chmodSync(project.path('threads-available/lib'), 0o755)
    await folder.newer('a', later)
    expect((await folder.exports('a'))['version']).toBe(1)
  })

  it('is a file that a version imports while it runs', async () => {
    const project = new TemporaryProject()
    project.thread('a.cjs', 'exports.get = (name) => import(name)')
    project.write('threads-available/lib/x.mjs', 'export const x = 1')
    const folder = await openFolder(project.cwd, options)
    const { get } = (await folder.exports('a')) as { get: (name: string) => Promise<{ x: number }> }
    expect((await get('./lib/x.mjs')).x).toBe(1)
    project.write('threads-available/lib/x.mjs', 'export const x = 2')
    await folder.newer('a')
    expect((await get('./lib/x.mjs')).x).toBe(1)
  })

  it('is the folder itself, made, removed and made again', async () => {
    const project = new TemporaryProject()
    const folder = await openFolder(project.cwd, options)
    for (const name of ['a.js', 'b.js']) {
      project.thread(name, ONE)
      await folder.until(() => folder.names.length === 1)
      expect(folder.names).toEqual([name.slice(0, 1)])
      project.remove('threads-enabled')
      await folder.until(() => folder.names.length === 0)
    }
  })
})
