import { createTestKit } from '@trustp2p/testing'
import {
  createIdentity,
  createMemoryDriver,
  createNode,
  createThreadList,
  DriverRegistry,
  errorCode,
  MemoryNetwork,
  PackageType,
  Thread
} from 'trustp2p'
import type { CP2pMessage, P2pNode, P2pSocket } from 'trustp2p'
import { LEAST_RETIREMENT_MS, LONGEST_RETIREMENT_MS } from '../../src/deliver/twin-sockets'

/** Answers when nobody waits any more. */
class Slow extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { wait: this.onWait, echo: () => 'here' } }
  }

  onWait(_socket: P2pSocket, { signal }: CP2pMessage): Promise<null> {
    return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)))
  }
}

const nodes: P2pNode[] = []

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.close({ timeoutMs: 0 })))
})

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
}

/** Two nodes of which the higher peer id has dialled first, so that its socket goes. */
async function createTwins() {
  const kit = createTestKit()
  const network = new MemoryNetwork(kit)
  const identities = [createIdentity(kit.crypto), createIdentity(kit.crypto)]
  identities.sort((one, other) => (one.peerId < other.peerId ? -1 : 1))
  const create = async (name: string, identity: (typeof identities)[number] | undefined): Promise<P2pNode> => {
    const registry = new DriverRegistry()
    registry.add(createMemoryDriver({ kit, network }))
    const source = createThreadList({ slow: Slow })
    const listen = [`memory://${name}`]
    const node = await createNode({ kit, registry, source, listen, ...(identity && { identity }) })
    nodes.push(node)
    return node
  }
  const [low, high] = [await create('low', identities[0]), await create('high', identities[1])]
  const leaving = await high.connect('memory://low')
  const ending: unknown[] = []
  low.on('socket:close', (socket, code, reason) => ending.push([socket.inbound, code, reason]))
  return { kit, low, high, leaving, ending }
}

async function pass(kit: ReturnType<typeof createTestKit>, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 100) {
    kit.clock.advance(Math.min(100, ms - passed))
    if (passed % 5_000 === 0) await settled()
  }
  await settled()
}

async function change(low: P2pNode): Promise<P2pSocket> {
  const chosen = await low.connect('memory://high')
  await settled()
  return chosen
}

it('closes an idle socket a second after another one has taken its place', async () => {
  const { kit, low, leaving, ending } = await createTwins()
  const chosen = await change(low)
  expect(low.sockets).toEqual([chosen])
  await pass(kit, LEAST_RETIREMENT_MS - 100)
  expect([leaving.state, ending]).toEqual(['open', []])
  await pass(kit, 100)
  expect(ending).toEqual([[true, 1000, 'duplicate driver']])
  expect(leaving.state).toBe('closed')
})

it('keeps it for what is under way on it, but not for more than a minute', async () => {
  const { kit, low, high, leaving, ending } = await createTwins()
  const waiting = high.request(leaving, 'wait').then(() => undefined, errorCode)
  await settled()
  await change(low)
  await pass(kit, LONGEST_RETIREMENT_MS - 100)
  expect([leaving.state, ending]).toEqual(['open', []])
  expect(await high.request(leaving, 'echo')).toBe('here')
  await pass(kit, 100)
  expect(ending).toEqual([[true, 1000, 'duplicate driver']])
  expect(await waiting).toBe('ERR_TRUSTP2P_SOCKET_CLOSED')
})
