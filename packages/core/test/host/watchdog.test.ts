import { Watchdog } from '../../src/host/watchdog'
import { endOf, startFixture } from './child'
import type { BlockingOrder } from './fixtures/blocking'
import { TemporaryProject, removeProjects } from './temporary-project'

const SLOW = `
const { PackageType, Thread } = require('trustp2p')

module.exports = class Slow extends Thread {
  get eventMap() {
    return {
      [PackageType.REQUEST]: {
        'slow/block': (socket, { body }) => this.block(body.ms),
        'slow/hang': () => {
          for (;;) this.node
        },
        'slow/after': async (socket, { body }) => {
          await this.threads.get('other').spare()
          this.block(body.ms)
        }
      }
    }
  }

  block(ms) {
    const end = process.hrtime.bigint() + BigInt(ms) * 1000000n
    while (process.hrtime.bigint() < end);
  }
}
`

const OTHER = `
const { PackageType, Thread } = require('trustp2p')

module.exports = class Other extends Thread {
  get eventMap() {
    return {
      [PackageType.REQUEST]: {
        'other/through': (socket, { body }) => this.threads.get('slow').block(body.ms),
        'other/itself': (socket, { body }) => {
          void this.threads.get('slow').block(0)
          this.wait(body.ms)
        }
      }
    }
  }

  spare() {}

  wait(ms) {
    const end = process.hrtime.bigint() + BigInt(ms) * 1000000n
    while (process.hrtime.bigint() < end);
  }
}
`

function start(order: Omit<BlockingOrder, 'cwd'>) {
  const project = new TemporaryProject()
  project.thread('slow.js', SLOW)
  project.thread('other.js', OTHER)
  return startFixture('blocking.ts', [JSON.stringify({ cwd: project.cwd, ...order })])
}

function lines(text: string): Record<string, unknown>[] {
  const found = text.split('\n').filter((line) => line.startsWith('{'))
  return found.map((line) => JSON.parse(line) as Record<string, unknown>)
}

/** The lines of the log that the worker has written. */
function blockLines(text: string): Record<string, unknown>[] {
  return lines(text).filter(({ msg }) => msg === 'the thread keeps the event loop from turning')
}

afterAll(removeProjects)
jest.setTimeout(60_000)

describe('T24 a thread that keeps the event loop from turning', () => {
  it('is named at once in the log and afterwards by a warning, the innermost of threads that call each other', async () => {
    const { code, stdout, stderr } = await endOf(start({ events: ['slow/block', 'other/through', 'other/itself'] }))
    const expected = [
      { thread: 'slow', where: 'slow/block' },
      { thread: 'slow', where: 'block()' },
      { thread: 'other', where: 'other/itself' }
    ]
    const warnings = lines(stdout)
    expect(warnings).toMatchObject(expected.map((details) => ({ code: 'ERR_TRUSTP2P_THREAD_BLOCKED', details })))
    for (const { message, details } of warnings) {
      const { thread, where, blockedMs } = details as { thread: string; where: string; blockedMs: number }
      expect(blockedMs).toBeGreaterThanOrEqual(100)
      const text = `the thread ${thread} kept the event loop from turning for ${blockedMs} ms in ${where}`
      expect(message).toBe(`${text}; do less at once, or give way in between`)
    }
    const written = blockLines(stderr)
    expect(written).toMatchObject(expected.map((facts) => ({ level: 50, ...facts })))
    expect([stdout.endsWith('closed\n'), code]).toEqual([true, 0])
  })

  it('is named in the log though it never ends', async () => {
    const child = start({ events: ['slow/block', 'slow/hang'] })
    const ended = endOf(child)
    let text = ''
    await new Promise<void>((resolve) => {
      child.stderr?.on('data', (chunk: string) => {
        text += chunk
        if (text.includes('"where":"slow/hang"')) resolve()
      })
    })
    child.kill('SIGKILL')
    await ended
    expect(blockLines(text).at(-1)).toMatchObject({ thread: 'slow', where: 'slow/hang', pid: child.pid })
  })

  it('is told of by the warning alone where the log is silent', async () => {
    const { code, stdout, stderr } = await endOf(start({ events: ['slow/block'], level: 'silent' }))
    expect(lines(stdout)).toMatchObject([{ details: { where: 'slow/block' } }])
    expect([stderr, code]).toEqual(['', 0])
  })

  it('is not looked for where watchdog.blockedMs is 0', async () => {
    const { code, stdout, stderr } = await endOf(start({ events: ['slow/block'], blockedMs: 0 }))
    expect([stdout, stderr, code]).toEqual(['closed\n', '', 0])
  })
})

describe('the watchdog of a process', () => {
  const place = { thread: 'a', what: 'b', blockedMs: 30, logsBlocked: false }

  function block(watchdog: Watchdog, number: number, longestMs: number): void {
    const end = performance.now() + longestMs
    watchdog.enter(number)
    while (!watchdog.hasSeen && performance.now() < end);
    watchdog.enter(0)
  }

  /** Its worker starts in a moment. */
  async function running(watchdog: Watchdog): Promise<void> {
    while (!watchdog.running) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('starts a moment after the first who asks, sees places that came before and after, and ends with the last', async () => {
    const watchdog = new Watchdog()
    const owner = { thread: 'a', home: {} }
    const before = watchdog.add(owner, place)
    const close = [watchdog.open(30), watchdog.open(60)]
    expect(watchdog.running).toBe(false)
    await running(watchdog)
    const after = watchdog.add(owner, place)
    for (const number of [before, after]) {
      block(watchdog, number, 20_000)
      expect(watchdog.takeSeen(number + 1)).toBeUndefined()
      expect(watchdog.takeSeen(number)).toBeGreaterThanOrEqual(30)
      expect(watchdog.hasSeen).toBe(false)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    close[0]?.()
    expect(watchdog.running).toBe(true)
    close[1]?.()
    expect(watchdog.running).toBe(false)
  })

  it('does not see what belongs to nobody, or to an owner that was forgotten', async () => {
    const watchdog = new Watchdog()
    const [gone, there] = [
      { thread: 'a', home: {} },
      { thread: 'b', home: {} }
    ]
    const close = watchdog.open(30)
    await running(watchdog)
    const [forgotten, known] = [watchdog.add(gone, place), watchdog.add(there, place)]
    block(watchdog, known, 20_000)
    expect(watchdog.takeSeen(known)).toBeDefined()
    watchdog.forget(gone)
    await new Promise((resolve) => setTimeout(resolve, 10))
    block(watchdog, forgotten, 200)
    block(watchdog, 0, 200)
    expect(watchdog.hasSeen).toBe(false)
    close()
  })
})
