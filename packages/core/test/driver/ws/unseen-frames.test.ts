import { SlicedReads } from '../../../src/driver/net/sliced-reads'
import { RawPeer, encodeRawFrame } from './raw-peer'
import { WsBench } from './set-up'

/** What fills more than a turn: as many as that takes, in fewer pieces than a message may have. */
const KINDS = {
  pong: { frame: { opcode: 10 }, count: 129 },
  'a fragment': { frame: { opcode: 0, fin: false, payload: new Uint8Array(20) }, count: 5_200 }
} as const

it.each(Object.entries(KINDS))(
  '%s counts, which no receiver is told of: who sends many waits for a turn',
  async (_kind, { frame, count }) => {
    const bench = new WsBench()
    const { address } = await bench.listen('ws://127.0.0.1:0', { frameBytes: 1 << 20 })
    const peer = await RawPeer.open(address)
    const pause = jest.spyOn(SlicedReads.prototype, 'pause')
    try {
      const { recorder } = await bench.acceptedSocket()
      peer.send({ opcode: 2, fin: frame.opcode !== 0 })
      peer.write(Buffer.concat(Array.from({ length: count }, () => encodeRawFrame(frame))))
      peer.send({ opcode: frame.opcode === 0 ? 0 : 2 })
      await recorder.frameCount(frame.opcode === 0 ? 1 : 2)
      expect(pause).toHaveBeenCalled()
    } finally {
      pause.mockRestore()
      peer.socket.destroy()
      await bench.driver.close()
    }
  }
)
