import { PackageType } from 'trustp2p'
import type { P2pNode, ThreadInfo } from 'trustp2p'
import { commandName } from '../src/command-name'
import { shellWord } from '../src/shell-quotes'
import { suggest } from '../src/start/suggestions'

const FACTS = { command: 'x', inFolder: ' --cwd a', available: [] }

function node(addresses: string[], ...threads: Partial<ThreadInfo>[]): Pick<P2pNode, 'addresses' | 'threads'> {
  return { addresses, threads: { list: () => threads } } as unknown as P2pNode
}

function thread(name: string, type: number, event: string, state = 'running'): Partial<ThreadInfo> {
  return {
    name,
    state: state as ThreadInfo['state'],
    events: [{ type, event, calls: 0, p50Ms: undefined, p99Ms: undefined }]
  }
}

function commands(...values: Parameters<typeof suggest>): string[] {
  return suggest(...values).map(({ command }) => command)
}

describe('suggestions', () => {
  it('ask the first thread that answers requests', () => {
    const threads = [
      thread('a', PackageType.TALK, 'said'),
      thread('b', PackageType.REQUEST, 'broken', 'failed'),
      thread('c', PackageType.REQUEST, "it's quoted"),
      thread('d', PackageType.REQUEST, 'hello')
    ]
    expect(commands(node(['ws://127.0.0.1:9'], ...threads), FACTS)).toEqual(['x request ws://127.0.0.1:9 hello'])
  })

  it('ping where no thread answers requests, and switch one on that is not', () => {
    const facts = { ...FACTS, available: ['heartbeat', 'hello'] }
    expect(
      commands(node(['ws://127.0.0.1:9'], thread('heartbeat', PackageType.HEARTBEAT_PING, 'ping')), facts)
    ).toEqual(['x request ws://127.0.0.1:9 ping --type HEARTBEAT_PING', 'x threads enable hello --cwd a'])
  })

  it('write a thread where there is none', () => {
    expect(commands(node([]), FACTS)).toEqual(['x init --cwd a'])
  })

  it.each([
    ['ws://0.0.0.0:9/p', 'ws://127.0.0.1:9/p'],
    ['ws://[::]:9', `'ws://[::1]:9'`]
  ])('for %s name an address that can be dialled', (address, dialled) => {
    expect(commands(node([address]), FACTS)[0]).toContain(` ${dialled} `)
  })

  it('are quoted where a shell would read more than a word', () => {
    const facts = { ...FACTS, available: ['heartbeat'] }
    expect(commands(node([`ws://127.0.0.1:9/it's;p`]), facts)).toEqual([
      `x request 'ws://127.0.0.1:9/it'\\''s;p' ping --type HEARTBEAT_PING`,
      'x threads enable heartbeat --cwd a'
    ])
    expect(shellWord('a b')).toBe(`'a b'`)
    expect(shellWord('')).toBe(`''`)
    expect(shellWord('../a-b_c/d.e')).toBe('../a-b_c/d.e')
  })

  it('name the program as it was called', () => {
    expect(commandName('/usr/bin/trustp2p-cli', {})).toBe('trustp2p-cli')
    expect(commandName('/project/node_modules/.bin/trustp2p-cli', { npm_command: 'exec' })).toBe('npx trustp2p-cli')
    expect(commandName('/repo/packages/cli/src/main.ts', {})).toBe('npx trustp2p-cli')
  })
})
