import { createMemoryLog } from '@trustp2p/testing'
import { Emitter } from '../src/emitter'

type Events = { news: [text: string, count: number]; other: [] }

function createEmitter() {
  const log = createMemoryLog()
  return { emitter: new Emitter<Events>(log), log }
}

it('calls the listeners of that event alone, in the order in which they came, with all values', () => {
  const { emitter } = createEmitter()
  const heard: unknown[] = []
  emitter.on('news', (...values) => heard.push(['first', ...values]))
  emitter.on('other', () => heard.push('other'))
  emitter.on('news', (...values) => heard.push(['second', ...values]))
  emitter.emit('news', 'x', 1)
  expect(heard).toEqual([
    ['first', 'x', 1],
    ['second', 'x', 1]
  ])
})

it('reports a listener that throws, and calls the later ones', () => {
  const { emitter, log } = createEmitter()
  const heard: string[] = []
  const error = new Error('no')
  emitter.on('news', () => {
    throw error
  })
  emitter.on('news', (text) => heard.push(text))
  emitter.emit('news', 'x', 1)
  expect(heard).toEqual(['x'])
  expect(log.lines).toMatchObject([{ level: 'error', fields: { err: error, event: 'news' } }])
})

it('calls a listener that is removed during an emit once more, and one that is added from the next emit on', () => {
  const { emitter } = createEmitter()
  const heard: string[] = []
  const offs: (() => void)[] = []
  emitter.on('news', () => {
    for (const off of offs.splice(0)) off()
    emitter.on('news', () => heard.push('added'))
  })
  offs.push(emitter.on('news', () => heard.push('removed')))
  emitter.emit('news', 'x', 1)
  expect(heard).toEqual(['removed'])
  emitter.emit('news', 'x', 1)
  expect(heard).toEqual(['removed', 'added'])
})

it('lets a listener remove itself without one being passed over', () => {
  const { emitter } = createEmitter()
  const heard: number[] = []
  for (const index of [0, 1, 2]) {
    const off = emitter.on('other', () => {
      heard.push(index)
      off()
    })
  }
  emitter.emit('other')
  emitter.emit('other')
  expect([heard, emitter.listenerCount('other')]).toEqual([[0, 1, 2], 0])
})

it('removes one registration at a time, and none where there is none', () => {
  const { emitter } = createEmitter()
  const heard: string[] = []
  const listener = (text: string) => void heard.push(text)
  const off = emitter.on('news', listener)
  emitter.on('news', listener)
  emitter.off('news', () => undefined)
  expect(emitter.listenerCount('news')).toBe(2)
  off()
  emitter.emit('news', 'x', 1)
  expect(heard).toEqual(['x'])
  off()
  off()
  emitter.emit('news', 'y', 1)
  expect([heard, emitter.listenerCount('news')]).toEqual([['x'], 0])
})
