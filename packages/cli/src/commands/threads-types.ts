import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { contractModule, errorCode, P2pError } from 'trustp2p'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { replaceFile } from '../replace-file'
import { describeError, printProblem, reportLines } from '../report-error'
import type { ErrorReport } from '../report-error'
import type { Terminal } from '../terminal'

interface WrittenTypes {
  /** The .proto, relative to the project. */
  readonly proto: string
  readonly status: 'written' | 'kept' | 'failed'
  readonly error?: ErrorReport
}

/** Where .proto files lie: beside threads, in folders of threads, and where threads share them. */
const FOLDERS = ['threads-available', 'proto']
const ENDING = '.proto'
/** A contract is far shorter: a longer file is not even read. */
const LONGEST_READ = 1024 * 1024

/**
 * Writes `<name>.contract.ts` beside each .proto of the project, or beside that of one thread. Failed where one of them
 * is no contract, and where there is none of that name.
 */
export async function writeThreadTypes(
  name: string | undefined,
  options: CommonOptions,
  { out, err }: Terminal
): Promise<ExitStatus> {
  const cwd = folderOf(options)
  const protos = (await findProtos(cwd)).filter((path) => name === undefined || isNamed(path, name))
  const results = await Promise.all(protos.map((proto) => writeTypes(cwd, proto)))
  if (options.json) out.line(printableJson(results, 'compact'))
  else {
    if (results.length === 0) {
      out.line(
        name === undefined ? 'no .proto is here: write one beside a thread' : `no .proto is called ${printable(name)}`
      )
    }
    for (const { proto, status, error } of results) {
      if (error === undefined) out.line(`${printable(moduleOf(proto))}: ${status}`)
      else printProblem(reportLines(error), err)
    }
  }
  const failed = results.some(({ status }) => status === 'failed') || (name !== undefined && results.length === 0)
  return failed ? ExitStatus.FAILED : ExitStatus.DONE
}

async function findProtos(cwd: string): Promise<string[]> {
  const found = await Promise.all(FOLDERS.map((folder) => protosIn(cwd, folder, true)))
  return found.flat().sort()
}

async function protosIn(cwd: string, folder: string, goesDown: boolean): Promise<string[]> {
  const entries = await readdir(join(cwd, folder), { withFileTypes: true }).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  const below = entries.filter((entry) => entry.isDirectory() && entry.name !== 'node_modules' && goesDown)
  const deeper = await Promise.all(below.map((entry) => protosIn(cwd, join(folder, entry.name), false)))
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(ENDING))
  return [...files.map((entry) => join(folder, entry.name)), ...deeper.flat()]
}

/** A thread's own .proto is called as the thread is, or lies in its folder. */
function isNamed(proto: string, name: string): boolean {
  return basename(proto, ENDING) === name || basename(dirname(proto)) === name
}

async function writeTypes(cwd: string, proto: string): Promise<WrittenTypes> {
  try {
    const text = contractModule(await readProto(join(cwd, proto)), { file: basename(proto) })
    const file = join(cwd, moduleOf(proto))
    const before = await readFile(file, 'utf8').catch(() => undefined)
    if (before === text) return { proto, status: 'kept' }
    await replaceFile(file, text)
    return { proto, status: 'written' }
  } catch (error) {
    const described = describeError(error)
    if (described === undefined) throw error
    return { proto, status: 'failed', error: described }
  }
}

async function readProto(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size <= LONGEST_READ) return readFile(file, 'utf8')
  throw new P2pError('ERR_TRUSTP2P_LIMIT_CONTRACT', `${file} is ${size} bytes long, and was not read: split it`)
}

function moduleOf(proto: string): string {
  return `${proto.slice(0, -ENDING.length)}.contract.ts`
}
