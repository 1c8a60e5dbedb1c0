import { resolveConfig } from 'trustp2p'
import type { P2pError } from 'trustp2p'
import type { CommonOptions } from '../common-options'
import { folderOf } from '../common-options'
import { ExitStatus } from '../exit-status'
import { printable, printableJson } from '../printable'
import { describeError, printProblem, reportLines } from '../report-error'
import type { ErrorReport } from '../report-error'
import { settingSources } from '../settings'
import type { Terminal } from '../terminal'
import { withThreadFolder } from '../thread-folder'
import { checkThreads } from '../threads/check-threads'
import type { ThreadCheck } from '../threads/check-threads'

/**
 * Checks the threads that are switched on, and runs none of their code. Failed where one of them cannot run, or the
 * folder cannot be read; rejects where the configuration is wrong.
 */
export async function checkEnabled(options: CommonOptions, terminal: Terminal): Promise<ExitStatus> {
  const config = resolveConfig(await settingSources(options))
  const place = { cwd: folderOf(options), allowedFolders: config.allowedFolders }
  return withThreadFolder(place, async ({ entries, warnings }) => {
    const check = await checkThreads(entries(), config)
    const folder = warnings.map(reportOf)
    if (options.json === true) terminal.out.line(printableJson({ ...check, folder }, 'compact'))
    else printCheck(check, folder, terminal)
    return check.problems.length + folder.length > 0 ? ExitStatus.FAILED : ExitStatus.DONE
  })
}

function reportOf(error: P2pError): ErrorReport {
  return describeError(error) ?? { code: error.code, message: error.message }
}

function printCheck(
  { threads, problems, notes, unread }: ThreadCheck,
  folder: ErrorReport[],
  terminal: Terminal
): void {
  const { out, err } = terminal
  for (const report of folder) printProblem(reportLines(report), err)
  for (const { thread, file, ...report } of problems) {
    printProblem([printable(`${thread} (${file})`), ...reportLines(report)], err)
  }
  for (const note of notes) out.line(printable(note))
  if (unread.length > 0) {
    out.line(
      printable(`not looked at: ${unread.join(', ')}; without a .thread.json file a manifest is known only by running`)
    )
  }
  const found = problems.length + folder.length
  out.line(found > 0 ? counted(found, 'problem') : `${counted(threads.length, 'thread')}, no problem found`)
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
