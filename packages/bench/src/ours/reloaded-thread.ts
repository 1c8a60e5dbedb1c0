import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createProject, linkThread } from './project'

export type ReloadedEnding = 'js' | 'mjs' | 'ts'

/** Throws a RangeError for a text that is no such ending. */
export function readEnding(text: string | undefined): ReloadedEnding {
  if (text === 'js' || text === 'mjs' || text === 'ts') return text
  throw new RangeError(`${String(text)} is no ending of a reloaded thread`)
}

/** Name of the thread that is reloaded: a folder with an index module and a local import. */
export const RELOADED_THREAD = 'reloaded'

/** Size of the thread's entry module, in characters. */
const MODULE_SIZE = 10 * 1024

/** Makes a project with the thread, linked, and gives its folder. */
export function createReloadedProject(folder: string, ending: ReloadedEnding): string {
  createProject(folder)
  const threadFolder = join(folder, 'threads-available', RELOADED_THREAD)
  mkdirSync(threadFolder)
  writeFileSync(join(threadFolder, `index.${ending}`), reloadedThread(ending, 0))
  writeFileSync(join(threadFolder, `part.${ending}`), PART[ending])
  linkThread(folder, RELOADED_THREAD)
  return folder
}

/** The text of one version of the thread's entry module: 10 KB, made of functions as real code is. */
export function reloadedThread(ending: ReloadedEnding, version: number): string {
  let text = HEAD[ending]
  for (let index = 0; text.length < MODULE_SIZE; index++) text += filler(ending, index)
  return text + CLASS[ending].replace('VERSION', String(version))
}

function filler(ending: ReloadedEnding, index: number): string {
  const value = ending === 'ts' ? 'value: number' : 'value'
  return `
function step${index}(${value}) {
  const parts = [value, ${index}, 'part ${index}']
  if (value > ${index}) return { sum: value + ${index}, parts }
  return { sum: value - ${index}, parts }
}
`
}

const body = (values: string, world: string): string => `
  constructor(${values}) {
    super(...values)
    const { trustp2pBench } = ${world}
    trustp2pBench.add(this)
  }

  get eventMap() {
    return { [PackageType.REQUEST]: { version: () => ({ version: VERSION, part, step: step0(1) }) } }
  }
}
`

const BODY = body('...values', 'globalThis')
const TYPED_BODY = body(
  '...values: unknown[]',
  'globalThis as unknown as { trustp2pBench: { add(generation: object): void } }'
)

const HEAD: Record<ReloadedEnding, string> = {
  js: "const { PackageType, Thread } = require('trustp2p')\nconst { part } = require('./part')\n",
  mjs: "import { PackageType, Thread } from 'trustp2p'\nimport { part } from './part.mjs'\n",
  ts: "import { PackageType, Thread } from 'trustp2p'\nimport { part } from './part'\n"
}

const CLASS: Record<ReloadedEnding, string> = {
  js: `\nmodule.exports = class Reloaded extends Thread {${BODY}`,
  mjs: `\nexport default class Reloaded extends Thread {${BODY}`,
  ts: `\nexport default class Reloaded extends Thread {${TYPED_BODY}`
}

const PART: Record<ReloadedEnding, string> = {
  js: "exports.part = { name: 'part', values: [1, 2, 3] }\n",
  mjs: "export const part = { name: 'part', values: [1, 2, 3] }\n",
  ts: "export const part: { name: string; values: number[] } = { name: 'part', values: [1, 2, 3] }\n"
}
