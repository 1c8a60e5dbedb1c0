import * as fs from 'node:fs'
import { join } from 'node:path'
import { manifestFileOf } from '../../src/host/manifest-file'
import { closeFolders, openFolder } from './opened-folder'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(async () => {
  await closeFolders()
  removeProjects()
  Reflect.deleteProperty(globalThis, 'sidecarRan')
})

/** Notes that it ran. */
const MODULE = 'globalThis.sidecarRan = true'
const MANIFEST = 'threads-available/chat.thread.json'
const INVALID = 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID'

function createChat(manifest?: string): TemporaryProject {
  const project = new TemporaryProject()
  project.thread('chat.js', MODULE)
  if (manifest !== undefined) project.write(MANIFEST, manifest)
  return project
}

/** What a load of the thread is refused with; its code did not run. */
async function refusal(manifest: string): Promise<string> {
  const folder = await openFolder(createChat(manifest).cwd)
  const error = await folder.load('chat').then(
    () => undefined,
    (reason: unknown) => reason
  )
  expect(error).toMatchObject({ code: INVALID })
  expect(globalThis).not.toHaveProperty('sidecarRan')
  await expect(folder.entry('chat').readManifest?.()).rejects.toMatchObject({ code: INVALID })
  return (error as Error).message
}

describe('a manifest beside the module', () => {
  it('has the name of the file without its ending', () => {
    expect(['a/chat.mjs', 'a/chat@2.ts', 'a/b/index.js'].map(manifestFileOf)).toEqual([
      'a/chat.thread.json',
      'a/chat@2.thread.json',
      'a/b/index.thread.json'
    ])
  })

  it('is read, and checked, with the module, links followed; a folder has it beside its index', async () => {
    const project = createChat('{ "$schema": "x", "version": "1.2.3", "requires": ["room"], "critical": true }')
    project.write('threads-available/room/index.mjs', 'export default class {}')
    project.write('threads-available/room/index.thread.json', '{"exclusive":true}')
    project.link('room', 'threads-available/room')
    const folder = await openFolder(project.cwd)
    expect((await folder.load('chat')).manifest).toMatchObject({ version: '1.2.3', requires: ['room'], critical: true })
    expect((await folder.load('room')).manifest).toMatchObject({ exclusive: true })
    expect(folder.names).toEqual(['chat', 'room'])
  })

  it('is undefined where there is none, and can be read without running the module', async () => {
    const none = await openFolder(createChat().cwd)
    await expect(none.entry('chat').readManifest?.()).resolves.toBeUndefined()
    const folder = await openFolder(createChat('{"version":"2"}').cwd)
    await expect(folder.entry('chat').readManifest?.()).resolves.toMatchObject({ version: '2' })
    expect(globalThis).not.toHaveProperty('sidecarRan')
    expect((await none.load('chat')).manifest).toBeUndefined()
  })

  it('is not taken for absent where it is a link that leads nowhere, or in a circle', async () => {
    for (const target of ['gone.json', 'chat.thread.json']) {
      const project = createChat()
      fs.symlinkSync(target, join(project.cwd, MANIFEST))
      const folder = await openFolder(project.cwd)
      await expect(folder.load('chat')).rejects.toMatchObject({
        code: INVALID,
        message: 'threads-available/chat.thread.json is a link that leads nowhere: mend or remove it'
      })
      expect(globalThis).not.toHaveProperty('sidecarRan')
    }
  })

  it('has a JSON schema as `config`, whose defaults are filled in', async () => {
    const config = { type: 'object', properties: { room: { type: 'string', default: 'lobby' } }, required: ['size'] }
    const folder = await openFolder(createChat(JSON.stringify({ config })).cwd)
    const parser = (await folder.load('chat')).manifest?.config
    expect(parser?.parse({ size: 1 })).toEqual({ size: 1, room: 'lobby' })
    expect(() => parser?.parse({ room: 1 })).toThrow()
  })

  it.each([
    ['{ "requires": 1 }', "chat.thread.json: the manifest has no list under 'requires'"],
    ['{ "reqires": [] }', "has the unknown key 'reqires'; did you mean 'requires'?"],
    ['[]', 'the manifest is no object'],
    ['{ "version": "1", }', 'threads-available/chat.thread.json:1:17: no comma may stand before "}"'],
    ['{\n "version": "1",\n "version": "2" }', 'chat.thread.json:3:2: the key "version" stands here a second time'],
    ['\ufeff{}', 'chat.thread.json:1:1: it begins with a byte order mark'],
    ['', 'chat.thread.json:1:1: expected a value'],
    ['{ "config": 7 }', "no JSON schema under 'config'"],
    ['{ "config": { "type": "nothing" } }', "a JSON schema under 'config' that cannot be used"],
    ['{ "__proto__": {} }', "the unknown key '__proto__'"]
  ])('refuses %j before any code runs', async (text, expected) => {
    expect(await refusal(text)).toContain(expected)
  })

  it('refuses bytes that are no UTF-8', async () => {
    const project = createChat()
    fs.writeFileSync(project.path(MANIFEST), Buffer.from([0x7b, 0xff, 0x7d]))
    const folder = await openFolder(project.cwd)
    await expect(folder.load('chat')).rejects.toMatchObject({
      code: INVALID,
      message: expect.stringContaining(':1:2: the bytes here') as string
    })
  })

  it('may have 64 KiB, and not a byte more', async () => {
    const longest = `{${' '.repeat(64 * 1024 - 2)}}`
    const folder = await openFolder(createChat(longest).cwd)
    expect((await folder.load('chat')).manifest).toBeDefined()
    Reflect.deleteProperty(globalThis, 'sidecarRan')
    expect(await refusal(`${longest} `)).toContain('has 65537 bytes: at most 65536 are read')
  })

  it('is refused where others may write it', async () => {
    const project = createChat('{}')
    fs.chmodSync(project.path(MANIFEST), 0o666)
    const folder = await openFolder(project.cwd)
    await expect(folder.load('chat')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_FORBIDDEN' })
    expect(globalThis).not.toHaveProperty('sidecarRan')
  })

  it('is watched: it comes, changes, is mended and goes, each of which is a change of the thread', async () => {
    const project = createChat()
    const folder = await openFolder(project.cwd)
    await folder.load('chat')
    for (const [text, version] of [
      ['{"version":"1"}', '1'],
      ['{"version":"2"}', '2']
    ] as const) {
      const { revision } = folder.entry('chat')
      project.replace(MANIFEST, text)
      await folder.newer('chat', revision)
      expect((await folder.load('chat')).manifest?.version).toBe(version)
    }
    let { revision } = folder.entry('chat')
    project.replace(MANIFEST, '{"version":3}')
    await folder.newer('chat', revision)
    await expect(folder.load('chat')).rejects.toMatchObject({ code: INVALID })
    revision = folder.entry('chat').revision
    project.remove(MANIFEST)
    await folder.newer('chat', revision)
    expect((await folder.load('chat')).manifest).toBeUndefined()
  })
})
