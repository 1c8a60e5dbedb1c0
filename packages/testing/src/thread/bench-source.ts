import { mkdtempSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { existsSync, realpathSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createThreadFolder, createThreadList } from 'trustp2p'
import type { Kit, ThreadEntry, ThreadSource } from 'trustp2p'
import type { OwnedResources } from './owned-resources'

/** A class, or the path of a file (a `file:` URL too). */
export type BenchThread = string | URL | (new (...values: never[]) => object)

/** Where the one thread of a bench comes from. */
export interface BenchSource {
  readonly name: string
  readonly source: ThreadSource
  /** Removes what was made for it. */
  dispose(): void
}

/** What a class is called where nobody names it. */
const UNNAMED = 'thread'

export function createBenchSource(
  thread: BenchThread,
  options: { readonly kit: Kit; readonly owned: OwnedResources; readonly name: string | undefined }
): BenchSource {
  const { kit, owned, name } = options
  if (typeof thread === 'function') {
    const given = name ?? UNNAMED
    return {
      name: given,
      source: createOwnedSource(createThreadList({ [given]: thread }), owned),
      dispose: () => undefined
    }
  }
  const file = realpathSync(thread instanceof URL || thread.startsWith('file:') ? fileURLToPath(thread) : thread)
  return createFileSource(file, { kit, owned, name })
}

/** A link of its own in a temporary folder, so that the project's `threads-enabled/` stays as it is. */
function createFileSource(
  file: string,
  { kit, owned, name }: { readonly kit: Kit; readonly owned: OwnedResources; readonly name: string | undefined }
): BenchSource {
  const cwd = projectOf(file)
  const temporary = realpathSync(mkdtempSync(join(tmpdir(), 'trustp2p-bench-')))
  const folder = join(temporary, 'threads-enabled')
  mkdirSync(folder)
  symlinkSync(file, join(folder, name === undefined ? basename(file) : name + extname(file)))
  const source = createThreadFolder({
    cwd,
    folder: relative(cwd, folder),
    kit,
    api: () => module.require('trustp2p') as object
  })
  return {
    name: name ?? source.nameOf(basename(file)),
    source: createOwnedSource(source, owned),
    dispose: () => rmSync(temporary, { recursive: true, force: true })
  }
}

/** The folder of the nearest package.json, else that of the file. */
function projectOf(file: string): string {
  for (let folder = dirname(file); folder !== dirname(folder); folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder
  }
  return dirname(file)
}

/** Watchers and the compiler are the node's, not the thread's: only what its module does belongs to the thread. */
function createOwnedSource(source: ThreadSource, { run, outside }: OwnedResources): ThreadSource {
  const owned = (entry: ThreadEntry): ThreadEntry => ({ ...entry, load: (options) => run(() => entry.load(options)) })
  return {
    open: async (listener) => {
      const entries = await outside(() =>
        source.open({
          onChange: (changed) => run(() => listener.onChange(changed.map(owned))),
          onWarning: (error) => run(() => listener.onWarning(error))
        })
      )
      return entries.map(owned)
    },
    close: () => outside(() => source.close()),
    enable: (name) => outside(() => source.enable(name)),
    disable: (name) => outside(() => source.disable(name)),
    nameOf: (text) => source.nameOf(text),
    available: () => source.available()
  }
}
