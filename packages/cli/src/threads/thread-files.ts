import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NewFile } from '../write-new'

/** What a thread is written in. */
export type ThreadLanguage = 'js' | 'ts'

const TEMPLATES = join(__dirname, '../../templates/thread')
const FOLDER = 'threads-available'
const LANGUAGE_ENDING: Readonly<Record<ThreadLanguage, string>> = { js: '.mjs', ts: '.ts' }

/** What a file that is a thread may end with; a folder has no ending. */
const THREAD_ENDINGS = ['', '.js', '.cjs', '.mjs', '.ts', '.cts', '.mts']

/** Names that the templates import. */
const TAKEN_CLASSES = new Set(['CP2pMessage', 'EventMap', 'P2pSocket', 'PackageType', 'Thread'])

/** A new thread, which is not written beside another one of its name, and its test, which is JavaScript in either case. */
export function threadFiles(
  name: string,
  language: ThreadLanguage
): { readonly thread: NewFile; readonly test: NewFile } {
  const file = name + LANGUAGE_ENDING[language]
  const fill = (template: string): string =>
    readFileSync(join(TEMPLATES, template), 'utf8')
      .replaceAll('ThreadName', className(name))
      .replaceAll('thread-name', name)
      .replaceAll('thread-file', file)
  const others = THREAD_ENDINGS.map((ending) => `${FOLDER}/${name}${ending}`)
  return {
    thread: { path: `${FOLDER}/${file}`, text: fill(`thread${LANGUAGE_ENDING[language]}`), unless: others },
    test: { path: `${FOLDER}/test/${name}.test.mjs`, text: fill('check.mjs') }
  }
}

/** `chat-room@2` becomes `ChatRoom2`. */
function className(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/)
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  return TAKEN_CLASSES.has(joined) ? `${joined}Thread` : joined
}
