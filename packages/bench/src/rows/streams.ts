import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { issueCertificate } from '../ours/certificate'
import type { Certificate } from '../ours/certificate'
import { createEchoProject } from '../ours/project'
import { IN_FLIGHT, warmUp } from '../pairs'
import type { Pair } from '../pairs'
import { ratios, spreadOf } from '../statistics'
import { decimals, perSecond, range } from '../text'

const ROUNDS = 9
const REQUESTS = 50_000

const SCHEMES = ['ws', 'tcp', 'tls'] as const
type Scheme = (typeof SCHEMES)[number]
type Measured = Readonly<Record<Scheme, number[]>>

/** Requests per second over each scheme, with JSON and with bytes. */
export const streams: Row = {
  name: 'streams',
  async measure(bench) {
    const certificate = issueCertificate(bench.createFolder())
    const pairs = {
      ws: await startPair(bench, 'ws', certificate),
      tcp: await startPair(bench, 'tcp', certificate),
      tls: await startPair(bench, 'tls', certificate)
    }
    const json = await interleave(pairs, 0)
    const bytes = await interleave(pairs, 1)
    for (const { server, client } of Object.values(pairs))
      await Promise.all([client, server].map((it) => bench.stop(it)))
    return [
      figure('tcp:// to ws://, 64 bytes of JSON', 1.05, json.tcp, json.ws),
      figure('tcp:// to ws://, 64 bytes', 1.1, bytes.tcp, bytes.ws),
      figure('tls:// to tcp://, 64 bytes of JSON', 0.8, json.tls, json.tcp)
    ]
  }
}

function figure(what: string, target: number, ours: readonly number[], others: readonly number[]): Figure {
  const ratio = spreadOf(ratios(ours, others))
  return {
    what: `requests/s over ${what}, ${IN_FLIGHT} in flight`,
    figure: decimals(ratio.median),
    target: `>= ${decimals(target)}`,
    spread: range(ratio, decimals),
    met: ratio.median >= target,
    note: `requests/s: ${perSecond(ours)} against ${perSecond(others)}`
  }
}

async function startPair(bench: Bench, scheme: Scheme, certificate: Certificate): Promise<Pair> {
  const tls = { ...certificate, caFile: certificate.certFile }
  const createFolder = (): string => {
    const folder = bench.createFolder()
    writeFileSync(join(folder, 'trustp2p.config.json'), JSON.stringify({ drivers: { tls } }))
    return folder
  }
  const server = bench.start('ours/server', [createEchoProject(createFolder()), '', `${scheme}://127.0.0.1:0`])
  const { port = 0 } = await server.ask('port')
  const pair = { server, client: bench.start('ours/client', [`${scheme}://127.0.0.1:${port}`, createFolder()]) }
  await warmUp(pair)
  return pair
}

/** Measures every pair once a round, in turn, and the other way round in every second round. */
async function interleave(pairs: Readonly<Record<Scheme, Pair>>, bytes: 0 | 1): Promise<Measured> {
  const figures: Measured = { ws: [], tcp: [], tls: [] }
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? SCHEMES : [...SCHEMES].reverse()
    for (const scheme of order) {
      const values = { requests: REQUESTS, inFlight: IN_FLIGHT, bytes }
      const { perSecond: reached = NaN } = await pairs[scheme].client.ask('throughput', values)
      figures[scheme].push(reached)
    }
  }
  return figures
}
