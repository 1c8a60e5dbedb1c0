import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { HOSTILE_THREADS, runHostileThread } from '@trustp2p/testing'
import { FROM_SOURCE } from '../../../../test/from-source'

const OUTLIVED = { outlived: true, exitCode: undefined }

jest.setTimeout(120_000)

describe('a node with a hostile thread inline', () => {
  const [outlived, others] = [true, false].map((wanted) =>
    HOSTILE_THREADS.filter((thread) => thread.outlived.includes('inline') === wanted)
  )

  it.each((outlived ?? []).map((thread) => [thread.name, thread] as const))('outlives %s', async (_name, thread) => {
    await expect(runHostileThread(thread, { execArgv: FROM_SOURCE, answerMs: 20_000 })).resolves.toEqual(OUTLIVED)
  })

  it.each((others ?? []).map((thread) => [thread.name, thread] as const))(
    'cannot contain %s, as the reference says',
    async (_name, thread) => {
      const run = await runHostileThread(thread, { execArgv: FROM_SOURCE, answerMs: 3_000 })
      expect(run.outlived).toBe(false)
      if (thread.name === 'ends-process') expect(run.exitCode).toBe(7)
    }
  )
})

describe('U4 a node with a hostile thread in a worker', () => {
  it.each(HOSTILE_THREADS.map((thread) => [thread.name, thread] as const))('outlives %s', async (_name, thread) => {
    const options = { isolation: 'worker', execArgv: FROM_SOURCE, answerMs: 20_000 } as const
    await expect(runHostileThread(thread, options)).resolves.toEqual(OUTLIVED)
  })
})

describe('docs/reference/testing.md', () => {
  it('has every hostile thread, and where its node outlives it', () => {
    const page = readFileSync(join(__dirname, '../../../../docs/reference/testing.md'), 'utf8')
    const [, section = ''] = /^## Hostile threads\n([^]*?)^## /m.exec(page) ?? []
    const rows = section.match(/^\| `.*$/gm) ?? []
    const told = rows.map((row) => row.split('|').map((cell) => cell.trim()))
    expect(told.map(([, name, , inline, worker]) => [name, inline === 'outlived', worker === 'outlived'])).toEqual(
      HOSTILE_THREADS.map(({ name, outlived }) => [
        `\`${name}\``,
        outlived.includes('inline'),
        outlived.includes('worker')
      ])
    )
  })
})
