import { createClient, createServer, defineContract } from 'trustp2p'
import type { ContractEvent, P2pNode, P2pSocket } from 'trustp2p'
import type { WebSocket } from 'ws'
import { CP2pPackage, PackageType } from 'trustp2p'
import { addressOf, LISTEN, QUIET } from './pair'
import { closing, createProject, disposeAll, once, until } from './project'
import type { Project } from './project'
import { startRawServer } from './raw-server'

afterEach(disposeAll)

const PROTO = `syntax = "proto3";
message Line { string text = 1; }
message Sent { int64 id = 1; string text = 2; }
service Chat { rpc Send(Line) returns (Sent); rpc Count(Line) returns (Sent); }
`
const THREAD = `
import { PackageType, Thread } from 'trustp2p'
export default class Chat extends Thread {
  static manifest = { contract: './chat.proto' }
  seen = []
  get eventMap() {
    return {
      [PackageType.REQUEST]: { 'chat/send': this.onSend, 'chat/count': this.onCount, 'chat/seen': () => this.seen },
      [PackageType.TALK]: { 'chat/send': this.onTalk }
    }
  }
  onSend(socket, message) {
    this.seen.push(Object.keys(message.body).join())
    return { id: BigInt(message.body.text.length), text: message.body.text }
  }
  onCount() { return { id: 'many' } }
  onTalk(socket, message) { this.seen.push(message.body.text) }
}
`

interface Line {
  text: string
}
interface Sent {
  id: bigint
  text: string
}
interface Chat {
  readonly send: ContractEvent<Line, Sent>
  readonly count: ContractEvent<Line, Sent>
}

function chatOf(proto = PROTO): Chat {
  return defineContract<{ Chat: Chat }>(proto).Chat
}

function createChat(proto = PROTO, thread = THREAD): Project {
  const project = createProject()
  project.write('threads-available/chat.proto', proto)
  project.thread('chat.mjs', thread)
  return project
}

type Isolation = 'inline' | 'worker'
const MODES: readonly Isolation[] = ['inline', 'worker']

/** A server that runs the thread of a project, where the mode says. */
function createChatServer({ cwd }: Project, isolation: Isolation): Promise<P2pNode> {
  return closing(createServer({ cwd, ...LISTEN, threads: { chat: { isolation }, other: { isolation } } }))
}

async function serve(isolation: Isolation, proto = PROTO): Promise<{ project: Project; server: P2pNode }> {
  const project = createChat(proto)
  return { project, server: await createChatServer(project, isolation) }
}

async function dial(server: P2pNode, proto?: string): Promise<{ client: P2pNode; socket: P2pSocket; Chat: Chat }> {
  const Chat = chatOf(proto)
  const project = createProject()
  const contracts = proto === undefined ? [] : [{ ...Chat }]
  const client = await closing(createClient({ cwd: project.cwd, ...QUIET, connect: server.addresses, contracts }))
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('the client reached nobody')
  return { client, socket, Chat }
}

const TWO_TEXTS = PROTO.replace('Line { string text = 1; }', 'Line { string text = 1; string more = 2; }')

/** Keeps what it has seen over a reload, and gives it away once one more peer has come. */
const KEEPING = THREAD.replace(
  'get eventMap()',
  `comes = new Promise((resolve) => { this.onCome = resolve })
  onSocketConnection() { if (this.pauses) this.onCome() }
  async snapshot() {
    this.pauses = true
    for (const socket of this.node.sockets) this.node.talk(socket, 'pausing')
    await this.comes
    return this.seen
  }
  restore(seen) { this.seen = seen }
  get eventMap()`
)

describe.each(MODES)('a thread that brings a .proto, %s (U5)', (mode) => {
  it('gets bodies that are read and checked, and its answers are written by the contract', async () => {
    const { server } = await serve(mode)
    const { client, socket, Chat } = await dial(server, PROTO)
    const sent = await client.request(socket, Chat.send, { text: 'hello' })
    expect(sent).toEqual({ id: 5n, text: 'hello' })
    expect(await client.request(socket, 'chat/send', { text: 'you' })).toEqual({ id: 3n, text: 'you' })
    client.talk(socket, Chat.send, { text: 'told' })
    const seen = await client.request(socket, 'chat/seen')
    expect(seen).toEqual(['text', 'text', 'told'])
    const all = await client.broadcast(Chat.send, { text: 'all' })
    expect(all).toMatchObject([{ status: 'answered', body: { id: 3n } }])
  })

  it('T11 whose answer does not match fails, and its caller is told which field', async () => {
    const { server } = await serve(mode)
    const { client, socket, Chat } = await dial(server, PROTO)
    await expect(client.request(socket, Chat.count, { text: '' })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_BODY',
      message: 'chat/count: Sent.id takes a bigint of 64 bits, not a string'
    })
  })

  it('answers a peer that has no contract in JSON', async () => {
    const { server } = await serve(mode)
    const { client, socket } = await dial(server)
    expect(await client.request(socket, 'chat/send', { text: 'hello' })).toEqual({ id: '5', text: 'hello' })
    await expect(client.request(socket, 'chat/send', { text: 5 })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_BODY_INVALID'
    })
  })

  it('refuses what waited for its next version where that would misread it', async () => {
    const project = createChat(TWO_TEXTS, KEEPING)
    const server = await createChatServer(project, mode)
    const { client, socket, Chat } = await dial(server, TWO_TEXTS)
    await client.request(socket, Chat.send, { text: 'before' })
    project.write(
      'threads-available/chat.proto',
      TWO_TEXTS.replace('text = 1', 'text = 2').replace('more = 2', 'more = 1')
    )
    const reloaded = server.threads.reload('chat')
    await until(() => client.status().counters.unknownEvents > 0, 'the pause')
    const asked = client.request(socket, Chat.send, { text: 'meanwhile' }).catch((error: unknown) => error)
    await until(() => server.status().runningRequests > 0, 'the request')
    const other = await dial(server)
    await reloaded
    expect(await asked).toMatchObject({ code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH' })
    expect(await other.client.request(other.socket, 'chat/seen')).toEqual(['text,more'])
    expect(server.status().counters.mismatchedBodies).toBe(1)
  })

  it('is asked typed by a program that gave its node no contract', async () => {
    const { server } = await serve(mode)
    const { client, socket, Chat } = await dial(server)
    expect(await client.request(socket, Chat.send, { text: 'hello' })).toEqual({ id: 5n, text: 'hello' })
  })

  it('asks and tells typed, by name and by what it defines, and reads the answers', async () => {
    const { server } = await serve(mode)
    const project = createProject()
    project.write('threads-available/ask.proto', PROTO)
    project.thread(
      'ask.mjs',
      `
import { defineContract, PackageType, Thread } from 'trustp2p'
const { Chat } = defineContract(${JSON.stringify(PROTO)})
const { Echo } = defineContract('syntax = "proto3"; message E { int64 n = 1; } service Echo { rpc Do(E) returns (E); }')
export default class Ask extends Thread {
  static manifest = { contract: './ask.proto' }
  get eventMap() {
    return { [PackageType.REQUEST]: { go: this.onGo } }
  }
  async onGo() {
    const [socket] = this.node.client.sockets.filter(({ outbound }) => outbound)
    const first = await this.node.request(socket, Chat.send, { text: 'object' })
    const second = await this.node.request(socket, 'chat/send', { text: 'name' })
    this.node.talk(socket, 'chat/send', { text: 'told' })
    const [third] = await this.node.broadcast(Chat.send, { text: 'all' }, { sockets: [socket] })
    const wrong = await this.node.request(socket, 'chat/send', { text: 5 }).catch(({ code }) => code)
    const other = await this.node.request(socket, Echo.do, { n: 2n ** 60n }).catch(({ code }) => code)
    return [typeof first.id, first.text, typeof second.id, second.text, third.body.text, wrong, other]
  }
}
`
    )
    const threads = { ask: { isolation: mode } }
    const asker = await closing(createServer({ cwd: project.cwd, ...LISTEN, connect: server.addresses, threads }))
    expect(asker.threads.list()).toMatchObject([{ name: 'ask', state: 'running' }])
    const { client, socket } = await dial(asker)
    expect(await client.request(socket, 'go')).toEqual([
      ...['bigint', 'object', 'bigint', 'name', 'all'],
      ...['ERR_TRUSTP2P_CONTRACT_BODY', 'ERR_TRUSTP2P_THREAD_NO_HANDLER']
    ])
    const back = await dial(server)
    expect(await back.client.request(back.socket, 'chat/seen')).toEqual(['text', 'text', 'told', 'text'])
  })

  it('may name a service of defineContract in its manifest', async () => {
    const thread = THREAD.replace("'./chat.proto'", 'Chat')
      .replace(
        "import { PackageType, Thread } from 'trustp2p'",
        `import { defineContract, PackageType, Thread } from 'trustp2p'
const { Chat } = defineContract(${JSON.stringify(PROTO)})`
      )
      .replace('class Chat extends', 'class ChatThread extends')
    const server = await createChatServer(createChat(PROTO, thread), mode)
    const { client, socket, Chat } = await dial(server, PROTO)
    expect(await client.request(socket, Chat.send, { text: 'hello' })).toEqual({ id: 5n, text: 'hello' })
  })

  it('infers types of bodies and answers', async () => {
    const { server } = await serve(mode)
    const { client, socket, Chat } = await dial(server, PROTO)
    const { id, text } = await client.request(socket, Chat.send, { text: 'hello' })
    const sum: bigint = id + 1n
    const upper: string = text.toUpperCase()
    expect([sum, upper]).toEqual([6n, 'HELLO'])
    // @ts-expect-error -- the contract has no such field
    await expect(client.request(socket, Chat.send, { txet: 'hello' })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_BODY'
    })
    // @ts-expect-error -- a text is no number
    expect(() => client.talk(socket, Chat.send, { text: 5 })).toThrow('Line.text takes a text')
    // @ts-expect-error -- the answer is no string
    const wrong: string = await client.request(socket, Chat.send, { text: '' })
    expect(wrong).toEqual({ id: 0n, text: '' })
  })

  it('is loaded anew when its .proto changes, and runs on while that is wrong', async () => {
    const { project, server } = await serve(mode)
    const { client, socket, Chat } = await dial(server, PROTO)
    const failed = once(server, 'thread:failed')
    project.replace('threads-available/chat.proto', PROTO.replace('message Sent {', 'message Sent'))
    const [info] = (await failed) as [{ error: Error }]
    expect(info.error).toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_INVALID',
      details: { file: 'threads-available/chat.proto', line: 3 }
    })
    expect(await client.request(socket, Chat.send, { text: 'hello' })).toEqual({ id: 5n, text: 'hello' })
    const reloaded = once(server, 'thread:reloaded')
    project.replace(
      'threads-available/chat.proto',
      PROTO.replace('string text = 1;', 'string text = 1; string more = 2;')
    )
    await reloaded
    expect(await client.request(socket, Chat.send, { text: 'again' })).toEqual({ id: 5n, text: 'again' })
    expect(await client.request(socket, 'chat/seen')).toEqual(['text,more'])
  })

  it('finds a .proto by its name in the folder proto, and comes when it comes', async () => {
    const project = createChat(PROTO, THREAD.replace('./chat.proto', 'shared'))
    const server = await createChatServer(project, mode)
    expect(server.threads.list()).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_CONTRACT_INVALID' } }])
    const started = once(server, 'thread:started')
    project.write('proto/shared.proto', PROTO)
    await started
    const { client, socket, Chat } = await dial(server, PROTO)
    expect(await client.request(socket, Chat.send, { text: 'hello' })).toMatchObject({ id: 5n })
  })

  it('may not read it from outside of the project', async () => {
    const other = createProject()
    other.write('chat.proto', PROTO)
    const project = createChat(
      PROTO,
      THREAD.replace('./chat.proto', `../../${other.cwd.split('/').at(-1) ?? ''}/chat.proto`)
    )
    const server = await createChatServer(project, mode)
    expect(server.threads.list()).toMatchObject([{ error: { code: 'ERR_TRUSTP2P_THREAD_FORBIDDEN' } }])
  })

  it('does not run beside one whose contract has the same name and says something else', async () => {
    const project = createChat()
    project.write('threads-available/other.proto', PROTO.replace('string text = 1;', 'bytes text = 1;'))
    project.thread('other.mjs', THREAD.replace('./chat.proto', './other.proto'))
    const server = await createChatServer(project, mode)
    expect(server.threads.list()).toMatchObject([
      { name: 'chat', state: 'running' },
      { name: 'other', error: { code: 'ERR_TRUSTP2P_CONTRACT_CONFLICT' } }
    ])
    await server.threads.disable('chat')
    await server.threads.reload('other')
    expect(server.contracts.find('chat/send')).toBeDefined()
  })
})

describe.each(MODES)('two nodes with different versions of a contract, %s (U5)', (mode) => {
  it('that are compatible understand each other, both ways', async () => {
    const { server } = await serve(mode)
    const wider = PROTO.replace('string text = 1;', 'string text = 1; optional string mood = 7;')
    const { client, socket, Chat } = await dial(server, wider)
    expect(await client.request(socket, Chat.send, { text: 'hello' })).toEqual({ id: 5n, text: 'hello' })
    expect(await client.request(socket, 'chat/seen')).toEqual(['text'])
  })

  it('that are not are told so when they greet, on both sides; the event is refused, the others go on', async () => {
    const { server } = await serve(mode)
    const told = once(server, 'warning')
    const clashing = PROTO.replace('message Line { string text = 1; }', 'message Line { string text = 2; }').replace(
      'rpc Count(Line)',
      'rpc Count(Sent)'
    )
    const Chat = chatOf(clashing)
    const project = createProject()
    const client = await closing(createClient({ cwd: project.cwd, ...QUIET, connect: [], contracts: [{ ...Chat }] }))
    const toldToo = once(client, 'warning')
    const socket = await client.connect(addressOf(server))
    const named = { event: 'chat/send', field: 'Line.text', differs: 'has number 1 here and 2 there' }
    expect(await told).toMatchObject([{ code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH', details: named }])
    expect(await toldToo).toMatchObject([
      { code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH', details: { ...named, differs: 'has number 2 here and 1 there' } }
    ])
    const mismatch = { code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH' }
    await expect(client.request(socket, Chat.send, { text: 'hello' })).rejects.toMatchObject(mismatch)
    expect(await client.request(socket, 'chat/seen')).toEqual([])
    const back = await until(() => server.sockets[0], 'an inbound socket')
    await expect(server.request(back, 'chat/send', { text: 'hello' })).rejects.toMatchObject(mismatch)
    expect(client.status().counters.mismatchedBodies).toBe(0)
  })

  it('that did not greet with it are told so with the first body', async () => {
    const { server } = await serve(mode)
    const { client, socket, Chat } = await dial(server)
    const clashing = chatOf(PROTO.replace('string text = 1', 'bytes text = 1'))
    const mismatch = { code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH' }
    const body = { text: Uint8Array.of(1) as unknown as string }
    await expect(client.request(socket, clashing.send, body)).rejects.toMatchObject(mismatch)
    expect(await client.request(socket, Chat.send, { text: 'a' })).toMatchObject({ id: 1n })
  })

  it('are friends again once the .proto is mended', async () => {
    const { project, server } = await serve(mode, PROTO.replace('string text = 1;', 'string text = 9;'))
    const { client, socket, Chat } = await dial(server, PROTO)
    await expect(client.request(socket, Chat.send, { text: 'hello' })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_CONTRACT_MISMATCH'
    })
    const reloaded = once(server, 'thread:reloaded')
    project.replace('threads-available/chat.proto', PROTO)
    await reloaded
    // What the server says of its contracts comes before what it answers.
    await client.request(socket, 'chat/seen')
    expect(await client.request(socket, Chat.send, { text: 'hi' })).toEqual({ id: 2n, text: 'hi' })
  })
})

describe('a hostile server of descriptors (U5)', () => {
  it.each([
    ['says nothing', undefined],
    ['sends garbage', Buffer.alloc(70_000, 0x5b)],
    ['sends another one', Buffer.from('{"name":"chat"}')]
  ])('that %s neither crashes the node nor is believed', async (_what, descriptor) => {
    const answers: CP2pPackage[] = []
    const url = await startRawServer((socket: WebSocket) => {
      const say = (fields: Parameters<typeof CP2pPackage.encode>[0]): void => socket.send(CP2pPackage.encode(fields))
      const contracts = { chat: 'ffffffffffffffff' }
      const body = { protocol_version: '1.0', alt: '1', encodings: [0, 1, 2], contracts }
      say({ type: PackageType.TALK, event: 'version', body })
      const typed = { event: 'chat/send', body: Uint8Array.of(1), contract: 'ffffffffffffffff' }
      say({ type: PackageType.REQUEST, tag: 'x', ...typed })
      socket.on('message', (bytes: Buffer) => {
        const heard = CP2pPackage.decode(Uint8Array.from(bytes))
        if (heard.type === PackageType.RESPONSE) answers.push(heard)
        if (heard.event !== 'trustp2p/contract' || descriptor === undefined) return
        const answer = {
          type: PackageType.RESPONSE,
          event: heard.event,
          body: new Uint8Array(descriptor),
          tag: heard.tag
        }
        say(answer)
        say(answer)
      })
    })
    const project = createChat()
    const client = await closing(createClient({ cwd: project.cwd, ...QUIET, connect: [url] }))
    if (descriptor !== undefined) {
      await until(() => answers[0], 'an answer')
      expect(answers).toMatchObject([{ tag: 'x', error: 'ERR_TRUSTP2P_CONTRACT_UNKNOWN' }])
    }
    expect(client.sockets).toHaveLength(1)
    expect(client.threads.list()).toMatchObject([{ state: 'running', error: undefined }])
  })
})
