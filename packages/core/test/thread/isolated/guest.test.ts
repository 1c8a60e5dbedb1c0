import { createTestKit } from '@trustp2p/testing'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { contractsOf } from '../../../src/contract/contract'
import { Guest } from '../../../src/thread/isolated/guest'
import type { Envelope } from '../../../src/thread/isolated/line'
import type { ConstructOrder, FromRoom, SocketFacts, Task, ToRoom } from '../../../src/thread/isolated/protocol'
import { Thread } from '../../../src/thread/thread'
import type { EventMap } from '../../../src/thread/thread'
import { CP2pPackage, PackageType } from '../../../src/wire/package'

const [OLD, NEW] = ['old', 'new'].map((field) =>
  contractsOf(`message Line { optional string ${field} = 1; } service Chat { rpc Do(Line) returns (Line); }`, 'a').map(
    ({ descriptor }) => descriptor.text
  )
)

const SOCKET: SocketFacts = {
  ...{ id: 's1', url: 'test://local', peer: 'test://peer', host: 'peer', inbound: true },
  ...{ state: 'open', lastReceivedAt: 0, bufferedAmount: 0 }
}

describe('a thread in a room', () => {
  it('gives nothing back of what the node does not want, which need not be cloneable', async () => {
    class Generous extends Thread {
      override eventMap = { [PackageType.REQUEST]: { ask: () => null } }
      override start(): Promise<void> {
        return Promise.resolve().then(notCloneable)
      }
      override stop(): void {
        return notCloneable()
      }
      override restore(): void {
        return notCloneable()
      }
      override reconfigure(): void {
        return notCloneable()
      }
    }
    const room = await createRoom(Generous)
    for (const task of ['start', 'restore', 'reconfigure', 'stop', 'dispose'] as const) {
      expect(await room.do(task, {})).toMatchObject([{ kind: 'done', value: undefined }])
    }
  })

  it('asks with what its node knows of options, and with nothing that cannot be cloned', async () => {
    class Asking extends Thread {
      override eventMap: EventMap = {
        [PackageType.TALK]: {
          go: (socket) => void this.node.request(socket, 'x', null, { coalesce: notCloneable as never, reroute: true })
        }
      }
    }
    const room = await createRoom(Asking)
    const frame = CP2pPackage.encode({ type: PackageType.TALK, event: 'go', body: null })
    const said = await room.say({ kind: 'message', id: 2, socket: SOCKET, frame, expectsAnswer: false })
    expect(said).toMatchObject([
      { kind: 'request', event: 'x', options: { reroute: true } },
      { kind: 'done', id: 2 }
    ])
  })

  it('is made anew with its newest settings, and with what it was told of contracts', async () => {
    const seen: unknown[] = []
    class Settled extends Thread {
      override eventMap: EventMap = { [PackageType.REQUEST]: { 'chat/do': (_, { body }) => body } }
      override reconfigure(): void {
        seen.push(this.config)
      }
      override start(): void {
        seen.push(this.config)
      }
    }
    const room = await createRoom(Settled, { contracts: OLD ?? [] })
    await room.do('reconfigure', { n: 2 })
    await room.say({ kind: 'contracts', texts: NEW ?? [] })
    await room.do('stop')
    await room.do('revive')
    await room.do('start')
    expect(seen).toEqual([{ n: 2 }, { n: 2 }])
    const frame = CP2pPackage.encode({ type: PackageType.REQUEST, event: 'chat/do', body: { new: 'x' }, tag: 't' })
    const asked = { kind: 'message', id: 2, socket: SOCKET, frame, expectsAnswer: true } as const
    expect(await room.say(asked)).toEqual([{ kind: 'done', id: 2, value: '{"new":"x"}' }])
  })
})

/** What an author's method may well return. */
const notCloneable: () => void = () => () => undefined

interface TestRoom {
  /** Has the thread do something; gives what it says then. */
  do(task: Task, value?: unknown): Promise<FromRoom[]>
  say(item: ToRoom): Promise<FromRoom[]>
}

async function createRoom(
  Class: new () => Thread,
  { contracts = [] }: { contracts?: readonly string[] } = {}
): Promise<TestRoom> {
  const said: FromRoom[] = []
  let hear: (message: unknown) => void = () => undefined
  const port = {
    post: (message: unknown) => void said.push(...((structuredClone(message) as Envelope).items as FromRoom[])),
    onMessage: (listener: (message: unknown) => void) => void (hear = listener)
  }
  const limits = { queue: 10, queueBytes: 1_000 }
  const step = new Int32Array(1)
  const assertNodeEvent = (): void => undefined
  const guest = new Guest({ ...createTestKit(), ...limits, name: 'a', path: 'a', port, step, assertNodeEvent })
  guest.adopt({ default: Class }, undefined)
  const say: TestRoom['say'] = async (item) => {
    hear({ items: [item], count: 0, bytes: 0, took: 0, tookBytes: 0 } satisfies Envelope)
    await nextTurn()
    return said.splice(0)
  }
  const room: TestRoom = { say, do: (task, value) => say({ kind: 'do', id: 1, task, value }) }
  const node = { id: undefined, listens: false, dials: false, addresses: [], sockets: [], bodyDepth: 64, contracts }
  await room.do('construct', { config: { n: 1 }, node } satisfies ConstructOrder)
  return room
}
