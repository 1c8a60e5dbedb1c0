import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { P2pError, readConfigFile, resolveConfig } from '../../src/index'
import { removeProjects, TemporaryProject } from './temporary-project'

const JSON_FILE = 'trustp2p.config.json'
const YAML_FILE = 'trustp2p.config.yaml'

afterEach(removeProjects)

function projectWith(files: Readonly<Record<string, string | Uint8Array>>): TemporaryProject {
  const project = new TemporaryProject()
  for (const [name, content] of Object.entries(files)) writeFileSync(project.path(name), content)
  return project
}

async function refusal(project: TemporaryProject, configFile?: string): Promise<P2pError> {
  try {
    await readConfigFile(project.cwd, configFile)
  } catch (error) {
    if (error instanceof P2pError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

/** Whether permissions hinder this user: they do not hinder root. */
const HINDERED = process.getuid?.() !== 0

describe('the configuration file of a folder', () => {
  it('is trustp2p.config.json or trustp2p.config.yaml, or none', async () => {
    expect(await readConfigFile(projectWith({ 'trustp2p.config.json~': 'x' }).cwd)).toBeUndefined()
    const json = await readConfigFile(projectWith({ [JSON_FILE]: '{"name":"a"}' }).cwd)
    const yaml = await readConfigFile(projectWith({ [YAML_FILE]: 'name: a\n' }).cwd)
    expect([json?.name, json?.value]).toEqual([JSON_FILE, { name: 'a' }])
    expect([yaml?.name, yaml?.value]).toEqual([YAML_FILE, { name: 'a' }])
  })

  it('may be another one, a path relative to the folder, and may be switched off', async () => {
    const project = projectWith({ [JSON_FILE]: '{', 'other.yml': 'name: b' })
    expect((await readConfigFile(project.cwd, 'other.yml'))?.value).toEqual({ name: 'b' })
    expect((await readConfigFile('/', project.path('other.yml')))?.value).toEqual({ name: 'b' })
    expect(await readConfigFile(project.cwd, false)).toBeUndefined()
    await expect(readConfigFile(project.cwd, true as unknown as string)).rejects.toThrow(TypeError)
  })

  it('may be a link', async () => {
    const project = projectWith({ 'real.txt': '{"name":"a"}' })
    symlinkSync('real.txt', project.path(JSON_FILE))
    expect((await readConfigFile(project.cwd))?.value).toEqual({ name: 'a' })
  })

  it('leaves $schema out at its top, and nowhere else', async () => {
    const text = '{"$schema":"x","threads":{"a":{"config":{"$schema":1}}}}'
    const file = await readConfigFile(projectWith({ [JSON_FILE]: text }).cwd)
    expect(file?.value).toEqual({ threads: { a: { config: { $schema: 1 } } } })
  })

  it('tells where a key stands', async () => {
    const file = await readConfigFile(projectWith({ [JSON_FILE]: '{\n  "$schema": "x",\n  "name": "a"\n}\n' }).cwd)
    expect(file?.place(['name'])).toEqual({ line: 3, column: 3 })
  })
})

describe('a file that cannot be taken (N4)', () => {
  it('is ambiguous where both are there, or one that is called .yml', async () => {
    const both = await refusal(projectWith({ [JSON_FILE]: '{}', [YAML_FILE]: '' }))
    expect(both.code).toBe('ERR_TRUSTP2P_CONFIG_FILE_AMBIGUOUS')
    expect(both.message).toBe('both trustp2p.config.json and trustp2p.config.yaml are there: keep one of them')
    const misnamed = await refusal(projectWith({ 'trustp2p.config.yml': 'name: a' }))
    expect(misnamed.code).toBe('ERR_TRUSTP2P_CONFIG_FILE_AMBIGUOUS')
    expect(misnamed.message).toBe('trustp2p.config.yml is not read: rename it to trustp2p.config.yaml')
  })

  it('cannot be read where it is a folder, a pipe, a link to nothing, or not there', async () => {
    const folder = new TemporaryProject()
    mkdirSync(folder.path(JSON_FILE))
    const pipe = new TemporaryProject()
    execFileSync('mkfifo', [pipe.path(JSON_FILE)])
    const dangling = new TemporaryProject()
    symlinkSync('nowhere', dangling.path(JSON_FILE))
    const cases = [
      [folder, 'it is a folder'],
      [pipe, 'it is no plain file'],
      [dangling, 'there is no such file']
    ] as const
    for (const [project, text] of cases) {
      const error = await refusal(project)
      expect(error.code).toBe('ERR_TRUSTP2P_CONFIG_FILE_UNREADABLE')
      expect(error.message).toBe(`the configuration file ${JSON_FILE} cannot be read: ${text}`)
    }
    expect((await refusal(folder, 'absent.json')).message).toContain(
      'absent.json cannot be read: there is no such file'
    )
  })

  it('cannot be read where its permissions forbid it', async () => {
    const project = projectWith({ [JSON_FILE]: '{}' })
    chmodSync(project.path(JSON_FILE), 0)
    if (!HINDERED) return expect((await readConfigFile(project.cwd))?.value).toEqual({})
    expect(await refusal(project)).toMatchObject({
      code: 'ERR_TRUSTP2P_CONFIG_FILE_UNREADABLE',
      message: expect.stringContaining('EACCES') as string
    })
  })

  it('has another ending', async () => {
    expect((await refusal(projectWith({ 'a.toml': '' }), 'a.toml')).message).toBe(
      'a.toml must end in .json or .yaml, which tells how it is to be read'
    )
  })

  it('is longer than 1 MiB', async () => {
    const text = '{"name": "a"}'
    const project = projectWith({ [JSON_FILE]: text.padEnd(1 << 20) })
    expect((await readConfigFile(project.cwd))?.value).toEqual({ name: 'a' })
    truncateSync(project.path(JSON_FILE), (1 << 20) + 1)
    const error = await refusal(project)
    expect(error.code).toBe('ERR_TRUSTP2P_CONFIG_FILE_INVALID')
    expect(error.message).toBe('trustp2p.config.json has 1048577 bytes: at most 1048576 are read')
  })

  const utf8 = (text: string) => new TextEncoder().encode(text)
  it.each<[what: string, name: string, content: string | Uint8Array, place: string, text: string]>([
    ['empty', JSON_FILE, '', '1:1', 'it is empty: write {} into it, or remove it'],
    ['spaces alone', YAML_FILE, ' \n\n', '1:1', 'it is empty: write {} into it, or remove it'],
    [
      'a byte order mark',
      JSON_FILE,
      Uint8Array.of(0xef, 0xbb, 0xbf, ...utf8('{}')),
      '1:1',
      'it begins with a byte order mark: save it as UTF-8 without one'
    ],
    ['UTF-16', YAML_FILE, Uint8Array.of(0xff, 0xfe, 0x61, 0), '1:1', 'it is UTF-16 text: save it as UTF-8'],
    [
      'a byte of Latin 1',
      YAML_FILE,
      Uint8Array.of(...utf8('ä: 1\nb: é'), 0xe9, 0x20),
      '2:5',
      'the bytes here are no UTF-8 text: save it as UTF-8'
    ],
    [
      'a character cut off',
      JSON_FILE,
      utf8('{}é').subarray(0, 3),
      '1:3',
      'the bytes here are no UTF-8 text: save it as UTF-8'
    ],
    ['half-written JSON', JSON_FILE, '{\n  "listen": [', '2:14', 'expected a value, found the end of the file'],
    ['half-written YAML', YAML_FILE, 'log:\n  level: "in', '2:13', 'the text has no closing "'],
    [
      'a duplicate key',
      JSON_FILE,
      '{\n  "name": "a",\n  "name": "b"\n}',
      '3:3',
      'the key "name" stands here a second time'
    ]
  ])('holds %s', async (_, name, content, place, text) => {
    const error = await refusal(projectWith({ [name]: content }))
    expect(error.code).toBe('ERR_TRUSTP2P_CONFIG_FILE_INVALID')
    expect(error.message).toBe(`${name}:${place}: ${text}`)
    const [line, column] = place.split(':').map(Number)
    expect(error.details).toMatchObject({ file: name, line, column })
  })

  it.each([
    [JSON_FILE, '{\n  "limits": {\n    "frameBytes": "much",\n    "frameByts": 5\n  }\n}\n', '3:5', '4:5'],
    [YAML_FILE, 'limits:\n  frameBytes: much\n  frameByts: 5\n', '2:3', '3:3']
  ])('has wrong values in %s, which are told with their places', async (name, text, first, second) => {
    const file = await readConfigFile(projectWith({ [name]: text }).cwd)
    expect(() => resolveConfig({ role: 'node', file })).toThrow(
      'the configuration is wrong in 2 places:\n' +
        `  limits.frameBytes is "much" (from ${name}:${first}): expected a whole number from 1 to 1073741824 (bytes)\n` +
        `  limits.frameByts (from ${name}:${second}) is no key: did you mean limits.frameBytes?`
    )
  })

  it.each([
    [JSON_FILE, '[]', '1:1', '[]'],
    [YAML_FILE, 'listen', '1:1', '"listen"'],
    [YAML_FILE, '~', '1:1', 'null']
  ])('holds something else than an object: %s %j', async (name, text, place, shown) => {
    const file = await readConfigFile(projectWith({ [name]: text }).cwd)
    expect(() => resolveConfig({ role: 'node', file })).toThrow(
      `the configuration is wrong: it is ${shown} (from ${name}:${place}): expected an object`
    )
  })
})
