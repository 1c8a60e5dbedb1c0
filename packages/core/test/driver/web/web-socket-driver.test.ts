import { createTestKit } from '@trustp2p/testing'
import type { DriverSocket } from '../../../src/driver/contract'
import { DRAIN_LOOK_MS } from '../../../src/driver/web/web-driver-socket'
import { createWebSocketDriver } from '../../../src/driver/web/web-socket-driver'
import type { WebSocketEvent, WebSocketEventName, WebSocketLike } from '../../../src/driver/web/web-socket'
import { Recorder } from '../recorder'
import { LIMITS, turn, WsBench } from '../ws/set-up'
import { pageWebSocket } from './page-web-socket'

const URL = 'ws://node.example:1107/path'

/** A WebSocket whose events and queue are the test's own. */
class ScriptedSocket implements WebSocketLike {
  binaryType = 'blob'
  readyState = 0
  bufferedAmount = 0
  readonly closes: (readonly [code: number | undefined, reason: string | undefined])[] = []
  readonly #listeners: [WebSocketEventName, (event: WebSocketEvent) => void][] = []

  send(bytes: Uint8Array): void {
    this.bufferedAmount += bytes.length
  }

  close(code?: number, reason?: string): void {
    this.closes.push([code, reason])
  }

  addEventListener(type: WebSocketEventName, listener: (event: WebSocketEvent) => void): void {
    this.#listeners.push([type, listener])
  }

  tell(type: WebSocketEventName, event: WebSocketEvent = {}): void {
    if (type === 'open') this.readyState = 1
    for (const [of, listener] of [...this.#listeners]) if (of === type) listener(event)
  }
}

async function dialScripted() {
  const { clock, ...kit } = createTestKit()
  const made: ScriptedSocket[] = []
  const WebSocket = class extends ScriptedSocket {
    constructor(readonly url: string) {
      super()
      made.push(this)
    }
  }
  const driver = createWebSocketDriver({ kit: { ...kit, clock }, WebSocket })
  const dialling = driver.dial(URL, { limits: LIMITS })
  const [ws] = made
  if (ws === undefined) throw new Error('nothing was dialled')
  return { clock, driver, dialling, ws }
}

async function openScripted() {
  const { dialling, ws, ...rest } = await dialScripted()
  ws.tell('open')
  return { ws, socket: await dialling, ...rest }
}

const message = (length: number): WebSocketEvent => ({ data: new ArrayBuffer(length) })

describe('a driver of the WebSocket of a page', () => {
  it('says what it can, and what a page cannot', async () => {
    const driver = createWebSocketDriver({ kit: createTestKit(), WebSocket: pageWebSocket() })
    expect(driver).toMatchObject({
      name: 'web-socket',
      schemes: ['ws', 'wss'],
      supports: { listen: false, dial: true, encryption: true, browser: true }
    })
    const listening = driver.listen('ws://127.0.0.1:0', { limits: LIMITS, onSocket() {}, onWarning() {} })
    await expect(listening).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_LISTEN_FAILED' })
  })

  it('names the host of the address, and asks for frames as buffers', async () => {
    const { ws, socket } = await openScripted()
    expect(socket).toMatchObject({ url: URL, peer: URL, host: 'node.example', exporter: undefined })
    expect(ws.binaryType).toBe('arraybuffer')
  })

  it('rejects where the platform refuses the address at once', async () => {
    const cause = new Error('an insecure WebSocket from a page over https')
    const WebSocket = class extends ScriptedSocket {
      constructor() {
        super()
        throw cause
      }
    }
    const driver = createWebSocketDriver({ kit: createTestKit(), WebSocket })
    await expect(driver.dial(URL, { limits: LIMITS })).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      cause
    })
  })

  it('rejects with what a page cannot be told, where it may look, and ends the attempt', async () => {
    const { ws, dialling } = await dialScripted()
    ws.tell('error')
    await expect(dialling).rejects.toMatchObject({
      code: 'ERR_TRUSTP2P_DRIVER_DIAL_FAILED',
      message: expect.stringMatching(/the browser does not tell why; .*origin of this page/)
    })
    expect(ws.closes).toEqual([[undefined, undefined]])
  })

  it('gives up after handshakeMs, and not a millisecond before', async () => {
    const { clock, ws, dialling } = await dialScripted()
    const failed = expect(dialling).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_DRIVER_DIAL_TIMEOUT' })
    clock.advance(LIMITS.handshakeMs - 1)
    expect(ws.closes).toEqual([])
    clock.advance(1)
    await failed
    expect(ws.closes).toHaveLength(1)
    ws.tell('open')
    expect(clock.pending).toBe(0)
  })

  it('looks for room at intervals, and only while there is none', async () => {
    const { clock, ws, socket } = await openScripted()
    const recorder = Recorder.of(socket)
    const highWater = LIMITS.sendQueueBytes / 4
    expect([socket.send(new Uint8Array(highWater)), clock.pending]).toEqual([true, 0])
    expect([socket.send(new Uint8Array(1)), clock.pending]).toEqual([false, 1])
    clock.advance(DRAIN_LOOK_MS)
    expect(recorder.calls).toEqual([])
    ws.bufferedAmount = highWater
    clock.advance(DRAIN_LOOK_MS - 1)
    expect(recorder.calls).toEqual([])
    clock.advance(1)
    expect([recorder.calls, clock.pending]).toEqual([['drain'], 0])
  })

  it('looks no more once it is closed', async () => {
    const { clock, ws, socket } = await openScripted()
    Recorder.of(socket)
    socket.send(new Uint8Array(LIMITS.sendQueueBytes))
    ws.tell('close', { code: 1000, reason: '' })
    expect(clock.pending).toBe(0)
    expect(() => socket.send(new Uint8Array(1))).toThrow(
      expect.objectContaining({ code: 'ERR_TRUSTP2P_SOCKET_CLOSED' }) as Error
    )
  })

  it.each([
    ['frames of frameBytes', LIMITS.frameBytes, ['frame'], []],
    ['no frame of one byte more', LIMITS.frameBytes + 1, ['error'], [[4009, '']]]
  ])('takes %s', async (_what, length, calls, closes) => {
    const { ws, socket } = await openScripted()
    const recorder = Recorder.of(socket)
    ws.tell('message', message(length))
    expect([recorder.calls, ws.closes]).toEqual([calls, closes])
    expect(recorder.errors.map(({ code }) => code)).toEqual(
      closes.length === 0 ? [] : ['ERR_TRUSTP2P_DRIVER_PROTOCOL_VIOLATED']
    )
    socket.terminate()
  })

  it('refuses text', async () => {
    const { ws, socket } = await openScripted()
    const recorder = Recorder.of(socket)
    ws.tell('message', { data: 'text' })
    expect(ws.closes).toEqual([[4003, 'text frames are not understood']])
    expect(recorder.calls).toEqual(['error'])
    socket.terminate()
  })

  it('holds what comes before its receiver, up to sendQueueBytes', async () => {
    const { ws, socket } = await openScripted()
    for (let held = 0; held < LIMITS.sendQueueBytes; held += LIMITS.frameBytes) ws.tell('message', message(10_000))
    const recorder = Recorder.of(socket)
    await recorder.frameCount(LIMITS.sendQueueBytes / LIMITS.frameBytes)
    expect(ws.closes).toEqual([])
  })

  it('gives what was held first, then what came since, then the end', async () => {
    const { ws, socket } = await openScripted()
    ws.tell('message', message(1))
    const recorder = Recorder.of(socket)
    ws.tell('message', message(2))
    await recorder.frameCount(2)
    ws.tell('message', message(3))
    ws.tell('close', { code: 1001, reason: 'node stopping' })
    expect(recorder.frames.map(({ length }) => length)).toEqual([1, 2, 3])
    expect(recorder.closes).toEqual([[1001, 'node stopping']])
  })

  it('ends where one byte more than that comes before its receiver', async () => {
    const { ws, socket } = await openScripted()
    for (let held = 0; held < LIMITS.sendQueueBytes; held += LIMITS.frameBytes) ws.tell('message', message(10_000))
    ws.tell('message', message(1))
    await turn()
    const recorder = Recorder.of(socket)
    expect(await recorder.closed()).toEqual([1006, ''])
    expect(recorder.calls).toEqual(['close'])
  })

  it('tells once of an end that came between its own and its receiver', async () => {
    const { socket } = await openScripted()
    socket.terminate()
    const recorder = Recorder.of(socket)
    await recorder.closed()
    await turn()
    expect(recorder.calls).toEqual(['close'])
  })

  it('tells of a connection that breaks', async () => {
    const { ws, socket } = await openScripted()
    const recorder = Recorder.of(socket)
    ws.tell('error')
    ws.tell('close', { code: 1006, reason: '' })
    expect(recorder.errors).toMatchObject([{ code: 'ERR_TRUSTP2P_DRIVER_SOCKET_FAILED' }])
    expect([recorder.calls, recorder.closes]).toEqual([['error', 'close'], [[1006, '']]])
  })
})

describe('codes of closing, from a page to a node', () => {
  const bench = new WsBench()
  const page = createWebSocketDriver({ kit: createTestKit({ clock: bench.clock }), WebSocket: pageWebSocket() })
  let number = 0

  afterAll(async () => {
    await page.close()
    await bench.driver.close()
  })

  async function connect(): Promise<{ near: DriverSocket; atNear: Recorder; atFar: Recorder }> {
    const { address } = await bench.listen()
    const near = await page.dial(address, { limits: LIMITS })
    const { recorder } = await bench.acceptedSocket(number++)
    return { near, atNear: Recorder.of(near), atFar: recorder }
  }

  it.each([
    [1000, 1000],
    [1001, 4001],
    [1014, 4014],
    [3000, 3000],
    [4999, 4999]
  ])('%d arrives as %d, and is what the page was closed with', async (code, arrives) => {
    const { near, atNear, atFar } = await connect()
    near.close(code, 'why')
    expect(await atFar.closed()).toEqual([arrives, 'why'])
    expect(await atNear.closed()).toEqual([code, 'why'])
  })

  it('a page that drops its connection has 1006 at once, and the node 4006', async () => {
    const { near, atNear, atFar } = await connect()
    near.terminate()
    expect(await atNear.closed()).toEqual([1006, ''])
    expect(await atFar.closed()).toEqual([4006, ''])
  })
})
