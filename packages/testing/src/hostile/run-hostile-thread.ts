import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { createClient, createThreadList } from 'trustp2p'
import type { P2pNode } from 'trustp2p'
import type { HostileThread } from './hostile-threads'

/** How a hostile thread is run. */
export interface HostileRunOptions {
  /** Where its code runs ['inline']. */
  readonly isolation?: 'inline' | 'worker'
  /** Arguments of Node for the process of the node [those of this process]. */
  readonly execArgv?: readonly string[]
  /** Longest wait for the node's answer after the harm, in ms [5000]. */
  readonly answerMs?: number
}

/** What became of the node. */
export interface HostileRun {
  /** True where its other thread answered before the harm, twice after it, and after a reload of the hostile one. */
  readonly outlived: boolean
  /** The exit code of its process, where that has ended. */
  readonly exitCode: number | undefined
}

const WITNESS = `import { PackageType, Thread } from 'trustp2p'
export default class Witness extends Thread {
  eventMap = { [PackageType.REQUEST]: { witness: (_, { body }) => ({ seen: body }) } }
}
`
/** Time in which what was set off may do its harm, in ms. */
const HARM_MS = 100
/** Heap of the process of the node: a thread that fills it is to be through before anybody gives up waiting. */
const HEAP_MB = 256

/**
 * Runs a node with a hostile thread and another one in a process of its own, provokes it, and asks the other one.
 * Rejects where the node or one of the two does not run, or the other thread does not answer, before the harm.
 */
export async function runHostileThread(thread: HostileThread, options: HostileRunOptions = {}): Promise<HostileRun> {
  const { isolation = 'inline', execArgv = process.execArgv, answerMs = 5_000 } = options
  const cwd = createProject(thread, isolation)
  const script = join(__dirname, `hostile-node${extname(__filename)}`)
  const child = fork(script, [cwd], { execArgv: [...execArgv, `--max-old-space-size=${HEAP_MB}`], stdio: 'ignore' })
  try {
    const client = await connect(child, answerMs)
    const harm = provoke({ child, client, name: thread.name, answerMs })
    const outlived = await harm.then(
      () => true,
      () => false
    )
    await client.close({ timeoutMs: 0 })
    if (!outlived) await wait(HARM_MS)
    return { outlived, exitCode: child.exitCode ?? undefined }
  } finally {
    await end(child)
    rmSync(cwd, { recursive: true, force: true })
  }
}

function createProject({ name, file }: HostileThread, isolation: 'inline' | 'worker'): string {
  const cwd = realpathSync(mkdtempSync(join(tmpdir(), 'trustp2p-hostile-')))
  const folder = join(cwd, 'threads-enabled')
  mkdirSync(folder)
  copyFileSync(file, join(folder, basename(file)))
  writeFileSync(join(folder, `${name}.thread.json`), JSON.stringify({ isolation }))
  writeFileSync(join(folder, 'witness.mjs'), WITNESS)
  return cwd
}

/** A client of the node, whose other thread has answered it. */
async function connect(child: ChildProcess, answerMs: number): Promise<P2pNode> {
  const client = await createClient({
    cwd: tmpdir(),
    configFile: false,
    connect: [String(await messageOf(child))],
    source: createThreadList({}),
    log: { level: 'silent' }
  })
  try {
    await assertAnswer(client, answerMs)
  } catch (error) {
    await client.close()
    throw error
  }
  return client
}

interface Provocation {
  readonly child: ChildProcess
  readonly client: P2pNode
  readonly name: string
  readonly answerMs: number
}

/** Rejects where the node does not outlive it. */
async function provoke({ child, client, name, answerMs }: Provocation): Promise<void> {
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('the connection is gone')
  void client.request(socket, 'provoke', null, { timeoutMs: answerMs }).catch(() => undefined)
  await wait(HARM_MS)
  await assertAnswer(client, answerMs)
  const reloaded = messageOf(child)
  child.send(name)
  await Promise.race([reloaded, wait(answerMs, undefined, { ref: false })])
  await wait(HARM_MS)
  await assertAnswer(client, answerMs)
}

/** Rejects where the other thread does not answer. */
async function assertAnswer(client: P2pNode, timeoutMs: number): Promise<void> {
  const [socket] = client.sockets
  if (socket === undefined) throw new Error('the connection is gone')
  const answer = await client.request(socket, 'witness', 1, { timeoutMs })
  if (JSON.stringify(answer) !== '{"seen":1}') throw new Error('the answer is another')
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', () => reject(new Error('the process has ended')))
    child.once('error', reject)
  })
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}
