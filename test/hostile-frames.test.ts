import { once as onceEmitted } from 'node:events'
import { WebSocket } from 'ws'
import { createSeededRandom } from '@trustp2p/testing'
import { CP2pPackage, errorCode, PackageType } from 'trustp2p'
import { ask, startServer } from './attacked-server'
import { createFrame, DEEP_EVERY, DEEP_TAG, DEEP_TAG_FIELD, GREETING } from './mutated-frames'
import { disposeAll, disposeLater } from './project'

const MEBIBYTE = 1024 * 1024
const FRAMES = 200_000
afterEach(disposeAll)

/** What a server must do with a frame of a greeted socket: the code of the close, or undefined where it goes on. */
function closeCodeOf(frame: Uint8Array, { badFrames, frameBytes }: { badFrames: number; frameBytes: number }) {
  if (frame.length === 0) return undefined
  if (frame.length > frameBytes) return 1009
  const bad = badFrames > 0 ? 1002 : undefined
  try {
    const { version, alt, type, event, body } = readFrame(frame, frameBytes)
    if (!isCompatible(version, alt)) return 1000
    if (type !== PackageType.TALK || event !== 'version') return undefined
    const fields = body() as Record<string, unknown> | null
    return isCompatible(fields?.['protocol_version'], fields?.['alt']) ? undefined : 1000
  } catch (error) {
    return String(errorCode(error)).startsWith('ERR_TRUSTP2P_WIRE_UNKNOWN_') ? undefined : bad
  }
}

function readFrame(frame: Uint8Array, frameBytes: number) {
  const decoded = CP2pPackage.decode(frame, { frameBytes, bodyDepth: 64 })
  const { version, alt, type, event } = decoded
  return { version, alt, type, event, body: () => decoded.body }
}

function isCompatible(version: unknown, alt: unknown): boolean {
  return typeof version === 'string' && /^1(\.\d{1,9}){0,3}$/.test(version) && alt === '1'
}

/** Asked behind a frame, and answered once that was read; a ping of WebSocket is answered before frames that wait. */
const BARRIER = CP2pPackage.encode({ type: PackageType.HEARTBEAT_PING, event: 'ping', body: {}, tag: 'barrier' })
/** Its tag: field 6, 7 bytes long. */
const BARRIER_TAG_FIELD = Buffer.from('\x32\x07barrier')

/** A hostile peer: greets, then sends; connects again when it is thrown out. */
class HostilePeer {
  /** The code and the reason of each close that it saw. */
  readonly closings: string[] = []
  /** The codes with which its deep requests were answered. */
  readonly deepAnswers: (string | undefined)[] = []
  readonly #url: string
  #socket: WebSocket | undefined
  #onAnswered: (() => void) | undefined

  constructor(url: string) {
    this.#url = url
    disposeLater(() => this.#socket?.terminate())
  }

  async send(frame: Uint8Array): Promise<void> {
    const socket = await this.#connected()
    socket.send(frame)
    if (socket.bufferedAmount > MEBIBYTE) await new Promise<void>((resolve) => socket.send(GREETING, () => resolve()))
  }

  /** Sends, and gives the code of the close, or undefined where the server read on. */
  async sendAndWait(frame: Uint8Array): Promise<number | undefined> {
    const socket = await this.#connected()
    return new Promise((resolve) => {
      const onClose = (code: number): void => settle(code)
      const settle = (code: number | undefined): void => {
        socket.off('close', onClose)
        this.#onAnswered = undefined
        resolve(code)
      }
      this.#onAnswered = () => settle(undefined)
      socket.on('close', onClose)
      socket.send(frame)
      socket.send(BARRIER)
    })
  }

  async #connected(): Promise<WebSocket> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket
    const socket = new WebSocket(this.#url, { perMessageDeflate: false })
    socket.on('error', () => undefined)
    socket.on('close', (code: number, reason: Buffer) => this.closings.push(`${code} ${String(reason)}`))
    socket.on('message', (data: Buffer) => this.#hear(data))
    await onceEmitted(socket, 'open')
    socket.send(GREETING)
    this.#socket = socket
    return socket
  }

  #hear(data: Buffer): void {
    if (data.includes(BARRIER_TAG_FIELD)) return this.#onAnswered?.()
    if (!data.includes(DEEP_TAG_FIELD)) return
    const { type, tag, error } = CP2pPackage.decode(data)
    if (type === PackageType.RESPONSE && tag === DEEP_TAG) this.deepAnswers.push(error)
  }
}

describe('T24 garbage frames', () => {
  it('200,000 of them over greeted sockets crash nothing, hinder nobody and leave no memory behind', async () => {
    const limits = { badFrames: 0, unknownEvents: 0, frameBytes: 4 * MEBIBYTE }
    const { url, honest, end } = await startServer(limits)
    const random = createSeededRandom(24)
    const peers = Array.from({ length: 4 }, () => new HostilePeer(url))
    const answers: Promise<unknown>[] = []
    let [heapBefore, ended] = [0, 0]
    for (let index = 0; index < FRAMES; index++) {
      const peer = peers[index % peers.length] as HostilePeer
      const frame = createFrame(random, index)
      const code = closeCodeOf(frame, limits)
      if (code === undefined) await peer.send(frame)
      else expect(await peer.sendAndWait(frame)).toBe(code)
      if (code !== undefined) ended++
      if (index % 500 === 0) answers.push(ask(honest, 'echo', index))
      if (index % 1000 === 0) await answers.at(-1)
      if (index === 10_000) heapBefore = Number(await ask(honest, 'heap'))
    }
    for (const peer of peers) await peer.sendAndWait(GREETING)
    const answered = await Promise.all(answers)
    expect(answered).toEqual(answered.map((_, index) => index * 500))
    const heapAfter = Number(await ask(honest, 'heap'))
    expect(heapBefore).toBeGreaterThan(0)
    expect(heapAfter - heapBefore).toBeLessThan(8 * MEBIBYTE)
    const closings = peers.flatMap((peer) => peer.closings)
    expect(closings).toHaveLength(ended)
    expect(closings.filter((closing) => !/^1000 incompatible (versions|alts)$/.test(closing))).toEqual([])
    const deepAnswers = peers.flatMap((peer) => peer.deepAnswers)
    expect(deepAnswers).toHaveLength(FRAMES / DEEP_EVERY)
    expect([...new Set(deepAnswers)]).toEqual(['ERR_TRUSTP2P_BODY_TOO_DEEP'])
    const { framesIn, droppedFrames, badFrames } = await end()
    expect([droppedFrames, Number(framesIn) >= FRAMES, Number(badFrames) > FRAMES / 10]).toEqual([0, true, true])
  }, 240_000)

  it('2,000 of them are each answered by the close that their fault has, or by none, and hinder nobody', async () => {
    const limits = { badFrames: 1, frameBytes: MEBIBYTE }
    const { url, honest, end } = await startServer({})
    const random = createSeededRandom(1002)
    const peer = new HostilePeer(url)
    const codes = new Map<number | undefined, number>()
    for (let index = 0; index < 2000; index++) {
      // Ten times as many deep ones.
      const frame = createFrame(random, index * 10)
      const code = await peer.sendAndWait(frame)
      expect([index, code]).toEqual([index, closeCodeOf(frame, limits)])
      codes.set(code, (codes.get(code) ?? 0) + 1)
      if (index % 100 === 0) await expect(ask(honest, 'echo', index)).resolves.toBe(index)
    }
    expect([...codes.keys()].sort()).toEqual([1000, 1002, 1009, undefined])
    expect(codes.get(1002)).toBeGreaterThan(500)
    await expect(ask(honest, 'heap')).resolves.toBeGreaterThan(0)
    expect((await end())['badFrames']).toBe(codes.get(1002))
  }, 240_000)
})
