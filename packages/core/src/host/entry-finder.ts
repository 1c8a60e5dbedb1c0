import { basename, dirname } from 'node:path'
import { P2pError } from '../errors'
import { resolveIndex } from './file-resolver'
import { lstat, type Steps } from './file-steps'
import type { LinkGuard } from './link-guard'
import type { Looks, Walk } from './path-walk'
import { moduleEnding, parseEntryName } from './thread-name'

/** An entry of the threads folder, as one look shows it. */
export interface FoundEntry {
  readonly fileName: string
  readonly name: string
  /** The entry's path. */
  readonly path: string
  /** The file that its module is, links followed. Undefined where there is a problem. */
  readonly file: string | undefined
  /** The folder whose files are the thread's own. */
  readonly folder: string
  readonly problem: P2pError | undefined
  /** Where it leads, for reports. */
  readonly target: string
}

/**
 * Looks at one entry. Gives undefined for what is no thread: a name that is passed over, a file that is no module, a
 * folder of other things.
 */
export function* findEntry(path: string, guard: LinkGuard, looks: Looks): Steps<FoundEntry | undefined> {
  const parsed = parseEntryName(basename(path))
  if (parsed === undefined) return undefined
  const place = { fileName: basename(path), name: parsed.name, path }
  const failed = (problem: P2pError, target = path): FoundEntry => {
    return { ...place, target, file: undefined, folder: dirname(path), problem }
  }
  if (!parsed.valid) return failed(badName(guard.label(path)))
  try {
    const walk = yield* guard.walk(path, looks)
    const found = yield* followEntry(walk, guard, looks)
    if (found !== undefined) return { ...place, ...found, target: walk.realPath, problem: undefined }
    const isLink = (yield* lstat(path))?.isSymbolicLink() ?? false
    if (isLink && walk.stats === undefined) return failed(dangling(guard, walk), walk.realPath)
    return isLink && parsed.ending !== undefined ? failed(noModule(guard, walk), walk.realPath) : undefined
  } catch (error) {
    if (error instanceof P2pError) return failed(error)
    throw error
  }
}

function* followEntry(walk: Walk, guard: LinkGuard, looks: Looks): Steps<{ file: string; folder: string } | undefined> {
  const found = yield* moduleOf(walk)
  if (found === undefined) return undefined
  yield* guard.assertAllowed(walk)
  if (found.file === walk.realPath) return found
  const index = yield* guard.walk(found.file, looks)
  yield* guard.assertAllowed(index)
  return { file: index.realPath, folder: found.folder }
}

/** Gives the module that a path ends at: the file itself, or the index of a folder. */
function* moduleOf({ realPath, stats }: Walk): Steps<{ file: string; folder: string } | undefined> {
  if (stats?.isFile() === true) {
    return moduleEnding(basename(realPath)) && { file: realPath, folder: dirname(realPath) }
  }
  if (stats?.isDirectory() !== true) return undefined
  const { file } = yield* resolveIndex(realPath)
  return file === undefined ? undefined : { file, folder: realPath }
}

function badName(label: string): P2pError {
  const text = `${label} is no thread name: begin with a letter, then use letters, digits, @ . _ -`
  return new P2pError('ERR_TRUSTP2P_THREAD_NAME_INVALID', text, { details: { file: label } })
}

function dangling(guard: LinkGuard, { path, realPath }: Walk): P2pError {
  const text = `${guard.label(path)} points at ${guard.label(realPath)}, which is not there: mend or remove the link`
  return new P2pError('ERR_TRUSTP2P_THREAD_DANGLING', text, { details: { file: path, target: realPath } })
}

function noModule(guard: LinkGuard, { path, realPath }: Walk): P2pError {
  const endings = 'a .js .cjs .mjs .ts .cts .mts file, or a folder with an index of that kind'
  const text = `${guard.label(path)} points at ${guard.label(realPath)}, which is no module: link to ${endings}`
  return new P2pError('ERR_TRUSTP2P_THREAD_NO_MODULE', text, { details: { file: path, target: realPath } })
}
