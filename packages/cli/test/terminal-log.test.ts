import { P2pError } from 'trustp2p'
import { TerminalLog } from '../src/terminal-log'
import { createMemoryOutput } from './memory-terminal'

function createLog(level: ConstructorParameters<typeof TerminalLog>[1]) {
  const output = createMemoryOutput()
  return { log: new TerminalLog(output, level), lines: output.lines }
}

describe('the log of start', () => {
  it('names the thread, the level where it matters, and the fields', () => {
    const { log, lines } = createLog('debug')
    const thread = log.child({ thread: 'hello' })
    thread.debug({}, 'one')
    thread.info({ a: 1 }, 'two')
    thread.warn({}, 'three')
    thread.error({}, 'four')
    expect(lines).toEqual(['debug: hello: one', 'hello: two {"a":1}', 'warning: hello: three', 'error: hello: four'])
  })

  it.each([
    ['trace', ['d', 'i', 'w', 'e']],
    ['info', ['i', 'w', 'e']],
    ['error', ['e']],
    ['silent', []]
  ] as const)('at level %s shows %j', (level, shown) => {
    const { log, lines } = createLog(level)
    log.debug({}, 'd')
    log.info({}, 'i')
    log.warn({}, 'w')
    log.error({}, 'e')
    expect(lines.map((line) => line.at(-1))).toEqual(shown)
  })

  it('shows the place that an error came from, its code, and no other line of its stack', () => {
    const { log, lines } = createLog('info')
    log.error({ err: new P2pError('ERR_TRUSTP2P_THREAD_STOPPED', 'it was\nstopped') }, 'failed')
    expect(lines).toHaveLength(2)
    expect(lines[0]).toBe('error: failed: it was\\u000astopped (ERR_TRUSTP2P_THREAD_STOPPED)')
    expect(lines[1]).toMatch(/^ {2}at .*terminal-log\.test/)
  })

  it('leaves out what start tells in its own words, unless a thread says it', () => {
    const { log, lines } = createLog('info')
    log.info({ thread: 'hello' }, 'thread:started')
    log.child({ thread: 'hello' }).info({}, 'thread: a word')
    expect(lines).toEqual(['hello: thread: a word'])
  })

  it('takes a text alone, as pino does, and fields that JSON cannot show', () => {
    const { log, lines } = createLog('info')
    Reflect.apply(Reflect.get(log, 'info') as () => void, log, ['a text'])
    log.info({ big: 1n }, 'big')
    expect(lines).toEqual(['a text', 'big {…}'])
  })

  it('lets nothing through that moves a cursor', () => {
    const { log, lines } = createLog('info')
    log.child({ thread: 'x\u001b' }).info({ peer: '\u001b[2J' }, '\u001b]0;title\u0007')
    expect(lines).toEqual(['x\\u001b: \\u001b]0;title\\u0007 {"peer":"\\u001b[2J"}'])
  })
})
