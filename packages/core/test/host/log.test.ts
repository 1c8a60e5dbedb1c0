import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { FROM_SOURCE } from '../../../../test/from-source'
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

it('writes nothing that a terminal obeys, and no line more than it is given', () => {
  const written: string[] = []
  const log = createLog({ level: 'info', destination: { write: (line) => written.push(line) } })
  const text = 'a\u001b[31m\u009b2J\r\n{"level":60}\u0085\u2028\u202e\u007f\ud800é😀'
  log.child({ peer: text }).info({ [text]: text, err: new P2pError('ERR_TRUSTP2P_NODE_CLOSED', text) }, text)
  expect(written).toHaveLength(1)
  expect(written[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]*\n$/u)
  expect(JSON.parse(written.join(''))).toMatchObject({ peer: text, [text]: text, msg: text, err: { message: text } })
})

/** Runs a program in plain Node, which tells what it loaded. */
function run(program: string) {
  const log = JSON.stringify(join(__dirname, '../../src/host/log'))
  const text = `const { createLog } = require(${log}); ${program}`
  return spawnSync(process.execPath, [...FROM_SOURCE, '-e', text], { cwd: ROOT, encoding: 'utf8' })
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
