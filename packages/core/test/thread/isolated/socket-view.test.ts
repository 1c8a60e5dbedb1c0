import type { SocketFacts } from '../../../src/thread/isolated/protocol'
import { factsOf } from '../../../src/thread/isolated/socket-book'
import { SocketView, SocketViews } from '../../../src/thread/isolated/socket-view'
import { createSocket } from './sockets'

function createViews() {
  const sent: unknown[] = []
  const views = new SocketViews({
    close: (...values) => void sent.push(['close', ...values]),
    terminate: (...values) => void sent.push(['terminate', ...values])
  })
  return { views, sent }
}

const facts = (id: string, more: Partial<SocketFacts> = {}): SocketFacts => ({ ...factsOf(createSocket(id)), ...more })

describe('the sockets that a room knows', () => {
  it('are open from when they open until they close, oldest first', () => {
    const { views } = createViews()
    for (const id of ['1', '2', '3']) views.gain(facts(id))
    views.lose('2')
    views.lose('none')
    expect(views.open.map(({ id }) => id)).toEqual(['1', '3'])
  })

  it('are one object each, from before they open until after they closed', () => {
    const { views } = createViews()
    const seen = views.see(facts('1', { state: 'connecting' }))
    expect([seen.state, views.open]).toEqual(['connecting', []])
    views.gain(facts('1'))
    expect([views.see(['1', 2, 3]) === seen, views.see(facts('1')) === seen, views.open[0] === seen]).toEqual(
      Array(3).fill(true)
    )
    views.lose('1')
    expect(views.see(facts('1', { state: 'closed' }))).toBe(seen)
    expect(seen.state).toBe('closed')
  })

  it('show what the node told last', () => {
    const { views } = createViews()
    views.gain(facts('1'))
    const view = views.see(['1', 20, 300])
    expect([view.lastReceivedAt, view.bufferedAmount]).toEqual([20, 300])
    views.update([
      ['1', 21, 0],
      ['none', 1, 1]
    ])
    expect([view.lastReceivedAt, view.bufferedAmount]).toEqual([21, 0])
    views.see(facts('1', { lastReceivedAt: 22 }))
    expect(view.lastReceivedAt).toBe(22)
  })

  it('are never open again, however late something names them as open', () => {
    const { views } = createViews()
    views.gain(facts('1'))
    const held = views.see(['1', 1, 0])
    views.lose('1')
    expect([views.see(facts('1')) === held, held.state, views.open]).toEqual([true, 'closed', []])
    const unknown = views.see(facts('2'))
    expect([views.see(facts('2')) === unknown, unknown.state, views.open]).toEqual([true, 'closed', []])
  })

  it('are full while their queue is', () => {
    const { views } = createViews()
    views.gain(facts('1'))
    const view = views.see(['1', 1, 0])
    views.fill('1', true)
    views.fill('none', true)
    expect(SocketView.isFull(view)).toBe(true)
    views.fill('1', false)
    expect(SocketView.isFull(view)).toBe(false)
  })

  it('are told of before they are named by what changes of them', () => {
    expect(() => createViews().views.see(['1', 1, 0])).toThrow('the node names the socket 1, which it never told of')
  })
})

describe('a socket as a thread in a room sees it', () => {
  it('is told from what only looks like it', () => {
    const { views } = createViews()
    const view = views.see(facts('1'))
    expect(
      [view, createSocket('1'), Object.create(view), null, undefined, 'x'].map((value) => SocketView.is(value))
    ).toEqual([true, ...Array<boolean>(5).fill(false)])
  })

  it('is closing once it is closed, and asks its node once', () => {
    const { views, sent } = createViews()
    views.gain(facts('1', { inbound: false }))
    const view = views.see(['1', 1, 0])
    expect([view.inbound, view.bInbound, view.outbound, view.bOutbound]).toEqual([false, false, true, true])
    expect(() => view.close(1, '')).toThrow('no close code')
    view.close(4001, 'go')
    view.close()
    views.see(facts('1'))
    expect([view.state, sent]).toEqual(['closing', [['close', '1', 4001, 'go']]])
    view.terminate()
    views.lose('1')
    view.terminate()
    view.close()
    expect([view.state, sent.length]).toEqual(['closed', 2])
  })
})
