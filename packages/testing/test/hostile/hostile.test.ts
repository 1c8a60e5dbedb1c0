import { HOSTILE_THREADS, runHostileThread } from '@trustp2p/testing'

const SOURCE = ['-C', '@trustp2p/source', '-r', require.resolve('ts-node/register/transpile-only')]

jest.setTimeout(120_000)

describe('a node with a hostile thread inline', () => {
  const [outlived, others] = [true, false].map((wanted) =>
    HOSTILE_THREADS.filter((thread) => thread.outlived.includes('inline') === wanted)
  )

  it.each((outlived ?? []).map((thread) => [thread.name, thread] as const))('outlives %s', async (_name, thread) => {
    await expect(runHostileThread(thread, { execArgv: SOURCE, answerMs: 20_000 })).resolves.toEqual({
      outlived: true,
      exitCode: undefined
    })
  })

  it.each((others ?? []).map((thread) => [thread.name, thread] as const))(
    'cannot contain %s, as the reference says',
    async (_name, thread) => {
      const run = await runHostileThread(thread, { execArgv: SOURCE, answerMs: 3_000 })
      expect(run.outlived).toBe(false)
      if (thread.name === 'ends-process') expect(run.exitCode).toBe(7)
    }
  )
})
