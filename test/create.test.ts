import { once as onceEmitted } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { WebSocket } from 'ws'
import { CP2pPackage, createServer } from 'trustp2p'
import { closing, createProject, disposeAll, disposeLater } from './project'

const LISTEN = { log: { level: 'silent' }, listen: ['ws://127.0.0.1:0'] } as const
const ECHO = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Echo extends Thread {
    get eventMap() {
      return { [PackageType.REQUEST]: { echo: (socket, message) => message.body } }
    }
  }
`

afterEach(disposeAll)

async function greetingOf(url: string): Promise<unknown> {
  const socket = new WebSocket(url)
  disposeLater(() => socket.terminate())
  const [data] = (await onceEmitted(socket, 'message')) as [Buffer]
  return CP2pPackage.decode(data).body
}

it.each([
  ['{ "name": "my-node", "version": "1.2.3" }', { program: 'my-node', program_version: '1.2.3' }],
  ['{ "name": "my-node" }', { program: 'my-node', program_version: '' }],
  [`{ "name": "${'n'.repeat(300)}" }`, { program: 'n'.repeat(214) }],
  ['{ no JSON', { program: 'trustp2p' }],
  [undefined, { program: 'trustp2p' }]
])('T10 the greeting names the program of the package.json %s', async (text, named) => {
  const project = createProject()
  if (text !== undefined) project.write('package.json', text)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
  expect(await greetingOf(String(server.addresses[0]))).toMatchObject({ library: 'trustp2p', ...named })
})

it('T2 a link may lead out of the project into a folder that the configuration lists, and into no other', async () => {
  const shared = mkdtempSync(join(tmpdir(), 'trustp2p-shared-'))
  disposeLater(() => rmSync(shared, { recursive: true }))
  writeFileSync(join(shared, 'echo.cjs'), ECHO)
  for (const [allowedFolders, state, code] of [
    [[shared], 'running', undefined],
    [[], 'failed', 'ERR_TRUSTP2P_THREAD_FORBIDDEN']
  ] as const) {
    const project = createProject()
    project.link('echo.cjs', relative(project.cwd, join(shared, 'echo.cjs')))
    const server = await closing(createServer({ cwd: project.cwd, ...LISTEN, allowedFolders }))
    expect(server.threads.list()).toMatchObject([{ name: 'echo', state, ...(code && { error: { code } }) }])
  }
})
