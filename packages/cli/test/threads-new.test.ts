import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createThreadBench } from '@trustp2p/testing'
import { newThread } from '../src/commands/threads-new'
import type { NewThreadOptions } from '../src/commands/threads-new'
import { cleanUp, runCommand, temporaryFolder } from './command'
import { createMemoryTerminal } from './memory-terminal'

jest.setTimeout(120_000)
afterEach(cleanUp)

async function write(name: string, cwd: string, options: Omit<NewThreadOptions, 'cwd'> = {}): Promise<string[]> {
  const terminal = createMemoryTerminal()
  expect(await newThread(name, { cwd, ...options }, terminal)).toBe(0)
  return terminal.out.lines
}

const textOf = (cwd: string, path: string): string => readFileSync(join(cwd, path), 'utf8')

describe('threads new', () => {
  it.each([
    ['chat-room@2', 'chat-room@2.mjs', {}, 'class ChatRoom2 extends'],
    ['chat', 'chat.ts', { ts: true }, 'class Chat extends'],
    ['chat', 'chat.mjs', { js: true }, 'class Chat extends'],
    ['thread', 'thread.mjs', {}, 'class ThreadThread extends'],
    ['CThreadChat', 'chat.mjs', {}, 'class Chat extends']
  ])('writes %s as %s, which runs and leaves nothing behind', async (name, file, options, declared) => {
    const cwd = temporaryFolder({ 'package.json': '{}' })
    await write(name, cwd, options)
    const text = textOf(cwd, `threads-available/${file}`)
    expect(text).toContain(declared)
    expect(text).not.toMatch(/thread-name|thread-file|ThreadName/)
    const bench = await createThreadBench(join(cwd, 'threads-available', file), { time: 'virtual' })
    const peer = await bench.connect()
    await expect(peer.request(bench.name, 7)).resolves.toEqual({ count: 1, body: 7 })
    await bench.close()
  })

  it('tells what it wrote, and what to do next', async () => {
    const cwd = temporaryFolder()
    const lines = await write('chat', cwd)
    expect(lines.slice(0, 5)).toEqual([
      'threads-available/chat.mjs',
      'threads-available/test/chat.test.mjs',
      'Next:',
      '  npm install --save-dev @trustp2p/testing',
      '  node --test threads-available/test/chat.test.mjs'
    ])
    expect(lines.at(-1)).toContain('threads enable chat')
    expect(textOf(cwd, 'threads-available/test/chat.test.mjs')).toContain("new URL('../chat.mjs', import.meta.url)")
  })

  it.each(['chat.mjs', 'chat.ts', 'chat.cjs', 'chat/index.js'])('keeps a thread that is there as %s', async (file) => {
    const cwd = temporaryFolder({ [`threads-available/${file}`]: 'mine' })
    const [line, ...more] = await write('chat', cwd)
    expect([line, more]).toEqual([`threads-available/${file.split('/')[0] ?? ''} was there and is kept`, []])
    expect(textOf(cwd, `threads-available/${file}`)).toBe('mine')
    expect(readdirSync(join(cwd, 'threads-available'))).toHaveLength(1)
  })

  it('keeps a test that is there', async () => {
    const cwd = temporaryFolder({ 'threads-available/test/chat.test.mjs': 'mine' })
    expect(await write('chat', cwd)).toContain('threads-available/test/chat.test.mjs was there and is kept')
    expect(textOf(cwd, 'threads-available/test/chat.test.mjs')).toBe('mine')
  })

  it('refuses a name that is none, and a folder that is none', async () => {
    const cwd = temporaryFolder({ 'threads-available': 'a file' })
    const terminal = createMemoryTerminal()
    for (const name of ['2chat', '../chat', '', 'a b'])
      await expect(newThread(name, { cwd }, terminal)).rejects.toMatchObject({
        code: 'ERR_TRUSTP2P_THREAD_NAME_INVALID'
      })
    await expect(newThread('chat', { cwd }, terminal)).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_NODE_FOLDER_INVALID'
    })
    expect(existsSync(join(cwd, '../chat.mjs'))).toBe(false)
  })

  it('is a command, for programs too; both languages at once are a wrong use', async () => {
    const cwd = temporaryFolder()
    expect(await runCommand(['threads', 'new', 'chat', '--ts', '--json'], { cwd })).toMatchObject({
      code: 0,
      out: '{"name":"chat","files":[{"path":"threads-available/chat.ts","status":"written"},{"path":"threads-available/test/chat.test.mjs","status":"written"}]}\n'
    })
    expect(await runCommand(['threads', 'new', 'chat', '--json'], { cwd })).toMatchObject({
      code: 0,
      out: '{"name":"chat","files":[{"path":"threads-available/chat.ts","status":"kept"}]}\n'
    })
    expect(await runCommand(['threads', 'new', 'chat', '--ts', '--js'], { cwd })).toMatchObject({ code: 2 })
    expect(await runCommand(['threads', 'new', '2'], { cwd })).toMatchObject({ code: 1 })
  })
})
