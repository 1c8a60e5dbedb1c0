import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createLog, createNodeKit, createThreadFolder, P2pError } from 'trustp2p'
import { commandName } from '../command-name'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import type { Terminal } from '../terminal'
import { threadFiles } from '../threads/thread-files'
import { writeNew } from '../write-new'
import type { WrittenFile } from '../write-new'

export interface NewThreadOptions extends CommonOptions {
  readonly ts?: boolean
  readonly js?: boolean
  readonly proto?: boolean
}

const TESTING = '@trustp2p/testing'

/**
 * Writes a thread and its test, and with `proto` a contract and the manifest that names it. What is there already is
 * kept, so that it can be called again; a thread that was there gets nothing. Throws ERR_TRUSTP2P_THREAD_NAME_INVALID,
 * and ERR_TRUSTP2P_NODE_FOLDER_INVALID where nothing can be written.
 */
export async function newThread(given: string, options: NewThreadOptions, terminal: Terminal): Promise<ExitStatus> {
  const cwd = folderOf(options)
  const name = assertName(nameOf(given, cwd))
  const style = { language: options.ts === true ? 'ts' : 'js', proto: options.proto === true } as const
  const { thread, beside, test } = threadFiles(name, style)
  const files = [await writeNew(cwd, thread)]
  if (files[0]?.status === 'written') for (const file of [...beside, test]) files.push(await writeNew(cwd, file))
  if (options.json === true) terminal.out.line(printableJson({ name, files }, 'compact'))
  else printFiles({ name, files, cwd }, terminal)
  return ExitStatus.DONE
}

/** A file name, or a class name of 2018, stands for its thread. */
function nameOf(given: string, cwd: string): string {
  const kit = createNodeKit({ log: createLog({ level: 'silent' }) })
  return createThreadFolder({ cwd, kit, api: () => ({}) }).nameOf(given)
}

function assertName(name: string): string {
  if (/^[A-Za-z][\w@.-]*$/.test(name)) return name
  const text = `'${name}' is no thread name; use a letter, then letters, digits, @ . _ -`
  throw new P2pError('ERR_TRUSTP2P_THREAD_NAME_INVALID', text)
}

function printFiles(
  { name, files, cwd }: { readonly name: string; readonly files: readonly WrittenFile[]; readonly cwd: string },
  { out }: Terminal
): void {
  const { cyan, dim } = out.colors
  for (const { path, status } of files)
    out.line(status === 'written' ? printable(path) : dim(printable(`${path} was there and is kept`)))
  const test = files.at(-1)
  if (files.length === 1 || test === undefined) return
  const install = isInstalled(cwd) ? [] : [`npm install --save-dev ${TESTING}`]
  out.line('Next:')
  for (const line of [...install, `node --test ${test.path}`, `${commandName()} threads enable ${name}`])
    out.line(`  ${cyan(printable(line))}`)
}

function isInstalled(cwd: string): boolean {
  try {
    createRequire(join(cwd, 'package.json')).resolve(TESTING)
    return true
  } catch {
    return false
  }
}
