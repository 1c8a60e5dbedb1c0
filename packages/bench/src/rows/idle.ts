import type { Bench } from '../bench'
import type { Figure, Row } from '../figure'
import { issueCertificate } from '../ours/certificate'
import type { Numbers } from '../process/answer'
import { kibibytes } from '../text'

const PROCESSES = 2
/** Peers in each process, and addresses of the server: each peer has a socket to each address. */
const PEERS = 200
const ADDRESSES = Array.from({ length: 25 }, (_, index) => `127.0.0.${index + 1}`)
const SOCKETS = PROCESSES * PEERS * ADDRESSES.length
const GC = ['--expose-gc']
const TARGET_BYTES = { ws: 16 * 1024, tls: 60 * 1024 } as const

/** What a server keeps for each peer that has proved itself and says nothing. */
export const idle: Row = {
  name: 'idle',
  async measure(bench) {
    return [await measureScheme(bench, 'ws'), await measureScheme(bench, 'tls')]
  }
}

async function measureScheme(bench: Bench, scheme: keyof typeof TARGET_BYTES): Promise<Figure> {
  const { certFile, keyFile } = issueCertificate(bench.createFolder(), ADDRESSES)
  const listen = ADDRESSES.map((address) => `${scheme}://${address}:0`)
  const server = bench.start('programs/idle-server', [bench.createFolder(), certFile, keyFile, ...listen], GC)
  const ports = await server.ask('ports')
  const before = await server.ask('memory')
  const urls = ADDRESSES.map((address, index) => `${scheme}://${address}:${ports[index] ?? 0}`)
  const others = Array.from({ length: PROCESSES }, (_, index) =>
    bench.start('programs/idle-peers', [bench.createFolder(), `peer${index}`, certFile, ...urls])
  )
  for (const peers of others) await peers.ask('connect', { peers: PEERS })
  const figure = figureOf(scheme, before, await server.ask('memory'))
  await Promise.all([...others, server].map((child) => bench.stop(child)))
  return figure
}

function figureOf(scheme: keyof typeof TARGET_BYTES, before: Numbers, after: Numbers): Figure {
  const perSocket = (name: string): number => ((after[name] ?? NaN) - (before[name] ?? NaN)) / SOCKETS
  const residentBytes = perSocket('residentBytes')
  const target = TARGET_BYTES[scheme]
  return {
    what: `resident memory of a server for each of ${SOCKETS} idle sockets that are proved, ${scheme}://`,
    figure: kibibytes(residentBytes),
    target: `<= ${kibibytes(target)}`,
    spread: '-',
    met: residentBytes <= target && after['proved'] === SOCKETS,
    note: `${kibibytes(perSocket('heapBytes'))} of it are heap; ${after['proved'] ?? 0} have proved who they are`
  }
}
