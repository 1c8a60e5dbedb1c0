import { createClient, createServer, errorCode } from 'trustp2p'
import type { P2pNode, P2pSocket, ThreadInfo } from 'trustp2p'
import { ISOLATIONS, LISTEN, QUIET, runningIn } from './pair'
import { closing, createProject, disposeAll, disposeLater, once, until } from './project'

function versionThread(version: string, kind: 'js' | 'ts' | 'mjs' = 'js'): string {
  const start =
    kind === 'js'
      ? `const { Thread, PackageType } = require('trustp2p')`
      : `import { Thread, PackageType } from 'trustp2p'`
  const made = kind === 'js' ? 'module.exports =' : 'export default'
  const type = kind === 'ts' ? ': string' : ''
  return `${start}
    const version${type} = '${version}'
    ${made} class Version extends Thread {
      get eventMap() { return { [PackageType.REQUEST]: { version: () => version } } }
    }`
}

/** How many answers of each version are looked at: what a second brings. */
const ENOUGH = 1000

/**
 * A peer that asks 1,000 times a second throughout, and keeps every answer in the order of the requests: the last answers
 * of one version may come after the first of the next one, which runs beside it.
 */
class Asker {
  readonly answers: string[] = []
  asked = 0
  /** Answers that came before one to an earlier request, by the number of theirs. */
  readonly #early = new Map<number, string>()
  readonly #timer: NodeJS.Timeout
  readonly #startedAt = performance.now()

  constructor(client: P2pNode, socket: P2pSocket) {
    // What a late timer missed is made up for: the rate is that of the clock.
    this.#timer = setInterval(() => {
      const due = performance.now() - this.#startedAt
      while (this.asked < due) this.#ask(client, socket)
    }, 5)
    disposeLater(() => clearInterval(this.#timer))
  }

  /**
   * Makes the change, waits for the first `answer` and for enough answers after it, and gives what was answered from
   * the change on, equal neighbours as one.
   */
  async sees(answer: string, change: () => unknown = () => undefined): Promise<string[]> {
    const from = this.answers.length
    await change()
    const changed = this.answers.length
    const first = await until(() => found(this.answers.indexOf(answer, changed)), answer)
    await until(() => this.answers.length >= first + ENOUGH, `${ENOUGH} answers`)
    return runsOf(this.answers.slice(from))
  }

  /** Settles when every request was answered. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await until(() => this.answers.length === this.asked, 'every answer')
  }

  #ask(client: P2pNode, socket: P2pSocket): void {
    const number = this.asked++
    client.request(socket, 'version').then(
      (answer) => this.#keep(number, String(answer)),
      (error: unknown) => this.#keep(number, String(errorCode(error)))
    )
  }

  #keep(number: number, answer: string): void {
    this.#early.set(number, answer)
    for (let next; (next = this.#early.get(this.answers.length)) !== undefined;) {
      this.#early.delete(this.answers.length)
      this.answers.push(next)
    }
  }
}

function found(index: number): number | undefined {
  return index < 0 ? undefined : index
}

function runsOf(answers: readonly string[]): string[] {
  return answers.filter((answer, index) => answer !== answers[index - 1])
}

afterEach(disposeAll)

describe.each(ISOLATIONS)('U1 U2 T6 a running node, asked 1,000 times a second, whose thread runs %s,', (isolation) => {
  it('answers every request while its thread is linked, edited, broken, mended, retargeted and removed', async () => {
    const project = createProject()
    const threads = runningIn(isolation, ['version'])
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, threads }))
    const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: server.addresses }))
    const asker = new Asker(client, client.sockets[0] as P2pSocket)
    const NO_HANDLER = 'ERR_TRUSTP2P_THREAD_NO_HANDLER'
    expect(await asker.sees(NO_HANDLER)).toEqual([NO_HANDLER])

    const linked = await asker.sees('one', () => {
      project.write('threads-available/version.js', versionThread('one'))
      project.link('version.js', 'threads-available/version.js')
    })
    expect(linked).toEqual([NO_HANDLER, 'one'])

    const edited = await asker.sees('two', () => {
      project.write('threads-available/version.js', versionThread('two'))
    })
    expect(edited).toEqual(['one', 'two'])

    const broken = await asker.sees('two', async () => {
      const failed = once(server, 'thread:failed')
      project.write('threads-available/version.js', `${versionThread('broken')} )`)
      const [info] = (await failed) as [ThreadInfo]
      expect(info).toMatchObject({ name: 'version', state: 'running', error: { code: 'ERR_TRUSTP2P_THREAD_SYNTAX' } })
      expect(info.error?.message).toContain('version.js')
    })
    expect(broken).toEqual(['two'])

    const mended = await asker.sees('mended', () => {
      project.replace('threads-available/version.js', versionThread('mended'))
    })
    expect(mended).toEqual(['two', 'mended'])

    const retargeted = await asker.sees('typescript', () => {
      project.write('threads-available/version@2.ts', versionThread('typescript', 'ts'))
      project.retarget('version.js', 'threads-available/version@2.ts')
    })
    expect(retargeted).toEqual(['mended', 'typescript'])

    const removed = await asker.sees(NO_HANDLER, () => project.remove('threads-enabled/version.js'))
    expect(removed).toEqual(['typescript', NO_HANDLER])

    await asker.stop()
    expect(runsOf(asker.answers)).toEqual([NO_HANDLER, 'one', 'two', 'mended', 'typescript', NO_HANDLER])
    expect(asker.answers).toHaveLength(asker.asked)
    expect(asker.asked).toBeGreaterThanOrEqual(7 * ENOUGH)
    expect(server.threads.list()).toEqual([])
    expect(client.status()).toMatchObject({ pendingRequests: 0, counters: { strayAnswers: 0 } })
  }, 60_000)
})
