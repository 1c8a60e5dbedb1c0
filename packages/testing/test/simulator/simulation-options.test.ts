import { assertTime, readSimulationOptions } from '../../src/simulator/simulation-options'
import type { SimulationOptions } from '../../src/simulator/simulation-options'

const invalid = expect.objectContaining({ code: 'ERR_SIMULATION_OPTION_INVALID' })

afterEach(() => {
  delete process.env.TRUSTP2P_SIMULATION_SEED
})

it('has a value for each option', () => {
  expect(readSimulationOptions({ seed: 7 })).toEqual({
    seed: 7,
    latencyMs: { least: 5, most: 50 },
    jitterMs: 0,
    lossPerHour: 0,
    bytesPerSecond: Infinity,
    stallMs: 20_000,
    nodes: 10_000,
    instantEvents: 1_000_000,
    logLines: 1_000_000,
    logFrames: true,
    logLevel: 'info',
    kit: expect.any(Function)
  })
})

const ends: readonly [keyof SimulationOptions, least: unknown, most: unknown, tooLittle: unknown, tooMuch: unknown][] =
  [
    ['seed', 0, 2 ** 32 - 1, -1, 2 ** 32],
    ['latencyMs', 0, 3_600_000, -1, 3_600_001],
    ['latencyMs', [0, 0], [3_600_000, 3_600_000], [-1, 0], [0, 3_600_001]],
    ['jitterMs', 0, 3_600_000, -1, 3_600_001],
    ['lossPerHour', 0, 1_000_000, -1, 1_000_001],
    ['bandwidth', 1, Infinity, 0, NaN],
    ['stallMs', 1, 3_600_000, 0, 3_600_001],
    ['nodes', 1, 1_000_000, 0, 1_000_001],
    ['instantEvents', 1, Number.MAX_SAFE_INTEGER, 0, Infinity],
    ['logLines', 0, Number.MAX_SAFE_INTEGER, -1, Infinity]
  ]

it.each(ends)('takes %s from %p to %p, and refuses %p and %p', (key, least, most, tooLittle, tooMuch) => {
  for (const value of [least, most]) expect(() => readSimulationOptions({ [key]: value })).not.toThrow()
  for (const value of [tooLittle, tooMuch]) expect(() => readSimulationOptions({ [key]: value })).toThrow(invalid)
})

it.each([
  { seed: 1.5 },
  { seed: '1' },
  { latencyMs: [50, 5] },
  { latencyMs: [5] },
  { latencyMs: 'fast' },
  { nodes: 1.5 },
  { logFrames: 'yes' },
  { logLevel: 'trace' },
  { kit: {} },
  { latency: 5 }
])('refuses %p', (options: object) => {
  expect(() => readSimulationOptions(options)).toThrow(invalid)
})

it('names the value, and what to give', () => {
  expect(() => readSimulationOptions({ stallMs: -1 })).toThrow('stallMs is -1: give a number from 1 to 3600000')
})

it('takes a new seed each time, or that of the environment where there is one', () => {
  const seeds = new Set(Array.from({ length: 5 }, () => readSimulationOptions({}).seed))
  expect(seeds.size).toBeGreaterThan(1)
  process.env.TRUSTP2P_SIMULATION_SEED = '12'
  expect(readSimulationOptions({}).seed).toBe(12)
  expect(readSimulationOptions({ seed: 13 }).seed).toBe(13)
  process.env.TRUSTP2P_SIMULATION_SEED = 'twelve'
  expect(() => readSimulationOptions({})).toThrow(invalid)
})

it('takes times from 0 to 9007199254740991 ms', () => {
  for (const ms of [0, Number.MAX_SAFE_INTEGER]) expect(() => assertTime('it', ms)).not.toThrow()
  for (const ms of [-1, Infinity, NaN]) expect(() => assertTime('it', ms)).toThrow(invalid)
})
