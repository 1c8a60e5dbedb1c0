import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { ThreadCompiler } from '../../src/host/thread-compiler'
import type { TranspileRequest } from '../../src/host/transpile'

const compilers: ThreadCompiler[] = []

function createCompiler(idleMs?: number): ThreadCompiler {
  const compiler = new ThreadCompiler(idleMs)
  compiler.acquire()
  compilers.push(compiler)
  return compiler
}

afterEach(async () => {
  for (const compiler of compilers.splice(0)) await compiler.release()
})

function request(text: string): TranspileRequest {
  return { text, language: 'typescript', format: 'module' }
}

it('compiles on a thread of its own, which starts with the first text', async () => {
  const compiler = createCompiler()
  expect(compiler.running).toBe(false)
  expect(await compiler.compile(request('export const a: number = 1'))).toMatchObject({ style: 'module' })
  expect(compiler.running).toBe(true)
})

it('gives the fault of a text, and goes on', async () => {
  const compiler = createCompiler()
  const results = await Promise.all(
    ['const a = = 1', 'export const a = 1', '('.repeat(20_000), 'export const b = 2'].map((text) =>
      compiler.compile(request(text))
    )
  )
  expect(results.map((result) => 'fault' in result)).toEqual([true, false, true, false])
})

it('compiles while the caller stands still, also as the first thing', () => {
  const compiler = createCompiler()
  expect(compiler.compileNow(request('export const a: number = 1'))).toMatchObject({ style: 'module' })
  expect(compiler.compileNow(request('const a = = 1'))).toHaveProperty('fault')
})

it('lets the threads of its node go first', async () => {
  const before = countNice()
  const compiler = createCompiler()
  await compiler.compile(request('export const a: number = 1'))
  expect(countNice()).toBe(before + (process.platform === 'linux' ? 1 : 0))
})

it('compiles a text once', async () => {
  const compiler = createCompiler()
  const first = await compiler.compile(request('export const a = 1'))
  expect(await compiler.compile(request('export const a = 1'))).toBe(first)
  expect(compiler.compileNow(request('export const a = 1'))).toBe(first)
  expect(await compiler.compile({ ...request('export const a = 1'), format: 'detect' })).not.toBe(first)
})

it('keeps 256 short results, and lets the oldest go for one more', async () => {
  const compiler = createCompiler()
  const compile = (index: number): Promise<unknown> => compiler.compile(request(`export const a = ${index}`))
  const results = []
  for (let index = 0; index < 256; index++) results.push(await compile(index))
  expect(await compile(0)).toBe(results[0])
  await compile(256)
  expect(await compile(2)).toBe(results[2])
  expect(await compile(1)).not.toBe(results[1])
})

it('forgets the oldest of many results', async () => {
  const compiler = createCompiler()
  const first = await compiler.compile(request('export const a = 1'))
  const text = `export const a = '${'x'.repeat(1 << 20)}'`
  for (const end of ['b', 'c', 'd']) await compiler.compile(request(`${text} + '${end}'`))
  expect(await compiler.compile(request('export const a = 1'))).not.toBe(first)
})

it('ends its thread when it was idle for long enough, and starts it anew', async () => {
  const compiler = createCompiler(1)
  await compiler.compile(request('export const a = 1'))
  while (compiler.running) await new Promise((resolve) => setTimeout(resolve, 1))
  expect(await compiler.compile(request('export const a = 2'))).toMatchObject({ style: 'module' })
})

it('ends its thread when the last node is gone', async () => {
  const compiler = createCompiler()
  compiler.acquire()
  await compiler.compile(request('export const a = 1'))
  await compiler.release()
  expect(compiler.running).toBe(true)
  await compiler.release()
  expect(compiler.running).toBe(false)
  compiler.acquire()
})

it('tells those that wait when it is ended', async () => {
  const compiler = createCompiler()
  const waiting = compiler.compile(request('export const a = 1'))
  const rejected = expect(waiting).rejects.toThrow('the compiler was ended')
  await compiler.release()
  await rejected
  compiler.acquire()
})

it('compiles for a handler that still runs when the last node is gone, and ends after it', async () => {
  const compiler = createCompiler()
  await compiler.release()
  expect(await compiler.compile(request('export const a = 1'))).toMatchObject({ style: 'module' })
  expect(compiler.running).toBe(false)
  compiler.acquire()
})

const TASKS = '/proc/self/task'

/**
 * How many threads of this process have the compiler's low priority: field 19 of `stat`, see proc_pid_stat(5). None where
 * the system does not list threads.
 */
function countNice(): number {
  if (!existsSync(TASKS)) return 0
  const priorities = readdirSync(TASKS).map((id) => {
    const stat = readFileSync(`${TASKS}/${id}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]
  })
  return priorities.filter((nice) => nice === '10').length
}
