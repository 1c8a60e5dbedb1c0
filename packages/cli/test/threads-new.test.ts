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

  it.each([
    ['chat-room@2', 'chat-room@2.mjs', {}, 'chatRoom2/ask'],
    ['chat', 'chat.ts', { ts: true }, 'chat/ask'],
    ['contractEvent', 'contractEvent.mjs', {}, 'contractEventThread/ask']
  ])(
    'writes %s as %s with a contract, which runs, passes threads check and threads types (U5)',
    async (name, file, options, event) => {
      const cwd = temporaryFolder({ 'package.json': '{}' })
      await write(name, cwd, { ...options, proto: true })
      expect(readdirSync(join(cwd, 'threads-available')).sort()).toEqual(
        [file, `${name}.proto`, `${name}.thread.json`, 'test'].sort()
      )
      for (const path of [file, `${name}.proto`, `${name}.thread.json`, `test/${name}.test.mjs`])
        expect(textOf(cwd, `threads-available/${path}`)).not.toMatch(/thread-name|thread-file|event-name|ThreadName/)
      const bench = await createThreadBench(join(cwd, 'threads-available', file), { time: 'virtual' })
      const peer = await bench.connect()
      await expect(peer.request(event, { text: 'hello' })).resolves.toEqual({ count: '1', text: 'hello' })
      await expect(peer.request(event, { text: 5 })).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_BODY_INVALID' })
      await bench.close()
      expect(await runCommand(['threads', 'enable', name], { cwd })).toMatchObject({ code: 0 })
      expect(await runCommand(['threads', 'check'], { cwd })).toMatchObject({
        code: 0,
        out: '1 thread, no problem found\n'
      })
      expect(await runCommand(['threads', 'types', name], { cwd })).toMatchObject({
        code: 0,
        out: `threads-available/${name}.contract.ts: written\n`
      })
    }
  )

  it('keeps a .proto that is there, and writes none beside a thread that is', async () => {
    const cwd = temporaryFolder({ 'threads-available/chat.proto': 'mine', 'threads-available/hall.mjs': 'mine' })
    expect(await write('chat', cwd, { proto: true })).toContain('threads-available/chat.proto was there and is kept')
    expect(textOf(cwd, 'threads-available/chat.proto')).toBe('mine')
    expect(await write('hall', cwd, { proto: true })).toEqual(['threads-available/hall.mjs was there and is kept'])
    expect(existsSync(join(cwd, 'threads-available/hall.proto'))).toBe(false)
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
    const typed = await runCommand(['threads', 'new', 'hall', '--proto', '--json'], { cwd })
    expect(typed.out).toContain('{"path":"threads-available/hall.proto","status":"written"}')
    expect(await runCommand(['threads', 'new', 'chat', '--ts', '--js'], { cwd })).toMatchObject({ code: 2 })
    expect(await runCommand(['threads', 'new', '2'], { cwd })).toMatchObject({ code: 1 })
  })
})
