import { randomInt } from 'node:crypto'
import type { Kit } from 'trustp2p'
import { SEED_END } from './seeds'
import { SimulationError } from './simulation-error'

/** What a network is like. */
export interface SimulationOptions {
  /**
   * What all chance comes from: an integer from 0 to 4294967295. The same seed and the same scenario give the same run
   * [the variable TRUSTP2P_SIMULATION_SEED, else a new one].
   */
  readonly seed?: number
  /** Time in ms that a frame travels, or its range: each connection draws its own and keeps it [5 to 50]. 0 to 3600000. */
  readonly latencyMs?: number | readonly [least: number, most: number]
  /** Most ms that each shipment takes longer, at random; the order of frames stays [0]. 0 to 3600000. */
  readonly jitterMs?: number
  /** How often a connection is lost in an hour, on average [0: never]. Up to 1000000. */
  readonly lossPerHour?: number
  /** Bytes per second in each direction of a connection [Infinity: no limit]. At least 1. */
  readonly bandwidth?: number
  /** How long a connection lives over which nothing comes through, in ms: then both ends close with 1006 [20000]. 1 to 3600000. */
  readonly stallMs?: number
  /** Most nodes [10000]. 1 to 1000000. */
  readonly nodes?: number
  /** Most events of one virtual instant: beyond it the run fails, as code that never lets time go on [1000000]. At least 1. */
  readonly instantEvents?: number
  /** Most lines of the event log that are kept, the newest ones [1000000]. 0: none; its digest is that of all lines anyway. */
  readonly logLines?: number
  /** Whether each frame that arrives is a line of the event log [true]. */
  readonly logFrames?: boolean
  /** Least severe lines of the nodes' own logs that are in the event log [info]. */
  readonly logLevel?: LogLevel
  /** Gives the kit of a node, made of the one that it would have: for cryptography with keys of the test's own. */
  readonly kit?: (kit: Kit, name: string) => Kit
}

/** How severe a line of a log is. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** The options, checked, with every value present. */
export interface SimulationSettings {
  readonly seed: number
  readonly latencyMs: { readonly least: number; readonly most: number }
  readonly jitterMs: number
  readonly lossPerHour: number
  readonly bytesPerSecond: number
  readonly stallMs: number
  readonly nodes: number
  readonly instantEvents: number
  readonly logLines: number
  readonly logFrames: boolean
  readonly logLevel: LogLevel
  readonly kit: (kit: Kit, name: string) => Kit
}

/** The variable that gives a seed where the options have none. */
export const SEED_VARIABLE = 'TRUSTP2P_SIMULATION_SEED'

export const LOG_LEVELS: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']

const HOUR_MS = 3_600_000
const DEFAULT_LATENCY_MS = [5, 50] as const

/** Throws ERR_SIMULATION_OPTION_INVALID. */
export function readSimulationOptions(options: SimulationOptions): SimulationSettings {
  assertKnown(options)
  const { seed = newSeed(), logFrames = true, logLevel = 'info', kit = (own: Kit) => own } = options
  assertOption(LOG_LEVELS.includes(logLevel), 'logLevel', logLevel, `one of ${LOG_LEVELS.join(', ')}`)
  assertOption(typeof logFrames === 'boolean', 'logFrames', logFrames, 'true or false')
  assertOption(typeof kit === 'function', 'kit', kit, 'a function that gives a kit')
  return {
    seed: whole('seed', seed, { least: 0, most: SEED_END - 1 }),
    latencyMs: latencyOf(options.latencyMs ?? DEFAULT_LATENCY_MS),
    jitterMs: inRange('jitterMs', options.jitterMs ?? 0, { least: 0, most: HOUR_MS }),
    lossPerHour: inRange('lossPerHour', options.lossPerHour ?? 0, { least: 0, most: 1_000_000 }),
    bytesPerSecond: inRange('bandwidth', options.bandwidth ?? Infinity, { least: 1, most: Infinity }),
    stallMs: inRange('stallMs', options.stallMs ?? 20_000, { least: 1, most: HOUR_MS }),
    nodes: whole('nodes', options.nodes ?? 10_000, { least: 1, most: 1_000_000 }),
    instantEvents: whole('instantEvents', options.instantEvents ?? 1_000_000, {
      least: 1,
      most: Number.MAX_SAFE_INTEGER
    }),
    logLines: whole('logLines', options.logLines ?? 1_000_000, { least: 0, most: Number.MAX_SAFE_INTEGER }),
    logFrames,
    logLevel,
    kit
  }
}

/** A time to go on by. Throws ERR_SIMULATION_OPTION_INVALID. */
export function assertTime(name: string, ms: number): void {
  inRange(name, ms, { least: 0, most: Number.MAX_SAFE_INTEGER })
}

interface Range {
  readonly least: number
  readonly most: number
}

const KNOWN: Readonly<Record<keyof SimulationOptions, true>> = {
  seed: true,
  latencyMs: true,
  jitterMs: true,
  lossPerHour: true,
  bandwidth: true,
  stallMs: true,
  nodes: true,
  instantEvents: true,
  logLines: true,
  logFrames: true,
  logLevel: true,
  kit: true
}

function assertKnown(options: object): void {
  const unknown = Object.keys(options).find((key) => !Object.hasOwn(KNOWN, key))
  if (unknown === undefined) return
  const text = `a simulation has no option '${unknown}'; use ${Object.keys(KNOWN).join(', ')}`
  throw new SimulationError('ERR_SIMULATION_OPTION_INVALID', text)
}

function newSeed(): number {
  const given = process.env[SEED_VARIABLE]
  return given === undefined || given === '' ? randomInt(SEED_END) : Number(given)
}

function latencyOf(given: number | readonly [number, number]): Range {
  const [first, last]: readonly unknown[] = Array.isArray(given) ? given : [given, given]
  const least = inRange('latencyMs', first, { least: 0, most: HOUR_MS })
  return { least, most: inRange('latencyMs', last, { least, most: HOUR_MS }) }
}

function whole(name: string, value: unknown, { least, most }: Range): number {
  assertOption(Number.isSafeInteger(value), name, value, `an integer from ${least} to ${most}`)
  return inRange(name, value, { least, most })
}

function inRange(name: string, value: unknown, { least, most }: Range): number {
  if (typeof value === 'number' && value >= least && value <= most) return value
  throw invalidError(name, value, `a number from ${least} to ${most}`)
}

function assertOption(holds: boolean, name: string, value: unknown, expected: string): void {
  if (!holds) throw invalidError(name, value, expected)
}

function invalidError(name: string, value: unknown, expected: string): SimulationError {
  return new SimulationError('ERR_SIMULATION_OPTION_INVALID', `${name} is ${String(value)}: give ${expected}`)
}
