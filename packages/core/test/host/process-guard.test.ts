import { EventEmitter } from 'node:events'
import { ProcessGuard } from '../../src/host/process-guard'
import { handOver } from '../../src/thread/floating'
import { TemporaryProject, removeProjects } from './temporary-project'
import { endOf, startFixture } from './child'
import type { Ended } from './child'
import type { FloatingOrder } from './fixtures/left-floating'

/** What a thread leaves floating, and how the process would end by it. */
const KINDS = ['timer', 'promise', 'emitter', 'stream', 'tick', 'microtask'] as const

const BAD = `
const { EventEmitter } = require('node:events')
const { createReadStream } = require('node:fs')
const timers = require('node:timers')
const { Thread } = require('trustp2p')

function fail(text) {
  throw new Error(text)
}

const LEAVE = {
  timer: () => timers.setTimeout(() => fail('timer'), 1),
  promise: () => Promise.reject(new Error('promise')),
  value: () => Promise.reject('value'),
  emitter: () => timers.setImmediate(() => new EventEmitter().emit('error', new Error('emitter'))),
  stream: () => createReadStream('/no/such/file'),
  tick: () => process.nextTick(() => fail('tick')),
  microtask: () => globalThis.queueMicrotask(() => fail('microtask'))
}

module.exports = class Bad extends Thread {
  static manifest = { handles: [], restart: { firstMs: 1, most: 100 } }

  leave(kind) {
    LEAVE[kind]()
  }
}
`

const OTHER = `
const { Thread } = require('trustp2p')
module.exports = class Other extends Thread {
  static manifest = { handles: [] }
}
`

function run(order: Omit<FloatingOrder, 'cwd'>, flags: readonly string[] = []): Promise<Ended> {
  const project = new TemporaryProject()
  project.thread('bad.js', BAD)
  project.thread('other.js', OTHER)
  return endOf(startFixture('left-floating.ts', [JSON.stringify({ cwd: project.cwd, ...order })], flags))
}

function crash(text: string, what = ' that leave() left running'): string {
  const where = 'threads-enabled/bad.js -> threads-available/bad.js'
  const failed = `${where}: failed in code that nobody waits for${what}: ${text}`
  return `bad ERR_TRUSTP2P_THREAD_CRASHED ${failed}; await it, or catch what it throws\n`
}

const NO_FILE = "ENOENT: no such file or directory, open '/no/such/file'"

/** What each kind comes to where a thread leaves it. Node forgets whose a microtask was: the stack alone tells. */
const CRASHES = KINDS.map((kind) =>
  kind === 'microtask' ? crash(kind, '') : crash(kind === 'stream' ? NO_FILE : kind)
)

afterAll(removeProjects)
jest.setTimeout(60_000)

describe('T24 what a thread leaves floating', () => {
  it('ends that thread, which comes back, and nothing else', async () => {
    const { code, stdout, stderr } = await run({ kinds: [...KINDS, 'value'], from: 'thread' })
    expect([stdout, stderr, code]).toEqual([[...CRASHES, crash('value'), 'closed\n'].join(''), '', 0])
  })

  it('is that of the node whose thread left it, where two nodes run the same files', async () => {
    const kinds = KINDS.filter((kind) => kind !== 'microtask')
    const { code, stdout } = await run({ kinds, from: 'thread', twice: true })
    expect([stdout, code]).toEqual([[...CRASHES.slice(0, kinds.length), 'closed\n'].join(''), 0])
  })

  it('is told to no listener of the program', async () => {
    const { code, stdout } = await run({ kinds: [...KINDS, 'value'], from: 'thread', listens: true })
    expect([stdout, code]).toEqual([[...CRASHES, crash('value'), 'closed\n'].join(''), 0])
  })

  it('is taken once where a rejection is an exception, too', async () => {
    const order = { kinds: ['promise', 'timer', 'promise', 'value'], from: 'thread' } as const
    const { code, stdout, stderr } = await run(order, ['--unhandled-rejections=strict'])
    expect(stdout.match(/CRASHED/g)).toHaveLength(4)
    expect([stderr, code]).toEqual(['', 0])
  })

  it.each(KINDS)('ends the process where processHandlers is off: %s', async (kind) => {
    const { code, stdout, stderr } = await run({ kinds: [kind], from: 'thread', processHandlers: false })
    expect([stdout, code]).toEqual(['', 1])
    expect(stderr).toContain(kind === 'stream' ? `Error: ${NO_FILE}` : `Error: ${kind}\n    at `)
  })

  it('reaches the listeners of the program where processHandlers is off', async () => {
    const order = { kinds: ['timer', 'promise'], from: 'thread', processHandlers: false, listens: true } as const
    const { code, stdout } = await run(order)
    expect([stdout, code]).toEqual(['uncaughtException: timer\nunhandledRejection: promise\nclosed\n', 0])
  })
})

describe('a failure that is no thread’s', () => {
  it.each(KINDS)('is printed with its stack and ends the process with 1: %s', async (kind) => {
    const { code, stdout, stderr } = await run({ kinds: [kind], from: 'program' })
    expect([stdout, code]).toEqual(['', 1])
    const line = kind === 'stream' ? `Error: ${NO_FILE}` : `Error: ${kind}\n    at `
    expect(stderr).toContain(line)
    if (kind !== 'stream') expect(stderr).toMatch(/at .*left-floating\.ts:\d+/)
  })

  it('reaches the listeners of the program, each once, and the process goes on', async () => {
    const { code, stdout, stderr } = await run({ kinds: [...KINDS], from: 'program', listens: true })
    const lines = KINDS.map((kind) =>
      kind === 'promise' ? 'unhandledRejection: promise' : `uncaughtException: ${kind === 'stream' ? NO_FILE : kind}`
    )
    expect([stdout, stderr, code]).toEqual([`${[...lines, 'closed'].join('\n')}\n`, '', 0])
  })

  it('ends the process when the last node has closed', async () => {
    const { code, stderr } = await run({ kinds: ['timer'], from: 'program', closed: true })
    expect(code).toBe(1)
    expect(stderr).toContain('Error: timer\n    at ')
  })

  it.each([
    ['warn', 0, 'UnhandledPromiseRejectionWarning'],
    ['none', 0, ''],
    ['strict', 1, 'Error: promise\n    at ']
  ] as const)('is what --unhandled-rejections=%s makes of it', async (mode, status, text) => {
    const order = { kinds: ['promise'], from: 'program' } as const
    const { code, stderr } = await run(order, [`--unhandled-rejections=${mode}`])
    expect(code).toBe(status)
    expect(stderr).toContain(text)
    if (text === '') expect(stderr).toBe('')
  })
})

describe('the guard of a process', () => {
  const owner = { thread: 'a', home: {} }

  function createNode() {
    const taken: unknown[] = []
    const node = { taken, ownersOf: () => [owner], accuse: (cause: unknown) => taken.push(cause) > 0 }
    return node
  }

  it('stands before the listeners of a process from the first node to the last', () => {
    const emitter = new EventEmitter()
    const heard: unknown[] = []
    emitter.on('uncaughtException', (error) => heard.push(error))
    const guard = new ProcessGuard(emitter)
    const nodes = [createNode(), createNode()] as const
    const [first, second] = nodes.map((node) => guard.add(node))
    expect(emitter.emit('uncaughtException', 1)).toBe(true)
    first?.()
    emitter.emit('uncaughtException', 2)
    expect(Object.hasOwn(emitter, 'emit')).toBe(true)
    second?.()
    emitter.emit('uncaughtException', 3)
    expect([nodes[0].taken, nodes[1].taken, heard]).toEqual([[1], [2], [3]])
    expect(Object.hasOwn(emitter, 'emit')).toBe(false)
  })

  it('lets everything pass where somebody stands before it and stays', () => {
    const emitter = new EventEmitter()
    const release = new ProcessGuard(emitter).add(createNode())
    const guarded = emitter.emit.bind(emitter)
    const other = (...values: [string, ...unknown[]]): boolean => guarded(...values)
    emitter.emit = other
    release()
    expect([emitter.emit === other, emitter.emit('uncaughtException', 1)]).toEqual([true, false])
  })

  it('gives a failure that a thread has handed to its caller to nobody', () => {
    const emitter = new EventEmitter()
    const node = { ...createNode(), ownersOf: (files: readonly string[]) => (files.length > 0 ? [owner] : []) }
    const guard = new ProcessGuard(emitter)
    guard.add(node)
    const [kept, handed] = [new Error('kept'), new Error('handed')]
    handOver(handed)
    expect([emitter.emit('unhandledRejection', kept), emitter.emit('unhandledRejection', handed)]).toEqual([
      true,
      false
    ])
  })
})
