import { once as onceEmitted } from 'node:events'
import { createInterface } from 'node:readline'
import { createClient } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { startFixture } from './child'
import { QUIET } from './pair'
import { closing, createProject, disposeAll } from './project'
import type { Project } from './project'

const ROUNDS = 20
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

/** Writes a version of the thread and of its local import as an editor does that saves by rename. */
function save(project: Project, kind: Kind, version: number): void {
  const isScript = kind === 'js' || kind === 'cjs'
  const local = isScript ? `exports.local = ${version}` : `export const local = ${version}`
  project.replace(`threads-available/${kind}/lib/local.${kind}`, local)
  project.replace(`threads-available/${kind}/index.${kind}`, versionedThread(kind, version))
}

afterEach(disposeAll)

it('U3 threads that are saved again and again answer a peer in their newest version, and leave no old one in memory', async () => {
  const project = createProject()
  for (const kind of KINDS) {
    save(project, kind, 0)
    project.link(kind, `threads-available/${kind}`)
  }
  project.thread('probe.js', PROBE)
  const child = startFixture('server.ts', [project.cwd], ['--expose-gc'])
  const [url] = (await onceEmitted(createInterface(child.stdout), 'line')) as [string]
  const client = await closing(createClient({ cwd: createProject().cwd, ...QUIET, connect: [url] }))
  for (let version = 1; version <= ROUNDS; version++) {
    for (const kind of KINDS) save(project, kind, version)
    await Promise.all(KINDS.map((kind) => seeAnswer(client, kind, version)))
  }
  const { loaded, alive } = await probe(client)
  expect(loaded).toBeGreaterThan(KINDS.length * ROUNDS)
  expect(alive).toBeLessThanOrEqual(2 * KINDS.length)
}, 120_000)

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
