import { Recorder } from '../recorder'
import { LIMITS, WsBench } from './set-up'

const MARK = LIMITS.sendQueueBytes / 4
const FRAME_BYTES = 10_000

let bench: WsBench

beforeEach(() => void (bench = new WsBench()))
afterEach(() => bench.driver.close())

/** Fills a queue beyond its mark. */
function fill(socket: { send(bytes: Uint8Array): boolean }): void {
  while (socket.send(new Uint8Array(FRAME_BYTES)));
}

it.each([true, false])(
  'tells of room also where frames up to the mark were sent meanwhile (dialled: %s)',
  async (dials) => {
    const { address } = await bench.listen()
    const near = await bench.dial(address)
    const atNear = Recorder.of(near)
    const { socket: far, recorder: atFar } = await bench.acceptedSocket()
    const [socket, recorder] = dials ? [near, atNear] : [far, atFar]
    fill(socket)
    let hadRoom = false
    // After the write, which the system takes at once, and before the stream says so.
    process.nextTick(() => {
      expect(socket.bufferedAmount).toBe(0)
      socket.send(new Uint8Array(FRAME_BYTES))
      socket.send(new Uint8Array(FRAME_BYTES))
      hadRoom = socket.send(new Uint8Array(MARK - socket.bufferedAmount))
    })
    await recorder.until(() => recorder.count('drain') === 1)
    expect(hadRoom).toBe(true)
  }
)
