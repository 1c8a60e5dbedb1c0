import { once as onceEmitted } from 'node:events'
import { createInterface } from 'node:readline'
import { createClient } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { startFixture } from './child'
import { QUIET, runningIn } from './pair'
import { closing, createProject, disposeAll } from './project'
import type { Project } from './project'

const ROUNDS = 20
/** A worker from source takes longer to start. */
const ROUNDS_IN_WORKERS = 6
const KINDS = ['js', 'cjs', 'mjs', 'ts'] as const

type Kind = (typeof KINDS)[number]

/** The class of each version is noted in a list that the process shares, so that the old ones can be looked for. */
function versionedThread(kind: Kind, version: number): string {
  const isScript = kind === 'js' || kind === 'cjs'
  const [head, made] = isScript
    ? [
        `const { Thread, PackageType } = require('trustp2p'); const { local } = require('./lib/local.${kind}')`,
        'module.exports = Version'
      ]
    : [
        `import { Thread, PackageType } from 'trustp2p'; import { local } from './lib/local.${kind}'`,
        'export default Version'
      ]
  const type = kind === 'ts' ? ': number[]' : ''
  return `${head}
    const answer${type} = [${version}, local]
    class Version extends Thread {
      memory = new Array(10_000).fill(0)
      get eventMap() { return { [PackageType.REQUEST]: { '${kind}': () => answer } } }
    }
    ;(globalThis['versions'] ??= []).push(new WeakRef(Version))
    ${made}`
}

const PROBE = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Probe extends Thread {
    get eventMap() { return { [PackageType.REQUEST]: { probe: () => this.probe() } } }
    probe() {
      globalThis.gc()
      const alive = globalThis.versions.filter((version) => version.deref() !== undefined).length
      return { loaded: globalThis.versions.length, alive }
    }
  }
`

/** How many ports the process has open: each worker has some. */
const PORTS = `
  const { Thread, PackageType } = require('trustp2p')
  const ports = () => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length
  module.exports = class Ports extends Thread {
    get eventMap() { return { [PackageType.REQUEST]: { ports } } }
  }
`
/** Of the two workers that are kept for a while. */
const PORTS_OF_STOCK = 8

/** Writes a version of the thread and of its local import as an editor does that saves by rename. */
function save(project: Project, kind: Kind, version: number): void {
  const isScript = kind === 'js' || kind === 'cjs'
  const local = isScript ? `exports.local = ${version}` : `export const local = ${version}`
  project.replace(`threads-available/${kind}/lib/local.${kind}`, local)
  project.replace(`threads-available/${kind}/index.${kind}`, versionedThread(kind, version))
}

afterEach(disposeAll)

it('U3 threads that are saved again and again answer a peer in their newest version, and leave no old one in memory', async () => {
  const project = createVersioned()
  project.thread('probe.js', PROBE)
  const client = await serve(project)
  await saveVersions(project, client, ROUNDS)
  const { loaded, alive } = await probe(client)
  expect(loaded).toBeGreaterThan(KINDS.length * ROUNDS)
  expect(alive).toBeLessThanOrEqual(2 * KINDS.length)
}, 120_000)

it('U3 the same in workers: their newest versions answer, and each old one took its worker with it', async () => {
  const project = createVersioned()
  project.thread('ports.js', PORTS)
  const client = await serve(project, { threads: runningIn('worker', KINDS) })
  const [socket] = client.sockets as [P2pSocket]
  const ports = async (): Promise<number> => Number(await client.request(socket, 'ports'))
  const before = await ports()
  expect(before).toBeGreaterThanOrEqual(KINDS.length)
  await saveVersions(project, client, ROUNDS_IN_WORKERS)
  while ((await ports()) > before + PORTS_OF_STOCK) await new Promise((resolve) => setTimeout(resolve, 20))
}, 120_000)

/** A project with a thread of each kind. */
function createVersioned(): Project {
  const project = createProject()
  for (const kind of KINDS) {
    save(project, kind, 0)
    project.link(kind, `threads-available/${kind}`)
  }
  return project
}

/** A client of a server that runs the threads of a project in a process of its own. */
async function serve(project: Project, configuration: object = {}): Promise<P2pNode> {
  const child = startFixture('server.ts', [project.cwd, JSON.stringify(configuration)], ['--expose-gc'])
  const [url] = (await onceEmitted(createInterface(child.stdout), 'line')) as [string]
  return closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: [url] }))
}

/** Saves so many versions of each kind, and sees the answers of each. */
async function saveVersions(project: Project, client: P2pNode, rounds: number): Promise<void> {
  for (let version = 1; version <= rounds; version++) {
    for (const kind of KINDS) save(project, kind, version)
    await Promise.all(KINDS.map((kind) => seeAnswer(client, kind, version)))
  }
}

/** Asks until that is the answer; every answer before it is one of an older version. */
async function seeAnswer(client: P2pNode, event: string, wanted: number): Promise<void> {
  const [socket] = client.sockets as [P2pSocket]
  for (;;) {
    const [version, local] = (await client.request(socket, event)) as [number, number]
    if (version === wanted && local === wanted) return
    expect(Math.max(version, local)).toBeLessThanOrEqual(wanted)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

/** What is left once the collector has had several turns. */
async function probe(client: P2pNode): Promise<{ loaded: number; alive: number }> {
  const [socket] = client.sockets as [P2pSocket]
  let found = { loaded: 0, alive: Infinity }
  for (let turn = 0; turn < 10; turn++) {
    found = (await client.request(socket, 'probe')) as typeof found
  }
  return found
}
