import { createClient, createServer, createThreadList, PackageType, Thread } from '../../../src'
import type { P2pNode, P2pSocket } from '../../../src'
import {
  BUSY_COST,
  HELD_BYTES,
  LOUD_MS,
  LOUD_TURN_COST,
  QUIET_COST_PER_MS,
  ReadTurns,
  SPARSE_COST,
  SPARSE_TURN_COST,
  TURN_COST
} from '../../../src/driver/net/read-turns'
import { SLICE_BYTES, SPARSE_SLICE_BYTES } from '../../../src/driver/net/sliced-reads'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const readers: Reader[] = []

/** A socket all of whose frames are of one read, as long as the test does not move its clock. */
class Reader {
  readonly delivered: Uint8Array[] = []
  readonly calls: string[] = []
  /** How many frames each slice holds that was read of the system, and not taken apart. */
  readonly left: number[] = []
  now = 0
  onDelivered: () => void = () => undefined
  readonly turns = new ReadTurns(
    { now: () => this.now },
    {
      pause: () => this.calls.push('pause'),
      resume: () => this.calls.push('resume'),
      readOn: () => {
        const frames = this.left.shift()
        this.read(frames ?? 0)
        return frames !== undefined
      },
      deliver: (frame) => {
        this.delivered.push(frame)
        this.onDelivered()
      }
    }
  )

  constructor() {
    readers.push(this)
  }

  read(count: number, bytes = 1): this {
    for (let index = 0; index < count; index++) this.turns.take(new Uint8Array(bytes))
    return this
  }
}

/** Each test begins in a turn of the event loop in which nothing was read, and nothing waits. */
beforeEach(async () => {
  for (const reader of readers.splice(0)) reader.turns.clear()
  await turn()
  await turn()
})

it('hands over what a turn may cost at once; one frame more waits for a turn, and nothing is read meanwhile', async () => {
  const reader = new Reader().read(TURN_COST)
  expect([reader.delivered.length, reader.calls]).toEqual([TURN_COST, []])
  reader.read(1)
  expect([reader.delivered.length, reader.calls]).toEqual([TURN_COST, ['pause']])
  while (reader.calls.length < 2) await turn()
  expect(reader.delivered.length).toBe(TURN_COST + 1)
  expect(reader.calls).toEqual(['pause', 'resume'])
})

it('counts long frames by their length', async () => {
  const most = TURN_COST / 2
  expect(new Reader().read(most, 1024).calls).toEqual([])
  await turn()
  expect(new Reader().read(most, 1023).read(most, 1023).calls).toEqual([])
  await turn()
  expect(new Reader().read(most + 1, 1024).calls).toEqual(['pause'])
})

it('counts what a frame turned out to hold, in the read and in the turn of the loop', () => {
  const reader = new Reader()
  reader.onDelivered = () => reader.turns.charge(BUSY_COST)
  expect(reader.read(2).delivered.length).toBe(1)
  expect(reader.calls).toEqual(['pause'])
  expect(new Reader().read(SPARSE_COST + 1).calls).toEqual(['pause'])
})

it('ends the turn of a socket that waited with the frame that held too much, and makes no other one wait for it', async () => {
  const reader = new Reader().read(TURN_COST + 3)
  await turn()
  reader.read(TURN_COST + 3)
  reader.onDelivered = () => reader.turns.charge(TURN_COST)
  const before = reader.delivered.length
  await turn()
  expect(reader.delivered.length).toBe(before + 1)
  expect(new Reader().read(TURN_COST).calls).toEqual([])
})

it('lets as many turns pass as a frame has cost, whether more waits or not, and reads nothing meanwhile', async () => {
  const turns = 20
  for (const more of [0, 1]) {
    const reader = new Reader()
    reader.onDelivered = () => {
      reader.onDelivered = () => undefined
      reader.turns.charge(turns * TURN_COST)
    }
    reader.read(1 + more)
    for (let count = 0; count < turns; count++) await turn()
    expect([reader.calls, reader.delivered.length]).toEqual([['pause'], 1])
    while (reader.calls.length < 2) await turn()
    expect(reader.delivered.length).toBe(1 + more)
  }
})

it('begins anew with each read', async () => {
  const reader = new Reader()
  for (; reader.now < 10; reader.now++) {
    reader.read(TURN_COST)
    await turn()
  }
  expect(reader.calls).toEqual([])
  expect(reader.delivered.length).toBe(10 * TURN_COST)
})

it('begins anew with each read of a socket that pings alone: it is not paused for all of them, and not loud', async () => {
  const [reader, other] = [new Reader(), await loudReader(3 * TURN_COST)]
  for (let count = 0; count <= TURN_COST; count++) {
    reader.now += 1_000
    reader.turns.charge(1)
  }
  expect(reader.calls).toEqual([])
  await turn()
  other.read(TURN_COST + 1)
  expect(reader.turns.admit()).toBe(SLICE_BYTES)
})

it('is busy from the first frame on that costs more than a turn may: each socket hands over a little until it ends', async () => {
  new Reader().read(TURN_COST)
  const rest = BUSY_COST - TURN_COST - 1
  const [calm, last] = [new Reader().read(1), new Reader().read(rest)]
  expect(last.calls).toEqual([])
  expect(last.read(1).calls).toEqual(['pause'])
  expect(calm.read(SPARSE_COST - 1).calls).toEqual([])
  expect([calm.read(1).calls, calm.delivered.length]).toEqual([['pause'], SPARSE_COST])
  while (last.calls.length + calm.calls.length < 4) await turn()
  expect([last.delivered.length, calm.delivered.length]).toEqual([rest + 1, SPARSE_COST + 1])
  expect(new Reader().read(TURN_COST).calls).toEqual([])
})

it('knows by who was read first that a turn is over: requests one by one make none busy', () => {
  const [first, second] = [new Reader(), new Reader()]
  for (let now = 0; now < 2 * BUSY_COST; now += 1) {
    for (const reader of [first, second]) {
      reader.now = now
      reader.read(1)
    }
  }
  expect(new Reader().turns.admit()).toBe(SLICE_BYTES)
  for (let count = 0; count <= BUSY_COST; count += TURN_COST) new Reader().read(TURN_COST)
  expect(new Reader().turns.admit()).toBe(SPARSE_SLICE_BYTES)
})

it('is busy however little each socket gave, as long as none was read again', () => {
  for (let count = 0; count <= BUSY_COST; count++) new Reader().read(1)
  expect(new Reader().turns.admit()).toBe(SPARSE_SLICE_BYTES)
})

it.each([1, 32])(
  'has an end to what comes in many reads of one turn, as records of TLS do: of %d frames each',
  async (frames) => {
    // Nothing counts from the tests before.
    new Reader().read(TURN_COST)
    await turn()
    const reader = new Reader()
    for (let count = 0; count < 10 * BUSY_COST; count += frames) {
      reader.now += 0.001
      reader.read(frames)
    }
    expect(reader.calls).toEqual(['pause'])
    // It is loud after a turn, and from then on the turn of the event loop is counted.
    expect(reader.delivered.length).toBeLessThanOrEqual(TURN_COST + BUSY_COST + frames + 1)
  }
)

it('gives one waiting socket after the other its turn', async () => {
  const [one, other] = [new Reader().read(3 * TURN_COST), new Reader().read(3 * TURN_COST)]
  const counts = [[one.delivered.length, other.delivered.length]]
  while (other.calls.length < 2) {
    await turn()
    counts.push([one.delivered.length, other.delivered.length])
  }
  for (const [first = 0, second = 0] of counts) expect(Math.abs(first - second)).toBeLessThan(2 * TURN_COST)
  expect([one.delivered.length, other.delivered.length]).toEqual([3 * TURN_COST, 3 * TURN_COST])
})

/** One that has sent so much lately that it costs as much as `level` beyond what is quiet. */
async function loudReader(level: number): Promise<Reader> {
  const reader = new Reader().read(level)
  while (reader.calls.at(-1) === 'pause') await turn()
  await turn()
  reader.calls.length = reader.delivered.length = 0
  return reader
}

it('has several that are loud share one turn, however little each read gives, while others are read at once', async () => {
  const [one, other] = [await loudReader(3 * TURN_COST), await loudReader(3 * TURN_COST)]
  const calm = new Reader()
  one.now = other.now = 1
  expect(one.read(TURN_COST - 1).calls).toEqual([])
  expect(other.read(TURN_COST - 1).calls).toEqual(['pause'])
  expect(one.read(1).calls).toEqual(['pause'])
  expect(calm.read(SPARSE_COST).calls).toEqual([])
  while (one.calls.length + other.calls.length < 4) await turn()
  expect([one.delivered.length, other.delivered.length]).toEqual([TURN_COST, TURN_COST - 1])
})

it('serves who sends much at once, and little in the long run, before those that are loud, however many these are', async () => {
  const loud = await Promise.all(Array.from({ length: 9 }, () => loudReader(3 * TURN_COST)))
  for (const reader of loud) {
    reader.now = 1
    reader.read(TURN_COST)
  }
  const bursts = Array.from({ length: 2 }, () => new Reader().read(SPARSE_COST + SPARSE_TURN_COST))
  const ofLoud = (): number => loud.reduce((sum, { delivered }) => sum + delivered.length, 0)
  const before = ofLoud()
  await turn()
  for (const { delivered, calls } of bursts)
    expect([delivered.length, calls]).toEqual([SPARSE_COST + SPARSE_TURN_COST, ['pause', 'resume']])
  expect(ofLoud() - before).toBe(LOUD_TURN_COST)
  expect(loud.filter(({ turns }) => turns.waits).length).toBe(8)
})

it('takes apart within a turn what was read before, up to what the turn may cost', async () => {
  const reader = new Reader().read(TURN_COST + 1)
  reader.left.push(TURN_COST / 2, 0, TURN_COST / 2, 1)
  await turn()
  expect([reader.delivered.length, reader.calls]).toEqual([2 * TURN_COST, ['pause']])
  await turn()
  expect([reader.delivered.length, reader.calls]).toEqual([2 * TURN_COST + 2, ['pause', 'resume']])
})

it('takes little apart of a socket in a busy turn, and nothing of a loud one before its own turn', async () => {
  const [loud, other, calm] = [await loudReader(3 * TURN_COST), await loudReader(3 * TURN_COST), new Reader()]
  expect([loud.turns.admit(), calm.turns.admit()]).toEqual([SLICE_BYTES, SLICE_BYTES])
  other.read(TURN_COST + 1)
  expect([loud.turns.admit(), calm.turns.admit()]).toEqual([0, SLICE_BYTES])
  expect([loud.calls, calm.calls]).toEqual([['pause'], []])
  loud.left.push(1)
  while (loud.calls.length < 2) await turn()
  expect(loud.delivered.length).toBe(1)
  for (let cost = 0; cost <= BUSY_COST; cost += TURN_COST) new Reader().read(TURN_COST)
  expect(calm.turns.admit()).toBe(SPARSE_SLICE_BYTES)
})

it(`counts one whose turn does not suffice as loud, for ${LOUD_MS} ms`, async () => {
  const reader = new Reader().read(2 * TURN_COST + 1)
  await turn()
  expect([reader.delivered.length, reader.turns.waits]).toEqual([2 * TURN_COST, true])
  while (reader.turns.waits) await turn()
  for (const [ms, bytes] of [
    [LOUD_MS - 1, 0],
    [LOUD_MS, SLICE_BYTES]
  ] as const) {
    reader.turns.clear()
    const busy = await loudReader(3 * TURN_COST)
    busy.read(TURN_COST + 1)
    reader.now = ms
    expect(reader.turns.admit()).toBe(bytes)
    busy.turns.clear()
  }
})

it('has one that is loud wait behind those that wait already', async () => {
  const loud = await loudReader(3 * TURN_COST)
  new Reader().read(9 * TURN_COST)
  loud.now = 1
  expect(loud.read(SPARSE_COST).calls).toEqual([])
  expect(loud.read(1).calls).toEqual(['pause'])
})

it('forgets what a socket cost at the rate that is quiet: what is left may be a turn, and not 1 more', async () => {
  const passMs = 1
  for (const more of [0, 1]) {
    const reader = await loudReader(TURN_COST + more)
    new Reader().read(9 * TURN_COST)
    reader.now = passMs
    reader.read(passMs * QUIET_COST_PER_MS)
    expect(reader.calls).toEqual(more === 0 ? [] : ['pause'])
  }
})

it(`counts nobody as loud for longer than ${LOUD_MS} ms`, async () => {
  const [forgiven, loud] = [await loudReader(90 * TURN_COST * 10), await loudReader(90 * TURN_COST * 10)]
  new Reader().read(9 * TURN_COST)
  forgiven.now = LOUD_MS
  loud.now = LOUD_MS - TURN_COST / QUIET_COST_PER_MS
  expect(forgiven.read(BUSY_COST - TURN_COST - 1).calls).toEqual([])
  expect(loud.read(TURN_COST).calls).toEqual(['pause'])
})

it('keeps the order of frames, also of those that come while others wait', async () => {
  const reader = new Reader()
  const frames = Array.from({ length: 4 * TURN_COST }, () => new Uint8Array(1))
  for (const frame of frames.slice(0, 2 * TURN_COST)) reader.turns.take(frame)
  await turn()
  for (const frame of frames.slice(2 * TURN_COST)) reader.turns.take(frame)
  while (reader.calls.at(-1) !== 'resume') await turn()
  expect(reader.delivered.every((frame, index) => frame === frames[index])).toBe(true)
  expect(reader.delivered.length).toBe(frames.length)
})

describe(`holds ${HELD_BYTES} bytes, and hands all over at once where more comes`, () => {
  it('in several frames', () => {
    const reader = new Reader().read(1, TURN_COST * 1024)
    expect(reader.delivered.length).toBe(0)
    reader.read(1, HELD_BYTES - TURN_COST * 1024)
    expect(reader.delivered.length).toBe(0)
    reader.read(1)
    expect(reader.delivered.length).toBe(3)
  })

  it('in one, and as many turns pass without its socket', async () => {
    const reader = new Reader().read(1, 10 * TURN_COST * 1024)
    expect(reader.delivered.length).toBe(1)
    reader.read(1)
    for (let turns = 0; turns < 9; turns++) await turn()
    expect([reader.delivered.length, reader.calls]).toEqual([1, ['pause', 'resume', 'pause']])
    await turn()
    await turn()
    expect([reader.delivered.length, reader.calls]).toEqual([2, ['pause', 'resume', 'pause', 'resume']])
  })

  it('also of what is read while it has its turn', async () => {
    const reader = new Reader().read(TURN_COST + 1)
    reader.left.push(1, 1)
    const big = new Uint8Array(HELD_BYTES + 1)
    reader.onDelivered = () => {
      if (reader.delivered.length === TURN_COST + 2) reader.turns.take(big)
    }
    await turn()
    expect([reader.delivered.length, reader.turns.waits]).toEqual([TURN_COST + 3, true])
    for (let turns = 0; turns < 4; turns++) await turn()
    expect([reader.delivered.length, reader.turns.waits]).toEqual([TURN_COST + 4, false])
  })
})

it('hands over what waits before something else happens', async () => {
  const reader = new Reader().read(3 * TURN_COST)
  reader.turns.flush()
  expect(reader.delivered.length).toBe(3 * TURN_COST)
  await turn()
  expect(reader.calls).toEqual(['pause', 'resume'])
})

it('forgets what waits where the socket is closed within a turn', async () => {
  const reader = new Reader().read(2 * TURN_COST)
  reader.onDelivered = () => reader.turns.clear()
  await turn()
  await turn()
  expect(reader.delivered.length).toBe(TURN_COST + 1)
  expect(reader.calls).toEqual(['pause', 'resume'])
})

describe.each(['ws', 'tcp'])('%s', (scheme) => {
  const nodes: P2pNode[] = []

  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.close()
  })

  async function opened(node: Promise<P2pNode>): Promise<P2pNode> {
    nodes.push(await node)
    return node
  }

  /** A server that keeps what it was told, and clients of it. */
  async function meet(clients: number) {
    const seen: unknown[] = []
    class Seer extends Thread {
      override get eventMap() {
        return { [PackageType.TALK]: { see: this.onSee }, [PackageType.REQUEST]: { ask: () => seen.length } }
      }

      onSee(_socket: unknown, { body }: { readonly body: unknown }): void {
        seen.push(body)
      }
    }
    const common = { cwd: __dirname, auth: 'off', log: { level: 'silent' }, configFile: false } as const
    const listen = [`${scheme}://127.0.0.1:0`]
    const server = await opened(createServer({ ...common, listen, source: createThreadList({ seer: Seer }) }))
    const connect = server.addresses
    const joined: { readonly node: P2pNode; readonly socket: P2pSocket }[] = []
    while (joined.length < clients) {
      const node = await opened(createClient({ ...common, connect, source: createThreadList({}) }))
      joined.push({ node, socket: node.sockets[0] as P2pSocket })
    }
    return { server, seen, joined }
  }

  const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

  it('answers who asks once before it has read all of who floods', async () => {
    const { seen, joined } = await meet(2)
    const [loud, calm] = joined as [(typeof joined)[0], (typeof joined)[0]]
    await calm.node.request(calm.socket, 'ask')
    const count = 40 * TURN_COST
    for (let index = 0; index < count; index++) loud.node.talk(loud.socket, 'see', index)
    const seenBefore = await calm.node.request(calm.socket, 'ask')
    expect(seenBefore).toBeLessThan(count / 2)
    await loud.node.request(loud.socket, 'ask')
    expect(seen).toEqual(numbers(count))
  })

  it('reads all that came before a close, also where answers to it cannot leave any more', async () => {
    const { server, seen, joined } = await meet(1)
    const [{ node, socket }] = joined as [(typeof joined)[0]]
    const answers: Promise<unknown>[] = []
    const count = 3 * TURN_COST
    for (let index = 0; index < count; index++) {
      answers.push(node.request(socket, 'ask'))
      node.talk(socket, 'see', index)
    }
    const closed = new Promise((resolve) => server.on('socket:close', (_socket, code) => resolve(code)))
    socket.close()
    await Promise.allSettled(answers)
    expect(await closed).toBe(1000)
    expect(seen).toEqual(numbers(count))
  })
})

describe('bytes of which no frame is told', () => {
  const KIB = 1_024

  it('cost 1 for each KiB, in slices as short as they are: more than a turn of them waits', () => {
    const reader = new Reader()
    for (let bytes = 0; bytes < (TURN_COST + 1) * KIB - SPARSE_SLICE_BYTES; bytes += SPARSE_SLICE_BYTES) {
      reader.turns.chargeBytes(SPARSE_SLICE_BYTES)
    }
    expect(reader.calls).toEqual([])
    reader.turns.chargeBytes(SPARSE_SLICE_BYTES)
    expect(reader.calls).toEqual(['pause'])
  })

  it('cost nothing beside frames that cost as much', () => {
    const reader = new Reader()
    for (let count = 0; count < TURN_COST / 8; count++) {
      reader.read(8)
      reader.turns.chargeBytes(8 * KIB)
    }
    expect([reader.delivered.length, reader.calls]).toEqual([TURN_COST, []])
  })
})

it('goes on serving all others where a receiver throws, and the one that threw', async () => {
  const thrown: unknown[] = []
  const schedule = setImmediate
  const caught = jest.spyOn(globalThis, 'setImmediate').mockImplementation((callback: () => void) =>
    schedule(() => {
      try {
        callback()
      } catch (error) {
        thrown.push(error)
      }
    })
  )
  try {
    const [first, second] = [new Reader().read(TURN_COST + 3), new Reader().read(TURN_COST + 3)]
    first.onDelivered = () => {
      if (first.delivered.length === TURN_COST + 1) throw new Error('of the receiver')
    }
    for (let count = 0; count < 20; count++) await new Promise((resolve) => schedule(resolve))
    expect([first.delivered.length, second.delivered.length]).toEqual([TURN_COST + 3, TURN_COST + 3])
    expect(thrown).toEqual([new Error('of the receiver')])
  } finally {
    caught.mockRestore()
  }
})
