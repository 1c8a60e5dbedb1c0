import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { text } from 'node:stream/consumers'

export const ROOT = join(__dirname, '..')

/** The folders of the published packages, in the order of their builds. */
export const PUBLISHED = [
  'packages/core',
  'packages/testing',
  'packages/store',
  'packages/browser',
  'threads-available',
  'packages/cli'
]

/** What the build of the core ends with. */
const BUNDLER = 'scripts/bundle-core.js'

/** Made by a build, by npm, or no part of what is published. */
const LEFT_OUT = new Set(['dist', 'node_modules', 'test'])

/** Longest build or installation, in ms. */
export const LONG_MS = 300_000

export interface Pack {
  readonly name: string
  /** Path of the tarball. */
  readonly file: string
  /** Paths of the files in it. */
  readonly files: readonly string[]
}

/** Runs a program to its end and gives its standard output. Rejects, with all that it wrote, where it failed. */
export async function run(program: string, values: readonly string[], cwd: string): Promise<string> {
  const child = spawn(program, values, { cwd, env: plainEnvironment(), stdio: ['ignore', 'pipe', 'pipe'] })
  const [out, errors, code] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve, reject) => child.on('close', resolve).on('error', reject))
  ])
  if (code !== 0) throw new Error(`${program} ${values.join(' ')} ended with ${String(code)}\n${out}\n${errors}`)
  return out
}

/** The environment without what npm tells its scripts: with that, an npm below would mean the outer project. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const names = /^(npm_(package|lifecycle)_|npm_(command|execpath|config_(local_)?prefix)$|INIT_CWD$)/
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !names.test(name)))
}

/** A compiler run by the version of this repository. */
export function runCompiler(values: readonly string[], cwd: string): Promise<string> {
  return run(process.execPath, [join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'), ...values], cwd)
}

/** A folder for packages and those who install them. */
export class PackedWorkspace {
  readonly #folder = mkdtempSync(join(tmpdir(), 'trustp2p-packed-'))
  #packs: readonly Pack[] = []

  get packs(): readonly Pack[] {
    return this.#packs
  }

  /**
   * Builds and packs the published packages in a copy, so that what lies in any `dist` of the tree neither matters
   * nor changes.
   */
  async pack(): Promise<void> {
    const copy = this.#createFolder('workspace')
    copyWorkspace(copy)
    await runCompiler(['--build', ...PUBLISHED.map((folder) => `${folder}/tsconfig.build.json`)], copy)
    await run(process.execPath, [BUNDLER], copy)
    const target = this.#createFolder('packs')
    const folders = PUBLISHED.map((folder) => `./${folder}`)
    const out = await run('npm', ['pack', ...folders, '--json', '--pack-destination', target], copy)
    const packs = JSON.parse(out) as { name: string; filename: string; files: { path: string }[] }[]
    this.#packs = packs.map(({ name, filename, files }) => ({
      name,
      file: join(target, basename(filename)),
      files: files.map(({ path }) => path)
    }))
  }

  /** Installs these packs, and others from the registry, in an empty project. Gives its folder. */
  async install(project: string, names: readonly string[], others: readonly string[] = []): Promise<string> {
    const folder = this.#createFolder(project)
    writeFileSync(join(folder, 'package.json'), '{ "private": true }')
    const files = this.#packs.filter(({ name }) => names.includes(name)).map(({ file }) => file)
    const flags = ['--prefer-offline', '--no-audit', '--no-fund']
    await run('npm', ['install', ...flags, ...files, ...others], folder)
    return folder
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #createFolder(name: string): string {
    const folder = join(this.#folder, name)
    mkdirSync(folder)
    return folder
  }
}

function copyWorkspace(copy: string): void {
  for (const path of ['package.json', 'tsconfig.base.json', BUNDLER, ...PUBLISHED]) {
    cpSync(join(ROOT, path), join(copy, path), { recursive: true, filter: (from) => !LEFT_OUT.has(basename(from)) })
  }
  linkModules(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
}

/** Gives the copy the installed packages of this repository; its own packages are those of the copy. */
function linkModules(from: string, to: string): void {
  mkdirSync(to)
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name !== '@trustp2p') symlinkSync(join(from, entry.name), join(to, entry.name))
  }
  mkdirSync(join(to, '@trustp2p'))
  for (const folder of PUBLISHED) {
    const { name } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as { name: string }
    const link = join(to, name)
    symlinkSync(relative(dirname(link), join(to, '..', folder)), link)
  }
}
