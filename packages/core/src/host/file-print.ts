import { hashOf } from './content-hash'
import { readOpened, realpath, stat, stateOf, type Steps } from './file-steps'
import { readPackageFile } from './package-file'

/**
 * What a load depends on, as a text: a path stands for the content of the file; `typeKey` and `stateKey` make keys
 * for other sides of it.
 */
export type FileKey = string

/** Says that a load depends on a file, and what it found there: `readPrint` gives the same while nothing changes. */
export type Note = (key: FileKey, print: string) => void

/** Takes so many notes, and drops the later ones. */
export function limitedNote(note: Note, most: number): Note {
  let taken = 0
  return (key, print) => {
    taken += 1
    if (taken <= most) note(key, print)
  }
}

/** The print of what is not there. */
export const ABSENT = 'absent'

/** The `type` that a package.json gives, and nothing else of it: an `npm install` rewrites the rest. */
export function typeKey(file: string): FileKey {
  return TYPE + file
}

/** Anything that a look at the file or folder shows, its permissions included. */
export function stateKey(file: string): FileKey {
  return STATE + file
}

/** The file that a key is about. */
export function fileOfKey(key: FileKey): string {
  return [TYPE, STATE].reduce((file, kind) => (file.startsWith(kind) ? file.slice(kind.length) : file), key)
}

const TYPE = 'type of '
const STATE = 'state of '

/** Tells what is there now. Never throws: what cannot be read has a print, too. */
export function* readPrint(key: FileKey, fileBytes: number): Steps<string> {
  const file = fileOfKey(key)
  try {
    if (key.startsWith(TYPE)) return (yield* readPackageFile(file))?.type ?? ABSENT
    if (key.startsWith(STATE)) return yield* readState(file)
    return yield* readContent(file, fileBytes)
  } catch {
    return 'unreadable'
  }
}

function* readState(file: string): Steps<string> {
  const stats = yield* stat(file)
  return stats === undefined ? ABSENT : stateOf(stats)
}

/** What is read here is only compared, so a link may be followed. */
function* readContent(file: string, fileBytes: number): Steps<string> {
  const real = yield* realpath(file)
  const opened = real === undefined ? undefined : yield* readOpened(real, fileBytes)
  if (opened === undefined) return ABSENT
  return opened.bytes === undefined ? `no text ${stateOf(opened.stats)}` : hashOf(opened.bytes)
}
