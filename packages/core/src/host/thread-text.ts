import { dirname, join, resolve } from 'node:path'
import type { ThreadText } from '../thread/thread-source'
import { ABSENT, type Note } from './file-print'
import { runLater } from './file-steps'
import type { LinkGuard } from './link-guard'

export interface ThreadTextOptions {
  readonly guard: LinkGuard
  /** The project. */
  readonly cwd: string
  /** The thread's module. */
  readonly file: string
  /** Relative to the module where it begins with a dot, else in the project's `proto/`, with its ending or without. */
  readonly path: string
  readonly note: Note
}

const SHARED_FOLDER = 'proto'
const ENDING = '.proto'

/** Reads a text file of a thread, as its code is read: under the guard, and watched from then on. */
export async function readThreadText(options: ThreadTextOptions): Promise<ThreadText | undefined> {
  const { guard, note } = options
  for (const place of placesOf(options)) {
    const read = await runLater(guard.read(place))
    note(place, read?.hash ?? ABSENT)
    if (read !== undefined) return { path: guard.label(place), text: read.text }
  }
  return undefined
}

function placesOf({ cwd, file, path }: ThreadTextOptions): readonly string[] {
  if (path.startsWith('./') || path.startsWith('../')) return [resolve(dirname(file), path)]
  const shared = join(cwd, SHARED_FOLDER, path)
  return path.endsWith(ENDING) ? [shared] : [shared + ENDING]
}
