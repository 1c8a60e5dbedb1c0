import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTestKit } from '@trustp2p/testing'
import { createMemoryDriver, createThreadList, DriverRegistry, MemoryNetwork, P2pNode, resolveConfig } from 'trustp2p'
import { PackageType, Thread } from 'trustp2p'
import type { P2pSocket, ThreadList } from 'trustp2p'
import { readDocument, ROOT } from './documents/markdown'
import { disposeAll, disposeLater } from './project'

const PAGE = readDocument('docs/reference/lifecycle.md')
const NOTHING = '–'

/** Where the states of each section come from. */
const TYPES = [
  ['Nodes', 'node-status.ts', 'NodeState'],
  ['Sockets', 'driver/socket.ts', 'SocketState']
] as const

class Echo extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { echo: this.onEcho } }
  }

  onEcho(_socket: unknown, { body }: { body: unknown }): unknown {
    return body
  }
}

class Guest extends Echo {
  static override manifest = { requires: ['host'] }
}

class Broken extends Echo {
  override start(): void {
    throw new Error('broken')
  }
}

afterEach(disposeAll)

describe.each(TYPES)('docs/reference/lifecycle.md: %s', (heading, file, type) => {
  const changes = changesOf(heading)

  it(`has the states of ${type}, and no other`, () => {
    expect(statesOf(heading).sort()).toEqual(statesOfType(file, type).sort())
    const known = [...statesOf(heading), NOTHING]
    expect(changes.flat().filter((state) => !known.includes(state))).toEqual([])
  })

  it('leads to each state', () => {
    const reached = new Set(changes.map(([, to]) => to))
    expect(statesOf(heading).filter((state) => !reached.has(state))).toEqual([])
  })
})

describe('docs/reference/lifecycle.md', () => {
  it('tells what a node and its sockets go through', async () => {
    const network = new MemoryNetwork(createTestKit())
    const [server, client] = [createMemoryNode(network, { listen: ['memory://a'] }), createMemoryNode(network, {})]
    const nodeStates = [NOTHING, server.status().state]
    await server.start()
    nodeStates.push(server.status().state)
    const socket = await client.connect('memory://a')
    const socketStates: string[] = [socket.state]
    const gone = new Promise<P2pSocket>((resolve) => client.on('socket:close', resolve))
    socket.close()
    socketStates.push(socket.state)
    await gone
    socketStates.push(socket.state)
    await server.suspend()
    nodeStates.push(server.status().state)
    await server.resume()
    nodeStates.push(server.status().state)
    const closing = server.close()
    nodeStates.push(server.status().state)
    await closing
    nodeStates.push(server.status().state)
    expect(pairsOf(nodeStates)).toEqual(
      changesOf('Nodes').filter(([from, to]) => !(from === 'starting' && to === 'closing'))
    )
    expect(changesOf('Sockets')).toEqual(expect.arrayContaining(pairsOf(socketStates)))
  })

  it('tells what threads go through', async () => {
    const threads = createThreadList({ guest: Guest, host: Echo }, { enabled: ['guest'] })
    const node = createMemoryNode(new MemoryNetwork(createTestKit()), {}, threads)
    const seen: [string, string][] = []
    for (const name of ['started', 'failed', 'stopped', 'reloaded'] as const) {
      node.on(`thread:${name}`, (info) => {
        if (info.name === 'guest') seen.push([info.state, `thread:${name}`])
      })
    }
    const moves: [string, string][] = []
    node.on('thread:state', ({ name, from, to }) => {
      if (name === 'guest') moves.push([from, to])
    })
    await node.start()
    await node.threads.enable('host')
    await running(node, 'guest')
    await node.threads.reload('guest')
    threads.put('guest', Broken)
    await node.threads.reload('guest').catch(() => undefined)
    await node.threads.disable('guest')
    expect(seen.filter(([, event], index) => seen[index - 1]?.[1] !== event)).toEqual([
      ['waiting', 'thread:failed'],
      ['running', 'thread:started'],
      ['running', 'thread:reloaded'],
      ['running', 'thread:failed'],
      ['stopped', 'thread:stopped']
    ])
    expect(moves.at(-1)).toEqual(['stopping', 'stopped'])
    expect(changesOf('Threads')).toEqual(expect.arrayContaining(moves))
  })
})

function createMemoryNode(network: MemoryNetwork, code: object, source: ThreadList = createThreadList({})): P2pNode {
  const kit = createTestKit()
  const registry = new DriverRegistry()
  registry.add(createMemoryDriver({ kit, network }))
  const node = new P2pNode({
    kit,
    config: resolveConfig({ role: 'node', code }),
    registry,
    source,
    program: { name: 'test', version: '0' }
  })
  disposeLater(() => node.close())
  return node
}

async function running(node: P2pNode, name: string): Promise<void> {
  if (node.threads.list().some((info) => info.name === name && info.state === 'running')) return
  await new Promise<void>((resolve) => {
    node.on('thread:started', (info) => {
      if (info.name === name) resolve()
    })
  })
}

/** The values of a type that is a union of texts. */
function statesOfType(file: string, type: string): string[] {
  const text = readFileSync(join(ROOT, 'packages/core/src', file), 'utf8')
  const [, union = ''] = new RegExp(`^export type ${type} = (.*)$`, 'm').exec(text) ?? []
  return [...union.matchAll(/'(\w+)'/g)].map(([, state = '']) => state)
}

/** The rows of a section's table whose first column has that title, as cells. */
function rowsOf(heading: string, title: string): string[][] {
  const [, section = ''] = new RegExp(`^## ${heading}\n([^]*?)(?=^## |$(?![^]))`, 'm').exec(PAGE) ?? []
  const tables = section.split('\n\n').filter((part) => part.startsWith(`| ${title} `))
  const rows = tables.flatMap((table) => table.trim().split('\n').slice(2))
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim())
  )
}

function statesOf(heading: string): string[] {
  return rowsOf(heading, 'state').map(([state = '']) => plain(state))
}

function changesOf(heading: string): string[][] {
  return rowsOf(heading, 'from').map(([from = '', to = '']) => [plain(from), plain(to)])
}

function plain(cell: string): string {
  return cell.replaceAll('`', '')
}

/** Each state with the one that follows it. */
function pairsOf(states: readonly string[]): string[][] {
  return states.slice(1).map((state, index) => [states[index] ?? '', state])
}
