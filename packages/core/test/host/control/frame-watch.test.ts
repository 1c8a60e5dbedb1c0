import { createTestKit } from '@trustp2p/testing'
import type { P2pSocket } from '../../../src/driver/socket'
import type { FrameFilter } from '../../../src/host/control/frame-filter'
import { FrameWatch, SHOWN_FRAMES_PER_SECOND } from '../../../src/host/control/frame-watch'
import type { WatchBatch } from '../../../src/host/control/frame-watch'
import { FrameView, SHOWN_BODY_BYTES, SHOWN_NAME } from '../../../src/host/control/watched-frame'
import { CP2pPackage, PackageType } from '../../../src/wire/package'
import type { PackageFields } from '../../../src/wire/package'

const SOCKET = { id: 's1', peer: '127.0.0.1:9' } as P2pSocket
const ALL = { matches: () => true } as unknown as FrameFilter

function viewOf(fields: Partial<PackageFields> = {}): FrameView {
  const bytes = CP2pPackage.encode({ type: PackageType.REQUEST, event: 'e', body: 1, tag: 't', ...fields })
  return new FrameView(bytes, 'in', SOCKET)
}

describe('a watch', () => {
  const kit = createTestKit()
  let sent: WatchBatch[]
  let room: boolean
  let watch: FrameWatch

  beforeEach(() => {
    sent = []
    room = true
    kit.clock.advance(10_000)
    watch = new FrameWatch({
      clock: kit.clock,
      filter: ALL,
      send: (batch) => {
        sent.push(batch)
        return room
      }
    })
  })

  afterEach(() => {
    watch.close()
    expect(kit.clock.pending).toBe(0)
  })

  const take = (count: number) => {
    for (let number = 0; number < count; number++) watch.take(viewOf())
  }
  const counts = () => sent.map(({ dropped, frames }) => [dropped, frames.length])

  it('sends what comes within 50 ms at once, and nothing where nothing comes', () => {
    take(3)
    kit.clock.advance(49)
    expect(sent).toEqual([])
    kit.clock.advance(1)
    expect(counts()).toEqual([[0, 3]])
    kit.clock.advance(1000)
    expect(counts()).toEqual([[0, 3]])
  })

  it('sends a batch of 100 as soon as it is whole', () => {
    take(99)
    expect(sent).toEqual([])
    take(1)
    expect(counts()).toEqual([[0, 100]])
  })

  it('drops and counts what comes while the watcher does not read, and tells of it first', () => {
    room = false
    take(1)
    kit.clock.advance(50)
    take(100_000)
    kit.clock.advance(60_000)
    expect(counts()).toEqual([[0, 1]])
    room = true
    watch.resume()
    expect(counts()).toEqual([
      [0, 1],
      [100_000, 0]
    ])
    take(2)
    kit.clock.advance(50)
    expect(counts().at(-1)).toEqual([0, 2])
  })

  it('is told nothing at a resume where nothing was dropped', () => {
    room = false
    take(1)
    kit.clock.advance(50)
    watch.resume()
    expect(counts()).toEqual([[0, 1]])
  })

  it(`shows exactly ${SHOWN_FRAMES_PER_SECOND} frames of a second; those before the dropped ones come before them`, () => {
    take(SHOWN_FRAMES_PER_SECOND + 1)
    expect(counts().reduce((sum, [, frames = 0]) => sum + frames, 0)).toBe(SHOWN_FRAMES_PER_SECOND)
    kit.clock.advance(50)
    expect(counts().at(-1)).toEqual([1, 0])
    kit.clock.advance(949)
    take(1)
    kit.clock.advance(1)
    take(1)
    kit.clock.advance(50)
    expect(counts().slice(-1)).toEqual([[1, 1]])
  })

  it('shows no more of a burst that comes after an idle second', () => {
    kit.clock.advance(1500)
    take(2 * SHOWN_FRAMES_PER_SECOND)
    expect(counts().reduce((sum, [, frames = 0]) => sum + frames, 0)).toBe(SHOWN_FRAMES_PER_SECOND)
    kit.clock.advance(50)
    expect(counts().at(-1)).toEqual([SHOWN_FRAMES_PER_SECOND, 0])
  })

  it('sends nothing once it is closed', () => {
    take(1)
    watch.close()
    take(200)
    kit.clock.advance(1000)
    watch.resume()
    expect(sent).toEqual([])
  })
})

describe('a frame', () => {
  it('is shown with its envelope and the text of its body', () => {
    expect(viewOf({ body: { a: 'é' } }).describe(7)).toEqual({
      at: 7,
      way: 'in',
      socket: 's1',
      peer: '127.0.0.1:9',
      bytes: expect.any(Number),
      type: 'REQUEST',
      event: 'e',
      tag: 't',
      json: '{"a":"é"}'
    })
    expect(viewOf({ body: new Uint8Array([1, 2, 255]) }).describe(7)).toMatchObject({ base64: 'AQL/' })
    expect(viewOf({ type: PackageType.RESPONSE, error: 'E_X' }).describe(7)).toMatchObject({ error: 'E_X' })
  })

  it(`is shown with at most ${SHOWN_BODY_BYTES} bytes of its body`, () => {
    const whole = viewOf({ body: 'x'.repeat(SHOWN_BODY_BYTES - 2) }).describe(0)
    expect([whole.json?.length, whole.cut]).toEqual([SHOWN_BODY_BYTES, undefined])
    const cut = viewOf({ body: 'x'.repeat(SHOWN_BODY_BYTES - 1) }).describe(0)
    expect([cut.json?.length, cut.cut]).toEqual([SHOWN_BODY_BYTES, true])
  })

  it.each([
    [SHOWN_NAME, SHOWN_NAME],
    [SHOWN_NAME + 1, SHOWN_NAME]
  ])('whose event, tag or code has %i characters is shown with %i of them', (length, shown) => {
    const { RESPONSE: type } = PackageType
    const view = viewOf({ type, event: 'e'.repeat(length), tag: 't'.repeat(length), error: 'E'.repeat(length) })
    const { event = '', tag = '', error = '' } = view.describe(0)
    expect([event.length, tag.length, error.length]).toEqual([shown, shown, shown])
  })

  it('that is no package is shown with the reason', () => {
    const view = new FrameView(new Uint8Array([1, 2, 3]), 'out', SOCKET)
    expect([view.package, view.describe(0)]).toMatchObject([
      undefined,
      { way: 'out', bytes: 3, problem: { code: 'ERR_TRUSTP2P_WIRE_MALFORMED' } }
    ])
  })
})
