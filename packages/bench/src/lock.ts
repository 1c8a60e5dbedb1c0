import { readFileSync } from 'node:fs'

/** The parts of a package-lock.json of version 3 that say what stands where. */
export type Lock = Readonly<Record<string, LockEntry>>

interface LockEntry {
  readonly dependencies?: Readonly<Record<string, string>>
  /** Where a link of a workspace points. */
  readonly resolved?: string
  readonly link?: boolean
}

export function readLock(path: string): Lock {
  const lock: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!isLockFile(lock)) throw new TypeError(`${path} is no package-lock.json of version 3`)
  return lock.packages
}

/** The names of a package and of all that comes with it, itself first. Optional and peer dependencies do not count. */
export function installedWith(lock: Lock, name: string): string[] {
  const found = new Map<string, string>()
  const wanted = [{ name, from: '' }]
  for (const { name: next, from } of wanted) {
    const place = findPlace(lock, next, from)
    if (found.has(place)) continue
    found.set(place, next)
    const dependencies = Object.keys(lock[place]?.dependencies ?? {})
    wanted.push(...dependencies.map((dependency) => ({ name: dependency, from: place })))
  }
  return [...found.values()]
}

/** Looks for a package as Node does: in the node_modules of the folder, then of those above it. */
function findPlace(lock: Lock, name: string, from: string): string {
  for (let folder = from; ; folder = parentOf(folder)) {
    const place = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    const entry = lock[place]
    if (entry !== undefined) return entry.link === true ? (entry.resolved ?? place) : place
    if (folder === '') throw new RangeError(`The lock has no ${name}, which ${from} needs: run npm install`)
  }
}

function parentOf(folder: string): string {
  const end = folder.lastIndexOf('/node_modules/')
  return end < 0 ? '' : folder.slice(0, end)
}

function isLockFile(value: unknown): value is { readonly packages: Lock } {
  return typeof value === 'object' && value !== null && 'packages' in value && 'lockfileVersion' in value
}
