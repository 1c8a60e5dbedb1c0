import { CP2pPackage, createNode, createServer, PackageType } from 'trustp2p'
import type { P2pNode, P2pSocket } from 'trustp2p'
import { addressOf, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, until } from './project'
import { startRawServer } from './raw-server'
import { dialRaw } from './wire-client/peers'

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

/** Counts its runs, and answers with their number once it is told to. */
const COUNTING = `
  const { Thread, PackageType } = require('trustp2p')
  module.exports = class Counting extends Thread {
    runs = 0
    get eventMap() {
      return {
        [PackageType.REQUEST]: {
          run: () => {
            const run = ++this.runs
            return new Promise((resolve) => (this.answer = () => resolve(run)))
          }
        },
        [PackageType.TALK]: { answer: () => this.answer() }
      }
    }
  }
`

it('T12 a receiver that still answers a request does not run it again: one run, one answer', async () => {
  const project = createProject()
  project.thread('counting.js', COUNTING)
  const server = await closing(createServer({ cwd: project.cwd, ...LISTEN }))
  const { socket } = await dialRaw(addressOf(server))
  const answers: unknown[] = []
  socket.on('message', (data: Buffer) => {
    const { type, body, tag } = CP2pPackage.decode(data)
    if (type === PackageType.RESPONSE) answers.push([tag, body])
  })
  const ask = (tag: string) =>
    socket.send(CP2pPackage.encode({ type: PackageType.REQUEST, event: 'run', body: null, tag }))
  const letAnswer = () => socket.send(CP2pPackage.encode({ type: PackageType.TALK, event: 'answer', body: null }))

  ask(VECTOR)
  ask(VECTOR)
  await until(() => server.status().counters.repeatedRequests === 1, 'the repeated request')
  expect(server.status().runningRequests).toBe(1)
  letAnswer()
  await until(() => answers.length > 0, 'an answer')
  // Frames of a socket are taken in their order: what the first two brought has come by then.
  ask(VECTOR)
  letAnswer()
  await until(() => answers.length > 1, 'the next answer')
  expect(answers).toEqual([
    [VECTOR, 1],
    [VECTOR, 2]
  ])
  expect(server.status().counters.repeatedRequests).toBe(1)
})
