import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createThreadBench } from '@trustp2p/testing'

const FIXTURES = join(__dirname, 'fixtures')
const benches = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('trustp2p-bench-'))

describe('a bench of a file', () => {
  it('runs it as a node does, local files and plain timers included, and leaves no folder', async () => {
    const before = benches()
    const bench = await createThreadBench(join(FIXTURES, 'tidy.mjs'), { time: 'virtual' })
    expect(bench.name).toBe('tidy')
    const peer = await bench.connect()
    await expect(peer.request('words')).resolves.toEqual(['one', 'two'])
    await bench.advance(5_000)
    await bench.close()
    expect(benches()).toEqual(before)
  })

  it('takes a file: URL, and another name', async () => {
    const bench = await createThreadBench(pathToFileURL(join(FIXTURES, 'tidy.mjs')), { name: 'other' })
    expect(bench.info).toMatchObject({ name: 'other', state: 'running' })
    await bench.close()
  })

  it('names the file, line and column of what is left', async () => {
    const bench = await createThreadBench(join(FIXTURES, 'untidy.ts'))
    const peer = await bench.connect()
    await expect(peer.request('wait')).resolves.toBe('not waited for')
    await expect(bench.close()).rejects.toMatchObject({
      code: 'ERR_THREAD_LEAKED',
      leaks: [{ kind: 'timer', place: expect.stringMatching(/fixtures\/untidy\.ts:8:\d+$/) as string }]
    })
  })

  it('rejects where there is no such file', async () => {
    await expect(createThreadBench(join(FIXTURES, 'absent.mjs'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
