import { ADDRESSES, readPlace } from './places'

/** The settings of this thread, under `threads.peer-exchange.config`. */
export interface PeerExchangeConfig {
  /** The addresses at which peers are told to reach us, at most 4 [what the node listens on]; with `[]` none are told. */
  readonly addresses?: readonly string[] | undefined
  /**
   * How many peers are wanted, half of them dialled by us: below that others are asked for more, and dialled [8]. 0: never.
   */
  readonly target: number
  /** Time between two looks whether there are as many, in ms; up to a tenth is added at random [60000]. */
  readonly everyMs: number
  /** Most peers of an answer [32]. */
  readonly peers: number
  /** Most claims that are looked into at once, half of them of one host [8]. */
  readonly probes: number
  /** Least time between two claims of one peer, in ms [10000]. */
  readonly claimMs: number
  /** How long a claim that held is believed without dialling again, in ms [3600000]. */
  readonly freshMs: number
  /** Whether peers may claim addresses of other hosts than the one that they come from [false]. */
  readonly anyHost: boolean
}

const DEFAULTS: PeerExchangeConfig = {
  addresses: undefined,
  target: 8,
  everyMs: 60_000,
  peers: 32,
  probes: 8,
  claimMs: 10_000,
  freshMs: 3_600_000,
  anyHost: false
}

/** Longest time in ms that a timer can be set to, with the tenth that is added. */
const LONGEST_MS = 1_900_000_000

/** The least and the most of each number. */
const RANGES = {
  target: [0, 1_000],
  everyMs: [100, LONGEST_MS],
  peers: [1, 256],
  probes: [1, 1_000],
  claimMs: [0, LONGEST_MS],
  freshMs: [0, LONGEST_MS]
} as const

/** Checks the settings, and adds the defaults, also for what is undefined. Throws a TypeError or a RangeError that says what each takes. */
export function parse(value: unknown): PeerExchangeConfig {
  if (typeof value !== 'object' || value === null) throw new TypeError('give an object')
  const given = new Map<string, unknown>(Object.entries(value))
  for (const key of given.keys()) {
    if (!Object.hasOwn(DEFAULTS, key))
      throw new TypeError(`'${key}' is unknown; use ${Object.keys(DEFAULTS).join(', ')}`)
  }
  const chosen = [...given].filter(([, setting]) => setting !== undefined)
  const config: PeerExchangeConfig = { ...DEFAULTS, ...Object.fromEntries(chosen) }
  const { addresses, anyHost } = config
  if (addresses !== undefined && !areAddresses(addresses))
    throw new TypeError(`'addresses' is a list of at most ${ADDRESSES} addresses such as wss://node.example/p2p`)
  if (typeof anyHost !== 'boolean') throw new TypeError("'anyHost' is true or false")
  for (const [key, [least, most]] of Object.entries(RANGES)) {
    const number: unknown = config[key as keyof typeof RANGES]
    if (typeof number !== 'number' || !Number.isInteger(number) || number < least || number > most)
      throw new RangeError(`'${key}' is a whole number from ${least} to ${most}`)
  }
  return config
}

function areAddresses(value: unknown): boolean {
  return (
    Array.isArray(value) && value.length <= ADDRESSES && value.every((one: unknown) => readPlace(one) !== undefined)
  )
}
