import * as fs from 'node:fs'
import { ThreadLinks } from '../../src/host/thread-links'
import { fillDisk } from './full-disk'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

function linksOf(project: TemporaryProject): ThreadLinks {
  const [enabled, available] = [project.path('threads-enabled'), project.path('threads-available')]
  return new ThreadLinks({ cwd: project.cwd, enabled, available })
}

function target(project: TemporaryProject, entry: string): string {
  return fs.readlinkSync(project.path('threads-enabled', entry))
}

describe('add', () => {
  it.each([
    ['chat', 'chat.ts'],
    ['chat', 'chat.js'],
    ['chat', 'chat.mjs'],
    ['chat.ts', 'chat.ts'],
    ['heartbeat', 'CThreadHeartbeat.js'],
    ['CThreadHeartbeat', 'CThreadHeartbeat.js'],
    ['CThreadHeartbeat.js', 'CThreadHeartbeat.js'],
    ['ThreadHeartbeat', 'heartbeat.ts']
  ])('T6 finds %s in %s, makes the folder and a relative link', async (name, file) => {
    const project = new TemporaryProject()
    project.write(`threads-available/${file}`, 'one')
    expect(await linksOf(project).add(name)).toBe(file)
    expect(target(project, file)).toBe(`../threads-available/${file}`)
    expect(fs.readFileSync(project.path('threads-enabled', file), 'utf8')).toBe('one')
  })

  it('links a folder with an index module', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat/index.ts', '')
    expect(await linksOf(project).add('chat')).toBe('chat')
    expect(target(project, 'chat')).toBe('../threads-available/chat')
  })

  it('takes the file of exactly that name before others of the thread', async () => {
    const project = new TemporaryProject()
    for (const file of ['chat.ts', 'chat.js', 'CThreadChat.js']) project.write(`threads-available/${file}`, '')
    expect(await linksOf(project).add('chat.ts')).toBe('chat.ts')
    project.remove('threads-enabled/chat.ts')
    expect(await linksOf(project).add('CThreadChat.js')).toBe('CThreadChat.js')
  })

  it('makes a link that leads right where threads-enabled is a link itself', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', 'one')
    fs.mkdirSync(project.path('deep/er'), { recursive: true })
    fs.symlinkSync('deep/er', project.path('threads-enabled'))
    await linksOf(project).add('chat')
    expect(fs.readFileSync(project.path('threads-enabled/chat.js'), 'utf8')).toBe('one')
  })

  it('does nothing where an entry of that name is there, whatever its file name', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', '')
    project.write('threads-enabled/CThreadChat.ts', '')
    expect(await linksOf(project).add('chat')).toBeUndefined()
    expect(fs.readdirSync(project.path('threads-enabled'))).toEqual(['CThreadChat.ts'])
  })

  it('rejects a name that nothing has, and tells what there is', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', '')
    project.write('threads-available/README.md', '')
    project.write('threads-available/lib/helper.js', '')
    await expect(linksOf(project).add('chta')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND',
      message: expect.stringContaining("no thread 'chta' in threads-available/") as string
    })
    await expect(linksOf(project).add('lib')).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NOT_FOUND' })
  })

  it.each(['', '..', '../x', 'a/b', '1a', 'a b', 'chat~'])('rejects the name %j', async (name) => {
    const links = linksOf(new TemporaryProject())
    await expect(links.add(name)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_NAME_INVALID' })
  })

  it('rejects where the folder cannot be made', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', '')
    project.write('threads-enabled', 'a file')
    await expect(linksOf(project).add('chat')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE',
      message: expect.stringMatching(/; mend its permissions$/)
    })
  })

  it('makes one link where two ask at once', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', '')
    const made = await Promise.all([1, 2, 3].map(() => linksOf(project).add('chat')))
    expect(made.filter((name) => name !== undefined)).toEqual(['chat.js'])
  })
})

describe('the standard threads', () => {
  it('T6 are linked where the project has them installed', async () => {
    const project = new TemporaryProject()
    project.installPackage('@trustp2p/threads', { 'package.json': '{}', 'dist/pulse.js': 'pulse' })
    expect(await linksOf(project).add('pulse')).toBe('pulse.js')
    expect(target(project, 'pulse.js')).toBe('../node_modules/@trustp2p/threads/dist/pulse.js')
    expect(fs.existsSync(project.path('threads-available'))).toBe(false)
  })

  it('T6 are copied from this library where the project has none', async () => {
    const project = new TemporaryProject()
    const made = await linksOf(project).add('heartbeat')
    expect(made).toMatch(/^heartbeat\.(?:cjs|ts)$/)
    expect(target(project, made ?? '')).toBe(`../threads-available/${made}`)
    expect(fs.readFileSync(project.path('threads-enabled', made ?? ''), 'utf8')).toContain('eventMap')
    expect(fs.readdirSync(project.path('threads-available'))).toEqual([made])
  })

  it('T6 are copied with all their modules where they are folders, and with nothing else', async () => {
    const project = new TemporaryProject()
    expect(await linksOf(project).add('peer-exchange')).toBe('peer-exchange')
    expect(target(project, 'peer-exchange')).toBe('../threads-available/peer-exchange')
    expect(fs.readdirSync(project.path('threads-available'))).toEqual(['peer-exchange'])
    const files = fs.readdirSync(project.path('threads-enabled/peer-exchange'))
    const names = ['candidates', 'claims', 'index', 'peer-dialler', 'places', 'settings', 'times']
    expect(files.map((file) => file.replace(/\.(?:cjs|ts)$/, ''))).toEqual(names)
  })

  it.each(['heartbeat', 'peer-exchange'])(
    'leave nothing of %s where the disk is full, and say what to do',
    async (name) => {
      const project = new TemporaryProject()
      const write = jest.spyOn(fs.promises, 'writeFile').mockImplementation(fillDisk)
      try {
        await expect(linksOf(project).add(name)).rejects.toMatchObject({
          code: 'ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE',
          message: expect.stringMatching(/ENOSPC.*; make room on its disk$/)
        })
      } finally {
        write.mockRestore()
      }
      expect(fs.readdirSync(project.path('threads-available'))).toEqual([])
    }
  )

  it('come after the threads of the project', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/heartbeat.js', 'own')
    await linksOf(project).add('heartbeat')
    expect(target(project, 'heartbeat.js')).toBe('../threads-available/heartbeat.js')
  })
})

describe('remove', () => {
  it('T6 removes every link of the name, dangling ones too, and leaves the targets', async () => {
    const project = new TemporaryProject()
    project.thread('chat.js', 'one')
    project.link('CThreadChat.ts', 'threads-available/gone.ts')
    project.thread('other.js', '')
    expect(await linksOf(project).remove('chat')).toEqual(['CThreadChat.ts', 'chat.js'])
    expect(fs.readdirSync(project.path('threads-enabled'))).toEqual(['other.js'])
    expect(fs.existsSync(project.path('threads-available/chat.js'))).toBe(true)
  })

  it('T6 refuses a real file, and then removes nothing', async () => {
    const project = new TemporaryProject()
    project.thread('CThreadChat.js', 'one')
    project.write('threads-enabled/chat.js', 'two')
    await expect(linksOf(project).remove('chat')).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_NOT_A_LINK',
      message: expect.stringContaining('threads-enabled/chat.js') as string
    })
    expect(fs.readdirSync(project.path('threads-enabled'))).toEqual(['CThreadChat.js', 'chat.js'])
  })

  it('leaves a link that is no thread, and is passed over', async () => {
    const project = new TemporaryProject()
    project.write('notes', '')
    project.link('notes', 'notes')
    expect(await linksOf(project).remove('notes')).toEqual([])
    expect(target(project, 'notes')).toBe('../notes')
  })

  it('removes a link with a bad name', async () => {
    const project = new TemporaryProject()
    project.link('my chat.js', 'threads-available/chat.js')
    expect(await linksOf(project).remove('my chat')).toEqual(['my chat.js'])
  })

  it('does nothing where there is no such entry, or no folder', async () => {
    const project = new TemporaryProject()
    expect(await linksOf(project).remove('chat')).toEqual([])
    project.thread('chat.js', '')
    expect(await linksOf(project).remove('other')).toEqual([])
  })
})

describe('available', () => {
  it('names what add finds, each once, in name order', async () => {
    const project = new TemporaryProject()
    for (const file of [
      'b.ts',
      'a.js',
      'a.ts',
      'CThreadC.js',
      'd/index.mjs',
      'e/other.js',
      'f.d.ts',
      'g.md',
      '.h.js'
    ]) {
      project.write(`threads-available/${file}`, '')
    }
    project.installPackage('@trustp2p/threads', { 'package.json': '{}', 'dist/pulse.js': '', 'dist/pulse.d.ts': '' })
    const names = await linksOf(project).available()
    expect(names.filter((name) => name.length === 1 || name === 'pulse')).toEqual(['a', 'b', 'c', 'd', 'pulse'])
    expect(names).toEqual([...new Set(names)].sort())
    for (const name of names) expect(await linksOf(project).add(name)).toBeDefined()
  })

  it('names the standard threads of this library where the project has none', async () => {
    expect(await linksOf(new TemporaryProject()).available()).toContain('heartbeat')
  })
})
