import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { ControlEvent } from '../../../src/host/control/control-events'
import { CONTROL_LIMITS } from '../../../src/host/control/control-limits'
import { FrameSplitter, frameHeader } from '../../../src/host/control/frame-splitter'
import { CP2pPackage, PackageType } from '../../../src/wire/package'
import { removeProjects, TemporaryProject } from '../temporary-project'
import { closeAll, startNode } from './nodes'

const SLOW = `
  module.exports = class {
    get eventMap() { return { 30: { a() {} } } }
    start() { return new Promise((resolve) => { globalThis.letSlowStart = resolve }) }
  }`

const { frameBytes, runningRequests, unknownEvents } = CONTROL_LIMITS

let project: TemporaryProject
const callers: Caller[] = []

beforeEach(() => {
  project = new TemporaryProject()
})

afterEach(async () => {
  for (const { raw } of callers.splice(0)) raw.destroy()
  await closeAll()
  removeProjects()
})

/** A bare stream to the control socket that asks, and takes answers in any order. */
class Caller {
  readonly raw: Socket
  readonly closed: Promise<unknown>
  readonly #splitter = new FrameSplitter(frameBytes)
  readonly #answers = new Map<string, CP2pPackage>()
  #lastTag = 0
  readonly #waiting = new Set<() => void>()

  constructor(path: string) {
    this.raw = connect(path)
    this.raw.on('error', () => undefined)
    this.closed = once(this.raw, 'close')
    this.raw.on('data', (bytes: Buffer) => {
      for (const frame of this.#splitter.push(bytes)) {
        const answer = CP2pPackage.decode(Buffer.from(frame), { frameBytes })
        if (answer.type === PackageType.RESPONSE) this.#answers.set(answer.tag, answer)
      }
      for (const wake of this.#waiting) wake()
    })
    callers.push(this)
  }

  /** Sends a request and gives its tag. */
  ask(event: string, body: unknown = null): string {
    const tag = String(++this.#lastTag)
    this.send(CP2pPackage.encode({ type: PackageType.REQUEST, event, body, tag }))
    return tag
  }

  send(frame: Uint8Array): void {
    this.raw.write(frameHeader(frame.length))
    this.raw.write(frame)
  }

  /** Gives the error code of an answer, or undefined. */
  async errorOf(tag: string): Promise<string | undefined> {
    for (;;) {
      const answer = this.#answers.get(tag)
      if (answer !== undefined) return answer.error
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  get answered(): readonly string[] {
    return [...this.#answers.keys()]
  }
}

async function callNode(): Promise<Caller> {
  await startNode(project.cwd)
  return new Caller(project.path('.trustp2p/server/control.sock'))
}

/** A request for the status whose frame is so long. */
function statusFrame(bytes: number): Uint8Array {
  const of = (length: number) =>
    CP2pPackage.encode({ type: PackageType.REQUEST, event: ControlEvent.STATUS, body: 'x'.repeat(length), tag: 'long' })
  // The length of the body takes as many bytes in both: what is around it is as long.
  return of(bytes - (of(bytes - 1_000).length - (bytes - 1_000)))
}

describe('a control socket', () => {
  it('takes a frame of 4 MiB', async () => {
    const caller = await callNode()
    const frame = statusFrame(frameBytes)
    expect([frameBytes, frame.length]).toEqual([4 * 1024 * 1024, frameBytes])
    caller.send(frame)
    expect(await caller.errorOf('long')).toBeUndefined()
  })

  it('is closed at a frame of one byte more, which nobody answers', async () => {
    const caller = await callNode()
    const frame = statusFrame(frameBytes + 1)
    expect(frame.length).toBe(frameBytes + 1)
    caller.send(frame)
    await caller.closed
    expect(caller.answered).toEqual([])
  })

  it(`bears ${unknownEvents} unknown talks in a minute, and is closed at the next`, async () => {
    const caller = await callNode()
    const talk = CP2pPackage.encode({ type: PackageType.TALK, event: 'nobody/listens', body: null })
    for (let number = 0; number < unknownEvents; number++) caller.send(talk)
    expect(await caller.errorOf(caller.ask(ControlEvent.STATUS))).toBeUndefined()
    expect(caller.raw.destroyed).toBe(false)
    caller.send(talk)
    await caller.closed
  })

  it(`runs ${runningRequests} requests at once, and is too busy for the next`, async () => {
    project.write('threads-available/slow.js', SLOW)
    const caller = await callNode()
    const enable = () => caller.ask(ControlEvent.ENABLE_THREAD, { name: 'slow' })
    const waiting = Array.from({ length: runningRequests - 1 }, enable)
    expect(await caller.errorOf(caller.ask(ControlEvent.STATUS))).toBeUndefined()
    const last = enable()
    expect(await caller.errorOf(caller.ask(ControlEvent.STATUS))).toBe('ERR_TRUSTP2P_LIMIT_BUSY')
    const steps = globalThis as { letSlowStart?: () => void }
    while (steps.letSlowStart === undefined) await new Promise((resolve) => setImmediate(resolve))
    steps.letSlowStart()
    const errors = await Promise.all([...waiting, last].map((tag) => caller.errorOf(tag)))
    expect(errors).toEqual(Array<undefined>(runningRequests).fill(undefined))
    expect(await caller.errorOf(caller.ask(ControlEvent.STATUS))).toBeUndefined()
  })
})
