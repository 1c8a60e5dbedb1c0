import { DriverLife } from '../../src/driver/driver-life'
import type { DialEvents } from '../../src/driver/driver-life'

const URL = 'tcp://127.0.0.1:1107'
const LISTEN_FAILED = { code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED' }
const DIAL_ABORTED = { code: 'ERR_TRUSTP2P_DRIVER_DIAL_ABORTED' }

interface Socket {
  terminate(): void
}

/** Things that write down what is done to them. */
function createBench() {
  const done: string[] = []
  const watch = { add: () => void done.push('watched'), delete: () => void done.push('forgotten') }
  const life = new DriverLife<Socket>(watch)
  const listener = (gone?: Promise<void>) => {
    const close = async (): Promise<void> => void done.push('listener closed')
    return gone === undefined ? { address: URL, close } : { address: URL, close, gone }
  }
  const socket = { terminate: () => void done.push('terminated') }
  const dial = { abort: (cause: unknown) => void done.push(`aborted: ${String(cause)}`) }
  return { life, done, listener, socket, dial }
}

/** True where a promise is still pending after everything that could settle it did so. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(resolve, 'pending'))
  return (await Promise.race([promise, turn])) === 'pending'
}

describe('DriverLife', () => {
  it('opens no more once it is closed', async () => {
    const { life } = createBench()
    life.assertMayListen(URL)
    life.assertMayDial(URL, {})
    await life.close()
    expect(() => life.assertMayListen(URL)).toThrow(expect.objectContaining(LISTEN_FAILED))
    expect(() => life.assertMayDial(URL, {})).toThrow(expect.objectContaining(DIAL_ABORTED))
  })

  it('closes a listener once, whoever does it', async () => {
    const { life, done, listener } = createBench()
    const first = life.addListener(listener())
    life.addListener(listener())
    await first.close()
    await first.close()
    expect(done).toEqual(['listener closed'])
    await life.close()
    expect(done).toEqual(['listener closed', 'listener closed'])
  })

  it('closes a listener that was bound too late', async () => {
    const { life, done, listener } = createBench()
    await expect(life.addListenerMaybe(URL, listener())).resolves.toMatchObject({ address: URL })
    await life.close()
    await expect(life.addListenerMaybe(URL, listener())).rejects.toMatchObject(LISTEN_FAILED)
    expect(done).toEqual(['listener closed', 'listener closed'])
  })

  it('terminates its sockets after calls under way, and waits for the last one', async () => {
    const { life, done, socket } = createBench()
    let settle = (): void => undefined
    void life.track(new Promise<void>((resolve) => (settle = resolve)))
    life.addSocket(socket)
    const closed = life.close()
    expect([await isPending(closed), done]).toEqual([true, ['watched']])
    settle()
    expect([await isPending(closed), done]).toEqual([true, ['watched', 'terminated']])
    life.deleteSocket(socket)
    await closed
    expect(done).toEqual(['watched', 'terminated', 'forgotten'])
  })

  it('waits for what a listener left behind, also for that of one which was closed before', async () => {
    const { life, listener } = createBench()
    let settle = (): void => undefined
    const gone = new Promise<void>((resolve) => (settle = resolve))
    await life.addListener(listener(gone)).close()
    const closed = life.close()
    expect(await isPending(closed)).toBe(true)
    settle()
    await closed
  })

  it('takes the socket of a dial that succeeds', async () => {
    const { life, done, socket, dial } = createBench()
    const opening = life.dial({}, ({ onOpen }) => {
      setImmediate(onOpen, socket)
      return dial
    })
    await expect(opening).resolves.toBe(socket)
    const closed = life.close()
    life.deleteSocket(socket)
    await closed
    expect(done).toEqual(['watched', 'forgotten'])
  })

  it('gives up its dials when it is closed', async () => {
    const { life, done, dial } = createBench()
    const begun: DialEvents<Socket>[] = []
    const begin = (events: DialEvents<Socket>) => {
      begun.push(events)
      return dial
    }
    void life.dial({}, begin).catch(() => undefined)
    await life.close()
    void life.dial({}, begin).catch(() => undefined)
    expect([begun.length, done]).toEqual([2, ['aborted: the driver is closed', 'aborted: the driver is closed']])
  })

  it('gives up a dial whose signal was aborted before it began', () => {
    const { life, done, dial } = createBench()
    void life.dial({ signal: AbortSignal.abort('enough') }, () => dial)
    expect(done).toEqual(['aborted: enough'])
  })
})
