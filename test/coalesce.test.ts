import { CP2pPackage, createNode, PackageType } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { QUIET } from './pair'
import { closing, createProject, disposeAll, until } from './project'
import { startRawServer } from './raw-server'

/** T8: base64(sha256) over the sorted fields of type 30, event `echo`, body `{"a":1}`. */
const VECTOR = 'UzEu9UYOdTKSLlMksg4cToxO3FQ/f7m5cWJx6+e9gZk='

afterEach(disposeAll)

interface Recorded {
  readonly client: P2pNode
  readonly socket: P2pSocket
  /** The requests as they were on the wire. */
  readonly requests: CP2pPackage[]
  /** Answers all of them, each with its place in the list. */
  answer(): void
}

/** A client of a peer that keeps what it is asked, and answers when it is told to. */
async function connectToRecorder(): Promise<Recorded> {
  const requests: CP2pPackage[] = []
  let answer = (): void => undefined
  const url = await startRawServer((socket) => {
    socket.on('message', (data: Buffer) => {
      const received = CP2pPackage.decode(data)
      if (received.type === PackageType.REQUEST) requests.push(received)
    })
    answer = () => {
      for (const [index, { event, tag }] of requests.entries()) {
        socket.send(CP2pPackage.encode({ type: PackageType.RESPONSE, event, body: index, tag }))
      }
    }
  })
  const client = await closing(createNode({ cwd: createProject().cwd, ...QUIET }))
  const socket = await client.connect(url)
  return { client, socket, requests, answer: () => answer() }
}

describe('T8 T12 requests with coalesce', () => {
  it('carry the content tag on the wire', async () => {
    const { client, socket, requests, answer } = await connectToRecorder()
    const asked = client.request(socket, 'echo', { a: 1 }, { coalesce: true })
    await until(() => requests.length === 1, 'a request')
    expect(requests.map(({ tag }) => tag)).toEqual([VECTOR])
    answer()
    await expect(asked).resolves.toBe(0)
  })

  it('that are equal but for the order of keys are one frame, whose keys keep their order', async () => {
    const { client, socket, requests, answer } = await connectToRecorder()
    const bodies = [
      { b: { d: 1, c: [2] }, a: 3 },
      { a: 3, b: { c: [2], d: 1 } }
    ]
    const asked = bodies.map((body) => client.request(socket, 'echo', body, { coalesce: true }))
    const other = client.request(socket, 'echo', { a: 3, b: { c: [2], d: 2 } }, { coalesce: true })
    const plain = client.request(socket, 'echo', bodies[0])
    await until(() => requests.length === 3, 'three requests')
    expect(new Set(requests.map(({ tag }) => tag)).size).toBe(3)
    expect(requests.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual([
      '{"b":{"d":1,"c":[2]},"a":3}',
      '{"a":3,"b":{"c":[2],"d":2}}',
      '{"b":{"d":1,"c":[2]},"a":3}'
    ])
    answer()
    await expect(Promise.all([...asked, other, plain])).resolves.toEqual([0, 0, 1, 2])
    expect(client.status().counters.coalescedRequests).toBe(1)
  })
})
