import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { FROM_SOURCE } from './from-source'
import { createProject, disposeAll, disposeLater } from './project'
import type { Project } from './project'

const NODES = 10
const KILLS = 30
const CUTS = 30
const CHAOS_MS = 10_000
const RECOVERY_MS = 45_000
/** The longest that a request of such a node takes, in ms. */
const TIMEOUT_MS = 3_000

/** Writes down each request that it runs: one line is one write, which lasts over a `kill -9`. */
const ONCE = `
const { appendFileSync } = require('node:fs')
module.exports = class {
  get eventMap() {
    return { 30: { once: (_socket, { body }) => { appendFileSync(__dirname + '/../ran.txt', body + '\\n'); return body } } }
  }
}`

interface Told {
  readonly id: string
  readonly links: readonly (string | undefined)[]
  readonly begun: number
  readonly settled: number
}

/** A node in a process of its own, which is started again after each kill. */
class ChaosNode {
  readonly #words: readonly string[]
  #child: ChildProcess

  constructor(words: readonly string[]) {
    this.#words = words
    this.#child = this.#start()
  }

  /** `kill -9`, and up again. */
  async kill(): Promise<void> {
    const child = this.#child
    await this.end()
    // Another kill may have met the same process.
    if (this.#child === child) this.#child = this.#start()
  }

  async end(): Promise<void> {
    const child = this.#child
    if (child.exitCode !== null || child.signalCode !== null) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }

  order(order: 'cut' | 'rest'): void {
    if (this.#child.connected) this.#child.send(order)
  }

  tell(): Promise<Told> {
    return new Promise((resolve, reject) => {
      this.#child.once('message', (told) => resolve(told as Told))
      this.#child.send('tell', (error) => error && reject(error))
    })
  }

  #start(): ChildProcess {
    const child = fork(join(__dirname, 'fixtures/chaos-node.ts'), this.#words, { execArgv: [...FROM_SOURCE] })
    // What is on its way to a process that is killed is lost.
    child.on('error', () => undefined)
    return child
  }
}

afterEach(disposeAll)

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return server
    })
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function startAll(project: Project): Promise<ChaosNode[]> {
  const ports = await freePorts(NODES)
  return ports.map((port, index) => {
    const others = ports.filter((other) => other !== port).map(String)
    const node = new ChaosNode([project.cwd, `node${index}`, String(port), ...others])
    disposeLater(() => node.end())
    return node
  })
}

/** Pairs that are not linked once, as both of them see it. */
async function wrongPairs(nodes: readonly ChaosNode[]): Promise<string[]> {
  const told = await Promise.all(nodes.map((node) => node.tell()))
  return told.flatMap(({ id, links }) =>
    told
      .filter((other) => other.id !== id && links.filter((link) => link === other.id).length !== 1)
      .map((other) => `${id.slice(0, 6)} ${other.id.slice(0, 6)}: ${links.filter((link) => link === other.id).length}`)
  )
}

async function untilLinked(nodes: readonly ChaosNode[]): Promise<void> {
  const end = Date.now() + RECOVERY_MS
  for (;;) {
    const wrong = await wrongPairs(nodes)
    if (wrong.length === 0) return
    if (Date.now() > end) throw new Error(`after ${RECOVERY_MS} ms these are not linked once:\n${wrong.join('\n')}`)
    await wait(200)
  }
}

/** Does something `times` times, at random moments of the chaos. */
async function atRandom(times: number, act: () => unknown): Promise<void> {
  const moments = Array.from({ length: times }, () => Math.random() * CHAOS_MS)
  await Promise.all(moments.map((moment) => wait(moment).then(act)))
}

it(
  'ten processes that are killed and cut off at random are all linked once again, and no request is run twice or never settled',
  async () => {
    const project = createProject()
    project.thread('once.js', ONCE)
    appendFileSync(join(project.cwd, 'ran.txt'), '')
    const nodes = await startAll(project)
    const any = (): ChaosNode | undefined => nodes[Math.floor(Math.random() * NODES)]
    await untilLinked(nodes)
    await Promise.all([atRandom(KILLS, () => any()?.kill()), atRandom(CUTS, () => any()?.order('cut'))])
    await untilLinked(nodes)
    for (const node of nodes) node.order('rest')
    await wait(TIMEOUT_MS)
    const told = await Promise.all(nodes.map((node) => node.tell()))
    for (const { begun, settled } of told) expect(settled).toBe(begun)
    const ran = readFileSync(join(project.cwd, 'ran.txt'), 'utf8').trimEnd().split('\n')
    expect(new Set(ran).size).toBe(ran.length)
    expect(ran.length).toBeGreaterThan(NODES * KILLS)
  },
  CHAOS_MS + 3 * RECOVERY_MS
)
