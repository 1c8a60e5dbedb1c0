import { ONE, TIMER_ALONE, closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
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
