import { createHash } from 'node:crypto'
import { promises as fs } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { P2pError, errorText } from '../errors'
import type { Kit, TimerHandle } from '../kit'
import type {
  ThreadEntry,
  ThreadLoadOptions,
  ThreadModule,
  ThreadSource,
  ThreadSourceListener
} from '../thread/thread-source'
import { MODULE_ENDINGS, parseEntryName } from './thread-name'

export interface ThreadFolderOptions {
  /** Working directory of the node. */
  readonly cwd: string
  readonly kit: Kit
  /** The running node's own exports: what `trustp2p` is to a thread. */
  readonly api: () => object
  /** Folder of the links, below `cwd`. */
  readonly folder?: string
  /** Time in ms between two looks at the folder. */
  readonly rescanMs?: number
}

/** Threads that are links, or files, in a folder. */
export function createThreadFolder(options: ThreadFolderOptions): ThreadSource {
  const folder = path.join(options.cwd, options.folder ?? 'threads-enabled')
  const { clock } = options.kit
  let listener: ThreadSourceListener | undefined
  let timer: TimerHandle | undefined
  let known = new Map<string, { digest: string; entry: ThreadEntry }>()
  let looking: Promise<void> = Promise.resolve()
  let closed = false

  async function readEntry(fileName: string): Promise<{ digest: string; entry: ThreadEntry } | undefined> {
    const parsed = parseEntryName(fileName)
    if (parsed === undefined) return undefined
    const file = path.join(folder, fileName)
    const before = known.get(fileName)
    const text = await fs.readFile(file, 'utf8').catch(() => undefined)
    const digest = createHash('sha256')
      .update(text ?? '')
      .digest('hex')
    if (before?.digest === digest) return before
    const revision = (before?.entry.revision ?? 0) + 1
    const problem =
      text === undefined ? new P2pError('ERR_TRUSTP2P_THREAD_DANGLING', `${file} points at nothing`) : undefined
    return {
      digest,
      entry: { name: parsed.name, path: file, revision, problem, load: (load) => loadFile(file, revision, load) }
    }
  }

  async function loadFile(file: string, revision: number, load: ThreadLoadOptions): Promise<ThreadModule> {
    const real = await fs.realpath(file)
    const text = await fs.readFile(real, 'utf8')
    try {
      return { revision, exports: await evaluate(real, text, load) }
    } catch (error) {
      throw new P2pError('ERR_TRUSTP2P_THREAD_LOAD_FAILED', `${file}: ${errorText(error)}`, { cause: error })
    }
  }

  async function evaluate(file: string, text: string, load: ThreadLoadOptions): Promise<unknown> {
    const code = /\.js$|\.cjs$/.test(file) && !/^\s*(import|export)\b/m.test(text) ? text : await compile(text)
    const names = ['exports', 'require', 'module', '__filename', '__dirname', ...Object.keys(load.globals)]
    const native = createRequire(file)
    const require = (name: string): unknown => (name === 'trustp2p' ? options.api() : native(name))
    const module = { exports: {} }
    const timers: unknown[] = Object.values(load.globals)
    const values = [module.exports, require, module, file, path.dirname(file), ...timers]
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the wrapper stays in this realm, and leaks nothing
    const run = new Function(...names, `return (async () => {${code}\n})()\n//# sourceURL=${file}`)
    await Promise.resolve(Reflect.apply(run, undefined, values))
    return module.exports
  }

  async function look(): Promise<void> {
    const names = (await fs.readdir(folder).catch(() => [])).sort()
    const next: typeof known = new Map()
    for (const name of names) {
      const entry = await readEntry(name)
      if (entry !== undefined) next.set(name, entry)
    }
    const changed = next.size !== known.size || [...next].some(([name, value]) => known.get(name) !== value)
    known = next
    if (changed && !closed) listener?.onChange(list())
  }

  function list(): ThreadEntry[] {
    return [...known.values()].map((value) => value.entry).sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  function lookNow(): Promise<void> {
    looking = looking.then(look)
    return looking
  }

  function schedule(): void {
    timer = clock.setTimeout(() => void lookNow().then(() => !closed && schedule()), options.rescanMs ?? 200)
  }

  return {
    async open(given) {
      await lookNow()
      listener = given
      schedule()
      return list()
    },
    async close() {
      closed = true
      if (timer !== undefined) clock.clearTimeout(timer)
      await looking
    },
    async enable(name) {
      if (list().some((entry) => entry.name === name)) return false
      for (const ending of MODULE_ENDINGS) {
        const target = path.join('..', 'threads-available', name + ending)
        if (!(await fs.stat(path.join(folder, target)).catch(() => undefined))) continue
        await fs.symlink(target, path.join(folder, name + ending))
        await lookNow()
        return true
      }
      throw new P2pError('ERR_TRUSTP2P_THREAD_NOT_FOUND', `no thread "${name}" in threads-available/`)
    },
    async disable(name) {
      const entry = list().find((candidate) => candidate.name === name)
      if (entry === undefined) return false
      await fs.unlink(entry.path)
      await lookNow()
      return true
    },
    async available() {
      const names = await fs.readdir(path.join(options.cwd, 'threads-available')).catch(() => [])
      return names.flatMap((name) => parseEntryName(name)?.name ?? []).sort()
    }
  }
}

async function compile(text: string): Promise<string> {
  const { default: ts } = await import('typescript')
  const compilerOptions = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true }
  const { outputText } = ts.transpileModule(text, { fileName: 'thread.cts', compilerOptions })
  return outputText.replaceAll('import.meta.url', JSON.stringify(pathToFileURL('/').href))
}
