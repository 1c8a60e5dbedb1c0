import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { bundleFixture, endOf } from './child'
import { removeProjects, TemporaryProject } from './temporary-project'

afterEach(removeProjects)

const ROUNDS = 50

it('T22 every ban whose promise has settled is there after kill -9 of the writing process, 50 times', async () => {
  const { cwd } = new TemporaryProject()
  const start = bundleFixture('ban-until-killed.ts', cwd, ['classic-level'])
  let acknowledged = 0
  const lost: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const child = start([join(cwd, 'store')])
    const ended = endOf(child)
    let found: number | undefined
    await new Promise<void>((resolve) => {
      createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
        const count = Number(line)
        if (count < acknowledged) lost.push(round)
        found ??= count
        acknowledged = count
        if (count > found + (round % 5)) resolve()
      })
      child.once('close', () => resolve())
    })
    child.kill('SIGKILL')
    const { stderr } = await ended
    expect([round, stderr, lost]).toEqual([round, '', []])
  }
  expect(acknowledged).toBeGreaterThanOrEqual(ROUNDS)
}, 240_000)
