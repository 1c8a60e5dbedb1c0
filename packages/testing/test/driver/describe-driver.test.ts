import { createTestKit, describeDriver } from '@trustp2p/testing'
import type { TestRunner } from '@trustp2p/testing'
import { createMemoryDriver, MemoryNetwork } from 'trustp2p'
import type { Driver, DriverSocket, DriverSocketReceiver } from 'trustp2p'

/** After so many ms a test that waits for what never comes has failed. */
const PATIENCE_MS = 300

/** Passes everything on; those that extend it have one fault each. */
class PlainSocket implements DriverSocket {
  readonly inner: DriverSocket

  constructor(inner: DriverSocket) {
    this.inner = inner
  }

  get url(): string {
    return this.inner.url
  }

  get peer(): string {
    return this.inner.peer
  }

  get host(): string {
    return this.inner.host
  }

  get bufferedAmount(): number {
    return this.inner.bufferedAmount
  }

  attach(receiver: DriverSocketReceiver): void {
    this.inner.attach(receiver)
  }

  send(bytes: Uint8Array): boolean {
    return this.inner.send(bytes)
  }

  close(code: number, reason: string): void {
    this.inner.close(code, reason)
  }

  terminate(): void {
    this.inner.terminate()
  }
}

/** A receiver that hands on to another one, with some of its methods replaced. */
function handOn(receiver: DriverSocketReceiver, other: Partial<DriverSocketReceiver>): DriverSocketReceiver {
  return {
    onFrame: (bytes) => receiver.onFrame(bytes),
    onDrain: () => receiver.onDrain(),
    onError: (error) => receiver.onError(error),
    onClose: (code, reason) => receiver.onClose(code, reason),
    ...other
  }
}

class DropsEmptyFrames extends PlainSocket {
  override send(bytes: Uint8Array): boolean {
    return bytes.length === 0 || super.send(bytes)
  }
}

class SwapsFrames extends PlainSocket {
  #held: Uint8Array | undefined

  override send(bytes: Uint8Array): boolean {
    if (this.#held === undefined) {
      this.#held = bytes
      return true
    }
    const isFree = super.send(bytes)
    super.send(this.#held)
    this.#held = undefined
    return isFree
  }
}

class ChangesFrames extends PlainSocket {
  override send(bytes: Uint8Array): boolean {
    const isFree = super.send(bytes)
    bytes.fill(0)
    return isFree
  }
}

class ReusesItsBuffer extends PlainSocket {
  readonly #buffer = new Uint8Array(100_000)

  override attach(receiver: DriverSocketReceiver): void {
    const onFrame = (bytes: Uint8Array): void => {
      this.#buffer.set(bytes)
      receiver.onFrame(this.#buffer.subarray(0, bytes.length))
    }
    super.attach(handOn(receiver, { onFrame }))
  }
}

class IsAlwaysFree extends PlainSocket {
  override send(bytes: Uint8Array): boolean {
    super.send(bytes)
    return true
  }
}

class NeverDrains extends PlainSocket {
  override attach(receiver: DriverSocketReceiver): void {
    super.attach(handOn(receiver, { onDrain: () => undefined }))
  }
}

class LosesReasons extends PlainSocket {
  override close(code: number): void {
    super.close(code, '')
  }
}

class TakesAnyCode extends PlainSocket {
  override close(code: number, reason: string): void {
    super.close(code < 1000 ? 1000 : code, reason)
  }
}

class ClosesTwice extends PlainSocket {
  override attach(receiver: DriverSocketReceiver): void {
    const onClose = (code: number, reason: string): void => {
      receiver.onClose(code, reason)
      receiver.onClose(code, reason)
    }
    super.attach(handOn(receiver, { onClose }))
  }
}

class EndsInOrder extends PlainSocket {
  override terminate(): void {
    this.inner.close(1000, '')
  }
}

class SendsInVain extends PlainSocket {
  override send(bytes: Uint8Array): boolean {
    try {
      return super.send(bytes)
    } catch {
      return false
    }
  }
}

type SocketClass = new (inner: DriverSocket) => DriverSocket

/** A driver whose sockets have a fault. */
function alter(driver: Driver, Altered: SocketClass): Driver {
  return {
    name: driver.name,
    schemes: driver.schemes,
    supports: driver.supports,
    listen: (url, options) =>
      driver.listen(url, { ...options, onSocket: (socket) => options.onSocket(new Altered(socket)) }),
    dial: async (url, options) => new Altered(await driver.dial(url, options)),
    close: () => driver.close()
  }
}

/** Dials whatever the signal says. */
function ignoreSignals(driver: Driver): Driver {
  return { ...alter(driver, PlainSocket), dial: (url, { limits }) => driver.dial(url, { limits }) }
}

/** Stays with its listeners when it is closed. */
function leaveOpen(driver: Driver): Driver {
  return { ...alter(driver, PlainSocket), close: () => Promise.resolve() }
}

type Test = readonly [title: string, run: () => Promise<void>]

/** The tests of the suite for a driver in memory that was changed, with what stands before and after each. */
function testsFor(change: (driver: Driver) => Driver): Test[] {
  const tests: Test[] = []
  const before: (() => void)[] = []
  const after: (() => Promise<void>)[] = []
  const runner: TestRunner = {
    describe: (_title, define) => define(),
    it: (title, test) => tests.push([title, test]),
    beforeEach: (prepare) => before.push(prepare),
    afterEach: (cleanUp) => after.push(cleanUp)
  }
  const kit = createTestKit()
  let network = new MemoryNetwork(kit)
  const subject = {
    name: 'a changed driver',
    createDriver: () => change(createMemoryDriver({ kit, network })),
    reset: () => void (network = new MemoryNetwork(kit)),
    listenUrl: 'memory://server',
    otherUrl: 'memory://other',
    deadUrl: 'memory://nobody',
    invalidUrls: ['memory://'],
    choosesPort: false
  }
  describeDriver(subject, runner)
  return tests.map(([title, test]) => [title, () => runTest(before, test, after)])
}

async function runTest(before: (() => void)[], test: () => Promise<void>, after: (() => Promise<void>)[]) {
  for (const prepare of before) prepare()
  try {
    await soon(test())
  } finally {
    for (const cleanUp of after) await cleanUp()
  }
}

async function soon(promise: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it waits in vain')), PATIENCE_MS)
  })
  try {
    await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

function testOf(tests: readonly Test[], title: string): Test[1] {
  const found = tests.find(([name]) => name === title)
  if (found === undefined) throw new Error(`no test "${title}"`)
  return found[1]
}

describe('the suite for drivers', () => {
  const plain = testsFor((driver) => alter(driver, PlainSocket))

  it.each<[fault: string, title: string, change: (driver: Driver) => Driver]>([
    [
      'drops empty frames',
      'arrive byte for byte, from none to frameBytes, both ways',
      (driver) => alter(driver, DropsEmptyFrames)
    ],
    [
      'swaps frames',
      'arrive in the order in which they were sent, over many ticks',
      (driver) => alter(driver, SwapsFrames)
    ],
    [
      'changes what it sends',
      'may be sent on several sockets, and are not changed by it',
      (driver) => alter(driver, ChangesFrames)
    ],
    ['reuses its buffer', 'stay what they were while others follow', (driver) => alter(driver, ReusesItsBuffer)],
    [
      'never says that its queue is full',
      'gives true up to the high-water mark, a quarter of sendQueueBytes, and false above it',
      (driver) => alter(driver, IsAlwaysFree)
    ],
    [
      'never tells of its drain',
      'tells of its drain once it fell to the mark, and only where send gave false',
      (driver) => alter(driver, NeverDrains)
    ],
    ['loses reasons', 'works the same from the inbound end', (driver) => alter(driver, LosesReasons)],
    ['takes any code', 'refuses the code 999', (driver) => alter(driver, TakesAnyCode)],
    ['closes twice', 'twice, or of what is gone, does nothing', (driver) => alter(driver, ClosesTwice)],
    ['terminates in order', 'closes both ends with 1006', (driver) => alter(driver, EndsInOrder)],
    [
      'sends in vain',
      'refuses to send, from the call of close or terminate on',
      (driver) => alter(driver, SendsInVain)
    ],
    ['ignores signals', 'rejects at once where its signal was aborted before', ignoreSignals],
    ['leaves its listeners open', 'terminates every socket and frees every address', leaveOpen]
  ])('finds a driver that %s, by "%s"', async (_fault, title, change) => {
    await testOf(plain, title)()
    await expect(testOf(testsFor(change), title)()).rejects.toThrow()
  })
})
