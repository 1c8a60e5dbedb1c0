import type { P2pSocket } from '../../../src/driver/socket'
import { FrameFilter } from '../../../src/host/control/frame-filter'
import type { WatchFilter } from '../../../src/host/control/frame-filter'
import type { ControlledNode } from '../../../src/host/control/node-report'
import { FrameView } from '../../../src/host/control/watched-frame'
import type { HandledEvent } from '../../../src/thread/thread-events'
import { CP2pPackage, PackageType } from '../../../src/wire/package'

const { REQUEST, RESPONSE, TALK, SYSTEM, HEARTBEAT_PING, HEARTBEAT_PONG } = PackageType
const SOCKET = { id: 's1', peer: '127.0.0.1:9', url: 'ws://here' } as P2pSocket

let events: HandledEvent[]
const node = {
  status: () => ({ sockets: [SOCKET] }),
  threads: { list: () => [{ name: 'a', events }] }
} as unknown as ControlledNode

const UNCALLED = { calls: 0, p50Ms: undefined, p99Ms: undefined }

beforeEach(() => {
  events = [
    { type: REQUEST, event: 'ask', ...UNCALLED },
    { type: TALK, event: 'tell', ...UNCALLED },
    { type: HEARTBEAT_PING, event: 'ping', ...UNCALLED }
  ]
})

function view(type: PackageType, event: string, socket: Partial<P2pSocket> = SOCKET): FrameView {
  return new FrameView(CP2pPackage.encode({ type, event, body: 1, tag: 't' }), 'in', socket as P2pSocket)
}

/** Which of these frames pass a filter. */
function passed(filter: WatchFilter, frames: readonly FrameView[]): boolean[] {
  const made = new FrameFilter(filter, node)
  return frames.map((frame) => made.matches(frame))
}

describe('a filter of frames', () => {
  it('that says nothing lets all pass, what is no package too', () => {
    const broken = new FrameView(new Uint8Array([1, 2, 3]), 'in', SOCKET)
    expect(passed({}, [view(SYSTEM, 'x'), broken])).toEqual([true, true])
    expect(passed({ event: '*' }, [view(SYSTEM, 'x'), broken])).toEqual([true, false])
    expect(passed({ thread: 'a' }, [broken])).toEqual([false])
    expect(passed({ socket: 's1' }, [broken])).toEqual([true])
  })

  it('by a thread counts an answer to who handles its request, and a pong to who handles its ping', () => {
    const own = [view(REQUEST, 'ask'), view(RESPONSE, 'ask'), view(TALK, 'tell')]
    const heartbeat = [view(HEARTBEAT_PING, 'ping'), view(HEARTBEAT_PONG, 'pong')]
    expect(passed({ thread: 'a' }, [...own, ...heartbeat])).toEqual([true, true, true, true, true])
    const others = [view(TALK, 'ask'), view(RESPONSE, 'tell'), view(REQUEST, 'tell'), view(REQUEST, 'other')]
    expect(passed({ thread: 'a' }, others)).toEqual([false, false, false, false])
    events = events.filter(({ type }) => type === REQUEST)
    expect(passed({ thread: 'a' }, [...own, ...heartbeat])).toEqual([true, true, false, false, false])
  })

  it('by a thread looks at what that one handles once it is told to, also where the thread has gone', () => {
    const filter = new FrameFilter({ thread: 'a' }, node)
    events = [{ type: REQUEST, event: 'newest', ...UNCALLED }]
    expect([filter.matches(view(REQUEST, 'newest')), filter.matches(view(REQUEST, 'ask'))]).toEqual([false, true])
    filter.refresh()
    expect([filter.matches(view(REQUEST, 'newest')), filter.matches(view(REQUEST, 'ask'))]).toEqual([true, false])
    const list = jest.spyOn(node.threads, 'list').mockReturnValue([])
    filter.refresh()
    expect(filter.matches(view(REQUEST, 'newest'))).toBe(false)
    list.mockRestore()
  })

  it.each(['s1', '127.0.0.1:9', 'ws://here'])('by a socket knows it as %s', (socket) => {
    const other = { id: 's2', peer: '127.0.0.1:8', url: 'ws://there' }
    expect(passed({ socket }, [view(TALK, 'x'), view(TALK, 'x', other)])).toEqual([true, false])
  })

  it.each([
    ['room', [true, false, false]],
    ['room*', [true, true, false]],
    ['room.*', [false, true, false]],
    ['*', [true, true, true]]
  ])('by the event %s lets pass what is that, or begins so', (event, expected) => {
    expect(passed({ event }, [view(TALK, 'room'), view(TALK, 'room.join'), view(TALK, 'a room')])).toEqual(expected)
  })

  it('lets pass what fits all that it says', () => {
    const filter = { thread: 'a', event: 'ask', socket: 's1' }
    const frames = [view(REQUEST, 'ask'), view(TALK, 'tell'), view(REQUEST, 'ask', { id: 's2' })]
    expect(passed(filter, frames)).toEqual([true, false, false])
  })
})
