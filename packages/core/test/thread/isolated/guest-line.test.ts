import { getEventListeners } from 'node:events'
import { carryError } from '../../../src/thread/isolated/carried-error'
import { GuestLine } from '../../../src/thread/isolated/guest-line'
import type { FromRoom, ToRoom } from '../../../src/thread/isolated/protocol'

const ASK = { kind: 'ask', thread: 'other', method: 'one', values: [] } as const

/** A room's end of a line; `answer` is what the node says. */
function createLine(queue = 10) {
  const sent: FromRoom[] = []
  let listener: (message: unknown) => void = () => undefined
  const line = new GuestLine({
    port: {
      post: (message) => void sent.push(...(message as { items: FromRoom[] }).items),
      onMessage: (given) => void (listener = given)
    },
    defer: (callback) => callback(),
    queue,
    queueBytes: 1024,
    onItem: () => undefined
  })
  const answer = (item: ToRoom): void => listener({ items: [item], count: 0, bytes: 0, took: 1, tookBytes: 0 })
  return { line, sent, answer }
}

describe('what a room asks of its node', () => {
  it('is cancelled by its signal, once', async () => {
    const { line, sent, answer } = createLine()
    const controller = new AbortController()
    const asked = line.ask(ASK, 0, controller.signal)
    controller.abort()
    answer({ kind: 'refusal', id: 1, error: carryError(new RangeError('gone')) })
    await expect(asked).rejects.toThrow(RangeError)
    expect(sent).toEqual([
      { ...ASK, id: 1 },
      { kind: 'cancel', id: 1 }
    ])
  })

  it('is cancelled where its signal was aborted before', () => {
    const { line, sent } = createLine()
    void line.ask(ASK, 0, AbortSignal.abort())
    expect(sent.map(({ kind }) => kind)).toEqual(['ask', 'cancel'])
  })

  it('leaves nothing on its signal once it is answered, refused, or had no room', async () => {
    const { line, answer } = createLine(2)
    const { signal } = new AbortController()
    const asked = [line.ask(ASK, 0, signal), line.ask(ASK, 0, signal)]
    expect(getEventListeners(signal, 'abort')).toHaveLength(2)
    await expect(line.ask(ASK, 0, signal)).rejects.toMatchObject({ code: 'ERR_TRUSTP2P_LIMIT_BUSY' })
    answer({ kind: 'answer', id: 1, value: 'yes' })
    answer({ kind: 'refusal', id: 2, error: carryError(new Error('no')) })
    expect(await Promise.allSettled(asked)).toMatchObject([{ value: 'yes' }, { status: 'rejected' }])
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})
