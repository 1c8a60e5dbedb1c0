import type { Row } from '../figure'
import { kibibytes } from '../text'

const PROCESSES = 2
const SOCKETS = 10_000
const TARGET_BYTES = 16 * 1024

/** What a server keeps for each peer that has proved itself and says nothing. */
export const idle: Row = {
  name: 'idle',
  async measure(bench) {
    const server = bench.start('programs/idle-server', [bench.createFolder()], ['--expose-gc'])
    const { port = 0 } = await server.ask('port')
    const before = await server.ask('memory')
    for (let count = 0; count < PROCESSES; count++) {
      const peers = bench.start('programs/idle-peers', [`ws://127.0.0.1:${port}`, bench.createFolder()])
      await peers.ask('connect', { sockets: SOCKETS / PROCESSES })
    }
    const after = await server.ask('memory')
    const perSocket = (name: string): number => ((after[name] ?? NaN) - (before[name] ?? NaN)) / SOCKETS
    const residentBytes = perSocket('residentBytes')
    return [
      {
        what: `resident memory of a server for each of ${SOCKETS} idle sockets that are proved and sealed, ws://`,
        figure: kibibytes(residentBytes),
        target: `<= ${kibibytes(TARGET_BYTES)}`,
        spread: '-',
        met: residentBytes <= TARGET_BYTES && after['sealed'] === SOCKETS,
        note: `${kibibytes(perSocket('heapBytes'))} of it are heap; ${after['sealed'] ?? 0} are sealed`
      }
    ]
  }
}
