import { Socket } from 'node:net'
import { Recorder } from '../recorder'
import { WsBench, turn } from './set-up'

let bench: WsBench
let writes = 0

beforeEach(() => {
  bench = new WsBench()
  const prototype: Required<Pick<Socket, '_write' | '_writev'>> = Socket.prototype as Required<Socket>
  for (const name of ['_write', '_writev'] as const) {
    const original = prototype[name]
    jest.spyOn(prototype, name).mockImplementation(function (this: Socket, ...values: unknown[]) {
      writes += 1
      Reflect.apply(original, this, values)
    })
  }
})

afterEach(async () => {
  jest.restoreAllMocks()
  await bench.driver.close()
})

async function connect() {
  const { address } = await bench.listen()
  const near = await bench.dial(address)
  const atNear = Recorder.of(near)
  const { socket: far, recorder: atFar } = await bench.acceptedSocket()
  await turn()
  writes = 0
  return { near, far, atNear, atFar }
}

it('sends all frames of one tick in one write, from either end', async () => {
  const { near, far, atNear, atFar } = await connect()
  for (let number = 0; number < 64; number++) near.send(Buffer.from(String(number)))
  await atFar.frameCount(64)
  expect(writes).toBe(1)
  for (let number = 0; number < 64; number++) far.send(Buffer.from(String(number)))
  await atNear.frameCount(64)
  expect(writes).toBe(2)
})

it('sends a lone frame in one write, before the event loop goes on', async () => {
  const { near, atFar } = await connect()
  near.send(Buffer.from('alone'))
  expect(writes).toBe(0)
  await Promise.resolve()
  await new Promise<void>((resolve) => process.nextTick(resolve))
  expect(writes).toBe(1)
  await atFar.frameCount(1)
})

it('sends the answer to what was read before any tick', async () => {
  const { near, far, atNear, atFar } = await connect()
  let waiting = -1
  atFar.answer = (bytes) => {
    process.nextTick(() => (waiting = far.bufferedAmount))
    far.send(bytes)
    expect(far.bufferedAmount).toBeGreaterThan(0)
  }
  near.send(Buffer.from('ask'))
  await atNear.frameCount(1)
  expect(waiting).toBe(0)
})

it('sends frames and the close frame behind them in one write', async () => {
  const { near, atFar } = await connect()
  near.send(Buffer.from('one'))
  near.send(Buffer.from('two'))
  near.close(1000, '')
  await atFar.until(() => atFar.count('frame') === 2)
  expect(writes).toBeLessThanOrEqual(2)
  await atFar.closed()
})

it('needs at most 40 writes for 1,000 answers at 64 in flight', async () => {
  const { near, far, atNear, atFar } = await connect()
  const answers = 5_000
  let sent = 0
  const ask = (): void => {
    sent += 1
    near.send(Buffer.alloc(112, 1))
  }
  atFar.answer = (bytes) => far.send(bytes)
  atNear.answer = () => {
    if (sent < answers) ask()
  }
  for (let number = 0; number < 64; number++) ask()
  await atNear.frameCount(answers)
  // Both ends write in this process: each has its 40.
  expect((writes / answers) * 1_000).toBeLessThanOrEqual(2 * 40)
})
