import { runFixture } from './child'
import { TemporaryProject } from './temporary-project'

/** What the fixture says of one thread. */
interface Loaded {
  readonly keys?: readonly string[]
  /** What its `run` gave. */
  readonly value?: unknown
  readonly failure?: Failure
}

interface Failure {
  readonly code: string
  readonly message: string
  readonly stack: string
  readonly details?: unknown
}

interface Report {
  readonly results: Readonly<Record<string, { exports?: Loaded; error?: Failure }>>
  readonly warnings: readonly Failure[]
  readonly compilerRan: boolean
}

/** Loads every thread of a project in a process of its own. A file without a folder is a thread, and is linked. */
export async function loadAll(
  threads: Readonly<Record<string, string>>,
  setUp: (project: TemporaryProject) => void = () => {}
) {
  const project = new TemporaryProject()
  for (const [file, text] of Object.entries(threads)) {
    if (file.includes('/')) project.write(file, text)
    else project.thread(file, text)
  }
  setUp(project)
  const { output, stderr } = await runFixture('load-threads.ts', [project.cwd])
  const report = output as Report
  const value = (name: string): unknown => {
    const result = report.results[name]
    if (result?.exports === undefined || result.exports.failure !== undefined) {
      throw new Error(`${name}: ${result?.error?.message ?? result?.exports?.failure?.stack ?? 'not there'}`)
    }
    return result.exports.value
  }
  const error = (name: string): Failure | undefined => report.results[name]?.error
  return { project, report, value, error, stderr }
}

export type LoadedProject = Awaited<ReturnType<typeof loadAll>>
