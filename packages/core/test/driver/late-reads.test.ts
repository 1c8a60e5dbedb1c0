import type { ManualClock } from '@trustp2p/testing'
import { defaultConfig } from '../../src/config/defaults'
import { CLOSE_MS, LATE_BYTES } from '../../src/driver/close-frame'
import type { DriverSocket } from '../../src/driver/contract'
import { LATE_STOP_MS } from '../../src/driver/net/late-pace'
import { ControlKind, controlFrame } from '../../src/driver/stream/frame-codec'
import { createTcpDriver } from '../../src/driver/stream/tcp-driver'
import type { Recorder } from './recorder'
import { PREFACE, RawPeer as RawStreamPeer, StreamBench } from './stream/set-up'
import { RawPeer, encodeRawFrame } from './ws/raw-peer'
import { WsBench } from './ws/set-up'

const NORMAL = Uint8Array.of(1_000 >> 8, 1_000 & 0xff)
const FRAME_BYTES = 4_096
/** About the shortest whose length takes two bytes in either protocol, as `frame` writes it. */
const SHORT_FRAME_BYTES = 136
/** What the system gives in one read. */
const READ_BYTES = 65_536

/** Longer than it takes to read all that is read of one peer that was thrown off, and less than it has to follow. */
const PACED_MS = 1_500

async function readOn(clock: ManualClock): Promise<void> {
  for (let passedMs = 0; passedMs < PACED_MS; passedMs += LATE_STOP_MS) {
    clock.advance(LATE_STOP_MS)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}

/** A connection of which one side, ours, was accepted by a driver. */
interface Connection {
  readonly socket: DriverSocket
  readonly recorder: Recorder
  readonly write: (bytes: Uint8Array) => void
  /** A frame that takes so many bytes, with all that belongs to it. */
  readonly frame: (bytes: number) => Uint8Array
  readonly closeFrame: Uint8Array
  /** Lets time pass in which all is read that will be. */
  readonly readOn: () => Promise<void>
  /** Lets the time pass that the peer has to follow a close. */
  readonly pass: () => void
  readonly end: () => Promise<void>
}

const WS_HEADER_BYTES = 8

async function connectWs(compression: boolean): Promise<Connection> {
  const bench = new WsBench({ compression })
  const { address } = await bench.listen()
  const headers = compression ? { 'Sec-WebSocket-Extensions': 'permessage-deflate' } : {}
  const peer = await RawPeer.open(address, headers)
  peer.discards = true
  return {
    ...(await bench.acceptedSocket()),
    write: (bytes) => peer.write(bytes),
    frame: (bytes) => encodeRawFrame({ opcode: 2, payload: new Uint8Array(bytes - WS_HEADER_BYTES) }),
    closeFrame: encodeRawFrame({ opcode: 8, payload: NORMAL }),
    readOn: () => readOn(bench.clock),
    pass: () => undefined,
    end: async () => {
      peer.socket.destroy()
      await bench.driver.close()
    }
  }
}

const LENGTH_BYTES = 2

interface StreamConnection extends Connection {
  /** Settles once the peer has our close frame. */
  readonly answered: () => Promise<unknown>
  /** Ends what the peer sends. */
  readonly finish: () => void
}

async function connectTcp(): Promise<StreamConnection> {
  const bench = new StreamBench((kit) => createTcpDriver({ kit, config: defaultConfig('node').drivers.tcp }))
  const peer = await RawStreamPeer.dialTcp(await bench.listen('tcp://127.0.0.1:0'))
  peer.write(PREFACE)
  const closeFrame = controlFrame(ControlKind.CLOSE, NORMAL)
  return {
    ...(await bench.firstAccepted()),
    write: (bytes) => peer.write(bytes),
    frame: (bytes) => {
      const length = bytes - LENGTH_BYTES
      return Buffer.concat([Uint8Array.of((length & 0x7f) | 0x80, length >> 7), new Uint8Array(length)])
    },
    closeFrame,
    answered: () => peer.bytes(PREFACE.length + closeFrame.length),
    finish: () => peer.raw.end(),
    readOn: () => readOn(bench.clock),
    pass: () => bench.clock.advance(CLOSE_MS),
    end: async () => {
      peer.raw.destroy()
      await bench.driver.close()
    }
  }
}

/** Frames that take so many bytes together. */
function framesOf({ frame }: Connection, bytes: number, frameBytes = FRAME_BYTES): Uint8Array {
  const frames: Uint8Array[] = []
  let left = bytes
  for (; left >= 2 * frameBytes; left -= frameBytes) frames.push(frame(frameBytes))
  return Buffer.concat([...frames, frame(left)])
}

/** When its connection is gone, the library of WebSockets looks at what the system gave before. */
const KINDS = {
  ws: { connect: () => connectWs(false), beyond: 1, code: 1_000, paced: true },
  'ws with compression': { connect: () => connectWs(true), beyond: READ_BYTES, code: 1_000, paced: false },
  tcp: { connect: connectTcp, beyond: 1, code: 1_006, paced: true }
} as const

describe.each(Object.entries(KINDS))('behind our close frame, over %s', (_name, { connect, beyond, code, paced }) => {
  let connection: Connection

  beforeEach(async () => {
    connection = await connect()
  })

  afterEach(() => connection.end())

  /** Closes, upon which the peer sends so many bytes in frames, and then a close frame, which is counted. */
  function closeAndSend(bytes: number, frameBytes = FRAME_BYTES, closeCode = 4_000): void {
    const { socket, write, closeFrame } = connection
    const sent = Buffer.concat([framesOf(connection, bytes - closeFrame.length, frameBytes), closeFrame])
    // Only now: from here on the time of the peer passes.
    socket.close(closeCode, 'enough')
    write(sent)
  }

  it(`${LATE_BYTES} bytes are read: the peer followed in order`, async () => {
    const { recorder } = connection
    closeAndSend(LATE_BYTES)
    await recorder.until(() => recorder.closes.length > 0)
    expect([recorder.closes, recorder.frames, recorder.errors]).toEqual([[[1_000, '']], [], []])
  })

  it(`${LATE_BYTES} bytes are read of one that was thrown off, at the pace of those`, async () => {
    const { recorder, readOn } = connection
    closeAndSend(LATE_BYTES, FRAME_BYTES, 1_008)
    await new Promise((resolve) => setTimeout(resolve, 200))
    // The clock of the test stands still.
    if (paced) expect(recorder.closes).toEqual([])
    await readOn()
    await recorder.until(() => recorder.closes.length > 0)
    expect([recorder.closes, recorder.frames, recorder.errors]).toEqual([[[1_000, '']], [], []])
  })

  it.each([
    ['', FRAME_BYTES],
    [', in more frames than a turn of reading has', SHORT_FRAME_BYTES]
  ])(
    `${LATE_BYTES + beyond} bytes are not%s: the peer is dropped when its time is over`,
    async (_frames, frameBytes) => {
      const { recorder, pass } = connection
      closeAndSend(LATE_BYTES + beyond, frameBytes)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      expect(recorder.closes).toEqual([])
      pass()
      await recorder.until(() => recorder.closes.length > 0)
      expect([recorder.closes, recorder.frames, recorder.errors]).toEqual([[[code, '']], [], []])
    }
  )
})

describe('behind the close frame of a peer that closes first, over tcp', () => {
  it.each([
    [LATE_BYTES, 'are read, and its end is seen', [[1_000, '']]],
    [LATE_BYTES + 1, 'are not: it is dropped when its time is over', []]
  ])('%d bytes %s', async (bytes, _what, closes) => {
    const connection = await connectTcp()
    const { recorder, write, closeFrame, answered, finish, readOn, pass, end } = connection
    try {
      write(closeFrame)
      // From our answer on bytes are counted.
      await answered()
      write(framesOf(connection, bytes))
      finish()
      await readOn()
      expect(recorder.closes).toEqual(closes)
      pass()
      await recorder.until(() => recorder.closes.length > 0)
      expect([recorder.closes, recorder.frames, recorder.errors]).toEqual([[[1_000, '']], [], []])
    } finally {
      await end()
    }
  })
})
