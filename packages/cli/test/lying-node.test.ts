import { createServer, createThreadList } from 'trustp2p'
import type { NodeReport, WatchedFrame } from 'trustp2p/control'
import { doctor } from '../src/commands/doctor'
import { status } from '../src/commands/status'
import { explain } from '../src/commands/explain'
import { enableThreads, listThreads } from '../src/commands/threads'
import { statusLines } from '../src/control/status-lines'
import { printStatus } from '../src/control/status-screen'
import { plainFrame } from '../src/watch/frame-json'
import { printFrame } from '../src/watch/frame-text'
import { cleanUp, runCommand, startCommand, temporaryFolder } from './command'
import { endLies, listenAsNode, OBEYED, poisoned, REPORT, SILENCE } from './lying-node'
import type { Answer } from './lying-node'
import { createMemoryTerminal } from './memory-terminal'

jest.setTimeout(120_000)

let cwd: string
beforeEach(() => (cwd = temporaryFolder()))

afterEach(async () => {
  endLies()
  await cleanUp()
})

const FRAME = { at: 1, bytes: 2, way: 'in', socket: 's1', peer: 'p', type: 'TALK', event: 'e', tag: 't', error: 'x' }
const FRAMES = [
  { ...FRAME, json: '1' },
  { ...FRAME, base64: 'AQI=' },
  { ...FRAME, problem: { code: 'ERR_X', message: 'no' } }
]

const RECORD = {
  ...{ at: 1, since: 1, count: 2, stage: 'dial', code: 'E_X', text: 'no', remedy: 'nothing', cause: 'c' },
  ...{ limit: 'l', socket: 's1', peer: 'p', peerId: 'i', host: 'h', url: 'u', event: 'e', tag: 't' },
  close: { by: 'us', code: 1000, reason: 'r' }
}

/** Answers all that is asked, with texts that were tampered with. */
function tellAll(tamper: (value: unknown) => unknown, report: object = REPORT): Answer {
  return (event, body, tell) => {
    if (event.startsWith('control/watch')) {
      const watch = typeof body === 'object' && body !== null && 'watch' in body ? body.watch : 0
      tell('control/watch/frames', Object.assign(Object(tamper({ frames: FRAMES })), { dropped: 1, watch }))
      return null
    }
    if (event.endsWith('explain')) return tamper([RECORD])
    if (event.endsWith('status')) return tamper(report)
    if (event.endsWith('list')) return tamper(REPORT.threads)
    return { changed: true, thread: tamper(REPORT.threads[0]) }
  }
}

/** Gives all that a command prints on a terminal. */
async function printed(run: (terminal: ReturnType<typeof createMemoryTerminal>) => Promise<unknown>): Promise<string> {
  const terminal = createMemoryTerminal(2000)
  await run(terminal)
  return [...terminal.out.lines, ...terminal.err.lines].join('\n')
}

describe('what a node says of itself', () => {
  it('never reaches a terminal as it came, whatever part of it is tampered with', async () => {
    await listenAsNode(cwd, tellAll(poisoned))
    const texts = [
      await printed((terminal) => status({ cwd }, terminal)),
      await printed((terminal) => listThreads({ cwd }, terminal)),
      await printed((terminal) => listThreads({ cwd, long: true }, terminal)),
      await printed((terminal) => listThreads({ cwd }, terminal)),
      await printed((terminal) => enableThreads(['a\u001b'], { cwd }, terminal)),
      await printed((terminal) => doctor({ cwd, listen: [] }, terminal)),
      await printed((terminal) => explain('x\u001b', { cwd }, terminal))
    ]
    for (const command of [
      'status',
      'status --json',
      'threads list',
      'threads list --json',
      'explain',
      'explain --json',
      'doctor --listen ws://a:1'
    ]) {
      const { out, err } = await runCommand(command.split(' '), { cwd })
      texts.push(out + err)
    }
    for (const text of texts) {
      expect(text).toContain('\\u001b')
      expect(OBEYED.exec(text.replaceAll('\t', ''))).toBeNull()
    }
  })

  it('never reaches a terminal as it came in a frame, or in an error', async () => {
    await listenAsNode(cwd, tellAll(poisoned))
    for (const args of [['watch'], ['watch', '--json']]) {
      const watch = startCommand(args, { cwd })
      await watch.prints(/no\\u001b/)
      watch.signal('SIGINT')
      const { out, err } = await watch.ended
      expect(OBEYED.exec(out + err)).toBeNull()
    }
  })

  it('reaches no terminal as it came even where nobody has checked it', () => {
    const report = poisoned(REPORT, []) as NodeReport
    const terminal = createMemoryTerminal(2000)
    printStatus(report, terminal.out, 2000)
    const lines = [...terminal.out.lines, ...statusLines(report)]
    const frame = poisoned(FRAMES[0], []) as WatchedFrame
    printFrame(frame, terminal.out)
    expect(OBEYED.exec(lines.join('\n').replaceAll('\t', ''))).toBeNull()
  })

  it('may lack counters, and have numbers that are no time', () => {
    const { out } = createMemoryTerminal(200)
    const odd: unknown = {
      ...REPORT,
      counters: {},
      upMs: 1e300,
      pid: -1e300,
      memory: { rssBytes: -1e308, heapBytes: 1e308 }
    }
    printStatus(odd as NodeReport, out, 200)
    expect(out.lines.join('\n')).toContain('0 in, 0 out')
    for (const at of [1e300, -1e300, 8.64e15 + 1, NaN]) {
      const frame = { ...FRAME, at, json: '1' } as WatchedFrame
      expect(plainFrame(frame)).toMatchObject({ time: null, way: 'in', body: 1 })
      printFrame(frame, out)
      expect(out.lines.at(-1)).toBe('--:--:--.--- in  s1 p TALK e #t x 1')
    }
  })

  it('may lack all that came with later versions', async () => {
    const { name, state, path, revision, handlers, calls, failures, active } = REPORT.threads[0] ?? {}
    const thread = { name, state, path, revision, handlers, calls, failures, active }
    const answer = tellAll((value) => value, { ...REPORT, threads: [thread] })
    await listenAsNode(cwd, (event, ...rest) => (event.endsWith('list') ? [thread] : answer(event, ...rest)))
    for (const run of [
      (terminal: ReturnType<typeof createMemoryTerminal>) => status({ cwd }, terminal),
      (terminal: ReturnType<typeof createMemoryTerminal>) => listThreads({ cwd, long: true }, terminal)
    ]) {
      expect(await printed(run)).toMatch(/^a .*threads-enabled\/a\.js$/m)
    }
  })
})

describe('a node that takes a connection and says nothing', () => {
  let asked: Promise<void>
  beforeEach(async () => {
    let onAsked = () => {}
    asked = new Promise((resolve) => (onAsked = resolve))
    await listenAsNode(cwd, () => {
      onAsked()
      return SILENCE
    })
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('does not keep %s from ending a watch at once, with 0', async (signal) => {
    const watch = startCommand(['watch'], { cwd })
    await asked
    watch.signal(signal)
    expect(await watch.ended).toMatchObject({ code: 0, signal: null, out: '', err: '' })
  })

  it('is told of by each command, with what to do there', async () => {
    const commands = [
      'watch',
      'status',
      'explain',
      'threads list',
      'doctor --listen ws://127.0.0.1:0',
      'threads reload a'
    ]
    const results = await Promise.all(commands.map((command) => runCommand(command.split(' '), { cwd })))
    for (const { code, out, err } of results) {
      expect(code).toBe(1)
      expect(out + err).toMatch(
        /the node server does not answer: it is stopped, or busy \(ERR_TRUSTP2P_REQUEST_TIMEOUT\)/
      )
      expect(out + err).not.toContain('timeoutMs')
      expect(out + err).toContain('look at its process')
    }
  })
})

describe('what a peer answers', () => {
  it('never reaches a terminal as it came', async () => {
    const evil = '\u001b[2J\u202e\u009b\n'
    class Evil {
      get eventMap() {
        return {
          30: {
            body: () => ({ [evil]: [evil] }),
            fail: () => {
              throw Object.assign(new Error(evil), { code: `ERR_TRUSTP2P_${evil}` })
            }
          }
        }
      }
    }
    const source = createThreadList({ evil: Evil })
    const node = await createServer({ cwd, listen: ['ws://127.0.0.1:0'], log: { level: 'silent' }, source })
    const [address = ''] = node.addresses
    for (const args of [
      ['request', address, 'body'],
      ['request', address, 'fail'],
      ['talk', address, evil, '"\u009b"']
    ]) {
      for (const more of [[], ['--json']]) {
        const { out, err } = await runCommand([...args, ...more], { cwd })
        expect(out + err).toContain('\\u009b')
        expect(OBEYED.exec(out + err)).toBeNull()
      }
    }
    await node.close()
  })
})
