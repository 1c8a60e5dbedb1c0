import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { P2pNode } from 'trustp2p'
import { ERROR_CATALOGUE } from 'trustp2p/control'
import type { ExplainRecord } from 'trustp2p/control'
import { explain } from '../src/commands/explain'
import { printRecord } from '../src/explain/record-text'
import { runCommand, temporaryFolder } from './command'
import { createMemoryTerminal } from './memory-terminal'
import { closeServing, startServing } from './serving-node'

jest.setTimeout(120_000)

afterEach(closeServing)

/** An address that nobody listens on. */
async function deadAddress(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return `ws://127.0.0.1:${port}`
}

async function dialInVain(node: P2pNode, url: string): Promise<void> {
  await node.connect(url).catch(() => undefined)
}

const RECORD: ExplainRecord = {
  ...{ at: 10_000, since: 4_000, count: 3, stage: 'frame', code: 'ERR_X', text: 'dropped', remedy: 'send less' },
  ...{ cause: 'because', limit: 'limits.x', limitValue: 5, socket: 's1', peer: '192.0.2.1:5', host: '192.0.2.1' },
  ...{ url: 'ws://0.0.0.0:1', peerId: 'abc', event: 'a "b"', tag: 't' },
  close: { by: 'peer', code: 1000, reason: 'bye' }
}

/** The record as a terminal of so many columns shows it. */
function shown(record: ExplainRecord, columns?: number): readonly string[] {
  const { out } = createMemoryTerminal(columns)
  printRecord(record, 12_000, out)
  return out.lines
}

describe('explain', () => {
  it('U8 tells when, what, why, whom and what to do, in a running node', async () => {
    const cwd = temporaryFolder()
    const [node, url] = [await startServing(cwd), await deadAddress()]
    for (let count = 0; count < 2; count++) await dialInVain(node, url)
    const terminal = createMemoryTerminal(200)
    expect(await explain(undefined, { cwd }, terminal)).toBe(0)
    const [title, when, ...facts] = terminal.out.lines
    expect([title, terminal.err.lines]).toEqual(['the node server, the newest first', []])
    expect(when).toMatch(new RegExp(`^\\d+\\.\\d s ago, dial: cannot reach ${url}: .*ECONNREFUSED`))
    expect(facts.map((line) => line.replace(/in .* s$/, 'in 0 s'))).toEqual([
      `  whom    ${url}`,
      '  often   2 times in 0 s',
      '  code    ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      '  do      see the cause; check the address and the peer'
    ])
  })

  it('prints the same in a pipe, with no line broken, and one line of JSON for each node for a program', async () => {
    const cwd = temporaryFolder()
    const [node, url] = [await startServing(cwd), await deadAddress()]
    await startServing(cwd, 'other')
    for (const one of [url, 'none://127.0.0.1:1']) await dialInVain(node, one)
    const plain = await runCommand(['explain', url], { cwd })
    expect(plain).toMatchObject({ code: 0, err: '' })
    const lines = plain.out.trimEnd().split('\n')
    expect(lines.slice(0, 2)).toEqual([
      `the node other knows of nothing of ${url} that failed`,
      'the node server, the newest first'
    ])
    expect(lines[2]).toMatch(/^\d+\.\d s ago, dial: cannot reach ws:/)
    expect(lines).toContain(`  whom    ${url}`)
    const json = await runCommand(['explain', '--json', '--limit', '1'], { cwd })
    const answers = json.out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as unknown)
    expect(answers).toEqual([
      { name: 'other', records: [] },
      { name: 'server', records: node.explain({ limit: 1 }) }
    ])
  })

  it('U8 of a peer, a socket or a request tells what is of that alone', async () => {
    const cwd = temporaryFolder()
    const node = await startServing(cwd)
    const clients = [
      await startServing(temporaryFolder(), 'one'),
      await startServing(temporaryFolder(), 'two')
    ] as const
    const first = await clients[0].connect(String(node.addresses[0]))
    await clients[0].request(first, 'nix').catch(() => undefined)
    const [id = ''] = node.sockets.map((socket) => socket.id)
    const other = await clients[1].connect(String(node.addresses[0]))
    await clients[1].request(other, id).catch(() => undefined)
    const asked = async (...words: string[]) => {
      const { out } = await runCommand(['explain', ...words, '--json'], { cwd })
      return (JSON.parse(out) as { records: readonly ExplainRecord[] }).records.map(({ event }) => event)
    }
    expect(await asked(id)).toEqual([id, 'nix'])
    expect(await asked('socket', id)).toEqual(['nix'])
    expect(await asked('request', id)).toEqual([id])
    expect(await asked('peer', String(clients[0].id))).toEqual(['nix'])
    expect(await asked('peer', '127.0.0.1')).toEqual([id, 'nix'])
    expect(await asked('peer', id)).toEqual([])
  })

  it.each([
    [['peer'], 'say which peer'],
    [['socket', 's1', 's2'], 'too many arguments'],
    [['s1', 's2'], 's2 is one too many'],
    [['peer', ''], 'not empty']
  ])('refuses %j', async (words, text) => {
    const { code, out, err } = await runCommand(['explain', ...words], { cwd: temporaryFolder() })
    expect([code, out, err]).toEqual([2, '', expect.stringContaining(text)])
  })

  it('says so where nothing is known', async () => {
    const cwd = temporaryFolder()
    await startServing(cwd)
    for (const [what, text] of [
      [undefined, 'the node server knows of nothing that failed'],
      ['s\u001b', 'the node server knows of nothing of s\\u001b that failed']
    ] as const) {
      const terminal = createMemoryTerminal(80)
      expect([await explain(what, { cwd }, terminal), terminal.out.lines]).toEqual([0, [text]])
    }
  })

  it('ends with 1 where no node runs, and with 2 where it is called in a wrong way', async () => {
    const cwd = temporaryFolder()
    const [none, ...wrong] = await Promise.all([
      runCommand(['explain'], { cwd }),
      runCommand(['explain', ''], { cwd }),
      runCommand(['explain', '--limit', '0'], { cwd }),
      runCommand(['explain', '--limit', '501'], { cwd }),
      runCommand(['explain', 'ERR_TRUSTP2P_NIX'], { cwd }),
      runCommand(['explain', 'ERR_TRUSTP2P_NIX', '--json'], { cwd })
    ])
    expect(none).toMatchObject({ code: 1, out: '' })
    expect(none.err).toContain('ERR_TRUSTP2P_CONTROL_NOT_RUNNING')
    expect(wrong.map(({ code, out }) => [code, out])).toEqual(wrong.map(() => [2, '']))
    expect(wrong.at(-2)?.err).toContain('there is no code ERR_TRUSTP2P_NIX')
    expect(JSON.parse(wrong.at(-1)?.err ?? '')).toMatchObject({
      error: { message: expect.stringContaining('no code') as string }
    })
  })

  it('of a code tells what it means, also where no node runs', async () => {
    const cwd = temporaryFolder()
    const [plain, json, named] = await Promise.all([
      runCommand(['explain', 'ERR_TRUSTP2P_REQUEST_TIMEOUT'], { cwd }),
      runCommand(['explain', 'ERR_TRUSTP2P_STATE_LOCKED', '--json'], { cwd }),
      runCommand(['explain', 'ERR_TRUSTP2P_STATE_LOCKED', '--name', 'x'], { cwd })
    ])
    expect(plain).toMatchObject({ code: 0, err: '' })
    expect(plain.out.split('\n')).toEqual([
      'ERR_TRUSTP2P_REQUEST_TIMEOUT',
      '  means   no answer came in time',
      '  where   request',
      '  limit   request.timeoutMs',
      '  do      ask again, or raise timeoutMs',
      ''
    ])
    expect(JSON.parse(json.out)).toMatchObject({ code: 'ERR_TRUSTP2P_STATE_LOCKED', stage: 'start' })
    expect(named.code).toBe(1)
  })

  it.each(Object.entries(ERROR_CATALOGUE))('U8 of %s prints the remedy of the catalogue', async (code, [, remedy]) => {
    const terminal = createMemoryTerminal()
    expect(await explain(code, { cwd: temporaryFolder() }, terminal)).toBe(0)
    expect(terminal.out.lines).toContain(`  do      ${remedy}`)
  })
})

describe('a record', () => {
  it('is shown with all that is known of it', () => {
    expect(shown(RECORD, 120)).toEqual([
      '2.0 s ago, frame: dropped',
      '  why     because; limits.x, which is 5; closed by the peer with 1000 "bye"',
      '  whom    192.0.2.1:5, at ws://0.0.0.0:1, peer id abc, socket s1, event "a \\"b\\"", tag t',
      '  often   3 times in 6.0 s',
      '  code    ERR_X',
      '  do      send less'
    ])
  })

  it('has no line wider than the terminal, and loses nothing', () => {
    const text = `${'word '.repeat(30)}${'x'.repeat(100)} \u4f60\u597d`
    const lines = shown({ ...RECORD, text, remedy: text }, 40)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
    expect(lines.join('').replaceAll(' ', '')).toContain(text.replaceAll(' ', ''))
    expect(shown({ ...RECORD, text }).length).toBe(6)
  })

  it('of a clock that was set back is of now', () => {
    expect(shown({ ...RECORD, at: 13_000 })[0]).toBe('0.0 s ago, frame: dropped')
  })
})
