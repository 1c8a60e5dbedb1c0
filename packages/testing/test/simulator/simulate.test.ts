import { simulate } from '@trustp2p/testing'

afterEach(() => {
  delete process.env.TRUSTP2P_SIMULATION_SEED
})

const seedsOf = (runs: readonly { seed: number }[]): number[] => runs.map(({ seed }) => seed)

it('runs a scenario, closes its network, and gives seed and digest', async () => {
  const digests: string[] = []
  const runs = await simulate({ seed: 5 }, async (net) => {
    await net.createNode({ name: 'one' })
    digests.push(net.log.digest())
  })
  expect(runs).toEqual([{ seed: 5, digest: expect.stringMatching(/^[0-9a-f]{64}$/) }])
  expect(runs[0]?.digest).not.toBe(digests[0])
})

it('runs it with the next seed each time, from the last one on with the first', async () => {
  expect(seedsOf(await simulate({ seed: 2 ** 32 - 2, runs: 3 }, async () => undefined))).toEqual([
    2 ** 32 - 2,
    2 ** 32 - 1,
    0
  ])
})

it('names the seed of the run that failed, and how to replay it', async () => {
  const fails = simulate({ seed: 10, runs: 5 }, async ({ seed }) => {
    if (seed === 12) throw new Error('it broke')
  })
  await expect(fails).rejects.toMatchObject({
    code: 'ERR_SIMULATION_FAILED',
    message: 'the scenario failed with seed 12; replay it with TRUSTP2P_SIMULATION_SEED=12: it broke',
    cause: expect.objectContaining({ message: 'it broke' })
  })
})

it('replays the seed of the environment alone, whatever the options say', async () => {
  process.env.TRUSTP2P_SIMULATION_SEED = '12'
  expect(seedsOf(await simulate({ seed: 10, runs: 5 }, async () => undefined))).toEqual([12])
})

it('fails where something is left behind', async () => {
  const leaks = simulate({}, async (net) => {
    const { machine } = await net.createNode({ name: 'one' })
    machine.setTimeout(() => undefined, 1_000_000)
  })
  await expect(leaks).rejects.toMatchObject({ cause: { code: 'ERR_SIMULATION_LEAKED' } })
})

it('takes from 1 to 1000000 runs', async () => {
  const stop = async (): Promise<void> => {
    throw new Error('enough')
  }
  for (const runs of [1, 1_000_000]) {
    await expect(simulate({ runs }, stop)).rejects.toMatchObject({ code: 'ERR_SIMULATION_FAILED' })
  }
  for (const runs of [0, 1_000_001, 1.5, NaN]) {
    await expect(simulate({ runs }, stop)).rejects.toMatchObject({ code: 'ERR_SIMULATION_OPTION_INVALID' })
  }
})
