import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { P2pError } from '../../src/errors'
import { runLater, runNow } from '../../src/host/file-steps'
import { LinkGuard, type LinkGuardOptions } from '../../src/host/link-guard'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

/** A group that the process is in nowhere; only root may give a file to it. */
const FOREIGN_GROUP = 54321
const FOREIGN_USER = 54321
const asRoot = process.getuid?.() === 0 ? it : it.skip

function guardOf(project: TemporaryProject, options: Partial<LinkGuardOptions> = {}): LinkGuard {
  return new LinkGuard({ cwd: project.cwd, allowedFolders: [], fileBytes: 1000, ...options })
}

/** Reads in both ways, which must agree. */
async function read(guard: LinkGuard, path: string): Promise<string | undefined> {
  const later = await runLater(guard.read(path)).then((file) => file?.text, reportOf)
  expect(readNow(guard, path)).toBe(later)
  return later
}

function readNow(guard: LinkGuard, path: string): string | undefined {
  try {
    return runNow(guard.read(path))?.text
  } catch (error) {
    return reportOf(error)
  }
}

function reportOf(error: unknown): string {
  return error instanceof P2pError ? `${error.code}: ${error.message}` : String(error)
}

describe('where code may lie', () => {
  it('reads a file of the project, through links', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', 'chat')
    const link = project.link('chat.js', 'threads-available/chat.js')
    expect(await read(guardOf(project), link)).toBe('chat')
  })

  it('gives undefined for what is not there, a dangling link and a circle of links', async () => {
    const project = new TemporaryProject()
    const circle = project.link('a.js', 'threads-enabled/b.js')
    project.link('b.js', 'threads-enabled/a.js')
    const dangling = project.link('gone.js', 'threads-available/gone.js')
    for (const path of [project.path('no.js'), dangling, circle, project.path('no', 'such', 'folder.js')]) {
      expect(await read(guardOf(project), path)).toBeUndefined()
    }
  })

  it('refuses a target outside the project, and names both', async () => {
    const [project, other] = [new TemporaryProject(), new TemporaryProject()]
    const target = other.write('evil.js', 'evil')
    const link = project.link('evil.js', join('..', other.path('evil.js').slice(tmpdir().length + 1)))
    const report = await read(guardOf(project), link)
    expect(report).toContain('ERR_TRUSTP2P_THREAD_FORBIDDEN')
    expect(report).toContain('threads-enabled/evil.js')
    expect(report).toContain(target)
    expect(report).toContain('move it into the project')
  })

  it('does not take a folder whose name begins like the project for the project', async () => {
    const project = new TemporaryProject()
    fs.mkdirSync(`${project.cwd}-other`)
    try {
      fs.writeFileSync(`${project.cwd}-other/chat.js`, 'chat')
      expect(await read(guardOf(project), `${project.cwd}-other/chat.js`)).toContain('FORBIDDEN')
    } finally {
      fs.rmSync(`${project.cwd}-other`, { recursive: true })
    }
  })

  it('reads from a folder that is allowed, absolute or relative to the project', async () => {
    const [project, other] = [new TemporaryProject(), new TemporaryProject()]
    const file = other.write('lib/chat.js', 'chat')
    const relative = join('..', other.cwd.slice(tmpdir().length + 1), 'lib')
    expect(await read(guardOf(project, { allowedFolders: [other.path('lib')] }), file)).toBe('chat')
    expect(await read(guardOf(project, { allowedFolders: [relative] }), file)).toBe('chat')
    expect(await read(guardOf(project, { allowedFolders: [other.path('other')] }), file)).toContain('FORBIDDEN')
  })

  it('takes a project that is itself reached by a link', async () => {
    const [project, other] = [new TemporaryProject(), new TemporaryProject()]
    project.write('threads-enabled/chat.js', 'chat')
    fs.symlinkSync(project.cwd, other.path('link'))
    const guard = guardOf(project, { cwd: other.path('link') })
    expect(await read(guard, other.path('link/threads-enabled/chat.js'))).toBe('chat')
  })

  it('reads an installed package of the project and of a folder above it', async () => {
    const project = new TemporaryProject()
    project.installPackage('one', { 'index.js': 'one' })
    project.write('apps/node/threads-enabled/x.js', '')
    const guard = guardOf(project, { cwd: project.path('apps/node') })
    expect(await read(guard, project.path('node_modules/one/index.js'))).toBe('one')
    expect(await read(guard, project.write('other.js', 'other'))).toContain('FORBIDDEN')
  })

  it('reads a package that is installed by link, and nothing beside it', async () => {
    const [project, other] = [new TemporaryProject(), new TemporaryProject()]
    other.write('packages/linked/package.json', '{"name":"@scope/linked"}')
    other.write('packages/linked/dist/package.json', '{"type":"commonjs"}')
    const file = other.write('packages/linked/dist/index.js', 'linked')
    const beside = other.write('packages/other/index.js', 'other')
    fs.mkdirSync(project.path('node_modules/@scope'), { recursive: true })
    fs.symlinkSync(other.path('packages/linked'), project.path('node_modules/@scope/linked'))
    expect(await read(guardOf(project), file)).toBe('linked')
    expect(await read(guardOf(project), beside)).toContain('FORBIDDEN')
  })

  it.each(['..', '.', '../..', '', '/'])(
    'does not take a package that is named %j for an installed one',
    async (name) => {
      const outer = new TemporaryProject()
      outer.write('package.json', JSON.stringify({ name }))
      outer.write('node_modules/x/index.js', '')
      outer.write('project/node_modules/x/index.js', '')
      const guard = guardOf(outer, { cwd: outer.path('project') })
      expect(await read(guard, outer.write('evil.js', 'evil'))).toContain('FORBIDDEN')
    }
  )
})

describe('who else may write', () => {
  it('refuses a file that every user may write, and says how to mend it', async () => {
    const project = new TemporaryProject()
    const file = project.write('chat.js', 'chat')
    fs.chmodSync(file, 0o646)
    const report = await read(guardOf(project), file)
    expect(report).toContain('ERR_TRUSTP2P_THREAD_FORBIDDEN')
    expect(report).toContain(`chmod o-w ${file}`)
    fs.chmodSync(file, 0o644)
    expect(await read(guardOf(project), file)).toBe('chat')
  })

  it('refuses a folder on the way that every user may write', async () => {
    const project = new TemporaryProject()
    const file = project.write('lib/deep/chat.js', 'chat')
    fs.chmodSync(project.path('lib'), 0o777)
    expect(await read(guardOf(project), file)).toContain(`chmod o-w ${project.path('lib')}`)
  })

  it('refuses a folder behind a link on the way', async () => {
    const project = new TemporaryProject()
    project.write('threads-available/chat.js', 'chat')
    fs.mkdirSync(project.path('open'))
    fs.symlinkSync('../threads-available', project.path('open/available'))
    const link = project.link('chat.js', 'open/available/chat.js')
    expect(await read(guardOf(project), link)).toBe('chat')
    fs.chmodSync(project.path('open'), 0o777)
    expect(await read(guardOf(project), link)).toContain(`chmod o-w ${project.path('open')}`)
  })

  it('reads what the own group may write', async () => {
    const project = new TemporaryProject()
    const file = project.write('chat.js', 'chat')
    fs.chmodSync(file, 0o664)
    expect(await read(guardOf(project), file)).toBe('chat')
  })

  asRoot('refuses what a foreign group may write', async () => {
    const project = new TemporaryProject()
    const file = project.write('chat.js', 'chat')
    fs.chownSync(file, 0, FOREIGN_GROUP)
    expect(await read(guardOf(project), file)).toBe('chat')
    fs.chmodSync(file, 0o664)
    expect(await read(guardOf(project), file)).toContain(`chmod g-w ${file}`)
  })

  it('reads below a sticky folder that every user may write: nobody may rename what is ours there', async () => {
    const project = new TemporaryProject()
    const file = project.write('tmp/mine/chat.js', 'chat')
    fs.chmodSync(project.path('tmp'), 0o1777)
    expect(await read(guardOf(project), file)).toBe('chat')
  })

  asRoot('refuses what a stranger owns in a sticky folder', async () => {
    const project = new TemporaryProject()
    const file = project.write('tmp/theirs/chat.js', 'chat')
    fs.chmodSync(project.path('tmp'), 0o1777)
    fs.chownSync(project.path('tmp/theirs'), FOREIGN_USER, FOREIGN_GROUP)
    expect(await read(guardOf(project), file)).toContain('FORBIDDEN')
  })

  asRoot('refuses a sticky folder of a stranger', async () => {
    const project = new TemporaryProject()
    const file = project.write('tmp/mine/chat.js', 'chat')
    fs.chownSync(project.path('tmp'), FOREIGN_USER, FOREIGN_GROUP)
    fs.chmodSync(project.path('tmp'), 0o1777)
    expect(await read(guardOf(project), file)).toContain('FORBIDDEN')
  })
})

describe('what is read', () => {
  it('reads a file of fileBytes bytes, and none of one more', async () => {
    const project = new TemporaryProject()
    const [longest, longer] = ['x'.repeat(1000), 'x'.repeat(1001)]
    expect(await read(guardOf(project), project.write('a.js', longest))).toBe(longest)
    const report = await read(guardOf(project), project.write('b.js', longer))
    expect(report).toBe(
      'ERR_TRUSTP2P_LIMIT_THREAD_FILE: b.js is 1001 bytes long, more than the 1000 that are read: make it shorter'
    )
  })

  it('reads no pipe, and does not wait for one', async () => {
    const project = new TemporaryProject()
    execFileSync('mkfifo', [project.path('pipe.js')])
    expect(await read(guardOf(project), project.path('pipe.js'))).toContain('it is no regular file')
  })

  it('drops a byte order mark, as Node does', async () => {
    const project = new TemporaryProject()
    expect(await read(guardOf(project), project.write('a.js', '\uFEFFexports.a = 1'))).toBe('exports.a = 1')
  })

  it('refuses a file that is replaced between the check and the reading', async () => {
    const project = new TemporaryProject()
    const file = project.write('a.js', 'a')
    const steps = guardOf(project).read(file)
    let state = steps.next()
    while (state.done !== true) {
      // The last look before the descriptor is opened has passed when the opening step is handed out.
      if (String(state.value.now).includes('openSync')) project.replace('a.js', 'b')
      try {
        state = steps.next(state.value.now())
      } catch (error) {
        expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_THREAD_UNREADABLE' })
        return
      }
    }
    throw new Error('it was read')
  })
})
