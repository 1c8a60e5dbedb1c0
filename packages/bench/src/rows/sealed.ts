import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { createEchoProject } from '../ours/project'
import { IN_FLIGHT } from '../pairs'
import type { Child } from '../process/child'
import { ratios, spreadOf } from '../statistics'
import { decimals, milliseconds, perSecond, range } from '../text'

const ROUNDS = 9
const REQUESTS = 100_000
const WARM_UP_REQUESTS = 20_000
const CONNECTIONS = 50
const TARGET = 0.7
const TARGET_MS = 6
/** One way, in ms. */
const DELAYS = { short: 10, long: 60 }
const TARGET_ROUND_TRIPS = 3

/** What proofs and seals cost over `tcp`, in a run with peers that prove nothing. */
export const sealed: Row = {
  name: 'sealed',
  async measure(bench) {
    const clients = { plain: await startPair(bench, 'off'), sealed: await startPair(bench, 'required') }
    const both = [clients.plain, clients.sealed]
    for (const client of both) await ask(client, WARM_UP_REQUESTS)
    const figures = new Map<Child, number[]>(both.map((client) => [client, []]))
    for (let round = 0; round < ROUNDS; round++) {
      const order = round % 2 === 0 ? both : [...both].reverse()
      for (const client of order) figures.get(client)?.push(await ask(client, REQUESTS))
    }
    const [plain = [], sealedFigures = []] = both.map((client) => figures.get(client))
    return [throughputFigure(sealedFigures, plain), await connectFigure(clients), await roundTripFigure(bench)]
  }
}

/** The slope of the time to the first answer, over the length of the line; the line does not delay the opening of TCP. */
async function roundTripFigure(bench: Bench): Promise<Figure> {
  const server = bench.start('programs/proving-server', [createEchoProject(bench.createFolder()), 'required'])
  const { port = 0 } = await server.ask('port')
  const proxy = bench.start('programs/delaying-proxy', [String(port)])
  const url = `tcp://127.0.0.1:${(await proxy.ask('port'))['port'] ?? 0}`
  const client = bench.start('programs/proving-client', [url, bench.createFolder(), 'required'])
  const measure = async (ms: number): Promise<number> => {
    await proxy.ask('delay', { ms })
    return (await client.ask('connect', { times: ROUNDS })).elapsedMs ?? NaN
  }
  const [short, long] = [await measure(DELAYS.short), await measure(DELAYS.long)]
  const opening = 1
  const roundTrips = opening + (long - short) / (2 * (DELAYS.long - DELAYS.short))
  return {
    what: 'round trips from the dial to the first answer of a proved peer, over tcp://, that of TCP included',
    figure: decimals(roundTrips),
    target: `<= ${decimals(TARGET_ROUND_TRIPS)}`,
    spread: '-',
    met: roundTrips <= TARGET_ROUND_TRIPS,
    note: `${milliseconds(short)} with ${2 * DELAYS.short} ms there and back, ${milliseconds(long)} with ${2 * DELAYS.long} ms`
  }
}

async function startPair(bench: Bench, auth: 'off' | 'required'): Promise<Child> {
  const server = bench.start('programs/proving-server', [createEchoProject(bench.createFolder()), auth])
  const { port = 0 } = await server.ask('port')
  return bench.start('programs/proving-client', [`tcp://127.0.0.1:${port}`, bench.createFolder(), auth])
}

async function ask(client: Child, requests: number): Promise<number> {
  const { perSecond: figure = NaN } = await client.ask('throughput', { requests, inFlight: IN_FLIGHT })
  return figure
}

function throughputFigure(sealedFigures: readonly number[], plain: readonly number[]): Figure {
  const toPlain = spreadOf(ratios(sealedFigures, plain))
  return {
    what: `requests/s, sealed to plain, tcp://, ${IN_FLIGHT} in flight`,
    figure: decimals(toPlain.median),
    target: `>= ${decimals(TARGET)}`,
    spread: range(toPlain, decimals),
    met: toPlain.median >= TARGET,
    note: `requests/s: sealed ${perSecond(sealedFigures)}, plain ${perSecond(plain)}`
  }
}

async function connectFigure(clients: Readonly<Record<'plain' | 'sealed', Child>>): Promise<Figure> {
  const times: Record<'plain' | 'sealed', number[]> = { plain: [], sealed: [] }
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of ['plain', 'sealed'] as const) {
      times[name].push((await clients[name].ask('connect', { times: CONNECTIONS })).elapsedMs ?? NaN)
    }
  }
  const spread = spreadOf(times.sealed)
  return {
    what: 'connect, prove identity, first answer, over tcp:// (median)',
    figure: milliseconds(spread.median),
    target: `< ${milliseconds(TARGET_MS)}`,
    spread: range(spread, milliseconds),
    met: spread.median < TARGET_MS,
    note: `without proofs ${milliseconds(spreadOf(times.plain).median)}`
  }
}
