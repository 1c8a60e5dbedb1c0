import { STATUS_SOCKETS } from '../../../src/host/control/control-limits'
import { nodeReport } from '../../../src/host/control/node-report'
import type { ControlledNode } from '../../../src/host/control/node-report'
import { P2pError } from '../../../src/errors'

const status = { name: 'server', state: 'running', addresses: [], threads: [], counters: {} }
const socketOf = (number: number) => ({ id: `s${number}`, url: `ws://peer-${number}`, inbound: number % 2 === 0 })

/** A node with so many sockets, as far as a report looks at it. */
function nodeWith(sockets: number, more: object = {}, connect: readonly string[] = []): ControlledNode {
  const all = Array.from({ length: sockets }, (_, index) => socketOf(index))
  const node = { status: () => ({ ...status, ...more, sockets: all }), config: { connect, listen: [] } }
  return node as unknown as ControlledNode
}

describe('the report of a node', () => {
  it.each([
    [STATUS_SOCKETS, STATUS_SOCKETS],
    [STATUS_SOCKETS + 1, STATUS_SOCKETS]
  ])('with %i open sockets lists %i of them, the oldest, and counts all', (open, listed) => {
    const { openSockets, sockets } = nodeReport(nodeWith(open), '/', 0)
    expect([openSockets, sockets.length, sockets.at(-1)?.id]).toEqual([open, listed, `s${listed - 1}`])
  })

  it('tells which of the addresses that it dials are open: outbound sockets count alone', () => {
    const connect = ['ws://peer-0', 'ws://peer-1', 'WS://PEER-3/', 'ws://peer-9']
    const open = nodeReport(nodeWith(4, {}, connect), '/', 0).connect.map(({ open }) => open)
    expect(open).toEqual([false, true, true, false])
  })

  it('has the error of a thread as plain values', () => {
    const error = new P2pError('ERR_TRUSTP2P_THREAD_SYNTAX', 'line 1')
    const { threads } = nodeReport(nodeWith(0, { threads: [{ name: 'a', error }, { name: 'b' }] }), '/', 0)
    expect(threads).toEqual([{ name: 'a', error: { code: error.code, message: 'line 1' } }, { name: 'b' }])
  })
})
