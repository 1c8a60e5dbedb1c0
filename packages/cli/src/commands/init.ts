import { join, relative, resolve } from 'node:path'
import { resolveConfig } from 'trustp2p'
import { commandName } from '../command-name'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { projectFiles } from '../init/project-files'
import { printable, printableJson } from '../printable'
import { settingSources } from '../settings'
import { shellWord } from '../shell-quotes'
import type { Terminal } from '../terminal'
import { withThreadFolder } from '../thread-folder'
import { FileSwitch } from '../threads/file-switch'
import { makeFolder, writeNew } from '../write-new'
import type { WrittenFile } from '../write-new'

interface LinkedThread {
  readonly name: string
  /** What FileSwitch says: `enabled`, or `enabled already`. */
  readonly status: string
}

interface WrittenProject {
  readonly folder: string
  readonly files: readonly WrittenFile[]
  readonly threads: readonly LinkedThread[]
}

/** Threads that a new project runs, where they are to be had. */
const FIRST_THREADS = ['hello', 'heartbeat']

/**
 * Writes a project that runs as it is. What is there already is kept, so that it can be called again.
 * Throws ERR_TRUSTP2P_NODE_FOLDER_INVALID for a path that is, or leads through, something else than a folder.
 */
export async function init(dir: string, options: CommonOptions, terminal: Terminal): Promise<ExitStatus> {
  const folder = resolve(folderOf(options), dir)
  await makeFolder(folder)
  const files: WrittenFile[] = []
  for (const file of projectFiles(folder)) files.push(await writeNew(folder, file))
  const threads = await enableFirst(folder)
  if (options.json) terminal.out.line(printableJson({ folder, files, threads }, 'compact'))
  else printProject({ folder, files, threads }, terminal)
  return ExitStatus.DONE
}

/** A configuration that was there already says where threads may come from; one that is wrong is told of. */
async function enableFirst(cwd: string): Promise<LinkedThread[]> {
  await makeFolder(join(cwd, 'threads-enabled'))
  const { allowedFolders } = resolveConfig(await settingSources({ cwd }))
  return withThreadFolder({ cwd, allowedFolders }, async (folder) => {
    const available = new Set(await folder.source.available())
    const fileSwitch = new FileSwitch(folder)
    const threads: LinkedThread[] = []
    for (const name of FIRST_THREADS.filter((one) => available.has(one))) {
      threads.push({ name, status: await fileSwitch.enable(name) })
    }
    return threads
  })
}

function printProject({ folder, files, threads }: WrittenProject, { out }: Terminal): void {
  const { bold, cyan, dim } = out.colors
  const path = relative(process.cwd(), folder)
  out.line(bold(printable(path === '' ? 'this folder is a project' : `${path} is a project`)))
  for (const file of files) {
    out.line(file.status === 'written' ? `  ${file.path}` : dim(`  ${file.path} was there and is kept`))
  }
  for (const { name, status } of threads) out.line(`  thread ${name} is ${status}`)
  out.line('Next:')
  for (const line of [...(path === '' ? [] : [`cd ${shellPath(path)}`]), ...startLines(files)])
    out.line(`  ${cyan(printable(line))}`)
  out.line(`Then edit threads-available/hello.mjs while it runs. ${commandName()} --help shows what else there is.`)
}

/** How the project is started: a package.json that was there already need have no start script. */
function startLines(files: readonly WrittenFile[]): string[] {
  const isOurs = files.some(({ path, status }) => path === 'package.json' && status === 'written')
  return isOurs ? ['npm install', 'npm start'] : [`${commandName()} start`]
}

/** A path as a word of a command: one that begins with a dash would be taken for an option. */
function shellPath(path: string): string {
  return shellWord(path.startsWith('-') ? `./${path}` : path)
}
