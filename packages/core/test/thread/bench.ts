import { createTestKit } from '@trustp2p/testing'
import type { MemoryLog, TestKit } from '@trustp2p/testing'
import { createMemoryLog } from '@trustp2p/testing'
import type { ThreadConfig } from '../../src/config/config'
import { CP2pMessage } from '../../src/deliver/message'
import type { Exchange } from '../../src/deliver/message'
import type { P2pSocket } from '../../src/driver/socket'
import type { P2pError } from '../../src/errors'
import type { CodeOwner } from '../../src/kit'
import type { ThreadNode } from '../../src/thread/node-facade'
import { ThreadBootstrap } from '../../src/thread/thread-bootstrap'
import type { ThreadEvent, ThreadInfo } from '../../src/thread/thread-events'
import { createThreadList } from '../../src/thread/thread-list'
import type { ThreadList } from '../../src/thread/thread-list'
import type { ThreadSource } from '../../src/thread/thread-source'
import { CP2pPackage, PackageType } from '../../src/wire/package'

export const DEFAULTS: ThreadConfig = {
  config: undefined,
  startTimeoutMs: 10_000,
  stopTimeoutMs: 5_000,
  drainTimeoutMs: 10_000,
  handlerTimeoutMs: 0,
  restart: {},
  quotas: {}
}

/** An answer as the asker would get it, or undefined while there is none. */
export type Answer = { body: unknown } | { code: string; text: string }

/** A message that was routed, and what became of it. */
export interface Sent {
  readonly message: CP2pMessage
  readonly handled: boolean
  readonly answer: Answer | undefined
  /** Answers that came too late. */
  readonly late: number
  /** True once nothing more comes of it though it was settled before. */
  readonly released: boolean
  /** Settles with the answer. */
  readonly answered: Promise<Answer>
  /** What a cancel of the asker, or a closed socket, does. */
  abort(error: P2pError): void
}

export interface Bench {
  readonly threads: ThreadBootstrap
  readonly list: ThreadList
  readonly kit: TestKit
  readonly log: MemoryLog
  readonly node: ThreadNode & { sockets: P2pSocket[] }
  /** What the node told: `started a`, `failed b ERR_…`. */
  readonly told: string[]
  readonly warnings: P2pError[]
  /** Failures of critical threads that were given up. */
  readonly critical: P2pError[]
  /** Steps of the threads' lives: `a: starting > running`. */
  readonly moves: string[]
  /** Listeners to the node's own events. */
  readonly listeners: Map<string, Set<(...values: unknown[]) => void>>
  request(event: string, body?: unknown, type?: PackageType): Sent
  talk(event: string, body?: unknown, type?: PackageType): boolean
  /** Lets the newest version of that thread fail in code that nobody waits for. */
  crash(name: string, cause?: unknown): boolean
  /** States by name: `{ a: 'running' }`. */
  states(): Record<string, string>
}

export interface BenchOptions {
  readonly settings?: Record<string, Partial<ThreadConfig>>
  readonly enabled?: readonly string[]
  readonly source?: ThreadSource
}

/** Makes a bootstrap over a list of classes, with a clock that stands still and a node that does nothing. */
export function createBench(classes: Record<string, unknown>, options: BenchOptions = {}): Bench {
  const log = createMemoryLog()
  const kit = createTestKit({ log })
  const owners = followOwners(kit)
  const list = createThreadList(classes, options.enabled === undefined ? {} : { enabled: options.enabled })
  const told: string[] = []
  const warnings: P2pError[] = []
  const critical: P2pError[] = []
  const moves: string[] = []
  const listeners: Bench['listeners'] = new Map()
  const node = createNode()
  const threads = new ThreadBootstrap({
    source: options.source ?? list,
    kit,
    node,
    settings: (name) => ({ ...DEFAULTS, ...options.settings?.[name] }),
    events: {
      emit: (event, info) => told.push(telling(event, info)),
      moved: ({ name, from, to }) => moves.push(`${name}: ${from} > ${to}`),
      critical: (error) => critical.push(error),
      warning: (error) => warnings.push(error),
      on(event, listener) {
        const set = listeners.get(event) ?? new Set()
        listeners.set(event, set.add(listener))
        return () => set.delete(listener)
      }
    }
  })
  const request: Bench['request'] = (event, body, type = PackageType.REQUEST) =>
    send(threads, { type, event, body: body ?? null, tag: '1' })
  const talk: Bench['talk'] = (event, body, type = PackageType.TALK) =>
    threads.route(createMessage({ type, event, body: body ?? null }))
  const crash: Bench['crash'] = (name, cause = new Error('floating')) => {
    const owner = owners.get(name)
    if (owner === undefined) throw new Error(`no code of ${name} has run`)
    return threads.accuse(cause, owner, undefined)
  }
  const states: Bench['states'] = () => Object.fromEntries(threads.list().map(({ name, state }) => [name, state]))
  return { threads, list, kit, log, node, told, warnings, critical, moves, listeners, request, talk, crash, states }
}

/** The owner of each thread's newest code. */
function followOwners({ context }: TestKit): ReadonlyMap<string, CodeOwner> {
  const owners = new Map<string, CodeOwner>()
  const createPlace = context.createPlace.bind(context)
  context.createPlace = (owner, what) => {
    owners.set(owner.thread, owner)
    return createPlace(owner, what)
  }
  return owners
}

function telling(event: ThreadEvent, { name, error }: ThreadInfo): string {
  return [event.slice('thread:'.length), name, ...(error === undefined ? [] : [error.code])].join(' ')
}

function createNode(): Bench['node'] {
  const refuse = (): never => {
    throw new Error('the node of this test sends nothing')
  }
  return {
    id: undefined,
    server: null,
    client: null,
    addresses: [],
    sockets: [],
    request: refuse,
    talk: refuse,
    broadcast: refuse,
    peers: { list: refuse, get: refuse },
    connect: refuse,
    reach: refuse,
    sign: refuse,
    verify: refuse
  }
}

let sockets = 0

export function createSocket({ inbound = true, lastReceivedAt = 0 } = {}): P2pSocket & { closedWith: unknown } {
  sockets += 1
  return {
    id: `s${sockets}`,
    url: 'test://local',
    peer: 'test://peer',
    host: 'peer',
    peerId: undefined,
    proof: undefined,
    bInbound: inbound,
    bOutbound: !inbound,
    inbound,
    outbound: !inbound,
    state: 'open',
    lastReceivedAt,
    bufferedAmount: 0,
    closedWith: undefined,
    close(code, reason) {
      this.closedWith = { code, reason }
    },
    terminate() {
      this.closedWith = 'terminated'
    }
  }
}

interface Fields {
  readonly type: PackageType
  readonly event: string
  readonly body: unknown
  readonly tag?: string
}

export function createMessage(fields: Fields, exchange?: Exchange, socket: P2pSocket = createSocket()): CP2pMessage {
  return new CP2pMessage(CP2pPackage.decode(CP2pPackage.encode(fields)), socket, exchange)
}

function send(threads: ThreadBootstrap, fields: Fields): Sent {
  const aborts = new Set<(error: P2pError) => void>()
  let answer: Answer | undefined
  let late = 0
  let released = false
  let tell: (answer: Answer) => void
  const answered = new Promise<Answer>((resolve) => (tell = resolve))
  const settle = (given: Answer): boolean => {
    if (answer !== undefined) late += 1
    else tell((answer = given))
    return answer === given
  }
  const exchange: Exchange = {
    expectsAnswer: fields.type !== PackageType.TALK && fields.type !== PackageType.SYSTEM,
    get settled() {
      return answer !== undefined
    },
    reply: (body) => {
      JSON.stringify(body)
      return settle({ body })
    },
    fail: (code, text) => settle({ code, text }),
    release: () => void (released = true),
    onAbort(callback) {
      aborts.add(callback)
      return () => aborts.delete(callback)
    }
  }
  const message = createMessage(fields, exchange)
  const handled = threads.route(message)
  return {
    message,
    handled,
    answered,
    get answer() {
      return answer
    },
    get late() {
      return late
    },
    get released() {
      return released
    },
    abort(error) {
      settle({ code: error.code, text: error.message })
      for (const callback of aborts) callback(error)
    }
  }
}

/** A promise with its ends in hand. */
export function createGate<Value = void>(): {
  readonly opened: Promise<Value>
  open(value: Value): void
  fail(error: unknown): void
} {
  let open: (value: Value) => void = () => undefined
  let fail: (error: unknown) => void = () => undefined
  const opened = new Promise<Value>((resolve, reject) => {
    open = resolve
    fail = reject
  })
  return { opened, open, fail }
}
