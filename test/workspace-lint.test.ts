import { readdirSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { join, posix } from 'node:path'
import { text } from 'node:stream/consumers'
import { startFixture } from './child'
import { disposeAll } from './project'

interface Report {
  readonly line: number
  readonly ruleId: string
  readonly message: string
}

const SOURCE = 'packages/core/src'

/** A file of each room, low to high; those of one line are of one height. */
const HEIGHTS = [
  ['errors.ts'],
  ['wire/package.ts'],
  ['driver/registry.ts', 'driver/memory/memory-driver.ts'],
  ['deliver/deliver.ts'],
  ['thread/thread.ts'],
  ['config/schema.ts'],
  ['node.ts'],
  ['host/kit.ts', 'driver/ws/ws-driver.ts'],
  ['create.ts'],
  ['index.ts']
]
const FILES = HEIGHTS.flat()
const NODE_FILES = ['host/kit.ts', 'driver/ws/ws-driver.ts', 'create.ts', 'index.ts']
const BROWSER_FILES = FILES.filter((file) => !NODE_FILES.includes(file))

afterEach(disposeAll)

/** Lints texts as if they stood in these files of the core; gives what was reported for each. */
async function lint(
  texts: readonly { readonly file: string; readonly lines: readonly string[] }[]
): Promise<Report[][]> {
  const child = startFixture('lint-texts.ts')
  child.stdin.end(
    JSON.stringify(texts.map(({ file, lines }) => ({ path: `${SOURCE}/${file}`, text: lines.join('\n') })))
  )
  const [out, errors] = await Promise.all([text(child.stdout), text(child.stderr)])
  expect(errors).toBe('')
  return JSON.parse(out) as Report[][]
}

/** Gives the lines, in order, that nothing was reported for. */
function accepted(lines: readonly string[], reports: readonly Report[] | undefined): string[] {
  return lines.filter((_, index) => reports?.every(({ line }) => line !== index + 1))
}

function height(file: string): number {
  return HEIGHTS.findIndex((files) => files.includes(file))
}

function specifier(from: string, to: string): string {
  const path = posix.relative(posix.dirname(from), to.replace(/\.ts$/, ''))
  return path.startsWith('.') ? path : `./${path}`
}

describe('the lint rule on rooms', () => {
  it('accepts an import of the same or a lower height and refuses every other one', async () => {
    const lines = (from: string) => FILES.map((to) => `import { x } from '${specifier(from, to)}'`)
    const reports = await lint(FILES.map((file) => ({ file, lines: lines(file) })))
    for (const [index, from] of FILES.entries()) {
      const downward = lines(from).filter((_, to) => height(String(FILES[to])) <= height(from))
      expect([from, accepted(lines(from), reports[index])]).toEqual([from, downward])
    }
  })

  it('refuses an import however it is written', async () => {
    const lines = [
      `import { Deliver } from '../deliver/deliver'`,
      `import type { Deliver } from '../deliver/deliver'`,
      `import '../deliver/deliver'`,
      `export { Deliver } from '../deliver/deliver'`,
      `export * from '../deliver/deliver'`,
      `await import('../deliver/deliver')`,
      `type Deliver = import('../deliver/deliver').Deliver`,
      `import deliver = require('../deliver/deliver')`,
      `import { Deliver } from '../deliver/deliver.js'`,
      `import { Deliver } from '../wire/../deliver/deliver'`,
      `import { Deliver } from 'trustp2p'`,
      `import { Deliver } from '..'`,
      `import { manualClock } from '../../../testing/src/manual-clock'`
    ]
    const [reports] = await lint([{ file: 'wire/package.ts', lines }])
    expect(accepted(lines, reports)).toEqual([])
  })

  it('lets every room read the types of the configuration, and nothing else of it', async () => {
    const lines = [
      `import type { NodeConfig } from '../config/config'`,
      `export type { NodeConfig } from '../config/config'`,
      `import { NodeConfig } from '../config/config'`,
      `import type { Setting } from '../config/setting'`
    ]
    const [reports] = await lint([{ file: 'wire/package.ts', lines }])
    expect(accepted(lines, reports)).toEqual(lines.slice(0, 2))
  })

  it('refuses a file of no room, and has a room for every file', async () => {
    const paths = readdirSync(join(__dirname, '..', SOURCE), { recursive: true, encoding: 'utf8' })
    const files = paths.filter((path) => path.endsWith('.ts')).map((path) => path.replaceAll('\\', '/'))
    const [homeless, ...others] = await lint(['utils.ts', ...files].map((file) => ({ file, lines: [] })))
    expect(homeless).toMatchObject([{ ruleId: 'rooms/imports' }])
    expect(others).toEqual(files.map(() => []))
  })
})

describe('the lint rules on browser rooms', () => {
  const modules = [...builtinModules, ...builtinModules.map((name) => `node:${name}`), 'node:test']
  const packages = ['ws', 'chokidar', 'pino', 'typescript', 'protobufjs', '@trustp2p/testing']
  const globals = [
    ...['Buffer.alloc(1)', 'process.env', 'global.x', 'require(x)', 'module.exports', 'exports.x', '__dirname'],
    ...['__filename', 'setTimeout(x)', 'clearTimeout(x)', 'setInterval(x)', 'clearInterval(x)', 'setImmediate(x)'],
    ...['clearImmediate(x)', 'queueMicrotask(x)', 'Date.now()', 'new Date()', 'performance.now()', 'crypto.subtle'],
    ...['console.log(x)', 'fetch(x)', 'new WebSocket(x)', 'Math.random()', 'AbortSignal.timeout(x)'],
    ...['globalThis.process', 'globalThis.setTimeout(x)', 'globalThis.Date.now()']
  ]

  it.each([
    ['Node modules', modules.map((name) => `import * as x from '${name}'`)],
    ['packages that need Node', packages.map((name) => `import * as x from '${name}'`)],
    ['types of Node', [`import type { Socket } from 'node:net'`, `type Socket = import('node:net').Socket`]],
    ['modules that no bundler finds', ['await import(x)', `await import('./' + x)`]],
    ['what only Node has, clocks, timers and chance', globals]
  ])('refuse %s', async (_, lines) => {
    const reports = await lint(BROWSER_FILES.map((file) => ({ file, lines })))
    for (const [index, file] of BROWSER_FILES.entries()) {
      expect([file, accepted(lines, reports[index])]).toEqual([file, []])
    }
  })

  it('leave the rooms of Node alone', async () => {
    const lines = [...modules.map((name) => `import * as x from '${name}'`), `import { pino } from 'pino'`, ...globals]
    const reports = await lint(NODE_FILES.map((file) => ({ file, lines })))
    expect(reports).toEqual(NODE_FILES.map(() => []))
  })

  it('accept what every platform has, and the schema library in its one file alone', async () => {
    const lines = ['new TextEncoder()', 'new URL(x)', 'new AbortController()', 'structuredClone(x)', 'Math.max(x)']
    const clock = 'class Waiting { #kit; wait(x) { this.#kit.clock.setTimeout(x) } }'
    const zod = `import * as z from 'zod/mini'`
    const reports = await lint([
      { file: 'node.ts', lines: [...lines, clock] },
      { file: 'config/zod.ts', lines: [zod] },
      { file: 'config/schema.ts', lines: [zod] },
      { file: 'node.ts', lines: [zod] }
    ])
    expect(reports).toMatchObject([[], [], [{ ruleId: 'rooms/imports' }], [{ ruleId: 'rooms/imports' }]])
  })
})
