import { cpSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { build } from 'esbuild'
import { createPage, runInPage } from './browser/page'
import { LONG_MS, PackedWorkspace, ROOT, run, runCompiler } from './packed'

const MOST_PACKAGES = 22

const workspace = new PackedWorkspace()
let project = ''

beforeAll(async () => {
  await workspace.pack()
  const names = workspace.packs.map(({ name }) => name)
  project = await workspace.install('project', names, [`@types/node@${installedVersion('@types/node')}`])
  cpSync(join(__dirname, 'fixtures/consumer'), project, { recursive: true })
}, LONG_MS)

afterAll(() => workspace.dispose())

function installedVersion(name: string): string {
  return readManifest(join(ROOT, 'node_modules', name)).version
}

interface Manifest {
  readonly version: string
  readonly exports: unknown
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function shipped(name: string): { folder: string; files: readonly string[] } {
  const files = workspace.packs.find((pack) => pack.name === name)?.files ?? []
  return { folder: join(project, 'node_modules', name), files }
}

/** The paths that a manifest's exports give, as far as they name one file; null keeps a folder to itself. */
function exportedPaths(exports: unknown): string[] {
  if (exports === null) return []
  if (typeof exports === 'string') return exports.includes('*') ? [] : [exports.replace('./', '')]
  return Object.values(exports as object).flatMap(exportedPaths)
}

async function runJson(program: string, values: readonly string[]): Promise<unknown> {
  return JSON.parse(await run(program, values, project))
}

describe('the packed packages, installed in an empty folder', () => {
  it('serve CommonJS: linked threads in CommonJS, ESM and TypeScript answer a client', async () => {
    await expect(runJson(process.execPath, ['use.cjs'])).resolves.toEqual({
      answers: [{ asked: 'common' }, { asked: 'module' }, { asked: 'typed' }],
      oneInstance: true
    })
  })

  it('serve ESM by name, with the instance that `require` gives', async () => {
    await expect(runJson(process.execPath, ['use.mjs'])).resolves.toEqual({
      missing: [],
      oneInstance: true,
      threads: true,
      testing: 'number'
    })
  })

  it.each([
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler']
  ])(
    'serve TypeScript with module %s and resolution %s',
    async (module, moduleResolution) => {
      const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false']
      const target = ['--target', 'es2022', '--lib', 'es2022,esnext.disposable', '--types', 'node']
      const resolution = ['--module', module, '--moduleResolution', moduleResolution]
      await expect(runCompiler([...flags, ...target, ...resolution, 'use.ts'], project)).resolves.toBe('')
    },
    LONG_MS
  )

  it('make a bundle for browsers in which threads and node are of one trustp2p', async () => {
    const { outputFiles, metafile } = await build({
      absWorkingDir: project,
      entryPoints: ['use-browser.js'],
      bundle: true,
      platform: 'browser',
      format: 'iife',
      globalName: 'page',
      write: false,
      metafile: true,
      logLevel: 'silent'
    })
    const files = Object.keys(metafile.inputs).filter((path) => path.startsWith('node_modules/trustp2p/'))
    expect(files).toContain('node_modules/trustp2p/dist/browser.js')
    expect(files).not.toContain('node_modules/trustp2p/dist/index.js')
    const page = createPage('https://page.example')
    expect(await runInPage(page, String(outputFiles[0]?.text), 'page.use()')).toBe('{"sameNames":true,"id":52}')
  })

  it('give the command trustp2p-cli', async () => {
    const version = await run('npx', ['--no-install', 'trustp2p-cli', '--version'], project)
    expect(version.trim()).toBe(readManifest(join(project, 'node_modules/trustp2p-cli')).version)
  })

  it.each(['--js', '--ts'])('write a thread whose test passes: threads new %s', async (language) => {
    const name = `fresh${language.slice(2)}`
    await run('npx', ['--no-install', 'trustp2p-cli', 'threads', 'new', name, language], project)
    const output = await run(process.execPath, ['--test', `threads-available/test/${name}.test.mjs`], project)
    expect(output).toMatch(/^. pass 1$/m)
  })

  it(
    `are at most ${MOST_PACKAGES} packages for trustp2p alone, the compiler included`,
    async () => {
      const folder = await workspace.install('alone', ['trustp2p'])
      const lock = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8')) as {
        packages: Record<string, unknown>
      }
      const names = Object.keys(lock.packages)
      expect(names).toEqual(expect.arrayContaining(['node_modules/trustp2p', 'node_modules/typescript']))
      expect(names.length).toBeLessThanOrEqual(MOST_PACKAGES)
    },
    LONG_MS
  )
})

it('trustp2p ships the licences of what its build takes from others', () => {
  const { folder } = shipped('trustp2p')
  const notices = readFileSync(join(folder, 'dist/THIRD-PARTY-NOTICES.txt'), 'utf8')
  expect(notices).toMatch(
    /^ts-blank-space [\d.]+, .*\nCopyright 2024 Bloomberg[^]*Apache License[^]*^zod [^]*MIT License/m
  )
})

describe.each([
  'trustp2p',
  'trustp2p-cli',
  '@trustp2p/threads',
  '@trustp2p/testing',
  '@trustp2p/store',
  '@trustp2p/browser'
])('%s', (name) => {
  it('ships no tests and no notes of the compiler', () => {
    const { files } = shipped(name)
    expect(files).toEqual(expect.arrayContaining(['package.json', 'LICENSE']))
    expect(files.filter((path) => /(^|\/)(test|fixtures)\/|\.test\.|tsbuildinfo|tsconfig/.test(path))).toEqual([])
  })

  it('ships what its exports name', () => {
    const { folder, files } = shipped(name)
    const paths = exportedPaths(readManifest(folder).exports)
    expect(paths).toContain('package.json')
    expect(paths.filter((path) => !files.includes(path))).toEqual([])
  })

  it('ships every source that a source map points to, and no map without one', () => {
    const { folder, files } = shipped(name)
    const lost = files.flatMap((path) => {
      if (!path.endsWith('.js')) return []
      const url = /^\/\/# sourceMappingURL=(.+)$/m.exec(readFileSync(join(folder, path), 'utf8'))?.[1]
      if (url === undefined) return []
      const map = posix.join(posix.dirname(path), url)
      const { sources } = JSON.parse(readFileSync(join(folder, map), 'utf8')) as { sources: string[] }
      return sources.filter((source) => !files.includes(posix.join(posix.dirname(map), source)))
    })
    expect(lost).toEqual([])
  })

  it('ships no path of the machine that built it', () => {
    const { folder, files } = shipped(name)
    const places = [ROOT, posix.dirname(project)]
    const naming = files.filter((path) => {
      const text = readFileSync(join(folder, path), 'utf8')
      return places.some((place) => text.includes(place))
    })
    expect(naming).toEqual([])
  })
})
