import * as fs from 'node:fs'
import { closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
})

/** A slow timer that never comes in a test: what is seen is seen by a hint. */
const HINTS_ALONE = { times: { rescanMs: 3_600_000 } }
/** No hint is waited for: what is seen is seen by the slow timer. */
const TIMER_ALONE = { times: { rescanMs: 20, debounceMs: 3_600_000, settleMs: 10 } }

const ONE = 'exports.version = 1'
const TWO = 'exports.version = 2'

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

describe('a load', () => {
  it('that is given up before it begins, or while it waits, rejects with the reason of its signal', async () => {
    const project = new TemporaryProject()
    project.thread('a.mjs', "import './lib/x.mjs'\nimport { hangs } from 'trustp2p'\nawait new Promise(hangs)")
    project.write('threads-available/lib/x.mjs', '')
    const reason = new Error('given up')
    const controller = new AbortController()
    const api = { hangs: () => controller.abort(reason) }
    const folder = await openFolder(project.cwd, { ...TIMER_ALONE, api: () => api })
    await expect(folder.load('a', AbortSignal.abort(reason))).rejects.toBe(reason)
    expect(controller.signal.aborted).toBe(false)
    await expect(folder.load('a', controller.signal)).rejects.toBe(reason)
    project.write('threads-available/a.mjs', 'export const version = 1')
    await folder.newer('a')
    expect((await folder.exports('a'))['version']).toBe(1)
  })

  it('that is given up is tried again when an import changes that it hung in', async () => {
    const project = new TemporaryProject()
    project.thread('a.mjs', "export const { version } = await import('./lib/x.mjs')")
    project.write('threads-available/lib/x.mjs', "import { hangs } from 'trustp2p'\nawait new Promise(hangs)")
    const controller = new AbortController()
    const api = { hangs: () => controller.abort(new Error('given up')) }
    const folder = await openFolder(project.cwd, { ...TIMER_ALONE, api: () => api })
    await expect(folder.load('a', controller.signal)).rejects.toThrow('given up')
    project.write('threads-available/lib/x.mjs', 'export const version = 1')
    await folder.newer('a')
    expect((await folder.exports('a'))['version']).toBe(1)
  })

  it('of one thread gives each version modules of its own', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', "exports.x = require('./lib/x')")
    project.write('threads-available/lib/x.js', 'exports.n = 0')
    const folder = await openFolder(project.cwd)
    const [first, second] = [await folder.exports('a'), await folder.exports('a')]
    expect(first['x']).not.toBe(second['x'])
    expect(second['x']).toEqual({ n: 0 })
  })

  it('is bounded: a thread of limits.modules files loads, one of one more does not', async () => {
    const project = new TemporaryProject()
    for (const [name, length] of [
      ['a', 4],
      ['b', 5]
    ] as const) {
      project.thread(`${name}.js`, `exports.n = require('./${name}1').n`)
      for (let n = 1; n < length; n++) {
        const text = n === length - 1 ? `exports.n = ${n}` : `exports.n = require('./${name}${n + 1}').n`
        project.write(`threads-available/${name}${n}.js`, text)
      }
    }
    const folder = await openFolder(project.cwd, { limits: { modules: 4 } })
    expect((await folder.exports('a'))['n']).toBe(3)
    await expect(folder.load('b')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_THREAD_MODULES' })
  })

  it('is bounded: a file of limits.fileBytes bytes is read, one of one more is not', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE.padEnd(100))
    project.thread('b.js', ONE.padEnd(101))
    const folder = await openFolder(project.cwd, { ...TIMER_ALONE, limits: { fileBytes: 100 } })
    expect((await folder.exports('a'))['version']).toBe(1)
    await expect(folder.load('b')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_THREAD_FILE' })
    project.write('threads-available/b.js', ONE)
    await folder.newer('b')
    expect((await folder.exports('b'))['version']).toBe(1)
  })

  it('of an entry that is gone meanwhile is a coded error', async () => {
    const project = new TemporaryProject()
    project.thread('a.js', ONE)
    const folder = await openFolder(project.cwd, { times: { rescanMs: 3_600_000, debounceMs: 3_600_000 } })
    project.remove('threads-available/a.js')
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_DANGLING' })
    project.remove('threads-enabled')
    await expect(folder.load('a')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_DANGLING' })
  })

  it('is not cut short by the loads of others, which share what they import', async () => {
    const project = new TemporaryProject()
    const names = Array.from({ length: 10 }, (_, n) => `t${n}`)
    for (const name of names)
      project.thread(`${name}.ts`, "import { a } from '../lib/a'\nexport const version: number = a")
    project.write('lib/a.ts', "import { b } from './b'\nexport const a: number = b")
    project.write('lib/b.ts', "import './a'\nexport const b: number = 7")
    const folder = await openFolder(project.cwd)
    const loaded = await Promise.all(names.map((name) => folder.exports(name)))
    expect(loaded.map(({ version }) => version)).toEqual(Array(10).fill(7))
  })
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
