import { once as onceEmitted } from 'node:events'
import { createInterface } from 'node:readline'
import { createNode } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import { startFixture } from './child'
import { closing, createProject } from './project'

const THREAD = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Echo extends Thread {
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          echo: (socket, message) => message.body,
          heap: () => { globalThis.gc(); return process.memoryUsage().heapUsed }
        },
        [PackageType.TALK]: { echo: (socket, message) => { void message.body } }
      }
    }
  }
`

/** What a host may do before it is banned is another test's subject. */
const LET_IN = { offencesPerHour: 0, uselessFrames: 0, inboundSocketsPerSecond: 0, inboundSocketsPerHost: 0 }

export interface Served {
  readonly url: string
  readonly honest: P2pNode
  /** Closes the server, which must end well, and gives what it counted. */
  end(): Promise<Record<string, number>>
}

export async function startServer(limits: object, listen = 'ws://127.0.0.1:0'): Promise<Served> {
  const project = createProject()
  project.thread('echo.js', THREAD)
  const child = startFixture(
    'server.ts',
    [project.cwd, JSON.stringify({ listen: [listen], limits: { ...LET_IN, ...limits } })],
    ['--expose-gc']
  )
  const lines = createInterface(child.stdout)
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  const failed = onceEmitted(child, 'close').then(() => {
    throw new Error(`the server ended: ${errors}`)
  })
  const [url] = await Promise.race([onceEmitted(lines, 'line') as Promise<[string]>, failed])
  failed.catch(() => undefined)
  const honest = await closing(createNode({ cwd: createProject().cwd, log: { level: 'silent' }, connect: [url] }))
  const end = async (): Promise<Record<string, number>> => {
    const counted = onceEmitted(lines, 'line') as Promise<[string]>
    const ended = onceEmitted(child, 'close')
    child.stdin.end()
    const [line] = await counted
    expect(await ended).toEqual([0, null])
    return JSON.parse(line) as Record<string, number>
  }
  return { url, honest, end }
}

export function ask(node: P2pNode, event: string, body?: unknown): Promise<unknown> {
  const [socket] = node.sockets
  if (socket === undefined) throw new Error('the honest client lost its socket')
  return node.request(socket, event, body, { timeoutMs: 20_000 })
}
