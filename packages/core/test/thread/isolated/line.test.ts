import { Line } from '../../../src/thread/isolated/line'
import type { RoomPort } from '../../../src/thread/isolated/room'

interface End {
  readonly line: Line
  readonly items: unknown[]
  readonly broken: string[]
  rooms: number
}

/** Two lines that face each other; what is posted waits until `deliver`. */
function createPair(limits = { queue: 3, queueBytes: 10 }) {
  const posted: (() => void)[] = []
  const listeners: ((message: unknown) => void)[] = []
  const deferred: (() => void)[] = []
  const port = (own: number): RoomPort => ({
    post: (message) => void posted.push(() => listeners[1 - own]?.(structuredClone(message))),
    onMessage: (listener) => void (listeners[own] = listener)
  })
  const createEnd = (own: number): End => {
    const items: unknown[] = []
    const broken: string[] = []
    const end: End = {
      items,
      broken,
      rooms: 0,
      line: new Line({
        ...limits,
        port: port(own),
        defer: (callback) => void deferred.push(callback),
        onItem: (item) => void items.push(item),
        onBroken: (what) => void broken.push(what),
        isCounted: (item) => item === 'counted',
        onRoom: () => void (end.rooms += 1)
      })
    }
    return end
  }
  const turn = (): void => deferred.splice(0).forEach((callback) => callback())
  const deliver = (): void => {
    turn()
    posted.splice(0).forEach((post) => post())
  }
  return { node: createEnd(0), room: createEnd(1), deliver, turn, posted, listeners }
}

describe('a line to a room', () => {
  it('sends what came in one turn as one message, in order', () => {
    const { node, room, turn, deliver, posted } = createPair()
    node.line.send('a')
    node.line.sendCounted('b')
    node.line.send('c')
    turn()
    expect(posted).toHaveLength(1)
    deliver()
    expect(room.items).toEqual(['a', 'b', 'c'])
  })

  it('has room for queue items, and for no more until the other side has taken some', () => {
    const { node, room, deliver } = createPair()
    for (const item of [1, 2]) node.line.sendCounted(item)
    expect(node.line.hasRoom()).toBe(true)
    node.line.sendCounted(3)
    expect([node.line.hasRoom(), node.line.underWay]).toEqual([false, 3])
    deliver()
    expect([room.items, node.line.hasRoom()]).toEqual([[1, 2, 3], false])
    deliver()
    expect([node.line.hasRoom(), node.line.underWay, node.rooms]).toEqual([true, 0, 1])
  })

  it('has room for queueBytes, and for no byte more', () => {
    const { node, deliver } = createPair()
    node.line.sendCounted('six', 6)
    expect([node.line.hasRoom(4), node.line.hasRoom(5)]).toEqual([true, false])
    node.line.sendCounted('four', 4)
    expect([node.line.hasRoom(0), node.line.hasRoom(1)]).toEqual([true, false])
    deliver()
    deliver()
    expect(node.line.hasRoom(10)).toBe(true)
  })

  it('takes an item of any size where nothing else is under way', () => {
    const { node } = createPair()
    expect(node.line.hasRoom(11)).toBe(true)
    node.line.sendCounted('large', 11)
    expect(node.line.hasRoom(0)).toBe(false)
  })

  it('does not count what answers, which is bounded otherwise', () => {
    const { node, room, deliver } = createPair()
    for (let index = 0; index < 100; index++) node.line.send(index)
    expect(node.line.underWay).toBe(0)
    deliver()
    expect(room.items).toHaveLength(100)
  })

  it('breaks at one item more than the other side may send, and not before', () => {
    const { room, listeners } = createPair()
    const envelope = { items: [], bytes: 0, took: 0, tookBytes: 0 }
    listeners[1]?.({ ...envelope, count: 3 })
    expect(room.broken).toEqual([])
    listeners[1]?.({ ...envelope, count: 1 })
    expect(room.broken).toEqual(['more than it may'])
  })

  it('breaks at an envelope that holds more counted items than it says, and not before', () => {
    const { room, listeners } = createPair()
    const envelope = { bytes: 0, took: 0, tookBytes: 0 }
    listeners[1]?.({ ...envelope, items: ['counted', 'free', 'free'], count: 1 })
    expect([room.items, room.broken]).toEqual([['counted', 'free', 'free'], []])
    listeners[1]?.({ ...envelope, items: ['free', 'counted', 'counted'], count: 1 })
    expect(room.broken).toEqual(['more than it may'])
  })

  it.each([
    ['that is none', 7],
    ['without items', { count: 0, bytes: 0, took: 0, tookBytes: 0 }],
    ['with a negative count', { items: [], count: -1, bytes: 0, took: 0, tookBytes: 0 }],
    ['with a count that is no number', { items: [], count: NaN, bytes: 0, took: 0, tookBytes: 0 }]
  ])('breaks at an envelope %s', (_what, envelope) => {
    const { room, listeners } = createPair()
    listeners[1]?.(envelope)
    expect(room.broken).toEqual(['a message that is no envelope'])
  })

  it.each([
    ['items', 2, 6],
    ['bytes', 1, 7]
  ])('breaks where more %s are said to be taken than were sent, and not before', (_what, took, tookBytes) => {
    const { room, listeners } = createPair()
    const envelope = { items: [], count: 0, bytes: 0 }
    room.line.sendCounted('six', 6)
    listeners[1]?.({ ...envelope, took: 1, tookBytes: 6 })
    expect([room.broken, room.line.underWay]).toEqual([[], 0])
    room.line.sendCounted('six', 6)
    listeners[1]?.({ ...envelope, took, tookBytes })
    expect(room.broken).toEqual(['more than it may'])
  })

  it('is silent once it is closed', () => {
    const { node, room, deliver } = createPair()
    node.line.send('before')
    node.line.close()
    node.line.send('after')
    deliver()
    room.line.send('to nobody')
    deliver()
    expect([room.items, node.items]).toEqual([[], []])
  })
})
