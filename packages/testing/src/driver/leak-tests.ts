import { deepStrictEqual, ok } from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { DriverSocket } from 'trustp2p'
import { listenOptions } from './driver-bench'
import type { DriverBench } from './driver-bench'
import { bytesOf, turn } from './proofs'
import { LONG_MS } from './runner'
import type { TestRunner } from './runner'
import { SocketRecorder } from './socket-recorder'

/** Connections before the first count: what is made once is there then. */
const WARM_UP = 200

/** What compiled code and the runner may take meanwhile, and what one connection may leave: in bytes. */
const NOISE_BYTES = 2_000_000
const LEFT_BYTES = 100

const DIALS_AT_ONCE = 10

/** Longest wait for the system to give handles back, in turns of the event loop. */
const MOST_TURNS = 10_000

/** The ends that a connection may come to: which side ends it, and how. */
const ENDS: readonly (readonly [side: 'near' | 'far', end: (socket: DriverSocket) => void])[] = [
  ['near', (socket) => socket.close(1000, 'done')],
  ['far', (socket) => socket.close(1001, '')],
  ['near', (socket) => socket.terminate()],
  ['far', (socket) => socket.terminate()]
]

/** Connections that come and go. */
export function describeLeaks(bench: DriverBench, { describe, it }: TestRunner): void {
  const { connects = 10_000 } = bench.subject

  describe('connections that come and go', () => {
    it(
      `leave no handle and no memory behind, ${connects} of them`,
      async () => {
        const comeAndGo = await createVisits(bench)
        await comeAndGo(WARM_UP)
        const before = { handles: handles(), heapBytes: heapBytes() }
        await comeAndGo(connects)
        for (let turns = 0; turns < MOST_TURNS && moreThan(before.handles).length > 0; turns++) await turn()
        deepStrictEqual(moreThan(before.handles), [])
        const grownBytes = heapBytes() - before.heapBytes
        ok(grownBytes < NOISE_BYTES + LEFT_BYTES * connects, `the heap grew by ${grownBytes} bytes`)
      },
      LONG_MS
    )
  })
}

interface End {
  readonly socket: DriverSocket
  readonly recorder: SocketRecorder
}

/** Listens, and gives a function that connects so many times, and ends the connections in turn in all ways. */
async function createVisits(bench: DriverBench): Promise<(times: number) => Promise<void>> {
  const accepted: End[] = []
  const onSocket = (socket: DriverSocket): void => {
    accepted.push({ socket, recorder: SocketRecorder.of(socket) })
    socket.send(bytesOf('welcome'))
  }
  const { address } = await bench.server.listen(bench.subject.listenUrl, listenOptions(onSocket))
  return async (times) => {
    for (let round = 0; round * DIALS_AT_ONCE < times; round++) {
      const near = await Promise.all(Array.from({ length: DIALS_AT_ONCE }, () => dialEnd(bench, address)))
      await Promise.all(near.map(({ recorder }) => recorder.frameCount(1)))
      const far = accepted.splice(0)
      for (const [side, end] of ENDS.slice(round % ENDS.length, (round % ENDS.length) + 1)) {
        for (const { socket } of side === 'near' ? near : far) end(socket)
      }
      await Promise.all([...near, ...far].map(({ recorder }) => recorder.closed()))
    }
  }
}

async function dialEnd(bench: DriverBench, address: string): Promise<End> {
  const socket = await bench.dial(address)
  return { socket, recorder: SocketRecorder.of(socket) }
}

/** What keeps the process alive: how many of each kind. What comes and goes with the turns of the loop is left out. */
function handles(): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  for (const kind of counts.keys()) if (/Immediate|Tick|ReqWrap|Promise/.test(kind)) counts.delete(kind)
  return counts
}

/** The kinds of which there are more than before; timers of the system's libraries may have ended meanwhile. */
function moreThan(before: ReadonlyMap<string, number>): string[] {
  return [...handles()].filter(([kind, count]) => count > (before.get(kind) ?? 0)).map(([kind]) => kind)
}

/** What is reachable: garbage is collected first, for which a process needs no flag of its own. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('gc')
  if (isCollector(collect)) collect()
  return process.memoryUsage().heapUsed
}

function isCollector(value: unknown): value is () => void {
  return typeof value === 'function'
}
