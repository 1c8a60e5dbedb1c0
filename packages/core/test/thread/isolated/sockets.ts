import type { P2pSocket, SocketState } from '../../../src/driver/socket'

type Changing = 'lastReceivedAt' | 'bufferedAmount'
type TestSocket = Omit<P2pSocket, Changing> & { [Key in Changing]: number }

/** A socket of a node that does nothing, whose state the test changes. */
export function createSocket(id: string, state: SocketState = 'open'): TestSocket {
  return {
    id,
    url: 'ws://127.0.0.1:1',
    peer: '127.0.0.1:9',
    host: '127.0.0.1',
    peerId: undefined,
    proof: undefined,
    bInbound: true,
    bOutbound: false,
    inbound: true,
    outbound: false,
    state,
    lastReceivedAt: 1,
    bufferedAmount: 0,
    close: () => undefined,
    terminate: () => undefined
  }
}
