import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ERROR_CATALOGUE } from 'trustp2p'
import ts from 'typescript'
import { PUBLISHED, ROOT } from './packed'

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly license?: string
  readonly engines?: Record<string, string>
  readonly files?: readonly string[]
  readonly dependencies?: Record<string, string>
  readonly devDependencies?: Record<string, string>
  readonly peerDependencies?: Record<string, string>
}

interface LockedPackage {
  readonly link?: boolean
  readonly resolved?: string
  readonly integrity?: string
}

const WORKSPACE = [...readdirSync(join(ROOT, 'packages')).map((name) => `packages/${name}`), 'threads-available']

/** A code in full: `ERR_TRUSTP2P_WIRE_*` in a comment is none. */
const CODE = /ERR_TRUSTP2P(_[A-Z0-9]+)+(?![A-Z0-9_])/g

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

function readManifest(folder: string): Manifest {
  return JSON.parse(read(`${folder}/package.json`)) as Manifest
}

/** The paths that git knows, as far as they are there. */
function trackedFiles(): string[] {
  const list = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT }).toString().split('\0')
  return list.filter((path) => path !== '' && existsSync(join(ROOT, path)))
}

const FILES = trackedFiles()
const TESTS = FILES.filter((path) => /(^|\/)test\/.*\.ts$/.test(path))

/** The sources of a package: what is built from them is what it ships. */
function sourcesOf(folder: string): string[] {
  const inside = folder === 'threads-available' ? /^(?!test\/).+\.ts$/ : /^(src|bin|templates)\//
  return FILES.filter((path) => path.startsWith(`${folder}/`) && inside.test(path.slice(folder.length + 1)))
}

const ROOT_PACKAGES = readManifest('.').devDependencies ?? {}
const OURS = new Set(WORKSPACE.map((folder) => readManifest(folder).name))

/** The packages that files import: templates stand in other projects, and modules of Node are no packages. */
function importsOf(paths: readonly string[]): string[] {
  const specifiers = paths
    .filter((path) => /\.[cm]?[jt]s$/.test(path) && !path.includes('/templates/'))
    .flatMap((path) => ts.preProcessFile(read(path), true, true).importedFiles.map(({ fileName }) => fileName))
    .filter((specifier) => !/^(\.|node:)/.test(specifier) && !builtinModules.includes(specifier))
  return [...new Set(specifiers.map((specifier) => /^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier))]
}

describe('the lock file', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }
  const installed = Object.entries(packages).filter(([path, { link }]) => path.includes('node_modules/') && !link)

  it('holds no addresses', () => {
    const addressed = Object.values(packages).filter(({ resolved, link }) => resolved !== undefined && !link)
    expect(addressed).toEqual([])
    expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true')
  })

  it('holds the hash of every package', () => {
    expect(installed.length).toBeGreaterThan(100)
    expect(installed.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([])
  })
})

describe.each(WORKSPACE)('the package in %s', (folder) => {
  const manifest = readManifest(folder)
  const { version } = JSON.parse(read('lerna.json')) as { version: string }

  it('names its licence, its engines, and the version of all', () => {
    expect(manifest).toMatchObject({ version, license: 'MIT', engines: { node: '>=20.19' } })
  })

  it('is private, or names its files and ships the text of its licence', () => {
    expect(manifest.private !== true).toBe(PUBLISHED.includes(folder))
    if (manifest.private === true) return
    expect(manifest.files).toContain('dist')
    expect(read(`${folder}/LICENSE`)).toBe(read('LICENSE'))
  })

  it('names every package that its sources import, but those that the build puts into the core', () => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies, [manifest.name]: '' })
    if (folder === 'packages/core') declared.push('ts-blank-space')
    expect(importsOf(sourcesOf(folder)).filter((name) => !declared.includes(name))).toEqual([])
  })

  it('names, or the root does, every package that its tests import', () => {
    const tests = FILES.filter((path) => path.startsWith(`${folder}/test/`))
    const declared = new Set([...Object.keys({ ...manifest.dependencies, ...ROOT_PACKAGES }), ...OURS])
    expect(importsOf(tests).filter((name) => !declared.has(name))).toEqual([])
  })

  it('depends on the others in the version of all', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
    expect(all.filter(([name, range]) => OURS.has(name) && range !== version)).toEqual([])
  })
})

it('the root names every package that its tests and scripts and the examples import', () => {
  const files = FILES.filter((path) => /^(test|scripts|examples)\/|^[^/]+$/.test(path))
  const imported = importsOf(files)
  expect(imported).toEqual(expect.arrayContaining(['ws', 'typescript', 'trustp2p']))
  expect(imported.filter((name) => !Object.hasOwn(ROOT_PACKAGES, name) && !OURS.has(name))).toEqual([])
})

describe('the files of the repository', () => {
  const texts = FILES.filter((path) => path !== 'package-lock.json').map((path) => ({ path, text: read(path) }))

  /** Gives `path: what was found` for every file that holds it. */
  function find(pattern: RegExp): string[] {
    return texts.flatMap(({ path, text }) => [...text.matchAll(pattern)].map(([found]) => `${path}: ${found}`))
  }

  function literally(text: string): RegExp {
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'g')
  }

  it('name no home and no workplace: neither these here nor what they are often called', () => {
    expect([...find(literally(`${homedir()}/`)), ...find(literally(ROOT))]).toEqual([])
    expect(find(/(?<![\w.-])\/(root|work|workspace|builds|home\/(runner|node|ubuntu))\//g)).toEqual([])
  })

  it('name no host of a registry', () => {
    const registry = execFileSync('npm', ['config', 'get', 'registry'], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'ignore']
    })
    expect(find(literally(new URL(registry.toString().trim()).host))).toEqual([])
    expect(find(/\bregistry\.[a-z0-9-]+\.[a-z]+\b/g)).toEqual([])
  })
})

describe('the error codes', () => {
  const codes = Object.keys(ERROR_CATALOGUE)
  const sources = WORKSPACE.flatMap(sourcesOf)

  function namedIn(paths: readonly string[], pattern = CODE): Set<string> {
    return new Set(paths.flatMap((path) => read(path).match(pattern) ?? []))
  }

  it('that any source names are in the catalogue', () => {
    expect([...namedIn(sources)].filter((code) => !codes.includes(code))).toEqual([])
  })

  it('of the catalogue are each given by a source', () => {
    const given = sources.filter((path) => path !== 'packages/core/src/errors.ts')
    const quoted = namedIn(given, /(?<=['"`])ERR_TRUSTP2P(_[A-Z0-9]+)+(?=['"`])/g)
    expect(codes.filter((code) => !quoted.has(code))).toEqual([])
  })

  it('of the catalogue are each expected by a test', () => {
    const expected = new Set(TESTS.flatMap((path) => expectedCodes(path, read(path))))
    expect(codes.filter((code) => !expected.has(code))).toEqual([])
  })

  it('count as expected where a test compares with them, not where they stand in a comment, a title or a name', () => {
    const text = `
      // ERR_TRUSTP2P_A
      it('gives ERR_TRUSTP2P_B', () => {
        const error = new P2pError('ERR_TRUSTP2P_C', 'ERR_TRUSTP2P_D')
        expect(error).toMatchObject({ code: 'ERR_TRUSTP2P_E' })
        const wanted = { code: 'ERR_TRUSTP2P_F' }
      })
      it.each([['ERR_TRUSTP2P_G']])('gives %s', () => {})
    `
    expect(expectedCodes('x.test.ts', text)).toEqual(['ERR_TRUSTP2P_E', 'ERR_TRUSTP2P_F', 'ERR_TRUSTP2P_G'])
  })
})

/** The codes in literals of a test, but for those that it makes errors of, and those in titles. */
function expectedCodes(path: string, text: string): string[] {
  const codes: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) return
    if (ts.isCallExpression(node) && /^(it|test|describe)\b/.test(node.expression.getText(source))) {
      // The first argument of `it` and `describe` is a title; that of `it.each` is a table.
      const isTable = /\beach$/.test(node.expression.getText(source))
      ts.forEachChild(node.expression, visit)
      node.arguments.slice(isTable ? 0 : 1).forEach(visit)
      return
    }
    if (ts.isStringLiteralLike(node) || ts.isRegularExpressionLiteral(node) || ts.isTemplateHead(node)) {
      codes.push(...(node.text.match(CODE) ?? []))
    }
    ts.forEachChild(node, visit)
  }
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  visit(source)
  return codes
}
