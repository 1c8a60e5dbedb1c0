import { HOOK_BACKLOG, HookQueue } from '../../../src/thread/isolated/hook-queue'
import type { ToRoom } from '../../../src/thread/isolated/protocol'

const hook = (name: string | number): ToRoom => ({ kind: 'hook', name: String(name), values: [] })

/** A queue to a room that has room for so many. */
function createQueue(room = Infinity) {
  const sent: string[] = []
  const state = { room, drops: 0 }
  const queue = new HookQueue({
    send(item) {
      if (state.room <= 0 || item.kind !== 'hook') return false
      state.room -= 1
      sent.push(item.name)
      return true
    },
    onDrop: () => void (state.drops += 1)
  })
  const push = (...names: (string | number)[]): void => names.forEach((name) => queue.push(hook(name)))
  return { queue, sent, state, push }
}

describe('the hooks on their way to a room', () => {
  it('are sent at once where there is room', () => {
    const { sent, push } = createQueue()
    push('a', 'b')
    expect(sent).toEqual(['a', 'b'])
  })

  it('wait in their order while there is none, also where there is room again before all were sent', () => {
    const { queue, sent, state, push } = createQueue(1)
    push('a', 'b', 'c')
    expect(sent).toEqual(['a'])
    state.room = 1
    push('d')
    expect(sent).toEqual(['a'])
    queue.flush()
    expect(sent).toEqual(['a', 'b'])
    state.room = 9
    queue.flush()
    push('e')
    expect(sent).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  it('wait while they are held, whatever room there is', () => {
    const { queue, sent, push } = createQueue()
    queue.hold()
    push('a')
    queue.flush()
    expect(sent).toEqual([])
    queue.release()
    expect(sent).toEqual(['a'])
  })

  it('wait by the 10,000, and the next ones are dropped, which is told once', () => {
    const { queue, sent, state, push } = createQueue()
    queue.hold()
    for (let index = 0; index < HOOK_BACKLOG; index++) push(index)
    expect(state.drops).toBe(0)
    push('one more', 'another')
    expect(state.drops).toBe(1)
    queue.release()
    expect([sent.length, sent[0], sent.at(-1)]).toEqual([HOOK_BACKLOG, '0', String(HOOK_BACKLOG - 1)])
    push('later')
    expect(sent.at(-1)).toBe('later')
  })

  it('are forgotten where nobody is there any more', () => {
    const { queue, sent, push } = createQueue()
    queue.hold()
    push('a')
    queue.clear()
    queue.release()
    push('b')
    expect(sent).toEqual(['b'])
  })
})
