import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { createSeededRandom } from '@trustp2p/testing'
import type { Random } from 'trustp2p'
import { ask, startServer } from './attacked-server'
import { createFrame, GREETING, pick } from './mutated-frames'
import { disposeAll, disposeLater } from './project'

/** As many as a minute takes on a busy machine; the nightly run sends a million. */
const FRAMES = Number(process.env['MUTATED_FRAMES'] ?? 100_000)
const SEED = Number(process.env['FRAMES_SEED'] ?? 17)
const MEBIBYTE = 1024 * 1024
/** A stream that is broken ends the connection: as often as that it is broken. */
const BREAK_EVERY = 200
const PREFACE = Buffer.from('trustp2p/1\n')

afterEach(disposeAll)

/** A frame behind its length, a varint of 7 bits in each byte. */
function onStream(frame: Uint8Array): Buffer {
  const head: number[] = []
  let { length } = frame
  for (; length > 127; length >>>= 7) head.push((length & 127) | 128)
  return Buffer.concat([Uint8Array.of(...head, length), frame])
}

/** What no stream of frames has: after it nothing can be read. */
const BREAKS: readonly ((random: Random) => Buffer)[] = [
  // Lengths that are not in their shortest form, too long, or without an end.
  () => Buffer.from([0x81, 0x00]),
  () => Buffer.from([0xff, 0xff, 0xff, 0x7f]),
  () => Buffer.alloc(20, 0xff),
  // A control frame that is too long, and close frames with a code that is none or a reason that is no UTF-8.
  () => Buffer.concat([Buffer.from([0x80, 0x00, 0x01, 126]), Buffer.alloc(126)]),
  () => Buffer.from([0x80, 0x00, 0x01, 2, 0, 1]),
  () => Buffer.from([0x80, 0x00, 0x01, 3, 0x03, 0xe8, 0xff]),
  (random) => Buffer.from(Array.from({ length: 64 }, () => Math.floor(random.next() * 256)))
]

/** What a peer may send between frames. */
const CONTROLS = [
  Buffer.from([0x80, 0x00, 0x02, 0]),
  Buffer.from([0x80, 0x00, 0x03, 0]),
  Buffer.from([0x80, 0, 9, 1, 7])
]

/** Sends pieces of a stream whose borders have nothing to do with frames; dials again when it is thrown out. */
class StreamAttacker {
  dialled = 0
  readonly #random: Random
  readonly #port: number
  #raw: Socket | undefined

  constructor(url: string, random: Random) {
    this.#random = random
    this.#port = Number(new URL(url).port)
    disposeLater(() => this.#raw?.destroy())
  }

  async send(bytes: Buffer): Promise<void> {
    const raw = this.#raw?.writable === true ? this.#raw : await this.#dial()
    const cut = Math.floor(this.#random.next() * bytes.length)
    for (const piece of [bytes.subarray(0, cut), bytes.subarray(cut)]) raw.write(piece)
    if (raw.writableLength < MEBIBYTE) return
    await new Promise<void>((resolve) => raw.once('drain', resolve).once('close', () => resolve()))
  }

  /** Settles once the server has read all, or has dropped the connection: with a reset where more was under way. */
  async end(): Promise<void> {
    const raw = this.#raw
    if (raw === undefined || raw.destroyed) return
    const closed = new Promise<void>((resolve) => raw.once('close', () => resolve()))
    raw.end()
    await closed
  }

  async #dial(): Promise<Socket> {
    await this.end()
    this.dialled++
    const raw = connect({ host: '127.0.0.1', port: this.#port })
    this.#raw = raw
    raw.on('error', () => raw.destroy())
    raw.resume()
    await once(raw, 'connect')
    raw.write(Buffer.concat([PREFACE, onStream(GREETING)]))
    return raw
  }
}

it(
  `T24 ${FRAMES.toLocaleString('en')} mutated frames over tcp:// crash nothing, hinder nobody and leave no memory behind`,
  async () => {
    const limits = { badFrames: 0, unknownEvents: 0 }
    const { url, honest, end } = await startServer(limits, 'tcp://127.0.0.1:0')
    const random = createSeededRandom(SEED)
    const attackers = Array.from({ length: 4 }, () => new StreamAttacker(url, random))
    const answers: Promise<unknown>[] = []
    let [heapBefore, breaks] = [0, 0]
    for (let index = 0; index < FRAMES; index++) {
      const attacker = pick(random, attackers)
      await attacker.send(onStream(createFrame(random, index + 1)))
      if (random.next() < 0.01) await attacker.send(pick(random, CONTROLS))
      if (index % BREAK_EVERY === 0) {
        breaks++
        await attacker.send(pick(random, BREAKS)(random))
        await attacker.end()
      }
      if (index % 500 === 0) answers.push(ask(honest, 'echo', index))
      if (index % 1000 === 0) await answers.at(-1)
      if (index === FRAMES / 10) heapBefore = Number(await ask(honest, 'heap'))
    }
    for (const attacker of attackers) await attacker.end()
    const answered = await Promise.all(answers)
    expect(answered).toEqual(answered.map((_, index) => index * 500))
    const heapAfter = Number(await ask(honest, 'heap'))
    expect(heapBefore).toBeGreaterThan(0)
    expect(heapAfter - heapBefore).toBeLessThan(8 * MEBIBYTE)
    expect(attackers.reduce((sum, { dialled }) => sum + dialled, 0)).toBeGreaterThanOrEqual(breaks)
    const { framesIn, badFrames } = await end()
    expect(Number(framesIn)).toBeGreaterThan(FRAMES / 4)
    expect(Number(badFrames)).toBeGreaterThan(FRAMES / 20)
  },
  Math.max(240_000, FRAMES)
)
