import { promises as fs } from 'node:fs'
import { basename, dirname, extname, join, relative } from 'node:path'
import { errorCode, errorText, P2pError } from '../errors'
import { compareNames } from '../thread/names'
import { diskRemedy } from './disk-remedy'
import { isMissing, runLater, stat } from './file-steps'
import { resolveIndex } from './file-resolver'
import { resolvePackage } from './package-resolver'
import { MODULE_ENDINGS, moduleEnding, namesThread, parseEntryName, threadName } from './thread-name'

export interface ThreadLinksOptions {
  /** The project. */
  readonly cwd: string
  /** Folder of the links. */
  readonly enabled: string
  /** Folder of the project's own threads. */
  readonly available: string
}

const STANDARD_THREADS = '@trustp2p/threads'

/** Switches threads on and off by what stands in the folders, whether a node runs there or not. */
export class ThreadLinks {
  readonly #options: ThreadLinksOptions

  constructor(options: ThreadLinksOptions) {
    this.#options = options
  }

  /** Gives the entries that are a thread of that name, in name order. */
  async entriesOf(name: string): Promise<readonly string[]> {
    const names = await listFolder(this.#options.enabled)
    return names.filter((fileName) => parseEntryName(fileName)?.name === threadName(name))
  }

  /** Makes the link, and gives its file name; undefined where there is one already. */
  async add(name: string): Promise<string | undefined> {
    assertName(name)
    if ((await this.entriesOf(name)).length > 0) return undefined
    const target = (await this.#findOwn(name)) ?? (await this.#findStandard(name))
    if (target === undefined) throw await this.#notFound(name)
    return this.#link(target)
  }

  /** Removes the links of that name, and gives their file names. */
  async remove(name: string): Promise<readonly string[]> {
    const found = await this.entriesOf(name)
    const isThread = await Promise.all(found.map((fileName) => mayBeThread(join(this.#options.enabled, fileName))))
    const names = found.filter((_, index) => isThread[index])
    const paths = names.map((fileName) => join(this.#options.enabled, fileName))
    for (const path of paths) await this.#assertLink(path)
    for (const path of paths) await this.#change(() => fs.unlink(path))
    return names
  }

  /** The names that `add` finds, in name order. */
  async available(): Promise<readonly string[]> {
    const own = await this.#modulesOf(this.#options.available)
    const standard = await Promise.all([this.#installedFolders(), shippedFolders()])
    const folders = await Promise.all(standard.flat().map((folder) => this.#modulesOf(folder)))
    return [...new Set([...own, ...folders.flat()].map(threadName))].sort(compareNames)
  }

  /** A module of threads-available/: the one of exactly that name, else the first of that thread name. */
  async #findOwn(name: string): Promise<string | undefined> {
    const found = await this.#modulesOf(this.#options.available)
    const fitting = found.filter((fileName) => threadName(fileName) === threadName(name)).sort(byEnding)
    const fileName = fitting.find((candidate) => candidate === name) ?? fitting[0]
    return fileName && join(this.#options.available, fileName)
  }

  /** Where the project has the standard threads installed, the link follows their updates; else it gets a copy. */
  async #findStandard(name: string): Promise<string | undefined> {
    const [installed, shipped] = await Promise.all([this.#installedFolders(), shippedFolders()])
    const file = await firstModule(installed, name)
    if (file !== undefined) return file
    const source = await firstModule(shipped, name)
    return source && (await this.#copy(source))
  }

  #installedFolders(): Promise<readonly string[]> {
    return foldersOf(join(this.#options.cwd, 'package.json'))
  }

  /** The modules and thread folders in a folder, by file name. */
  async #modulesOf(folder: string): Promise<readonly string[]> {
    const names = (await listFolder(folder)).filter(namesThread)
    const isThread = await Promise.all(names.map((name) => isModuleOrFolder(join(folder, name))))
    return names.filter((_, index) => isThread[index])
  }

  async #copy(source: string): Promise<string> {
    const name = copyName(basename(source))
    const target = join(this.#options.available, name)
    const temporary = join(this.#options.available, `.${name}.${process.pid}`)
    await this.#change(async () => {
      await fs.mkdir(this.#options.available, { recursive: true })
      try {
        await copyModules(source, temporary)
        await fs.rename(temporary, target)
      } catch (error) {
        await fs.rm(temporary, { recursive: true, force: true }).catch(() => undefined)
        throw error
      }
    })
    return target
  }

  async #link(target: string): Promise<string | undefined> {
    const fileName = basename(target)
    return this.#change(async () => {
      await fs.mkdir(this.#options.enabled, { recursive: true })
      // A link is read from where its folder really lies.
      const folder = await fs.realpath(this.#options.enabled)
      try {
        await fs.symlink(
          relative(folder, await fs.realpath(dirname(target)).then((real) => join(real, fileName))),
          join(folder, fileName)
        )
      } catch (error) {
        if (isExisting(error)) return undefined
        throw error
      }
      return fileName
    })
  }

  async #assertLink(path: string): Promise<void> {
    const stats = await this.#change(() => fs.lstat(path))
    if (stats.isSymbolicLink()) return
    const text = `${relative(this.#options.cwd, path)} is no link, and is not deleted: move it to threads-available/, or delete it yourself`
    throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_A_LINK', text, { details: { file: path } })
  }

  async #change<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (cause) {
      const text = `the threads of ${this.#options.cwd} cannot be changed: ${errorText(cause)}; ${diskRemedy(cause)}`
      throw new P2pError('ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE', text, { cause })
    }
  }

  async #notFound(name: string): Promise<P2pError> {
    const names = await this.available()
    const known = names.length === 0 ? 'there is none' : `there are ${names.join(', ')}`
    const text = `no thread '${name}' in ${relative(this.#options.cwd, this.#options.available)}/ or among the standard threads; ${known}`
    return new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', text)
  }
}

/** Where the standard threads lie that came with this library. */
function shippedFolders(): Promise<readonly string[]> {
  return foldersOf(__filename)
}

/** The folders with modules of the standard threads, as a file sees the package: built, else in a workspace. */
async function foldersOf(importer: string): Promise<readonly string[]> {
  try {
    const { file } = await runLater(resolvePackage(`${STANDARD_THREADS}/package.json`, importer, () => undefined))
    return file === undefined ? [] : [join(dirname(file), 'dist'), dirname(file)]
  } catch {
    return []
  }
}

async function firstModule(folders: readonly string[], name: string): Promise<string | undefined> {
  for (const folder of folders) {
    for (const ending of [...MODULE_ENDINGS, '']) {
      const path = join(folder, threadName(name) + ending)
      if (await isModuleOrFolder(path)) return path
    }
  }
  return undefined
}

/** Copies a module, or those of a folder. */
async function copyModules(source: string, target: string): Promise<void> {
  if ((await fs.stat(source)).isFile()) return fs.writeFile(target, await fs.readFile(source), { mode: 0o644 })
  await fs.mkdir(target, { recursive: true, mode: 0o755 })
  const names = (await fs.readdir(source)).filter((name) => moduleEnding(name) !== undefined)
  for (const name of names) await copyModules(join(source, name), join(target, copyName(name)))
}

/** The package is CommonJS: its `.js` files are called `.cjs` where another package.json decides on them. */
function copyName(fileName: string): string {
  return fileName.replace(/\.js$/, '.cjs')
}

async function isModuleOrFolder(path: string): Promise<boolean> {
  const stats = await runLater(stat(path)).catch(() => undefined)
  if (stats?.isFile() === true) return moduleEnding(basename(path)) !== undefined
  return stats?.isDirectory() === true && (await runLater(resolveIndex(path))).file !== undefined
}

/** Gives the names in a folder in name order; none where it cannot be read. */
async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return (await fs.readdir(folder)).sort(compareNames)
  } catch (cause) {
    if (isMissing(cause)) return []
    const text = `the folder ${folder} cannot be read: ${errorText(cause)}; mend its permissions`
    throw new P2pError('ERR_TRUSTP2P_THREAD_FOLDER_UNREADABLE', text, { cause })
  }
}

/** False for an entry that is passed over: without a module's ending, it leads to a file that has none either. */
async function mayBeThread(path: string): Promise<boolean> {
  if (moduleEnding(basename(path)) !== undefined) return true
  const target = await fs.realpath(path).catch(() => undefined)
  return target === undefined || (await isModuleOrFolder(target))
}

function assertName(name: string): void {
  if (namesThread(name)) return
  const text = `'${name}' is no thread name; use a letter, then letters, digits, @ . _ -`
  throw new P2pError('ERR_TRUSTP2P_THREAD_NAME_INVALID', text)
}

function isExisting(error: unknown): boolean {
  return errorCode(error) === 'EEXIST'
}

function byEnding(left: string, right: string): number {
  const endings: readonly string[] = MODULE_ENDINGS
  return endings.indexOf(extname(left)) - endings.indexOf(extname(right))
}
