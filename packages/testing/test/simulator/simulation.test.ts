import { createSimulation } from '@trustp2p/testing'
import type { EventLog, Simulation, SimulatedNode, SimulationErrorCode, SimulationOptions } from '@trustp2p/testing'
import { P2pNode, PackageType, Thread } from 'trustp2p'
import type { CP2pMessage, Kit, P2pSocket } from 'trustp2p'

class Echo extends Thread {
  override get eventMap() {
    return { [PackageType.REQUEST]: { echo: (_socket: P2pSocket, { body }: CP2pMessage) => body, never: this.never } }
  }

  never(): Promise<never> {
    return new Promise(() => undefined)
  }
}

/** Talks once a second to everybody, with a number from its own chance. */
class Talker extends Thread {
  override get eventMap() {
    return { [PackageType.TALK]: { number: () => undefined } }
  }

  override start(): void {
    this.setInterval(() => {
      for (const socket of this.node.sockets) this.node.talk(socket, 'number', this.random())
    }, 1_000)
  }
}

const nets: Simulation[] = []

function createNet(options: SimulationOptions = {}): Simulation {
  const net = createSimulation({ seed: 1, latencyMs: 10, ...options })
  nets.push(net)
  return net
}

afterEach(async () => {
  for (const net of nets.splice(0)) await net.close()
})

/** `client` has dialled `server`. */
async function createPair(options: SimulationOptions = {}, threads: Record<string, unknown> = { echo: Echo }) {
  const net = createNet(options)
  const server = await net.createNode({ name: 'server', threads })
  const client = await net.createNode({ name: 'client', threads, config: { connect: [server.address] } })
  return { net, server, client }
}

const coded = (code: SimulationErrorCode): Error => expect.objectContaining({ code, name: 'SimulationError' }) as Error

describe('nodes', () => {
  it('are real ones, at addresses of their own', async () => {
    const { client, server, net } = await createPair()
    await net.runUntil(() => server.socketTo(client) !== undefined)
    expect(server.node).toBeInstanceOf(P2pNode)
    expect(server.node.addresses).toEqual(['sim://server'])
    expect([server.host, client.host, server.state, client.starts]).toEqual(['10.0.0.1', '10.0.0.2', 'running', 1])
    expect(client.socketTo(server)).toBe(client.node.sockets[0])
    expect(server.socketTo(client)).toMatchObject({ host: '10.0.0.2', inbound: true, peerId: client.node.id })
    expect(net.nodes).toEqual([server, client])
  })

  it('ask each other, which takes a way there and a way back', async () => {
    const { net, client, server } = await createPair()
    const askedAt = net.now
    expect(await net.wait(client.request(server, 'echo', [1, 2]))).toEqual([1, 2])
    expect(net.now - askedAt).toBe(20)
  })

  it('have chance of their own, which other nodes do not move', async () => {
    const linesOf = async (others: readonly string[]): Promise<string[]> => {
      const net = createNet({ latencyMs: 0 })
      for (const name of others) await net.createNode({ name })
      const one = await net.createNode({ name: 'one', threads: { talker: Talker } })
      await net.createNode({ name: 'two', config: { connect: [one.address] } })
      await net.run(5_000)
      return net.log.lines.filter((line) => / frame one two /.test(line)).map((line) => line.split(' ').at(-1) ?? '')
    }
    expect(await linesOf([])).toEqual(await linesOf(['zero']))
  })

  it('have the kit that the simulation is given', async () => {
    const kits: [string, number][] = []
    const kit = (own: Kit, name: string): Kit => {
      kits.push([name, own.clock.now()])
      return { ...own, crypto: { ...own.crypto, sha256: () => new Uint8Array(32) } }
    }
    const net = createNet({ kit })
    await net.createNode({ name: 'one' })
    expect(kits).toEqual([['one', 0]])
  })

  it('write to the event log from logLevel on', async () => {
    class Chatty extends Thread {
      static override manifest = { handles: [] }
      override start(): void {
        this.log.debug({}, 'debug')
        this.log.info({ field: 1 }, 'two\nlines')
      }
    }
    const net = createNet()
    await net.createNode({ name: 'one', threads: { chatty: Chatty } })
    expect(net.log.lines).toContain('0 info one two\\u000alines')
    expect(net.log.lines.filter((line) => line.includes(' debug '))).toEqual([])
  })

  it('reject where they cannot start, and leave their name free', async () => {
    const { net, server } = await createPair()
    const config = { listen: [server.address] }
    await expect(net.createNode({ name: 'other', config })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_ADDRESS_IN_USE'
    })
    await expect(net.createNode({ name: 'other' })).resolves.toMatchObject({ state: 'running' })
  })

  it('are exactly as many as nodes allows', async () => {
    const net = createNet({ nodes: 2 })
    await net.createNode({ name: 'one' })
    await net.createNode({ name: 'two' })
    await expect(net.createNode({ name: 'three' })).rejects.toEqual(coded('ERR_SIMULATION_LIMIT_NODES'))
  })

  it('have names of 1 to 63 small letters, digits and hyphens, each once', async () => {
    const net = createNet()
    for (const name of ['a', `a${'-9'.repeat(31)}`]) await net.createNode({ name })
    for (const name of ['', 'A', '9', 'a.b', `a${'b'.repeat(63)}`, 'a']) {
      await expect(net.createNode({ name })).rejects.toEqual(coded('ERR_SIMULATION_NAME_INVALID'))
    }
  })

  it('need a link to be asked over', async () => {
    const net = createNet()
    const one = await net.createNode({ name: 'one' })
    const two = await net.createNode({ name: 'two' })
    expect(one.socketTo(two)).toBeUndefined()
    await expect(one.request(two, 'echo')).rejects.toEqual(coded('ERR_SIMULATION_NOT_LINKED'))
  })
})

describe('a partition', () => {
  it('cuts groups from each other and from the rest; once it heals the links are dialled again', async () => {
    const { net, server, client } = await createPair({ stallMs: 5_000 })
    net.partition([server])
    await net.run(4_999)
    expect(client.socketTo(server)).toBeDefined()
    await net.run(20_000)
    expect([client.socketTo(server), server.socketTo(client)]).toEqual([undefined, undefined])
    net.heal()
    await net.runUntil(() => client.socketTo(server) !== undefined, 60_000)
    expect(await net.wait(client.request(server, 'echo', 'again'))).toBe('again')
  })

  it('delays what is on its way, and loses nothing where it ends soon', async () => {
    const { net, server, client } = await createPair()
    await net.runUntil(() => server.socketTo(client) !== undefined)
    net.partition([server], [client])
    const answer = client.request(server, 'echo', 'late')
    await net.run(10_000)
    net.heal()
    expect(await net.wait(answer)).toBe('late')
  })

  it('leaves the nodes of one group together', async () => {
    const { net, server, client } = await createPair()
    const third = await net.createNode({ name: 'third' })
    net.partition([server, client], [third])
    expect(await net.wait(client.request(server, 'echo', 1))).toBe(1)
  })
})

describe('a partition with a node in two groups', () => {
  it('is refused, and changes nothing', async () => {
    const { net, server, client } = await createPair()
    expect(() => net.partition([server], [client, server])).toThrow(coded('ERR_SIMULATION_OPTION_INVALID'))
    expect(await net.wait(client.request(server, 'echo', 1))).toBe(1)
  })
})

describe('a crash', () => {
  const settled = async (requests: readonly Promise<unknown>[], net: Simulation): Promise<(string | undefined)[]> => {
    const results = await net.wait(Promise.allSettled(requests))
    return results.map((result) =>
      result.status === 'rejected' ? (result.reason as { code?: string }).code : 'answered'
    )
  }

  it('of who was asked settles each request once, a latency later', async () => {
    const { net, server, client } = await createPair()
    const requests = Array.from({ length: 100 }, () => client.request(server, 'never'))
    await net.run(1_000)
    expect(net.audit().unsettled).toHaveLength(100)
    net.crash(server)
    await net.run(9)
    expect(net.audit().unsettled).toHaveLength(100)
    await net.run(1)
    expect(net.audit()).toMatchObject({ unsettled: [], nodes: [{ state: 'crashed' }, { pendingRequests: 0 }] })
    expect(new Set(await settled(requests, net))).toEqual(new Set(['ERR_TRUSTP2P_SOCKET_CLOSED']))
  })

  it('of who asked settles each request once, and nothing of that node runs any more', async () => {
    const { net, server, client } = await createPair({}, { echo: Echo, talker: Talker })
    await net.run(2_000)
    const requests = [client.request(server, 'never'), client.request(server, 'echo')]
    net.crash(client)
    const before = net.log.count
    expect(await settled(requests, net)).toEqual(['ERR_SIMULATION_NODE_CRASHED', 'ERR_SIMULATION_NODE_CRASHED'])
    await net.run(10_000)
    expect(net.log.lines.slice(before).filter((line) => line.includes('frame client'))).toEqual([])
    expect(net.audit().nodes[1]).toEqual({
      name: 'client',
      state: 'crashed',
      timers: 0,
      sockets: 0,
      addresses: 0,
      pendingRequests: 0,
      runningRequests: 0
    })
  })

  it('that is silent is noticed after stallMs', async () => {
    const { net, server, client } = await createPair({ stallMs: 7_000 })
    net.crash(server, { silent: true })
    await net.run(6_999)
    expect(client.node.sockets).toHaveLength(1)
    await net.run(1)
    expect(client.node.sockets).toHaveLength(0)
  })

  it('is followed by a restart, after which the others dial again', async () => {
    const { net, server, client } = await createPair()
    const old = server.node
    net.crash(server)
    await net.run(5_000)
    expect(() => server.node).toThrow(coded('ERR_SIMULATION_NODE_STATE'))
    await net.restart(server)
    expect(server.node).not.toBe(old)
    expect([server.starts, server.state]).toEqual([2, 'running'])
    await net.runUntil(() => client.socketTo(server) !== undefined, 60_000)
    expect(await net.wait(client.request(server, 'echo', 1))).toBe(1)
  })

  it('comes first where a node that runs is restarted', async () => {
    const { net, server } = await createPair()
    await net.restart(server)
    expect(net.log.lines.filter((line) => line.endsWith(' server'))).toEqual([
      '0 start server',
      `${net.now} crash server`,
      `${net.now} start server`
    ])
  })

  it('while it starts leaves nothing behind', async () => {
    const { net, server } = await createPair()
    const config = { connect: [server.address] }
    const starting = net.createNode({ name: 'late', config })
    const [, , late] = net.nodes
    if (late === undefined) throw new Error('it is not listed')
    expect(late.state).toBe('starting')
    net.after(5, () => net.crash(late))
    expect(await starting).toBe(late)
    expect(net.audit().nodes[2]).toMatchObject({ state: 'crashed', timers: 0, sockets: 0, addresses: 0 })
  })
})

describe('a pause', () => {
  it('stops a node, which takes what came meanwhile once it goes on', async () => {
    const { net, server, client } = await createPair()
    net.pause(server)
    expect(server.state).toBe('paused')
    const answer = client.request(server, 'echo', 'waited')
    await net.run(5_000)
    expect(net.audit().unsettled).toEqual([{ from: 'client', to: 'server', event: 'echo', askedAt: 40 }])
    net.resume(server)
    expect(await net.wait(answer)).toBe('waited')
    expect(net.now).toBe(5_050)
  })

  it('that lasts makes who waits give up', async () => {
    const { net, server, client } = await createPair()
    net.pause(server)
    const answer = client.request(server, 'echo', 1, { timeoutMs: 3_000 })
    await expect(net.wait(answer)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_REQUEST_TIMEOUT' })
  })

  it('ends with the simulation', async () => {
    const { net, server } = await createPair()
    net.pause(server)
    await net.close()
    expect(server.state).toBe('stopped')
  })
})

describe('a node in another state', () => {
  it('is refused what does not fit', async () => {
    const { net, server, client } = await createPair()
    const refused = coded('ERR_SIMULATION_NODE_STATE')
    expect(() => net.resume(server)).toThrow(refused)
    net.pause(server)
    expect(() => net.pause(server)).toThrow(refused)
    await expect(net.stop(server)).rejects.toEqual(refused)
    net.crash(server)
    for (const act of [() => net.crash(server), () => net.pause(server), () => net.resume(server)]) {
      expect(act).toThrow(refused)
    }
    await expect(net.stop(server)).rejects.toEqual(refused)
    await expect(server.request(client, 'echo')).rejects.toEqual(refused)
  })

  it('is refused where it is of another simulation', async () => {
    const { server } = await createPair()
    const net = createNet()
    await net.createNode({ name: 'server' })
    for (const act of [() => net.crash(server), () => net.partition([server]), () => net.cut(server, server)]) {
      expect(act).toThrow(coded('ERR_SIMULATION_NODE_STATE'))
    }
  })

  it('that was stopped can be started anew', async () => {
    const { net, server, client } = await createPair()
    await net.stop(server)
    expect([server.state, client.node.sockets.length]).toEqual(['stopped', 0])
    await net.restart(server)
    await net.runUntil(() => client.socketTo(server) !== undefined)
  })
})

describe('the same seed', () => {
  const play = async (seed: number): Promise<EventLog> => {
    const net = createNet({ seed, latencyMs: [1, 100], jitterMs: 50, lossPerHour: 200, bandwidth: 2_000 })
    const nodes: SimulatedNode[] = []
    for (let index = 0; index < 10; index++) {
      const connect = nodes.slice(-3).map(({ address }) => address)
      nodes.push(
        await net.createNode({ name: `n${index}`, threads: { talker: Talker, echo: Echo }, config: { connect } })
      )
    }
    const [first, second] = nodes
    if (first === undefined || second === undefined) throw new Error('no nodes')
    net.after(3_000, () => net.partition(nodes.slice(0, 4)))
    net.after(9_000, () => net.heal())
    for (let ms = 10_000; ms < 60_000; ms += 5_000) net.after(ms, () => void net.restart(first))
    net.after(net.random.next() * 20_000, () => net.pause(second))
    net.after(25_000, () => net.resume(second))
    await net.run(60_000)
    return net.log
  }

  it('gives the same event log, byte for byte', async () => {
    const [one, other] = [await play(3), await play(3)]
    expect(other.lines).toEqual(one.lines)
    expect(other.digest()).toBe(one.digest())
    expect(one.count).toBeGreaterThan(2_000)
  })

  it('gives the same log where two simulations run at the same time', async () => {
    const [one, other] = await Promise.all([play(3), play(3)])
    expect(one.digest()).toBe(other.digest())
  })

  it('is another run than that of another seed', async () => {
    expect((await play(3)).digest()).not.toBe((await play(4)).digest())
  })
})

describe('time', () => {
  it('goes on by as much as it is told', async () => {
    const net = createNet()
    await net.run(1_500)
    await net.run(0)
    expect(net.now).toBe(1_500)
  })

  it('calls back when it is due, unless it was called off', async () => {
    const net = createNet()
    const seen: number[] = []
    net.after(10, () => seen.push(net.now))
    net.after(20, () => seen.push(net.now))()
    await net.run(100)
    expect(seen).toEqual([10])
  })

  it('goes on until a condition holds, and names the seed where it does not in time', async () => {
    const net = createNet({ seed: 77 })
    await net.createNode({ name: 'one', threads: { talker: Talker } })
    await net.runUntil(() => net.now >= 2_500)
    expect(net.now).toBe(3_000)
    await expect(net.runUntil(() => false, 500)).rejects.toMatchObject({
      code: 'ERR_SIMULATION_TIMEOUT',
      message: 'what was waited for did not happen within 500 ms (seed 77, 3500 ms)'
    })
  })

  it('is not waited for in vain where nothing is left that could happen', async () => {
    const net = createNet()
    await expect(net.wait(new Promise(() => undefined))).rejects.toEqual(coded('ERR_SIMULATION_IDLE'))
    expect(net.now).toBe(0)
    const [waited] = await Promise.allSettled([net.runUntil(() => net.now === 5), net.run(5)])
    expect(waited.status).toBe('fulfilled')
  })

  it('is refused where it is none', async () => {
    const net = createNet()
    const refused = coded('ERR_SIMULATION_OPTION_INVALID')
    await expect(net.run(-1)).rejects.toEqual(refused)
    await expect(net.runUntil(() => true, NaN)).rejects.toEqual(refused)
    await expect(net.wait(Promise.resolve(), Infinity)).rejects.toEqual(refused)
    expect(() => net.after(-1, () => undefined)).toThrow(refused)
  })

  it('fails at an instant that does not end', async () => {
    const net = createNet({ instantEvents: 100 })
    const again = (): void => void net.after(0, again)
    again()
    await expect(net.run(10)).rejects.toEqual(coded('ERR_SIMULATION_LIMIT_INSTANT'))
  })
})

describe('close', () => {
  it('leaves nothing of the nodes', async () => {
    const { net } = await createPair({}, { echo: Echo, talker: Talker })
    await net.run(3_000)
    await net.close()
    expect(net.audit()).toMatchObject({ leaks: [], unsettled: [] })
    expect(net.nodes.map(({ state }) => state)).toEqual(['stopped', 'stopped'])
  })

  it('names what a stopped node left behind', async () => {
    const clocks: Kit['clock'][] = []
    const kit = (own: Kit): Kit => {
      clocks.push(own.clock)
      return own
    }
    const net = createSimulation({ seed: 5, kit })
    await net.createNode({ name: 'one' })
    clocks[0]?.setTimeout(() => undefined, 1_000_000)
    await expect(net.close()).rejects.toMatchObject({
      code: 'ERR_SIMULATION_LEAKED',
      message: 'the simulation left something behind (seed 5):\n- one left 1 timer'
    })
    expect(net.audit().leaks).toEqual(['one left 1 timer'])
  })

  it('settles requests that are under way', async () => {
    const { net, server, client } = await createPair()
    const answer = expect(client.request(server, 'never')).rejects.toBeDefined()
    await net.close()
    await answer
  })

  it('is done once, and everything is refused from then on', async () => {
    const { net, server } = await createPair()
    const waiting = expect(net.run(1_000_000_000)).rejects.toEqual(coded('ERR_SIMULATION_CLOSED'))
    expect(net.close()).toBe(net.close())
    await net.close()
    await waiting
    const refused = coded('ERR_SIMULATION_CLOSED')
    await expect(net.run(1)).rejects.toEqual(refused)
    await expect(net.createNode({ name: 'late' })).rejects.toEqual(refused)
    for (const act of [() => net.heal(), () => net.crash(server), () => net.after(1, () => undefined)]) {
      expect(act).toThrow(refused)
    }
  })
})
