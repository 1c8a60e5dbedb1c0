import * as fs from 'node:fs'
import { HINTS_ALONE, ONE, TIMER_ALONE, TWO, closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
})

describe('a change', () => {
  it('is not what an editor leaves beside, nor a file that was touched or saved as it was', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    await folder.load('a')
    for (const file of ['.a.js.swp', 'a.js~', '4913', '#a.js#', 'a.js.bak'])
      project.write(`threads-enabled/${file}`, 'x')
    fs.utimesSync(project.path('threads-available/a.js'), 1, 1)
    project.replace('threads-available/a.js', ONE)
    project.thread('b.js', ONE)
    await folder.until(() => folder.names.includes('b'))
    expect([folder.changes, folder.entry('a').revision]).toEqual([1, 1])
  })

  it('is not an import that was found, however it was', async () => {
    const project = new TemporaryProject()
    project.thread(
      'a.ts',
      "import { x } from './lib'\nimport data from './data.json'\nexport const version = [x, data]"
    )
    project.write('threads-available/lib/index.js', "exports.x = require('./deep/').y")
    project.write('threads-available/lib/deep/package.json', '{"main":"y"}')
    project.write('threads-available/lib/deep/y.cjs', 'exports.y = 1')
    project.write('threads-available/data.json', '[]')
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    expect((await folder.exports('a'))['version']).toEqual([1, []])
    for (const name of ['b.js', 'c.js', 'd.js']) {
      project.thread(name, ONE)
      await folder.until(() => folder.names.includes(name.slice(0, 1)))
    }
    expect([folder.changes, folder.entry('a').revision]).toEqual([3, 1])
  })

  it('is the project, where its folder is a link that was pointed elsewhere', async () => {
    const [one, two, place] = [new TemporaryProject(), new TemporaryProject(), new TemporaryProject()]
    one.thread('a.js', ONE)
    two.thread('a.js', TWO)
    two.link('gone.js', 'threads-available/gone.js')
    fs.symlinkSync(one.cwd, place.path('current'))
    const folder = await openFolder(place.path('current'), TIMER_ALONE)
    expect((await folder.exports('a'))['version']).toBe(1)
    fs.symlinkSync(two.cwd, place.path('next'))
    fs.renameSync(place.path('next'), place.path('current'))
    await folder.until(() => folder.entry('a').revision > 1 && folder.names.length === 2)
    expect((await folder.exports('a'))['version']).toBe(2)
    expect(folder.entry('gone').problem?.code).toBe('ERR_TRUSTP2P_THREAD_DANGLING')
  })

  it('is told once, when a file that is written piece by piece is whole', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, { times: { rescanMs: 5, settleMs: 300 } })
    const text = 'exports.text = "a long text"'
    project.write('threads-available/a.js', '')
    for (const character of text) {
      fs.appendFileSync(project.path('threads-available/a.js'), character)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    await folder.newer('a')
    expect(folder.changes).toBe(1)
    expect((await folder.exports('a'))['text']).toBe('a long text')
  })

  it('is a package that was looked for in vain, and is installed', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.version = require('late').x")
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_IMPORT_NOT_FOUND' })
    project.installPackage('late', { 'main.js': 'exports.x = 5', 'package.json': '{"main":"main.js"}' })
    await folder.newer('a')
    expect((await folder.exports('a'))['version']).toBe(5)
  })

  it('during a load is not lost', async () => {
    const project = new TemporaryProject()
    const edit = "require('node:fs').writeFileSync(__filename, 'exports.version = 2')"
    project.thread('a.js', `exports.version = 1; ${edit}`)
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    const { revision, exports } = await folder.load('a')
    expect(exports).toEqual({ version: 1 })
    await folder.newer('a', revision)
    expect(await folder.load('a')).toMatchObject({ exports: { version: 2 }, revision: folder.entry('a').revision })
  })

  it('that was loaded already is not told again', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, HINTS_ALONE)
    project.write('threads-available/a.js', TWO)
    expect(await folder.load('a')).toMatchObject({ exports: { version: 2 }, revision: folder.entry('a').revision })
    project.thread('b.js', ONE)
    await folder.until(() => folder.names.includes('b'))
    await folder.source.enable('b')
    expect(folder.entry('a').revision).toBe(1)
  })

  it('that is being loaded is not told, so that the load goes on', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, HINTS_ALONE)
    const gate: { read?: () => void; open?: () => void } = {}
    const read = new Promise<void>((resolve) => (gate.read = resolve))
    const opened = new Promise<void>((resolve) => (gate.open = resolve))
    Reflect.set(globalThis, 'trustp2pGate', { ...gate, opened })
    project.write(
      'threads-available/a.js',
      `const { read, opened } = globalThis.trustp2pGate; read(); await opened; export const version = 2`
    )
    const loading = folder.load('a')
    await read
    project.thread('b.js', ONE)
    await folder.until(() => folder.names.includes('b'))
    expect(folder.entry('a').revision).toBe(1)
    gate.open?.()
    expect(await loading).toMatchObject({ exports: { version: 2 }, revision: 1 })
    Reflect.deleteProperty(globalThis, 'trustp2pGate')
  })

  it('of a file that threads share is a warning, once, and no new revision', async () => {
    const project = new TemporaryProject()
    for (const name of ['a.js', 'b.js']) project.thread(name, "exports.shared = require('../lib/shared')")
    project.write('lib/shared.js', "exports.n = require('./deep').n")
    project.write('lib/deep.js', 'exports.n = 1')
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    const [a, b] = [await folder.exports('a'), await folder.exports('b')]
    expect(a['shared']).toBe(b['shared'])
    project.write('lib/deep.js', 'exports.n = 2')
    await folder.until(() => folder.warnings.length > 0)
    expect(folder.warnings[0]).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_SHARED_CHANGED',
      message: expect.stringContaining('lib/deep.js') as string
    })
    project.thread('c.js', "exports.shared = require('../lib/shared')")
    await folder.until(() => folder.names.includes('c'))
    expect((await folder.exports('c'))['shared']).toBe(a['shared'])
    expect([folder.entry('a').revision, folder.warnings.length]).toEqual([1, 1])
  })

  it('of a shared file that failed is tried again', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.n = require('../lib/shared').n")
    project.write('lib/shared.js', 'exports.n = 1; throw new Error("no")')
    const folder = await openFolder(project.cwd, TIMER_ALONE)
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_LOAD_FAILED' })
    project.write('lib/shared.js', 'exports.n = 2')
    await folder.newer('a')
    expect(await folder.exports('a')).toEqual({ n: 2 })
  })
})
