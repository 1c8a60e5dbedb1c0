import { createClient, createServer } from 'trustp2p'
import type { Log, P2pError, P2pNode, P2pSocket } from 'trustp2p'
import { ANSWERS, NODE, OTHERS } from './isolation/cases'
import type { Case, Outcome } from './isolation/cases'
import { CLIENT_THREAD, THREADS, TYPED_PART } from './isolation/threads'
import { LISTEN, QUIET } from './pair'
import { Project, once, until } from './project'

/** Every case runs over real sockets, in both ways. */
describe.each(['inline', 'worker'] as const)('U4 a thread with isolation: %s', (isolation) => {
  const projects = [new Project(), new Project()] as const
  let server: P2pNode
  let client: P2pNode
  let socket: P2pSocket
  const lines: unknown[] = []
  const ask = (event: string, body: unknown = null): Promise<unknown> => client.request(socket, event, body)

  /** Asks until the thread has seen that. */
  const seeing = async (what: string): Promise<void> => {
    while (!JSON.stringify(await ask('seen')).includes(`"${what}"`))
      await new Promise((resolve) => setTimeout(resolve, 5))
  }

  beforeAll(async () => {
    const [ours, theirs] = projects
    ours.write('threads-available/typed-part/double.mjs', TYPED_PART)
    for (const [file, text] of Object.entries(THREADS)) ours.thread(file, text)
    theirs.thread('answers.js', CLIENT_THREAD)
    const threads = Object.fromEntries(['probe', 'other', 'old', 'typed'].map((name) => [name, { isolation }]))
    const typed = { isolation, config: { factor: 3 } }
    server = await createServer({
      cwd: ours.cwd,
      ...LISTEN,
      logger: collect(lines),
      threads: { ...threads, typed, probe: { isolation, config: { greeting: 'hi', more: 1 } } }
    })
    client = await createClient({ cwd: theirs.cwd, ...QUIET, connect: server.addresses })
    socket = await until(() => client.sockets[0], 'a socket')
  })

  afterAll(async () => {
    await client.close()
    await server.close()
    for (const project of projects) project.dispose()
  })

  it('runs, and says how', () => {
    const running = { isolation, state: 'running', error: undefined }
    expect(server.threads.list()).toMatchObject([
      { name: 'old', ...running },
      { name: 'other', ...running },
      { name: 'probe', ...running, version: '1.2.3' },
      { name: 'typed', ...running }
    ])
  })

  const answersAs = async (_title: string, event: string, body: unknown, outcome: Outcome): Promise<void> => {
    if ('answer' in outcome) await expect(ask(event, body)).resolves.toEqual(outcome.answer)
    else await expect(ask(event, body)).rejects.toMatchObject(outcome.error)
  }

  it.each<Case>(ANSWERS)('T11 %s', answersAs)
  it.each<Case>([...NODE, ...OTHERS])('%s', answersAs)

  it('knows of its message and of its node what there is to know', async () => {
    expect(await ask('about')).toEqual({
      type: 30,
      event: 'about',
      tag: true,
      expects: true,
      answered: false,
      early: [0, 'hi'],
      started: true,
      config: { greeting: 'hi', keys: ['more'] },
      server: true,
      client: null,
      addresses: server.addresses
    })
  })

  it('takes a talk, and answers none', async () => {
    client.talk(socket, 'talked', { n: 1 })
    await seeing('talk')
    expect(await ask('seen')).toContainEqual(['talk', { n: 1 }, false, false])
  })

  it('is told when a caller no longer waits', async () => {
    const controller = new AbortController()
    const asked = client.request(socket, 'waits', null, { signal: controller.signal })
    controller.abort()
    await expect(asked).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_REQUEST_ABORTED' })
    await seeing('abort')
    expect(await ask('seen')).toContainEqual(['abort', 'ERR_TRUSTP2P_REQUEST_CANCELLED'])
  })

  it('reports what a timer throws, and serves on', async () => {
    const warned = once(server, 'warning')
    await ask('failsLater')
    const [warning] = (await warned) as [P2pError]
    expect(warning).toMatchObject({
      code: 'ERR_TRUSTP2P_THREAD_HANDLER_FAILED',
      message: 'setTimeout of the thread probe failed: in a timer',
      cause: { message: 'in a timer' },
      details: { thread: 'probe', where: 'setTimeout' }
    })
    await expect(ask('echo', 1)).resolves.toBe(1)
  })

  it('writes lines that name it, with the code of their errors', async () => {
    await ask('log')
    const odd = await until(() => lines.find((line) => textOf(line) === 'odd'), 'the lines')
    expect(odd).toMatchObject({ level: 'warn', thread: 'probe' })
    expect(lines).toContainEqual({ level: 'info', thread: 'probe', part: 'x', a: 1, text: 'a line' })
    const error = expect.objectContaining({ code: 'ERR_TRUSTP2P_REQUEST_REMOTE', message: 'kept' })
    expect(lines).toContainEqual({ level: 'error', thread: 'probe', part: 'x', err: error, text: 'an error' })
  })

  it('is told of sockets that come and go, and sees the same object in its hooks', async () => {
    await ask('listen')
    const other = await createClient({ cwd: projects[1].cwd, ...QUIET, connect: server.addresses })
    const [out] = other.sockets
    if (out === undefined) throw new Error('nobody was reached')
    await other.request(out, 'socket')
    expect(await ask('sockets')).toBe(2)
    expect(await ask('seen')).toContainEqual(['connection', true, true])
    await other.close()
    await seeing('close')
    const seen = await ask('seen')
    expect(await ask('sockets')).toBe(1)
    expect(seen).toContainEqual(['close', 'closed', false, true])
    expect(seen).toContainEqual(['event', 'closed', 1001, 'node stopping'])
  })

  it.each([
    ['closes a socket', 'close', 4001, 'go'],
    ['drops a socket', 'terminate', 1006, '']
  ])('%s', async (_title, event, code, reason) => {
    const other = await createClient({
      cwd: projects[1].cwd,
      ...QUIET,
      connect: server.addresses,
      redial: { firstMs: 30_000 }
    })
    const [out] = other.sockets
    if (out === undefined) throw new Error('nobody was reached')
    const closed = once(other, 'socket:close')
    await other.request(out, event).catch(() => undefined)
    expect((await closed).slice(1)).toEqual([code, reason])
    await other.close()
  })

  it('counts its calls and its failures', async () => {
    const countsOf = () => server.threads.list().find(({ name }) => name === 'probe')
    const before = countsOf()
    await ask('echo')
    await ask('throws').catch(() => undefined)
    const after = countsOf()
    expect([(after?.calls ?? 0) - (before?.calls ?? 0), (after?.failures ?? 0) - (before?.failures ?? 0)]).toEqual([
      2, 1
    ])
  })

  it('has methods that others call through its handle', async () => {
    const other = server.threads.get('other')
    await expect(other['add']?.(2, 3)).resolves.toBe(5)
    await expect(other['fails']?.()).rejects.toMatchObject({ name: 'RangeError', code: 'E_FAR' })
    await expect(other['add']?.(2, 3)).resolves.toBe(5)
  })
})

/** A log that keeps its lines. */
function collect(lines: unknown[], bindings: object = {}): Log {
  const write =
    (level: string) =>
    (fields: object, text: string): void =>
      void lines.push({ level, ...bindings, ...fields, text })
  return {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more) => collect(lines, { ...bindings, ...more })
  }
}

function textOf(line: unknown): unknown {
  return typeof line === 'object' && line !== null && 'text' in line ? line.text : undefined
}
