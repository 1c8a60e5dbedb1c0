import type { BigIntStats } from 'node:fs'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { errorText, P2pError } from '../errors'
import { printable } from '../printable'
import { type OpenedFile, readOpened, realpath, type Steps } from './file-steps'
import { type Looks, type Place, type Walk, walkPath } from './path-walk'
import { hashOf } from './content-hash'
import { readPackageFile } from './package-file'

export interface LinkGuardOptions {
  /** The project: code may lie below it, and in what is installed for it. */
  readonly cwd: string
  /** More folders that code may come from; relative ones start at `cwd`. */
  readonly allowedFolders: readonly string[]
  /** Longest file that is read, in bytes. */
  readonly fileBytes: number
}

/** Where the project lies, links followed. */
export interface Project {
  readonly root: string
  readonly allowed: readonly string[]
  readonly owner: bigint | undefined
}

/** A file that the guard let pass, as it is. */
export interface GuardedBytes {
  readonly path: string
  readonly realPath: string
  readonly bytes: Uint8Array
  readonly hash: string
}

/** A file that the guard let pass. */
export interface GuardedFile {
  readonly path: string
  readonly realPath: string
  readonly text: string
  readonly hash: string
}

/**
 * Decides which files may run as code. A link is as good as its target, so what counts is where a path ends, and
 * that nobody else may write there or on the way: then what was checked is what is read.
 */
export class LinkGuard {
  readonly #options: LinkGuardOptions
  readonly #owner = currentOwner()
  #project: Project | undefined

  constructor(options: LinkGuardOptions) {
    this.#options = options
  }

  /**
   * Reads a file that may run. Gives undefined where there is none. Throws ERR_TRUSTP2P_THREAD_FORBIDDEN,
   * ERR_TRUSTP2P_THREAD_UNREADABLE or ERR_TRUSTP2P_LIMIT_THREAD_FILE.
   */
  *read(path: string, looks: Looks = new Map()): Steps<GuardedFile | undefined> {
    const read = yield* this.readBytes(path, looks)
    if (read === undefined) return undefined
    const { bytes, ...file } = read
    return { ...file, text: decodeText(bytes) }
  }

  /** As `read`, and gives the bytes as they are. */
  *readBytes(path: string, looks: Looks = new Map()): Steps<GuardedBytes | undefined> {
    const walk = yield* this.walk(path, looks)
    if (walk.stats === undefined) return undefined
    yield* this.assertAllowed(walk)
    const opened = yield* this.#open(walk)
    if (opened === undefined) return undefined
    this.#assertSame(walk, opened.stats)
    const bytes = this.#assertWhole(path, opened)
    return { path, realPath: walk.realPath, bytes, hash: hashOf(bytes) }
  }

  /** Looks anew where the project lies: its folder may be a link that was pointed elsewhere. */
  *refresh(): Steps<Project> {
    const { cwd, allowedFolders } = this.#options
    const walk = yield* this.walk(resolve(cwd))
    const allowed: string[] = []
    for (const folder of allowedFolders) allowed.push((yield* realpath(resolve(cwd, folder))) ?? resolve(cwd, folder))
    return (this.#project = { root: walk.realPath, allowed, owner: walk.stats?.uid })
  }

  /** Follows a path. Throws ERR_TRUSTP2P_THREAD_UNREADABLE where a folder on the way may not be searched. */
  *walk(path: string, looks: Looks = new Map()): Steps<Walk> {
    try {
      return yield* walkPath(path, looks)
    } catch (cause) {
      throw this.#unreadable(path, cause)
    }
  }

  /** Throws ERR_TRUSTP2P_THREAD_FORBIDDEN for a place that code may not come from. */
  *assertAllowed(walk: Walk): Steps<void> {
    if (walk.stats === undefined) return
    if (!(yield* this.#isInstalled(walk.realPath))) throw this.#outside(walk)
    yield* this.assertUnshared(walk)
  }

  /** Throws ERR_TRUSTP2P_THREAD_FORBIDDEN where others may write what the path leads to, or lead it elsewhere. */
  *assertUnshared(walk: Walk): Steps<void> {
    if (this.#owner === undefined || walk.stats === undefined) return
    const { owner } = yield* this.#projectRoots()
    for (const place of walk.folders) {
      const mode = this.#strangerMode(place.stats)
      if (mode !== undefined && !this.#isKeptBySticky(place, owner)) throw this.#shared(walk, place.path, mode)
    }
    const mode = this.#strangerMode(walk.stats)
    if (mode !== undefined) throw this.#shared(walk, walk.realPath, mode)
  }

  /** True for a path in the project. */
  inProject(path: string): boolean {
    return isInside(path, this.#project?.root ?? this.#options.cwd)
  }

  /** How a report names a file: relative to the project where it lies in it. */
  label(path: string): string {
    for (const root of [this.#project?.root, this.#options.cwd]) {
      if (root !== undefined && isInside(path, root)) return printable(relative(root, path))
    }
    return printable(path)
  }

  *#open(walk: Walk): Steps<OpenedFile | undefined> {
    try {
      return yield* readOpened(walk.realPath, this.#options.fileBytes)
    } catch (cause) {
      throw this.#unreadable(walk.path, cause)
    }
  }

  /** The descriptor that was read is what the walk has checked, or the check counts for nothing. */
  #assertSame(walk: Walk, opened: BigIntStats): void {
    const same = walk.stats?.dev === opened.dev && walk.stats.ino === opened.ino
    const mode = this.#owner === undefined ? undefined : this.#strangerMode(opened)
    if (mode !== undefined) throw this.#shared(walk, walk.realPath, mode)
    if (!same) throw this.#unreadable(walk.path, new Error('it was replaced while it was read'))
  }

  #assertWhole(path: string, { stats, bytes }: OpenedFile): Uint8Array {
    if (bytes !== undefined) return bytes
    if (!stats.isFile()) throw this.#unreadable(path, new Error('it is no regular file'))
    const text = `${this.label(path)} is ${stats.size.toString()} bytes long, more than the ${this.#options.fileBytes} that are read`
    throw new P2pError('ERR_TRUSTP2P_LIMIT_THREAD_FILE', `${text}: make it shorter`, { details: { file: path } })
  }

  *#isInstalled(realPath: string): Steps<boolean> {
    const { root, allowed } = yield* this.#projectRoots()
    if (isInside(realPath, root) || allowed.some((folder) => isInside(realPath, folder))) return true
    for (const folder of upward(root)) {
      const packages = yield* realpath(join(folder, 'node_modules'))
      if (packages !== undefined && isInside(realPath, packages)) return true
    }
    return yield* this.#isLinkedPackage(realPath, root)
  }

  /** A workspace, or a package installed by link: `node_modules/<its name>` leads to the folder it lies in. */
  *#isLinkedPackage(realPath: string, root: string): Steps<boolean> {
    for (const folder of upward(dirname(realPath))) {
      const name = yield* packageName(folder)
      if (name === undefined) continue
      for (const above of upward(root)) {
        if ((yield* realpath(join(above, 'node_modules', name))) === folder) return true
      }
    }
    return false
  }

  *#projectRoots(): Steps<Project> {
    return this.#project ?? (yield* this.refresh())
  }

  /** Gives who else may write, or undefined where nobody else may. */
  #strangerMode(stats: BigIntStats): 'o' | 'g' | undefined {
    if ((stats.mode & OTHERS_MAY_WRITE) !== 0n) return 'o'
    const groupMay = (stats.mode & GROUP_MAY_WRITE) !== 0n
    return groupMay && this.#owner?.groups.has(stats.gid) === false ? 'g' : undefined
  }

  /**
   * In a sticky folder, such as /tmp, only the owner of an entry, the owner of the folder and root may rename or
   * remove it: what is ours there stays ours.
   */
  #isKeptBySticky({ stats, child }: Place, projectOwner: bigint | undefined): boolean {
    const trusted = [0n, this.#owner?.user, projectOwner]
    return (stats.mode & STICKY) !== 0n && trusted.includes(stats.uid) && trusted.includes(child.uid)
  }

  #outside({ path, realPath }: Walk): P2pError {
    const text = `${this.#describe(path, realPath)} lies outside the project ${this.#options.cwd} and its installed packages`
    const remedy = 'move it into the project, or list its folder in allowedFolders'
    return forbidden(`${text}: ${remedy}`, { file: path, target: realPath })
  }

  #shared({ path, realPath }: Walk, place: string, who: 'o' | 'g'): P2pError {
    const others = who === 'o' ? 'every user' : 'a group that this process is not in'
    const what = place === realPath ? this.label(place) : `${place}, a folder on the way to ${this.label(path)},`
    return forbidden(`${what} may be written by ${others}: run chmod ${who}-w ${place}`, { file: path, target: place })
  }

  #unreadable(path: string, cause: unknown): P2pError {
    const text = `${this.label(path)} cannot be read: ${errorText(cause)}`
    return new P2pError('ERR_TRUSTP2P_THREAD_UNREADABLE', text, { cause, details: { file: path } })
  }

  #describe(path: string, realPath: string): string {
    return path === realPath ? path : `${this.label(path)} -> ${realPath}`
  }
}

const OTHERS_MAY_WRITE = 0o002n
const GROUP_MAY_WRITE = 0o020n
const STICKY = 0o1000n

interface Owner {
  readonly user: bigint
  readonly groups: ReadonlySet<bigint>
}

/** Undefined on Windows, where modes say nothing: there only the place counts. */
function currentOwner(): Owner | undefined {
  const { geteuid, getegid, getgroups } = process
  if (geteuid === undefined || getegid === undefined || getgroups === undefined) return undefined
  return { user: BigInt(geteuid()), groups: new Set([getegid(), ...getgroups()].map(BigInt)) }
}

/** Gives the folder and every folder above it. */
export function upward(folder: string): string[] {
  const folders = [folder]
  for (let above = dirname(folder); above !== folders.at(-1); above = dirname(above)) folders.push(above)
  return folders
}

/** True for the folder itself, and for what lies below it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path)
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way))
}

function* packageName(folder: string): Steps<string | undefined> {
  const name = (yield* readPackageFile(join(folder, 'package.json')))?.name
  return name !== undefined && PACKAGE_NAME.test(name) ? name : undefined
}

/** No leading dot: a package named `..` would make every folder above the project an installed one. */
const PACKAGE_NAME = /^(?:@[\w~-][\w.~-]*\/)?[\w~-][\w.~-]*$/

/** Reads UTF-8 as Node reads source files: a byte order mark is dropped, broken bytes become U+FFFD. */
function decodeText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function forbidden(text: string, details: Record<string, string>): P2pError {
  return new P2pError('ERR_TRUSTP2P_THREAD_FORBIDDEN', text, { details })
}
