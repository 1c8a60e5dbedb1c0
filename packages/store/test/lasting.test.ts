import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { cpSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buildSync } from 'esbuild'
import { errorCode } from 'trustp2p'
import { bytesOf, Folder, keysOf } from './folder'

const ROOT = join(__dirname, '../../..')
const CUT_BYTES = 4096
/** Stores that are opened side by side. */
const AT_ONCE = 16

const folder = new Folder()

/** Makes one file of a fixture, which starts faster so; gives what starts it, with a command line before it. */
function bundle(script: string): (values: readonly string[], before?: string) => ChildProcess {
  const outfile = join(folder.path, 'fixture.js')
  const entryPoints = [join(__dirname, 'fixtures', script)]
  const external = ['classic-level', 'typescript']
  buildSync({ entryPoints, outfile, bundle: true, platform: 'node', conditions: ['@trustp2p/source'], external })
  const env = { ...process.env, NODE_PATH: join(ROOT, 'node_modules') }
  return (values, before = '') =>
    spawn('/bin/sh', ['-c', `${before} exec "$0" "$@"`, process.execPath, outfile, ...values], {
      cwd: folder.path,
      env,
      stdio: ['ignore', 'pipe', 'inherit']
    })
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()))
}

it('has every write that was acknowledged after kill -9 of the writing process, 50 times', async () => {
  const start = bundle('write-until-killed.ts')
  let next = 0
  for (let round = 0; round < 50; round++) {
    const child = start([join(folder.path, 'store'), String(next)])
    const ended = endOf(child)
    let last = -1
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
        last = Number(line)
        if (last >= next + round) resolve()
      })
    })
    child.kill('SIGKILL')
    await ended
    const store = await folder.open()
    const keys = new Set(await keysOf(store))
    const missing = Array.from({ length: last + 1 }, (_, number) => number).filter(
      (number) => !keys.has(`one/${number}`) || !keys.has(`other/${number}`)
    )
    expect([round, missing]).toEqual([round, []])
    // What was under way is there whole, or not at all.
    const later = [...keys].filter((key) => Number(key.split('/')[1]) > last)
    expect([0, 2]).toContain(later.length)
    next = last + 1 + later.length / 2
    await store.close()
  }
}, 240_000)

it('opens cleanly where its log is cut, at every offset of the last 4 KiB, with every write before the cut', async () => {
  const { log, ends } = await writeLog()
  const path = join(folder.path, 'store')
  const size = statSync(join(path, log)).size
  expect(size).toBeGreaterThan(2 * CUT_BYTES)
  const cuts = Array.from({ length: CUT_BYTES }, (_, index) => size - index)
  for (let index = 0; index < cuts.length; index += AT_ONCE) {
    await Promise.all(cuts.slice(index, index + AT_ONCE).map((cut) => checkCut(cut)))
  }

  async function checkCut(cut: number): Promise<void> {
    const name = `cut-${cut}`
    cpSync(path, join(folder.path, name), { recursive: true })
    truncateSync(join(folder.path, name, log), cut)
    const store = await folder.open(name)
    const kept = (await keysOf(store)).length
    await store.close()
    expect([cut, kept]).toEqual([cut, ends.filter((end) => end <= cut).length])
  }
}, 600_000)

/** Writes one key after the other; gives the log, and how long it was once each was acknowledged. */
async function writeLog(): Promise<{ log: string; ends: number[] }> {
  const store = await folder.open()
  const path = join(folder.path, 'store')
  const log = readdirSync(path).find((name) => name.endsWith('.log')) ?? ''
  const ends: number[] = []
  for (let number = 0; number < 120; number++) {
    const key = `k${String(number).padStart(4, '0')}`
    await store.write([{ key, value: new Uint8Array((number * 53) % 260).fill(number) }])
    ends.push(statSync(join(path, log)).size)
  }
  await store.close()
  return { log, ends }
}

it('goes on after its disk was full, and has every write that was acknowledged', async () => {
  const child = bundle('write-past-limit.ts')([join(folder.path, 'store')], 'ulimit -f 200;')
  let output = ''
  child.stdout?.on('data', (data: Buffer) => (output += data.toString()))
  await endOf(child)
  const { written, failures } = JSON.parse(output) as { written: number[]; failures: string[] }
  expect(failures.length).toBeGreaterThan(0)
  expect(written.length).toBeGreaterThan(20)
  for (const failure of failures) {
    expect(failure).toMatch(/^ERR_TRUSTP2P_STORE_DISK_FULL the store in .*store has no room on its disk: make some/)
  }
  const store = await folder.open()
  const keys = await keysOf(store)
  expect(written.filter((number) => !keys.includes(`k${number}`))).toEqual([])
})

it('tells of damage that it finds while it reads', async () => {
  const store = await folder.open()
  for (let number = 0; number < 5; number++) {
    await store.write([{ key: `k${number}`, value: bytesOf('x'.repeat(100)) }])
  }
  await store.close()
  await (await folder.open()).close()
  const path = join(folder.path, 'store')
  const tables = readdirSync(path).filter((name) => name.endsWith('.ldb'))
  expect(tables).not.toEqual([])
  for (const name of tables) truncateSync(join(path, name), 10)
  const failure = await folder.open().then(
    (opened) => opened.get('k1').then(() => undefined, errorCode),
    (error: unknown) => errorCode(error)
  )
  expect(failure).toBe('ERR_TRUSTP2P_STORE_BROKEN')
})
