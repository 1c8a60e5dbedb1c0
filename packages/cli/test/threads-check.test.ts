import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { checkEnabled } from '../src/commands/threads-check'
import type { ThreadCheck } from '../src/threads/check-threads'
import { cleanUp, runCommand, temporaryFolder } from './command'
import { createMemoryTerminal } from './memory-terminal'

jest.setTimeout(120_000)
afterEach(cleanUp)

/** Would be noticed if it ran. */
const MODULE = 'process.exit(3)'

/** A project whose threads are these, by name, with what their manifest files hold; undefined for none. */
function project(manifests: Record<string, object | string | undefined>, files: Record<string, string> = {}): string {
  const written = Object.entries(manifests).flatMap(([name, manifest]): [string, string][] => [
    [`threads-enabled/${name}.mjs`, MODULE],
    ...(manifest === undefined
      ? []
      : ([
          [`threads-enabled/${name}.thread.json`, typeof manifest === 'string' ? manifest : JSON.stringify(manifest)]
        ] as [string, string][]))
  ])
  return temporaryFolder({ ...Object.fromEntries(written), ...files })
}

async function check(cwd: string): Promise<ThreadCheck & { status: number }> {
  const terminal = createMemoryTerminal()
  const status = await checkEnabled({ cwd, json: true }, terminal)
  return { status, ...(JSON.parse(terminal.out.lines.join('')) as ThreadCheck) }
}

describe('threads check', () => {
  it('finds nothing where all is well, and runs nothing', async () => {
    const cwd = project({ a: { requires: ['store'] }, b: { provides: ['store'], after: ['c'] }, c: undefined })
    expect(await check(cwd)).toMatchObject({
      status: 0,
      threads: ['a', 'b', 'c'],
      problems: [],
      notes: [],
      unread: ['c']
    })
  })

  it('tells of links that lead nowhere, with file and remedy', async () => {
    const cwd = project({ a: {} }, { 'threads-available/other.txt': '' })
    symlinkSync('../threads-available/gone.mjs', join(cwd, 'threads-enabled/gone.mjs'))
    expect(await check(cwd)).toMatchObject({
      status: 1,
      problems: [
        {
          thread: 'gone',
          code: 'ERR_TRUSTP2P_THREAD_DANGLING',
          file: 'threads-enabled/gone.mjs -> threads-available/gone.mjs'
        }
      ]
    })
  })

  it('tells of a manifest file with a mistake, by file, line and column, or by key', async () => {
    const { status, problems } = await check(project({ a: '{"version":}', b: { reqires: [] } }))
    expect(status).toBe(1)
    expect(problems).toMatchObject([
      { thread: 'a', file: 'threads-enabled/a.mjs', code: 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID' },
      { thread: 'b', code: 'ERR_TRUSTP2P_THREAD_MANIFEST_INVALID' }
    ])
    expect(problems[0]?.message).toContain('threads-enabled/a.thread.json:1:12')
    expect(problems[1]?.message).toContain("did you mean 'requires'?")
  })

  it('tells of settings that a schema refuses, each with its key', async () => {
    const config = {
      type: 'object',
      properties: { size: { type: 'number' }, name: { type: 'string' } },
      required: ['name']
    }
    const settings = JSON.stringify({ threads: { a: { config: { size: 'big' } } } })
    const { problems } = await check(project({ a: { config } }, { 'trustp2p.config.json': settings }))
    expect(problems.map(({ code, field }) => [code, field])).toEqual([
      ['ERR_TRUSTP2P_CONFIG_INVALID', 'threads.a.config.size'],
      ['ERR_TRUSTP2P_CONFIG_INVALID', 'threads.a.config.name']
    ])
  })

  it('tells of contracts that are none, by file and line, and of two that clash (U5)', async () => {
    const proto = 'syntax = "proto3"; message M { string text = 1; } service Chat { rpc Send(M) returns (M); }'
    const manifests = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { contract: `./${name}.proto` }]))
    const cwd = project(
      { ...manifests, e: { contract: 'shared' } },
      {
        'threads-enabled/a.proto': proto,
        'threads-enabled/b.proto': proto.replace('string text', 'bytes text'),
        'threads-enabled/c.proto': '\nmessage M {',
        'proto/shared.proto': proto
      }
    )
    const { status, problems } = await check(cwd)
    expect(status).toBe(1)
    expect(problems).toMatchObject([
      { thread: 'b', field: 'contract', code: 'ERR_TRUSTP2P_CONTRACT_CONFLICT' },
      { thread: 'c', field: 'contract', code: 'ERR_TRUSTP2P_CONTRACT_INVALID' },
      { thread: 'd', field: 'contract', code: 'ERR_TRUSTP2P_CONTRACT_INVALID' }
    ])
    expect(problems[1]?.message).toMatch(/^threads-enabled\/c\.proto:2: /)
    expect(problems[2]?.message).toContain("'./d.proto' of the manifest cannot be read: it is not there")
  })

  it('tells of requirements that nothing meets, unless a thread that it does not know could', async () => {
    const missing = { code: 'ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING', field: 'requires', thread: 'a' }
    expect((await check(project({ a: { requires: ['x', 'b'] }, b: {} }))).problems).toMatchObject([missing])
    expect((await check(project({ a: { requires: ['x'] }, b: undefined }))).problems).toEqual([])
  })

  it('tells of each circle once, by name or by what is provided', async () => {
    const { problems } = await check(
      project({
        a: { after: ['b'] },
        b: { wants: ['third'] },
        c: { provides: ['third'], requires: ['a'] },
        d: { after: ['d'] }
      })
    )
    expect(problems.map(({ code, field, message }) => [code, field, message])).toEqual([
      ['ERR_TRUSTP2P_THREAD_CYCLE', 'after', 'threads wait for each other: a → b → c → a'],
      ['ERR_TRUSTP2P_THREAD_CYCLE', 'after', 'threads wait for each other: d → d']
    ])
  })

  it('tells of a name that two provide', async () => {
    const { problems } = await check(project({ a: { provides: ['b'] }, b: {} }))
    expect(problems).toMatchObject([
      {
        thread: 'a',
        field: 'provides',
        code: 'ERR_TRUSTP2P_THREAD_PROVIDED_TWICE',
        message: "the threads b and a both provide 'b'"
      }
    ])
  })

  it('notes events that two threads handle, which is no problem', async () => {
    const cwd = project({
      a: { handles: { REQUEST: ['chat/*', 'x'], TALK: ['y'] } },
      b: { handles: { REQUEST: ['chat/send', 'y'] } },
      c: { handles: { REQUEST: ['chat/room/*'] } },
      d: {}
    })
    expect(await check(cwd)).toMatchObject({
      status: 0,
      notes: ['the threads a and b both handle chat/send', 'the threads a and c both handle chat/room/*']
    })
  })

  it('is a command for people and programs, and ends with 0, 1 or 2', async () => {
    const good = project({ a: {}, b: undefined })
    expect(await runCommand(['threads', 'check'], { cwd: good })).toMatchObject({
      code: 0,
      out: 'not looked at: b; without a .thread.json file a manifest is known only by running\n2 threads, no problem found\n'
    })
    const bad = await runCommand(['threads', 'check'], { cwd: project({ a: { requires: ['x'] } }) })
    expect(bad).toMatchObject({ code: 1, out: '1 problem\n' })
    expect(bad.err).toContain('error: a (threads-enabled/a.mjs)\n')
    expect(bad.err).toContain('ERR_TRUSTP2P_THREAD_REQUIREMENT_MISSING')
    expect(bad.err).toContain('enable it')
    expect(await runCommand(['threads', 'check', 'a', '--json'], { cwd: good })).toMatchObject({ code: 2 })
  })
})
