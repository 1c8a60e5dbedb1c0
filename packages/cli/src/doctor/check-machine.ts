import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { errorCode } from 'trustp2p/control'
import { libraryVersion } from '../library-version'
import { ok, problem, warning } from './finding'
import type { Finding } from './finding'
import type { Patient } from './patient'

/** Packages that are published together: any other mixture was never tested. */
const OWN_PACKAGES = ['trustp2p', '@trustp2p/threads', '@trustp2p/store']

/** Looks at the version of Node. */
export function checkNodeVersion(running = process.versions.node): Finding[] {
  const needed = neededVersion()
  if (isAtLeast(running, needed)) return [ok(`Node ${running} (${needed} or later is needed)`)]
  return [
    problem(`Node ${running} is too old: ${needed} or later is needed`, 'install a newer one: https://nodejs.org')
  ]
}

/** Looks at the versions of our packages, here and in the project. */
export function checkPackages({ folder, reports }: Pick<Patient, 'folder' | 'reports'>): Finding[] {
  const own = libraryVersion()
  const here = createRequire(__filename)
  const others = OWN_PACKAGES.map((name) => ({ name, version: versionIn(here, name) }))
  const wrong = others.filter(({ version }) => version !== own)
  return [
    ...(wrong.length === 0 ? [ok(`trustp2p-cli, ${OWN_PACKAGES.join(', ')} ${own}`)] : []),
    ...wrong.map(({ name, version = 'not installed' }) =>
      problem(`trustp2p-cli is ${own}, and ${name} beside it is ${version}`, 'install them anew: npm install')
    ),
    ...projectPackages(folder, own),
    ...reports
      .filter(({ version }) => version !== own)
      .map(({ name, version }) =>
        warning(`the node ${name} runs trustp2p ${version}, this command is ${own}`, 'restart the node')
      )
  ]
}

function projectPackages(folder: string, own: string): Finding[] {
  const wanted = ['trustp2p', 'trustp2p-cli'].filter((name) => name in dependenciesOf(folder))
  const project = createRequire(join(folder, 'package.json'))
  return wanted.flatMap((name) => {
    const version = versionIn(project, name)
    if (version === own) return []
    if (version === undefined) return [warning(`package.json names ${name}, which is not installed`, 'npm install')]
    return [
      warning(`the project has ${name} ${version}, this command is ${own}`, 'run `npx trustp2p-cli`, or npm update')
    ]
  })
}

function dependenciesOf(folder: string): object {
  const { dependencies, devDependencies } = readManifest(join(folder, 'package.json'))
  return { ...asObject(devDependencies), ...asObject(dependencies) }
}

function versionIn(require: NodeJS.Require, name: string): string | undefined {
  try {
    const { version } = readManifest(require.resolve(`${name}/package.json`))
    return typeof version === 'string' ? version : undefined
  } catch (error) {
    if (errorCode(error) === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

function neededVersion(): string {
  const { engines } = readManifest(join(__dirname, '../../package.json'))
  const { node } = asObject(engines)
  return typeof node === 'string' ? node.replace(/^[^\d]*/, '') : '0'
}

/** The fields of a package.json; none where there is no such file, or none that can be read. */
function readManifest(path: string): Readonly<Record<string, unknown>> {
  try {
    return asObject(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return {}
  }
}

function asObject(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Compares versions of numbers and dots; a part that is missing is 0. */
function isAtLeast(version: string, needed: string): boolean {
  const [own, wanted] = [version, needed].map((text) => text.split('.').map(Number))
  for (const [index, part = 0] of (wanted ?? []).entries()) {
    const difference = (own?.[index] ?? 0) - part
    if (difference !== 0) return difference > 0
  }
  return true
}
