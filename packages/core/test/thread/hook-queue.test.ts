import type { P2pError } from '../../src/errors'
import { HOOK_BACKLOG, HookQueue } from '../../src/thread/hook-queue'

describe('hooks on their way to a thread', () => {
  it('go at once where nothing holds them', () => {
    const { queue, sent } = createQueue()
    queue.push(1)
    expect(sent).toEqual([1])
  })

  it('wait while they are held, and keep their order', () => {
    const { queue, sent } = createQueue()
    queue.hold()
    for (const hook of [1, 2, 3]) queue.push(hook)
    expect(sent).toEqual([])
    queue.release()
    expect(sent).toEqual([1, 2, 3])
  })

  it('wait while there is no room', () => {
    const { queue, sent, room } = createQueue()
    room.left = 1
    for (const hook of [1, 2, 3]) queue.push(hook)
    expect(sent).toEqual([1])
    room.left = 1
    queue.flush()
    expect(sent).toEqual([1, 2])
    room.left = 2
    queue.push(4)
    expect(sent).toEqual([1, 2])
    queue.flush()
    expect(sent).toEqual([1, 2, 3, 4])
  })

  it('come behind those that are kept, also where one of these causes them', () => {
    const sent: number[] = []
    const queue: HookQueue<number> = new HookQueue<number>({
      path: 'a',
      send: (hook) => {
        sent.push(hook)
        if (hook === 1) queue.push(3)
        return true
      },
      onDrop: () => undefined
    })
    queue.hold()
    queue.push(1)
    queue.push(2)
    queue.release()
    expect(sent).toEqual([1, 2, 3])
  })

  it('are forgotten where the thread stops', () => {
    const { queue, sent } = createQueue()
    queue.hold()
    queue.push(1)
    queue.clear()
    queue.release()
    expect(sent).toEqual([])
  })

  it('are kept up to HOOK_BACKLOG, and the first that is dropped is told of once', () => {
    const { queue, sent, dropped } = createQueue()
    queue.hold()
    for (let hook = 0; hook < HOOK_BACKLOG; hook += 1) queue.push(hook)
    expect(dropped).toEqual([])
    queue.push(-1)
    queue.push(-2)
    expect(dropped).toMatchObject([{ code: 'ERR_TRUSTP2P_LIMIT_THREAD_HOOKS' }])
    queue.release()
    expect(sent).toHaveLength(HOOK_BACKLOG)
  })
})

function createQueue(): {
  readonly queue: HookQueue<number>
  readonly sent: number[]
  readonly dropped: P2pError[]
  /** How many may be sent. */
  readonly room: { left: number }
} {
  const sent: number[] = []
  const dropped: P2pError[] = []
  const room = { left: Infinity }
  const send = (hook: number): boolean => {
    if (room.left === 0) return false
    room.left -= 1
    sent.push(hook)
    return true
  }
  return { queue: new HookQueue({ path: 'a', send, onDrop: (error) => dropped.push(error) }), sent, dropped, room }
}
