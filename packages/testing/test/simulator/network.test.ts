import { errorCode } from 'trustp2p'
import type { DriverSocket, SocketLimits } from 'trustp2p'
import { EventLog } from '../../src/simulator/event-log'
import { Machine } from '../../src/simulator/machine'
import { Network } from '../../src/simulator/network'
import { RunLoop } from '../../src/simulator/run-loop'
import { randomFor } from '../../src/simulator/seeds'
import { createSimulatedDriver } from '../../src/simulator/simulated-driver'
import { readSimulationOptions } from '../../src/simulator/simulation-options'
import type { SimulationOptions } from '../../src/simulator/simulation-options'
import { VirtualTime } from '../../src/simulator/virtual-time'

const LIMITS: SocketLimits = { frameBytes: 1_000, sendQueueBytes: 1_000, handshakeMs: 5_000 }

/** Two machines, of which `far` listens. */
async function createPair(options: SimulationOptions = {}) {
  const settings = readSimulationOptions({ seed: 1, latencyMs: 10, ...options })
  const time = new VirtualTime(settings.instantEvents)
  const log = new EventLog(1_000)
  const network = new Network({ time, settings, log, random: randomFor(settings.seed, 'network') })
  const loop = new RunLoop(time, () => '')
  const run = (ms: number): Promise<boolean> => loop.wait({ until: time.now + ms })
  const near = new Machine('near', '10.0.0.1', time)
  const far = new Machine('far', '10.0.0.2', time)
  const driver = createSimulatedDriver(near, network)
  const told: string[] = []
  const record = (name: string, socket: DriverSocket): DriverSocket => {
    const tell = (what: string): void => void told.push(`${time.now} ${name} ${what}`)
    socket.attach({
      onFrame: (bytes) => tell(`frame ${bytes.join(' ')}`),
      onDrain: () => tell('drain'),
      onError: ({ code }) => tell(code),
      onClose: (code, reason) => tell(`close ${code} ${reason}`.trimEnd())
    })
    return socket
  }
  const accepted: DriverSocket[] = []
  const farDriver = createSimulatedDriver(far, network)
  const onSocket = (socket: DriverSocket): void => void accepted.push(record('far', socket))
  const listening = farDriver.listen('sim://far', { limits: LIMITS, onWarning: () => undefined, onSocket })
  await run(0)
  await listening
  const dial = (limits: Partial<SocketLimits> = {}): Promise<DriverSocket | string> =>
    driver.dial('sim://far', { limits: { ...LIMITS, ...limits } }).then(
      (socket) => record('near', socket),
      (error: unknown) => `${time.now} ${errorCode(error)}`
    )
  return { time, network, log, run, near, far, driver, farDriver, told, accepted, dial }
}

async function connect(options: SimulationOptions = {}) {
  const pair = await createPair(options)
  const dialling = pair.dial()
  await pair.run(1_000)
  const socket = await dialling
  const [accepted] = pair.accepted
  if (typeof socket === 'string' || accepted === undefined) throw new Error('not connected')
  pair.told.length = 0
  const from = pair.time.now
  return { ...pair, socket, accepted, from }
}

/** Each on a side of its own. */
const sides = new Map([
  ['near', 0],
  ['far', 1]
])

describe('connections', () => {
  it('take a way there and a way back', async () => {
    const { dial, run, log } = await createPair()
    const dialling = dial()
    await run(20)
    expect(await dialling).toMatchObject({ url: 'sim://far', peer: 'sim://far', host: '10.0.0.2' })
    expect(log.lines).toEqual(['10 connect near far #1'])
  })

  it('name who dialled by its address', async () => {
    const { accepted } = await connect()
    expect(accepted).toMatchObject({ url: 'sim://far', peer: '10.0.0.1:49153', host: '10.0.0.1' })
  })

  it('are refused after a way there and back where nobody listens', async () => {
    const { driver, run, time } = await createPair()
    const dialling = driver.dial('sim://nobody', { limits: LIMITS }).catch((error: unknown) => [time.now, error])
    await run(30)
    expect(await dialling).toEqual([20, expect.objectContaining({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED' })])
  })

  it('are refused where the listener closes while they are on their way', async () => {
    const { dial, run, farDriver } = await createPair()
    const dialling = dial()
    await run(5)
    await Promise.all([farDriver.close(), run(100)])
    expect(await dialling).toMatch(/^20 ERR_TRUSTP2P_DRIVER_DIAL_FAILED/)
  })

  it('time out at handshakeMs, and not before', async () => {
    const { dial, run, network } = await createPair()
    network.partition(sides)
    const [late, early] = [dial({ handshakeMs: 51 }), dial({ handshakeMs: 50 })]
    await run(50)
    network.partition(undefined)
    await run(100)
    expect(await early).toMatch(/^50 ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT/)
    expect(await late).toMatch(/^51 ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT/)
  })

  it('open after a partition that ends in time', async () => {
    const { dial, run, network, time } = await createPair()
    network.partition(sides)
    const dialling = dial().then((socket) => [time.now, socket])
    await run(50)
    network.partition(undefined)
    await run(100)
    expect(await dialling).toEqual([70, expect.objectContaining({ url: 'sim://far' })])
  })

  it('are refused where the machine goes down on the way', async () => {
    const { dial, run, network, far } = await createPair()
    const dialling = dial()
    await run(5)
    far.end()
    network.lose(far, false)
    await run(100)
    expect(await dialling).toMatch(/^15 ERR_TRUSTP2P_DRIVER_DIAL_FAILED/)
  })

  it('leave nothing behind once both ends are gone', async () => {
    const { socket, network, near, far, run, time } = await connect({ lossPerHour: 1 })
    expect([network.holdingsOf(near), network.holdingsOf(far)]).toEqual([
      { addresses: 0, sockets: 1 },
      { addresses: 1, sockets: 1 }
    ])
    socket.close(1000, 'done')
    await run(100)
    expect([network.holdingsOf(near).sockets, network.holdingsOf(far).sockets, near.timers, far.timers]).toEqual([
      0, 0, 0, 0
    ])
    expect(time.nextAt).toBe(Infinity)
  })
})

describe('frames', () => {
  it('take the latency of their connection', async () => {
    const { socket, run, told, from } = await connect()
    socket.send(new Uint8Array([1, 2]))
    await run(100)
    expect(told).toEqual([`${from + 10} far frame 1 2`])
  })

  it('take longer by jitter, and stay in order', async () => {
    const { socket, run, told } = await connect({ jitterMs: 100 })
    for (let index = 0; index < 20; index++) {
      socket.send(new Uint8Array([index]))
      await run(1)
    }
    await run(200)
    expect(told.map((line) => Number(line.split(' ').at(-1)))).toEqual(Array.from({ length: 20 }, (_, index) => index))
    expect(new Set(told.map((line) => line.split(' ')[0])).size).toBeGreaterThan(2)
  })

  it('are lines of the log, with a hash of their bytes', async () => {
    const { socket, run, log, from } = await connect()
    socket.send(new TextEncoder().encode('foobar'))
    await run(100)
    expect(log.lines.at(-1)).toBe(`${from + 10} frame near far #1 6 bf9cf968`)
  })

  it('are none where logFrames is false', async () => {
    const { socket, run, log } = await connect({ logFrames: false })
    socket.send(new Uint8Array(1))
    await run(100)
    expect(log.lines).toEqual(['10 connect near far #1'])
  })
})

describe('a partition', () => {
  it('stops frames, which arrive in order once it ends', async () => {
    const { socket, run, network, told, from } = await connect()
    network.partition(sides)
    socket.send(new Uint8Array([1]))
    await run(50)
    network.partition(undefined)
    socket.send(new Uint8Array([2]))
    await run(50)
    expect(told).toEqual([`${from + 60} far frame 1`, `${from + 60} far frame 2`])
  })

  it('loses a connection after stallMs, and not before', async () => {
    const { run, network, told, from, log } = await connect({ stallMs: 1_000 })
    network.partition(sides)
    await run(999)
    expect(told).toEqual([])
    await run(1)
    expect(told).toEqual([`${from + 1_000} near close 1006`, `${from + 1_000} far close 1006`])
    expect(log.lines).toContain(`${from + 1_000} lose near far #1`)
  })

  it('loses none where it ends before', async () => {
    const { run, network, told } = await connect({ stallMs: 1_000 })
    network.partition(sides)
    await run(999)
    network.partition(undefined)
    await run(10_000)
    expect(told).toEqual([])
  })

  it('goes on without a break where another takes its place', async () => {
    const { run, network, told } = await connect({ stallMs: 1_000 })
    network.partition(sides)
    await run(999)
    network.partition(new Map([['far', 0]]))
    await run(1)
    expect(told).toHaveLength(2)
  })
})

describe('a lost connection', () => {
  it('is lost at random, as often as lossPerHour says', async () => {
    const { run, told, driver, accepted, log } = await createPair({ lossPerHour: 60, latencyMs: 0 })
    const count = 200
    for (let index = 0; index < count; index++) void driver.dial('sim://far', { limits: LIMITS }).catch(() => undefined)
    await run(60_000)
    expect(accepted).toHaveLength(count)
    const lost = log.lines.filter((line) => line.includes(' lose ')).length
    expect(lost).toBeGreaterThan(count * 0.5)
    expect(lost).toBeLessThan(count * 0.75)
    expect(told.filter((line) => line.endsWith('far close 1006'))).toHaveLength(lost)
  })

  it('ends at both ends at once where it is cut', async () => {
    const { near, far, network, told, run, from } = await connect()
    expect(network.cut(far, near)).toBe(1)
    expect(network.cut(far, near)).toBe(0)
    await run(1)
    expect(told).toEqual([`${from} near close 1006`, `${from} far close 1006`])
  })

  it('is known to the other side a latency after its machine went down', async () => {
    const { far, network, told, run, from } = await connect()
    far.end()
    network.lose(far, false)
    await run(100)
    expect(told).toEqual([`${from + 10} near close 1006`])
  })

  it('is known after stallMs where the machine went down silently, whatever partition ends meanwhile', async () => {
    const { far, network, told, run, from } = await connect({ stallMs: 1_000 })
    far.end()
    network.lose(far, true)
    network.partition(sides)
    network.partition(undefined)
    await run(2_000)
    expect(told).toEqual([`${from + 1_000} near close 1006`])
  })

  it('is known after stallMs where the machine went down silently', async () => {
    const { far, network, told, run, from } = await connect({ stallMs: 1_000 })
    far.end()
    network.lose(far, true)
    await run(2_000)
    expect(told).toEqual([`${from + 1_000} near close 1006`])
  })
})
