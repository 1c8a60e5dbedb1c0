import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineContract } from 'trustp2p'
import type { NewFile } from '../write-new'

/** How a thread is written. */
export interface ThreadStyle {
  readonly language: 'js' | 'ts'
  /** With a .proto that says what its bodies are, and a manifest that names it. */
  readonly proto: boolean
}

/** A new thread. */
export interface ThreadFiles {
  /** Not written beside another one of its name. */
  readonly thread: NewFile
  /** What lies beside it, to be written where the thread was. */
  readonly beside: readonly NewFile[]
  /** Its test, which is JavaScript in either case. */
  readonly test: NewFile
}

const TEMPLATES = join(__dirname, '../../templates/thread')
const FOLDER = 'threads-available'
const LANGUAGE_ENDING: Readonly<Record<ThreadStyle['language'], string>> = { js: '.mjs', ts: '.ts' }

/** What a file that is a thread may end with; a folder has no ending. */
const THREAD_ENDINGS = ['', '.js', '.cjs', '.mjs', '.ts', '.cts', '.mts']

/** Names that the templates have, and the modules of contracts. */
const TAKEN_CLASSES = new Set([
  'CP2pMessage',
  'ContractEvent',
  'EventMap',
  'P2pSocket',
  'PackageType',
  'Question',
  'Thread'
])

/** The files of a new thread. */
export function threadFiles(name: string, { language, proto }: ThreadStyle): ThreadFiles {
  const ending = LANGUAGE_ENDING[language]
  const file = name + ending
  const fill = (template: string): string =>
    readFileSync(join(TEMPLATES, template), 'utf8')
      .replaceAll('ThreadName', className(name))
      .replaceAll('thread-name', name)
      .replaceAll('thread-file', file)
  const event = proto ? eventOf(fill('contract.proto')) : name
  const fillEvent = (template: string): string => fill(template).replaceAll('event-name', event)
  const others = THREAD_ENDINGS.map((other) => `${FOLDER}/${name}${other}`)
  const written = (path: string, template: string): NewFile => ({
    path: `${FOLDER}/${path}`,
    text: fillEvent(template)
  })
  return {
    thread: { ...written(file, `${proto ? 'contract' : 'thread'}${ending}`), unless: others },
    beside: proto
      ? [written(`${name}.proto`, 'contract.proto'), written(`${name}.thread.json`, 'contract.thread.json')]
      : [],
    test: written(`test/${name}.test.mjs`, proto ? 'contract-check.mjs' : 'check.mjs')
  }
}

/** The event of a contract that has one. */
function eventOf(proto: string): string {
  const [service = {}] = Object.values(defineContract(proto))
  const [event] = Object.values(service)
  if (event === undefined) throw new TypeError('the template has no event')
  return event.event
}

/** `chat-room@2` becomes `ChatRoom2`. */
function className(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/)
  const joined = words.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('')
  return TAKEN_CLASSES.has(joined) ? `${joined}Thread` : joined
}
