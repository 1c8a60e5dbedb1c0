import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { FROM_SOURCE } from '../../../../../test/from-source'
import { createClient } from '../../../src/create'
import type { P2pSocket } from '../../../src/driver/socket'
import * as control from '../../../src/host/control'
import { ControlClient } from '../../../src/host/control/control-client'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, startNode } from './nodes'

const ROOT = join(__dirname, '../../../../..')
const PAGE = readFileSync(join(ROOT, 'docs/reference/node.md'), 'utf8')
const ECHO = 'module.exports = class { get eventMap() { return { 30: { echo: (_, { body }) => body } } } }'

const children: ReturnType<typeof runProgram>[] = []

afterEach(async () => {
  for (const { child } of children.splice(0)) child.kill()
  await closeAll()
  removeProjects()
})

/** Installs `trustp2p/control` from source: Node's own `import` takes no TypeScript, so JavaScript stands between. */
function install(project: TemporaryProject): void {
  const source = JSON.stringify(join(ROOT, 'packages/core/src/host/control/index.ts'))
  const names = Object.keys(control).map((name) => `exports.${name} = api.${name}\n`)
  project.installPackage('trustp2p', {
    'package.json': JSON.stringify({ name: 'trustp2p', exports: { './control': './control.js' } }),
    'control.js': `const api = require(${source})\n${names.join('')}`
  })
}

function runProgram(project: TemporaryProject, name: string) {
  const child = spawn(process.execPath, [...FROM_SOURCE, name], {
    cwd: project.cwd,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, TS_NODE_PROJECT: join(ROOT, 'tsconfig.json') }
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const line = async () => (await lines.next()).value as string | undefined
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return { child, line, ended }
}

describe('the page of the node', () => {
  it('shows a program that tells how the nodes of a folder are, and what they are asked', async () => {
    const [, name = '', text = ''] = /^```js (\S+)\n(.*?)^```$/ms.exec(PAGE) ?? []
    const project = new TemporaryProject()
    install(project)
    project.thread('echo.js', ECHO)
    project.write(name, text)
    const node = await startNode(project.cwd)
    const cwd = new TemporaryProject().cwd
    const peer = await createClient({ cwd, connect: node.addresses, log: { level: 'silent' } })
    const program = runProgram(project, name)
    children.push(program)
    expect(await program.line()).toBe('server: 1 threads, 1 sockets')
    let shown: string | undefined
    const first = program.line().then((line) => (shown = line))
    // The watch begins some time after that line.
    while (shown === undefined) await peer.request(peer.sockets[0] as P2pSocket, 'echo', 'hi')
    expect(await first).toBe('server: in REQUEST "hi"')
    await peer.close()
    await node.close()
    expect(await program.ended).toBe(0)
  })

  it('names every method of a control client, and no other', () => {
    const [, section = ''] = /^## Driving a running node\n(.*?)^## /ms.exec(PAGE) ?? []
    const [, rows = ''] = /^\| member of `ControlClient`.*?\n(.*?)\n\n/ms.exec(section) ?? []
    const members = [...rows.matchAll(/^\| (.*?) \| /gm)].map(([, member = '']) => member).join(' ')
    const named = [...members.matchAll(/`(\w+)\(/g)].map(([, method = '']) => method)
    const isNamed = (method: string) => !['constructor', String(Symbol.asyncDispose)].includes(method)
    const methods = Object.getOwnPropertyNames(ControlClient.prototype).filter(isNamed)
    expect(named.sort()).toEqual(methods.sort())
  })
})
