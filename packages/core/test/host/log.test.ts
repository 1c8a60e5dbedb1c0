import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { createLog } from '../../src/host/log'
import { P2pError } from '../../src/errors'

const ROOT = join(__dirname, '../../../..')

function capture(level: Parameters<typeof createLog>[0]['level']) {
  const lines: Record<string, unknown>[] = []
  const write = (line: string): void => void lines.push(JSON.parse(line) as Record<string, unknown>)
  return { lines, log: createLog({ level, destination: { write } }) }
}

it('writes lines of JSON with level, fields and message', () => {
  const { lines, log } = capture('debug')
  log.debug({ a: 1 }, 'one')
  log.info({}, 'two')
  log.warn({}, 'three')
  log.error({ err: new P2pError('ERR_TRUSTP2P_NODE_CLOSED', 'closed') }, 'four')
  expect(lines).toMatchObject([
    { level: 20, a: 1, msg: 'one' },
    { level: 30, msg: 'two' },
    { level: 40, msg: 'three' },
    { level: 50, msg: 'four', err: { code: 'ERR_TRUSTP2P_NODE_CLOSED', message: 'closed' } }
  ])
})

it.each([
  ['trace', 4],
  ['debug', 4],
  ['info', 3],
  ['warn', 2],
  ['error', 1],
  ['fatal', 0],
  ['silent', 0]
] as const)('at level %s writes %d of debug, info, warn and error', (level, count) => {
  const { lines, log } = capture(level)
  for (const each of [log, log.child({ thread: 'a' })]) {
    lines.length = 0
    each.debug({}, 'debug')
    each.info({}, 'info')
    each.warn({}, 'warn')
    each.error({}, 'error')
    expect(lines).toHaveLength(count)
  }
})

it('adds the bindings of each child', () => {
  const { lines, log } = capture('info')
  log.child({ node: 'server' }).child({ thread: 'heartbeat' }).info({ n: 1 }, 'here')
  log.info({}, 'there')
  expect(lines).toMatchObject([{ node: 'server', thread: 'heartbeat', n: 1, msg: 'here' }, { msg: 'there' }])
  expect(lines[1]).not.toHaveProperty('thread')
})

/** Runs a program in plain Node, which tells what it loaded. */
function run(program: string) {
  const flags = ['-C', '@trustp2p/source', '-r', 'ts-node/register/transpile-only']
  const log = JSON.stringify(join(__dirname, '../../src/host/log'))
  const text = `const { createLog } = require(${log}); ${program}`
  return spawnSync(process.execPath, [...flags, '-e', text], { cwd: ROOT, encoding: 'utf8' })
}

const LOADED = "Object.keys(require.cache).some((file) => file.includes('/node_modules/pino/'))"

it('loads pino with the first line that is written, and not for those that are dropped', () => {
  const { stdout, stderr } = run(`
    createLog({ level: 'silent' }).error({}, 'dropped')
    const log = createLog({ level: 'warn' })
    log.info({}, 'dropped')
    log.child({ a: 1 }).info({}, 'dropped')
    const before = ${LOADED}
    log.warn({}, 'written')
    console.log(before, ${LOADED})
  `)
  expect(stdout.trim()).toBe('false true')
  expect(stderr).toContain('"msg":"written"')
})

it('writes to standard error at once: the last line before an exit is not lost', () => {
  const { stdout, stderr, status } = run(`createLog({ level: 'info' }).error({}, 'the end'); process.exit(3)`)
  expect(status).toBe(3)
  expect(stdout).toBe('')
  expect(stderr).toContain('"msg":"the end"')
})
