import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import { runLater, runNow } from '../../src/host/file-steps'
import { walkPath } from '../../src/host/path-walk'
import type { Looks, Walk } from '../../src/host/path-walk'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

/** Walks in both ways, which must agree. */
async function walk(path: string): Promise<Walk> {
  const later = await runLater(walkPath(path))
  expect(shapeOf(runNow(walkPath(path)))).toEqual(shapeOf(later))
  return later
}

/** What does not change by being looked at. */
function shapeOf({ realPath, stats, folders }: Walk): unknown {
  return [realPath, stats?.ino, folders.map((place) => [place.path, place.stats.ino, place.child.ino])]
}

function foldersOf(project: TemporaryProject, { folders }: Walk): string[] {
  return folders.map(({ path }) => path).filter((path) => path.startsWith(project.cwd))
}

/** A link whose text is as given, which `ln -s` would allow. */
function linkTo(project: TemporaryProject, name: string, text: string): string {
  const link = project.path(name)
  fs.mkdirSync(dirname(link), { recursive: true })
  fs.symlinkSync(text, link)
  return link
}

it('ends at a file, and notes every folder from the root to it', async () => {
  const project = new TemporaryProject()
  const file = project.write('a/b/c.js', '')
  const found = await walk(file)
  expect(found).toMatchObject({ path: file, realPath: file })
  expect(found.stats?.isFile()).toBe(true)
  expect(found.folders[0]?.path).toBe('/')
  expect(foldersOf(project, found)).toEqual([project.cwd, project.path('a'), project.path('a/b')])
})

it.each([
  ['relative', '../x/y/file.js'],
  ['with a way up through itself', '../a/../x/./y//file.js']
])('follows a link that is %s, and notes the folders behind it', async (_name, text) => {
  const project = new TemporaryProject()
  const file = project.write('x/y/file.js', '')
  const found = await walk(linkTo(project, 'a/link.js', text))
  expect([found.realPath, found.stats?.isFile()]).toEqual([file, true])
  expect(foldersOf(project, found)).toEqual(
    expect.arrayContaining([project.cwd, project.path('a'), project.path('x'), project.path('x/y')])
  )
})

it('follows links to absolute paths and links to links', async () => {
  const project = new TemporaryProject()
  const file = project.write('x/file.js', '')
  linkTo(project, 'b/inner.js', file)
  const found = await walk(linkTo(project, 'a/link.js', '../b/inner.js'))
  expect(found.realPath).toBe(file)
  expect(foldersOf(project, found)).toEqual(expect.arrayContaining([project.path('b'), project.path('x')]))
})

it('goes up from where a link has led, as the system does', async () => {
  const project = new TemporaryProject()
  const beside = project.write('real/deep/beside.js', '')
  project.write('real/deep/folder/in.js', '')
  const link = linkTo(project, 'link', 'real/deep/folder')
  const found = await walk(`${link}/../beside.js`)
  expect(found.realPath).toBe(beside)
  expect(found.realPath).toBe(fs.realpathSync.native(`${link}/../beside.js`))
})

it.each([
  ['an absent file', 'none.js', 'none.js'],
  ['an absent folder', 'none/a/b.js', 'none'],
  ['a path below a file', 'file.js/below.js', 'file.js'],
  ['a dangling link', 'dangling.js', 'gone.js']
])('ends without anything at %s, and tells where', async (_name, path, end) => {
  const project = new TemporaryProject()
  project.write('file.js', '')
  linkTo(project, 'dangling.js', 'gone.js')
  const found = await walk(join(project.cwd, path))
  expect([found.stats, found.realPath]).toEqual([undefined, project.path(end)])
})

it('follows 40 links, and not one more; a circle leads nowhere', async () => {
  const project = new TemporaryProject()
  project.write('l0', '')
  for (let index = 1; index <= 41; index++) linkTo(project, `l${index}`, `l${index - 1}`)
  expect((await walk(project.path('l40'))).realPath).toBe(project.path('l0'))
  expect((await walk(project.path('l41'))).stats).toBeUndefined()
  linkTo(project, 'one', 'two')
  linkTo(project, 'two', 'one')
  expect((await walk(project.path('one'))).stats).toBeUndefined()
})

it('looks at each place once for one piece of work, and anew for the next', async () => {
  const project = new TemporaryProject()
  const file = project.path('later.js')
  const looks: Looks = new Map()
  expect((await runLater(walkPath(file, looks))).stats).toBeUndefined()
  project.write('later.js', '')
  expect((await runLater(walkPath(file, looks))).stats).toBeUndefined()
  expect((await walk(file)).stats?.isFile()).toBe(true)
})
