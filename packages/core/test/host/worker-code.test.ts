import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MessageChannel } from 'node:worker_threads'
import type { Worker } from 'node:worker_threads'
import { WorkerCode } from '../../src/host/worker/worker-code'

/** Says on `loading` what it is, and posts whatever it is sent to the port of its parent, as code of a thread may. */
const PROGRAM = `
const { workerData, parentPort } = require('node:worker_threads')
const { basename } = require('node:path')
const { createHash } = require('node:crypto')
const code = workerData.code?.bytes ?? []
const print = createHash('sha256').update(Uint8Array.from(code)).digest('hex')
workerData.loading.on('message', (item) => {
  if (item === 'spoil') code.fill(0)
  parentPort.postMessage(item)
})
workerData.loading.postMessage([basename(__filename), code.length, print])
`

/** What a thread might post in its place. */
const FORGED = new Uint8Array(64)

interface Started {
  readonly worker: Worker
  readonly said: readonly [file: string, codeBytes: number, codePrint: string]
}

describe('the code of workers', () => {
  let folder: string
  const started: Worker[] = []

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'trustp2p-worker-code-'))
  })

  afterEach(async () => {
    await Promise.all(started.splice(0).map((worker) => worker.terminate()))
    rmSync(folder, { recursive: true })
  })

  function save(text: string): string {
    const file = join(folder, 'program.cjs')
    writeFileSync(file, text)
    return file
  }

  async function start(code: WorkerCode): Promise<Started & { tell(item: unknown): void }> {
    const { port1, port2 } = new MessageChannel()
    const step = new Int32Array(new SharedArrayBuffer(4))
    const worker = code.start({ loading: port2, step }, { transferList: [port2] })
    started.push(worker)
    worker.once('exit', () => port1.close())
    const said = await new Promise<Started['said']>((resolve) => port1.once('message', resolve))
    return { worker, said, tell: (item) => port1.postMessage(item) }
  }

  async function known(code: WorkerCode): Promise<void> {
    while (!code.isKnown) await new Promise((resolve) => setImmediate(resolve))
  }

  it('is made in the first worker, and handed to the next', async () => {
    const file = save(PROGRAM)
    const code = new WorkerCode(() => file)
    expect(code.isKnown).toBe(false)
    expect((await start(code)).said.slice(0, 2)).toEqual(['program.cjs', 0])
    await known(code)
    const { said } = await start(code)
    expect(said[1]).toBeGreaterThan(FORGED.length)
  })

  it('is never taken from what a thread posts', async () => {
    const file = save(PROGRAM)
    const code = new WorkerCode(() => file)
    const first = await start(code)
    await known(code)
    const forged = new Promise((resolve) => first.worker.once('message', resolve))
    first.tell(FORGED)
    await forged
    const second = await start(code)
    second.tell(FORGED)
    await new Promise((resolve) => second.worker.once('message', resolve))
    const { said } = await start(code)
    expect(said).toEqual(second.said)
    expect(said[1]).toBeGreaterThan(FORGED.length)
  })

  it('is out of reach of a thread that overwrites what its worker was given', async () => {
    const file = save(PROGRAM)
    const code = new WorkerCode(() => file)
    await start(code)
    await known(code)
    const second = await start(code)
    const spoilt = new Promise((resolve) => second.worker.once('message', resolve))
    second.tell('spoil')
    await spoilt
    expect((await start(code)).said).toEqual(second.said)
  })

  it('is left aside where the program is another one', async () => {
    const file = save(PROGRAM)
    const code = new WorkerCode(() => file)
    await start(code)
    await known(code)
    save(PROGRAM.replace('basename(__filename)', "'another text of the program'"))
    const { said } = await start(code)
    expect(said[0]).toBe('another text of the program')
    expect(said[1]).toBeGreaterThan(0)
  })

  it('is left aside where the program is another one of the same length, of which V8 knows no more', async () => {
    const file = save(PROGRAM)
    const code = new WorkerCode(() => file)
    await start(code)
    await known(code)
    save(PROGRAM.replace('basename(__filename)', "'another program !!'"))
    expect((await start(code)).said[0]).toBe('another program !!')
  })

  it('is not known where the program fails, which the worker tells', async () => {
    const file = save("throw new Error('no program')")
    const code = new WorkerCode(() => file)
    const { port2 } = new MessageChannel()
    const worker = code.start({ loading: port2, step: new Int32Array(1) }, { transferList: [port2] })
    started.push(worker)
    const { message } = await new Promise<Error>((resolve) => worker.once('error', resolve))
    expect([message, code.isKnown]).toEqual(['no program', false])
  })
})
